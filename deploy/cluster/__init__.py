"""The installation of deploy/, really run on one machine: every host a network namespace with a systemd and a file system of its own.

Needs root on Debian 12. What it does not show: several real machines, real disks, a network file system.
"""
