"""The parts of reading a message: word lists, finding words, numbers, facts and places. triage.py puts them together."""
