"""HTTP in, HTML out: packages by area, and here at the top what every page shares. A page loads through access, and changes
by services. Every blueprint is listed below."""

from casemgr.web import home, modes, pwa
from casemgr.web.account import auth, outside, people, second_factor, tokens
from casemgr.web.admin import connections, holidays, jobs, retention, settings, trail
from casemgr.web.door import pages as door
from casemgr.web.door import staff as door_staff
from casemgr.web.matters import agreements, cases, history, kept, opening, papers, rooms, sealed, steps, ties
from casemgr.web.notices import channels, feeds, inbox
from casemgr.web.overview import board, bulk, exports, lists, rates
from casemgr.web.structure import areas
from casemgr.web.work import absences, desk, handing, joint, persons, register, sorting, teams, whistles

BLUEPRINTS = (
    home.bp, pwa.bp, modes.bp,
    auth.bp, second_factor.bp, outside.bp, people.bp, tokens.bp,
    desk.bp, absences.bp, handing.bp, sorting.bp, joint.bp, register.bp, whistles.bp, persons.bp,
    lists.bp, bulk.bp, exports.bp, board.bp, rates.bp,
    cases.bp, opening.bp, history.bp, steps.bp, kept.bp, papers.bp, sealed.bp, agreements.bp, rooms.bp, ties.bp,
    inbox.bp, channels.bp, feeds.bp,
    door.bp, door_staff.bp,
    areas.bp, teams.bp, settings.bp, holidays.bp, connections.bp, jobs.bp, retention.bp, trail.bp,
)  # fmt: skip
