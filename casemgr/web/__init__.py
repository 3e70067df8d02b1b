"""HTTP in, HTML out: one file for each area of pages, listed here. A page loads through access, and changes by services."""

from casemgr.web import (
    accounts, auth, board, cases, desk, home, jobs, lists, notices, register, settings, sorting, steps, structure, teams, trail,
)  # fmt: skip

BLUEPRINTS = (
    home.bp, auth.bp, accounts.bp, board.bp, desk.bp, sorting.bp, lists.bp, notices.bp, cases.bp, steps.bp, register.bp,
    structure.bp, teams.bp, trail.bp, settings.bp, jobs.bp,
)  # fmt: skip
