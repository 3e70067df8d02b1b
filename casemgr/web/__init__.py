"""HTTP in, HTML out: one file for each area of pages, listed here. A page loads through access, and changes by services."""

from casemgr.web import auth, desk, home, lists, notices, sorting

BLUEPRINTS = (home.bp, auth.bp, desk.bp, sorting.bp, lists.bp, notices.bp)
