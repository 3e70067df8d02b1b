"""What lateness demands of cases now: the rungs that are due, and the steps that fire them. Pure on loaded drafts.

When a rung is due is workflows.ladder; claiming cases and the transaction are the sweep's (casemgr.jobs.sweep).
"""

from collections.abc import Iterable
from datetime import datetime

from casemgr.services.books import Books
from casemgr.services.cases import Ask, Rung
from casemgr.services.clockwork import instants
from casemgr.services.drafts import Draft
from workflows.clock_steps import RAISE
from workflows.clocks import RUNNING, replay
from workflows.ladder import MILD

LAPSE = "lapse"
WEIGHT = {"remind": 0, "urge": 1, "end_suspension": 2, "pass_up": 2, "card": 3, "upgrade_late": 4, RAISE: 4, LAPSE: 5}


def due_rungs(draft: Draft, books: Books, at: datetime) -> list[Rung]:
    """Every rung of the case that is due at an instant and has not fired, in the order of their instants."""
    if draft.row["history"]:
        return []
    found = [rung for key in draft.clock_rows for rung in rungs_of(draft, key, books, at)]
    return sorted(found, key=lambda rung: (rung.due_at, rung.key))


def rungs_of(draft: Draft, key: str, books: Books, at: datetime) -> Iterable[Rung]:
    """The due rungs of one deadline. A deadline that is paused, met or ended has none."""
    row = draft.clock_rows[key]
    if row["status"] != RUNNING or row["next_rung_at"] is None or row["next_rung_at"] > at:
        return
    clock = replay(key, draft.clock_facts[key], books.calendars, explain=False)
    fired = draft.fired.get(key, {})
    for placed in instants(draft, clock, books):
        if placed.at and placed.at <= at and not placed.skipped and placed.name not in fired:
            yield Rung(key, clock.epoch, placed.name, placed.at, placed.act, placed.audience)


def asks_for(draft: Draft, books: Books, at: datetime) -> list[Ask]:
    """The steps that fire what is due: each act of weight is a step of its own, and reminders ride on the weightiest.

    So what was missed while nothing ran comes as one. A request that lapses does nothing else.
    """
    rungs = due_rungs(draft, books, at)
    heavy = [rung for rung in rungs if rung.act not in MILD]
    if any(rung.act == LAPSE for rung in heavy):
        heavy = [rung for rung in heavy if rung.act == LAPSE]
    if not rungs:
        return []
    lead = max(heavy or rungs, key=lambda rung: WEIGHT[rung.act])
    alone = [rung for rung in heavy if rung is not lead]
    riding = [rung for rung in rungs if rung not in heavy]
    asks = {id(rung): Ask(draft.row["id"], rung.act, fires=(rung,)) for rung in alone}
    asks[id(lead)] = Ask(draft.row["id"], lead.act, fires=(*(r for r in riding if r is not lead), lead))
    return [asks[id(rung)] for rung in rungs if id(rung) in asks]
