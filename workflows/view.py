"""What a rule may look at: a matter as plain frozen values, and the reasons rules answer with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as a code and its parameters; the sentence stands in the catalogue."""

    code: str
    params: Mapping[str, Any] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Duty:
    """A role at an area (or team, or department): answerable whoever fills it. `account_id` is the person beside it."""

    role: str
    area_id: int | None = None
    team_id: int | None = None
    department_id: int | None = None
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class PartyView:
    """One party: its `side` is "applicant" or "respondent"; `consent` "given", "refused", "withdrawn" or "" (not asked)."""

    id: int
    side: str
    consent: str = ""
    representative: bool = False
    person_id: int | None = None
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class ClockView:
    """A deadline as it stands: `status` running, paused, met or cancelled; instants aware UTC, None = none."""

    key: str
    status: str
    start_at: datetime | None = None
    due_at: datetime | None = None
    provisional: bool = False
    extensions: int = 0


@dataclass(frozen=True, slots=True)
class CaseView:
    """A matter with everything its rules may ask. `area_path` runs from the top area to the case's own: (id, level)."""

    id: int
    process: str
    state: str
    version: int = 0
    number: str = ""
    tier: str = ""
    tier_confirmed: bool = False
    level: str = ""
    area_path: tuple[tuple[int, str], ...] = ()
    lead: Duty | None = None
    handler_id: int | None = None
    team_id: int | None = None
    department_id: int | None = None
    patron_id: int | None = None
    registered_by: int | None = None
    category: str = ""
    confidential: bool = False
    parent_id: int | None = None
    triggers: tuple[str, ...] = ()  # that hold, as str(warning.Trigger)
    acknowledged: tuple[str, ...] = ()  # set aside by a lowering
    facts: Mapping[str, Any] = field(default_factory=dict)
    parties: tuple[PartyView, ...] = ()
    clocks: Mapping[str, ClockView] = field(default_factory=dict)
    open_requests: frozenset[str] = frozenset()
    barred: frozenset[tuple[str, int]] = frozenset()  # ("account" | "department" | "area", id) it is kept from
    detail: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    registered_at: datetime | None = None
    accepted_at: datetime | None = None
    closed_at: datetime | None = None
    last_act_at: datetime | None = None
    last_actor_id: int | None = None

    @property
    def area_id(self) -> int | None:
        """The case's own area: the last of its path."""
        return self.area_path[-1][0] if self.area_path else None

    def area_at(self, level: str) -> int | None:
        """The ancestor (or own) area of that level, or None."""
        return next((id for id, has in self.area_path if has == level), None)
