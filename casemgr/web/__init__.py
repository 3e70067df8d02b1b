"""HTTP in, HTML out: one file for each area of pages, listed here. A page loads through access, and changes by services."""

from casemgr.web import auth, home

BLUEPRINTS = (home.bp, auth.bp)
