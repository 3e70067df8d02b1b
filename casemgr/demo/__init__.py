"""The demo: an invented street with the lives of its disputes, made through the same door as real ones.

`build.build(session, now=…)` fills an empty database; the numbers stand in plan.py, the words in *.toml, all names are
made up. Starting pages and scheduler is the command's (casemgr.cli.demo).
"""
