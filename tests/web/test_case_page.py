"""The page of one case: what it shows and to whom, in a bounded number of queries; why then, who when, files, contacts."""

from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from casemgr import db
from casemgr.models import Case, Event, EventValue, Reading
from casemgr.services.cases import take_step
from tests.world import World, token_of

HOUR = timedelta(hours=1)


@pytest.fixture
def life(app, world):
    """Takes steps on one dispute in grid a1, an hour apart, as the clock of the application goes on."""
    return Life(app, world)


class Life:
    def __init__(self, app, world: World) -> None:
        self.app, self.world, self.clock = app, world, app.extensions["clock"]
        with app.extensions["sessions"]() as session, db.transaction(session):
            opened = world.open_dispute(session, "worker_a1", "grid_a1", "三楼漏水到二楼,物业说过了保修期。")
        self.id = opened.case_id

    def step(self, step: str, who: str, /, **data):
        at = self.clock.advance(HOUR)
        with self.app.extensions["sessions"]() as session, db.transaction(session):
            return take_step(session, self.id, step, actor=self.world.actor(session, who), at=at, data=data)

    def accepted(self, **facts):
        self.step("accept", "head_a", category="0402", **facts)
        return self

    def in_mediation(self):
        self.accepted()
        self.step("assign", "head_a", handler_id=self.world.accounts["mediator_a"].id)
        self.step("take", "mediator_a")
        self.step("add_party", "mediator_a", side="applicant", name="周某", phone="13800005678", claim="修好屋顶")
        self.step("add_party", "mediator_a", side="respondent", name="佳和物业", person_kind="organisation")
        return self


def test_the_page_says_what_it_is_and_what_can_be_done(app, world, life):
    life.in_mediation()
    page = world.client(app, "mediator_a").get(f"/cases/{life.id}?lang=en")
    assert page.status_code == 200
    for words in ("三楼漏水", "138****5678", "佳和物业", "Record a contact", "In mediation"):
        assert words in page.text
    assert "13800005678" not in page.text
