"""What the case page of one process shows beside what every process shows: a card for its template, one file a process."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from casemgr.policy import Actor
from casemgr.services.drafts import Draft
from casemgr.web.processes import call, whistle

Card = Callable[[Session, Draft, Actor, datetime], Mapping[str, Any]]
CARDS: dict[str, Card] = {"whistle": whistle.card, "call": call.card}  # process -> the context of templates/processes/<process>.html
