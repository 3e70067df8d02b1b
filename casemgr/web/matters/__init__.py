"""One matter: its page with times and papers, its steps, what is typed there, and the rooms and ties it needs."""
