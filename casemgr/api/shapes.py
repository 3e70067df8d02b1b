"""Shapes that several operations show: a place, a person, who holds a matter. Ids with the words beside them."""

from datetime import datetime

from pydantic import BaseModel


class Named(BaseModel):
    """A row by its id, and what it is called."""

    id: int
    name: str


class Holder(BaseModel):
    """Whoever the next act waits for: a duty (role at an area or a department), and the person beside it, if any."""

    role: str
    area: Named | None
    department: Named | None
    account: Named | None
    words: str


class NextDue(BaseModel):
    """The deadline that falls due first. Whether it is late is a comparison with now."""

    key: str
    label: str
    due_at: datetime


class Taken(BaseModel):
    """What came of a change: the matter it made or moved, its state afterwards, and the entry of the trail."""

    case_id: int
    number: str
    state: str
    entry: int
