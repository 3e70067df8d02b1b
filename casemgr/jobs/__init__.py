"""Work that nobody clicks: due rungs, mails, digests, numbers, checks. One file a job, the table in table.py.

Each job is run(site, at) -> Done. It finds its work by query and claims it, so any number may run at once, be killed at
any instant, and be late: the next run does what is left.
"""
