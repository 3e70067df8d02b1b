"""Likeness as this installation sees it: how rare words are among its newest matters, kept in memory and made anew now and
then."""

from dataclasses import dataclass
from functools import cache
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from casemgr.models import Case
from workflows.joint.profiles import LONGEST, Profile, profile
from workflows.joint.rarity import Rarity, Weighed, rarity_of, weighed
from workflows.reading.words import Words, load_words

SAMPLE = 1000  # matters, the newest, whose words are counted
ANEW = 200  # new matters after which they are counted again


@dataclass(frozen=True, slots=True)
class Counted:
    """How rare words were when the newest matter had this id."""

    newest: int
    rarity: Rarity


_counted: "WeakKeyDictionary[Engine, Counted]" = WeakKeyDictionary()


@cache
def words() -> Words:
    """The word lists that come with casemgr."""
    return load_words()


def rarity_now(session: Session) -> Rarity:
    """How rare words are among the newest matters; at most one query, a second one now and then. What is confidential does not
    count."""
    newest = session.scalar(select(func.max(Case.id))) or 0
    engine = session.connection().engine
    counted = _counted.get(engine)
    if counted is None or not 0 <= newest - counted.newest < ANEW:
        query = select(Case.title, func.substr(Case.text, 1, LONGEST)).where(Case.confidential.is_(False))
        rows = session.execute(query.order_by(Case.id.desc()).limit(SAMPLE))
        counted = Counted(newest, rarity_of([profile_of(title, text) for title, text in rows], words()))
        _counted[engine] = counted
    return counted.rarity


def profile_of(title: str, text: str, *, sender: str = "", place: str = "") -> Profile:
    """What is compared of a matter."""
    return profile(title, text, words=words(), sender=sender, place=place)


def weighed_now(session: Session, title: str, text: str, *, sender: str = "", place: str = "") -> Weighed:
    """A matter ready to be compared with others of this installation."""
    return weighed(profile_of(title, text, sender=sender, place=place), rarity_now(session))
