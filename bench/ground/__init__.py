"""The ground of the measurements: a database of any number of cases, made by copying matters that really lived.

A few hundred matters go through the real door in a small database (lives.py); their rows of all tables are read (plates.py)
and stamped out street by street with ids, places, people, words and hashes of their own (stamping.py); loading.py writes them.
"""
