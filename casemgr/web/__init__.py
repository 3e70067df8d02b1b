"""HTTP in, HTML out: one file for each area of pages, listed here. A page loads through access, and changes by services."""

from casemgr.web import (
    absences, accounts, agreements, auth, board, bulk, cases, channels, connections, desk, exports, feeds, handing, holidays,
    home, jobs, kept, lists, modes, notices, outside, papers, pwa, register, rooms, second_factor, settings, sorting, steps,
    structure, teams, ties, tokens, trail,
)  # fmt: skip

BLUEPRINTS = (
    home.bp, pwa.bp, modes.bp,
    auth.bp, second_factor.bp, outside.bp, accounts.bp, tokens.bp,  # logging in, accounts
    desk.bp, absences.bp, handing.bp, sorting.bp, register.bp,  # the day's work
    lists.bp, bulk.bp, exports.bp, board.bp,  # many matters at once
    cases.bp, steps.bp, kept.bp, papers.bp, agreements.bp, rooms.bp, ties.bp,  # one matter
    notices.bp, channels.bp, feeds.bp,  # what is told
    structure.bp, teams.bp, settings.bp, holidays.bp, connections.bp, jobs.bp, trail.bp,  # running the house
)  # fmt: skip
