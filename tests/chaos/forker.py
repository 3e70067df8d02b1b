"""Starts scheduler processes quickly: imports all of casemgr once, then forks one for every line on standard input.

Each line is answered with the process id of a child that runs what `python -m casemgr.jobs` runs.
"""

import os
import signal
import sys

from casemgr.jobs.__main__ import main

signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the killed
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        os.close(0)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        main()
        os._exit(0)
    print(child, flush=True)
