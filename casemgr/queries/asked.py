"""What a list shows: a filter, the words searched for, the order, as they stand in an address, a saved view or an export."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from casemgr.db import LARGEST_ID
from casemgr.policy import Actor
from casemgr.queries.filters import NUMBERS, CaseFilter
from casemgr.queries.lines import ORDERS, Page, load_found, load_page
from casemgr.search import Sought, matches, stretches

LONGEST = 100  # characters searched for
FORMS = ("outside",)  # of a workbook, besides the usual one: "outside" is the hotline's own template of results


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address of the list asks for; `form` only of a workbook."""

    filter: CaseFilter
    words: str = ""
    order: str = "due"
    form: str = ""

    def args(self) -> dict[str, str]:
        """The same as arguments of an address."""
        beside = {"q": self.words, "order": self.order if self.order != order_of(self.filter, self.words, "") else "", "form": self.form}
        return {**self.filter.args(), **{name: value for name, value in beside.items() if value}}

    def where(self, session: Session, actor: Actor, at: datetime) -> ColumnElement[bool]:
        """The condition on Case; scope (policy.visible) is for the caller to add. Raises ValueError past the last year."""
        try:
            condition = self.filter.where(at)
        except OverflowError as error:
            raise ValueError("a day past the last year") from error
        return and_(condition, matches(session, self.words, actor)) if self.words else condition

    def load(self, session: Session, actor: Actor, at: datetime, *, after: str = "", before: str = "") -> Page:
        """One page of it, in the actor's scope; one query, two of a search. Raises ValueError for a broken key."""
        if not self.words:
            kept = None if self.filter.timed else self.filter
            return load_page(
                session, actor, lambda: self.where(session, actor, at), order=self.order, after=after, before=before, kept=kept
            )
        sought = Sought.of(session, self.words, self.filter.area)
        return load_found(
            session, lambda: stretches(session, sought, actor, replace(self, words="").where(session, actor, at)),
            sought.values(session, self.words, actor), after=after, before=before,
            kept=None if self.filter.timed else (actor, self.filter, sought),
        )  # fmt: skip


def asked_by(args: Mapping[str, str]) -> Asked:
    """What these arguments ask for; a search looks through closed matters too unless told otherwise. Raises ValueError."""
    words, order = args.get("q", "").strip()[:LONGEST], args.get("order", "")
    given = {**args, "status": "all"} if words and not args.get("status") else args
    made = CaseFilter.from_args(given)
    if any(abs(getattr(made, name) or 0) > LARGEST_ID for name in NUMBERS):
        raise ValueError("a number that no row has")
    form = args.get("form", "")
    return Asked(made, words, order_of(made, words, order), form if form in FORMS else "")


def order_of(f: CaseFilter, words: str, order: str) -> str:
    """The order of a list: what is searched for comes newest first, and so do lists with closed matters, which fall due no more."""
    usual = "due" if f.status == "open" and not words else "new"
    if words or (f.status != "open" and order not in ("new", "old")):
        return usual
    return order if order in ORDERS else usual
