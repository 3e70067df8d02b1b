"""What the case page of one process shows beside what every process shows: a card for its template, one file a process."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from casemgr.policy import Actor
from casemgr.services.drafts import Draft
from casemgr.web.processes import call, event, legacy, order, petition, whistle

Card = Callable[[Session, Draft, Actor, datetime], Mapping[str, Any]]
CARDS: dict[str, Card] = {"petition": petition.card, "legacy": legacy.card, "whistle": whistle.card, "call": call.card, "event": event.card, "order": order.card}  # process -> the context of templates/processes/<process>.html
