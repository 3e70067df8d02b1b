"""Who may stand in for whom while somebody is away, and who may record it: pure rules over posts.

Source: default (no law names it). A deputy holds the same office in the same street, of the same level at least where the
office leads, or one beside or above it at the place itself; administrators are never stood in for (GB/T 22239-2019 keeps the three apart).
"""

from collections.abc import Iterable
from dataclasses import dataclass

# Role of the absent person -> other roles that may stand in for it, at the same place or above it.
BESIDE = {
    "grid_worker": ("secretary",),
    "mediator": ("head",),
    "head": ("secretary", "mediator"),
    "secretary": ("head",),
    "operator": ("head", "secretary"),
}
SUPERIORS = ("head", "secretary")  # who record an absence at their own place and below


@dataclass(frozen=True, slots=True)
class PostAt:
    """A post as these rules see it: its role, the path of areas down to where it is, its department if it is at one; and
    whether it is a member's of a team."""

    role: str
    path: tuple[tuple[int, str], ...] = ()
    department_id: int | None = None
    team: bool = False

    @property
    def area_id(self) -> int | None:
        """The area it is at."""
        return self.path[-1][0] if self.path else None

    @property
    def street_id(self) -> int | None:
        """The street it belongs to; for one above all streets its own area."""
        return next((area for area, level in self.path if level == "street"), self.area_id)


def fits(absent: PostAt, deputy: PostAt) -> bool:
    """Whether a holder of one post may stand in for that of another."""
    if absent.role == deputy.role:
        near = absent.street_id == deputy.street_id and absent.department_id == deputy.department_id
        return near and (absent.role not in SUPERIORS or len(deputy.path) <= len(absent.path))
    over = deputy.area_id is not None and deputy.area_id in [area for area, _ in absent.path]
    return over and deputy.role in BESIDE.get(absent.role, ())


def main_posts(held: Iterable[PostAt]) -> tuple[PostAt, ...]:
    """The posts a deputy must fit: those at a place or department; for somebody who is only on teams, these."""
    posts = tuple(held)
    return tuple(post for post in posts if not post.team) or posts


def fits_all(absent: Iterable[PostAt], deputy: Iterable[PostAt]) -> bool:
    """Whether a person's posts allow standing in for every main post of another, who has one at least."""
    held, theirs = tuple(deputy), main_posts(absent)
    return bool(theirs) and all(any(fits(post, own) for own in held) for post in theirs)


def distance(absent: Iterable[PostAt], deputy: Iterable[PostAt]) -> int:
    """How far apart two persons' nearest main posts are: 0 at the same place, more with every area not shared."""
    held = main_posts(deputy)
    return min((len(set(one.path) ^ set(own.path)) for one in main_posts(absent) for own in held), default=0)


def may_record(superior: Iterable[PostAt], absent: Iterable[PostAt]) -> bool:
    """Whether a holder of these posts may record that another is away: head or secretary of his place, or of one above."""
    own = {post.area_id for post in superior if post.role in SUPERIORS and post.area_id is not None}
    return any(area in own for post in absent for area, _ in post.path)
