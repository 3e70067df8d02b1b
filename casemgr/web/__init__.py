"""HTTP in, HTML out: one file for each area of pages, listed here. A page loads through access, and changes by services."""

from casemgr.web import (
    absences, accounts, agreements, auth, board, bulk, cases, channels, connections, desk, exports, feeds, handing, holidays, home, jobs, kept, lists, modes, notices, outside, papers, pwa, register, rooms, second_factor,
    settings, sorting, steps, structure, teams, ties, tokens, trail,
)  # fmt: skip

BLUEPRINTS = (
    home.bp, auth.bp, second_factor.bp, outside.bp, accounts.bp, board.bp, desk.bp, absences.bp, handing.bp, sorting.bp, lists.bp, bulk.bp, exports.bp, notices.bp, channels.bp, feeds.bp, cases.bp, papers.bp, steps.bp, kept.bp, agreements.bp, ties.bp, register.bp,
    pwa.bp, modes.bp,
    structure.bp, teams.bp, rooms.bp, tokens.bp, trail.bp, settings.bp, holidays.bp, connections.bp, jobs.bp,
)  # fmt: skip
