"""Words of a case line shared by desk, list and sorting desk: state, deadline, holder. Display only."""

from typing import Any, Protocol

from casemgr.queries.lines import Line
from casemgr.web.links import address_of_case
from casemgr.web.locales import gettext
from workflows import WORKFLOWS
from workflows.roles import POST_ROLES


def line_words() -> dict[str, Any]:
    """What the templates of lines call."""
    return {
        "state_words": state_words, "due_name": due_name, "holder_words": holder_words,
        "line_url": line_url, "flow_words": flow_words,
    }  # fmt: skip


class InAState(Protocol):
    """A line of any list of matters."""

    @property
    def process(self) -> str: ...
    @property
    def state(self) -> str: ...


def state_words(line: InAState) -> str:
    """The state in words."""
    return gettext(WORKFLOWS[line.process].state(line.state).label)


def flow_words(line: Line) -> str:
    """What kind of matter it is."""
    return gettext(WORKFLOWS[line.process].label)


def due_name(line: Line) -> str:
    """The name of the deadline that falls due next."""
    return gettext(WORKFLOWS[line.process].deadline(line.next_due_key).label) if line.next_due_key else ""


def holder_words(line: Line) -> str:
    """Who holds it: the person, else the post."""
    return line.holder or (gettext(POST_ROLES[line.holder_role]) if line.holder_role in POST_ROLES else "")


def line_url(line: Line) -> str:
    """The page of the case."""
    if line.process == "incoming" and line.closed_at is None:
        return address_of_case("sorting.item", line.id)
    return address_of_case("cases.show", line.id)
