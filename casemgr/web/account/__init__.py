"""Who one is: logging in and out, the second factor, devices and log-ins, tokens, the accounts of everybody."""
