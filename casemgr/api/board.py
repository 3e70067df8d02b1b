"""The numbers of the warning board. Each comes with the arguments of the list of matters that shows exactly those."""

from datetime import date, datetime
from typing import Annotated, Any

from flask import g
from pydantic import BaseModel, StringConstraints
from pydantic import Field as Told
from sqlalchemy import select

from casemgr.api.cases import NUMBER
from casemgr.api.operations import LARGEST_ID, Strict, operation
from casemgr.api.shapes import Named
from casemgr.errors import NotFound
from casemgr.models import Account
from casemgr.queries import board, board_lines
from casemgr.queries.filters import midnight
from casemgr.queries.tally import load_counted


class Number(BaseModel):
    """A count, and the arguments for GET /cases that list what it counts."""

    number: int
    filter: dict[str, str]


class PlaceShown(BaseModel):
    """A place of the board, or (`own`) what lies directly at its own area. `before`: by tier a week ago, where known."""

    area: Named
    own: bool
    open: dict[str, Number]
    before: dict[str, int] | None
    raised: dict[str, Number]


class AgeShown(BaseModel):
    """Open matters of one age (days since registration) and kind."""

    age: str
    kind: str
    number: int


class CheckShown(BaseModel):
    """The last escalation check: normal, failed, late or never."""

    at: datetime | None
    state: str


class BoardShown(BaseModel):
    """The board of an area, exact as of now. Kinds: yellow, orange, red, suggested (not confirmed), unsorted (items)."""

    area: Named
    total: dict[str, int]
    places: list[PlaceShown]
    ages: list[AgeShown]
    tiles: dict[str, Number]
    raised_since: date
    check: CheckShown


class BoardQuery(Strict):
    """Which board."""

    area: Annotated[str, StringConstraints(pattern=NUMBER)] | None = Told(
        None, description="An area at or below the post's own; left out: its own."
    )


@operation("GET", "/board", act="board", shows=BoardShown, query=BoardQuery, problems=(404,))
def show_board(query: Any) -> BoardShown:
    """The numbers of the warning board of the post's area, or of one below."""
    wanted = int(query.area) if query.area else None
    if wanted is not None and wanted > LARGEST_ID:
        raise NotFound()
    area, below = board.find_area(g.session, g.actor, wanted)
    counted = load_counted(g.session, g.actor, area.id, [a.id for a in below], g.at)
    numbers = board.load_numbers(g.session, g.actor, area, below, g.at, counted)
    seen_at = g.session.scalar(select(Account.board_seen_at).where(Account.id == g.actor.account_id))
    tiles = board.load_tiles(g.session, g.actor, area, seen_at or midnight(numbers.since), g.at, counted)
    check = board_lines.load_check(g.session, g.at)
    return BoardShown(
        area=Named(id=area.id, name=area.name), total=dict(numbers.total), raised_since=numbers.since,
        places=[place_shown(place, numbers.since) for place in numbers.places],
        ages=[AgeShown(age=age, kind=kind, number=n) for (age, kind), n in sorted(numbers.ages.items()) if kind],
        tiles={name: Number(number=tile.number, filter=tile.filter.args()) for name, tile in tiles.items()},
        check=CheckShown(at=check.at, state=check.state),
    )  # fmt: skip


def place_shown(place: board.Place, since: date) -> PlaceShown:
    """A line of the board."""
    return PlaceShown(
        area=Named(id=place.area_id, name=place.name), own=place.own,
        open={kind: Number(number=n, filter=place.filter_of(kind).args()) for kind, n in place.now.items() if kind},
        before=dict(place.before) if place.before is not None else None,
        raised={c: Number(number=n, filter=place.filter_of_raised(c, since).args()) for c, n in place.raised.items() if c},
    )  # fmt: skip
