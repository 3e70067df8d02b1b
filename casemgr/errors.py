"""The errors that a person is meant to read: a code, its parameters and an English msgid, never a finished sentence.

Entry points turn them into a page or JSON with the right HTTP status; nobody else catches them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from workflows.view import Reason


class Sentence(str):
    """An English sentence that still knows its msgid and parameters, so that a page can say it in another language."""

    msgid: str
    params: Mapping[str, Any]

    def __new__(cls, msgid: str, **params: Any) -> "Sentence":
        made = super().__new__(cls, msgid % params if params else msgid)
        made.msgid, made.params = msgid, params
        return made


class CasemgrError(Exception):
    """Something a person can understand. `message` is an English msgid; `params` fill its %(names)s."""

    status: ClassVar[int] = 500
    code: str = "error"
    message: str = "Something went wrong. The number below helps to find out what."

    def __init__(self, code: str = "", message: str = "", **params: Any) -> None:
        self.code = code or type(self).code
        self.message = message or type(self).message
        self.params = params
        super().__init__(self.code, self.params)

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message


class NotAllowed(CasemgrError):
    """This person may not do this, or may not do it to this."""

    status = 403
    code = "not_allowed"
    message = "You may not do this."


class NotFound(CasemgrError):
    """There is no such thing, or none that this person may know of."""

    status = 404
    code = "not_found"
    message = "There is nothing here that you can see."


class AlreadyThere(CasemgrError):
    """The same thing is recorded already."""

    status = 409
    code = "already_there"
    message = "This is recorded already."


class Stale(CasemgrError):
    """The matter changed since the page was made. `changes` are the trail entries since the version seen."""

    status = 409
    code = "stale"
    message = "Somebody changed this matter in the meantime. Look at what changed, then decide again."

    def __init__(
        self, *, changed_at: datetime | None = None, changed_by: str = "", changes: Sequence[Any] = (), **params: Any
    ) -> None:
        super().__init__(**params)
        self.changed_at = changed_at
        self.changed_by = changed_by
        self.changes = tuple(changes)


class Busy(CasemgrError):
    """The database is not there just now, or two changes stood in each other's way: undone as a whole."""

    status = 503
    code = "unavailable"
    message = "The database does not answer just now. Nothing was changed: try again in a moment."


class Unsure(CasemgrError):
    """The database went away over the commit: the change is there as a whole, or not at all."""

    status = 503
    code = "unsure"
    message = "The connection to the database broke while this was being saved: it may have been. Look before you send it again."


class Refused(CasemgrError):
    """Not lawful now. `reasons` are all the reasons at once, each a workflows.view.Reason."""

    status = 422
    code = "refused"
    message = "This step is not possible now."

    def __init__(self, reasons: Sequence[Reason] | Reason = (), **params: Any) -> None:
        super().__init__(**params)
        self.reasons = (reasons,) if isinstance(reasons, Reason) else tuple(reasons)

    def __str__(self) -> str:
        return f"{self.message} ({', '.join(reason.code for reason in self.reasons)})"


class Invalid(CasemgrError):
    """What was entered cannot be used. `fields`: field name -> its sentences (English msgids)."""

    status = 422
    code = "invalid"
    message = "Please check the marked fields. What you entered is kept."

    def __init__(self, fields: Mapping[str, Sequence[str]] | None = None, **params: Any) -> None:
        super().__init__(**params)
        self.fields = {name: tuple(sentences) for name, sentences in (fields or {}).items()}

    def __str__(self) -> str:
        return f"{self.message} ({', '.join(self.fields)})"
