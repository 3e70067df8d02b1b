"""A dispute that tests of pages lead through its steps, by the door and not by pages."""

from datetime import timedelta

from casemgr import db
from casemgr.services.cases import take_step
from tests.world import World

HOUR = timedelta(hours=1)


class Life:
    """One dispute in grid a1; every step an hour after the one before, by the clock of the application."""

    pause = HOUR  # shorter where somebody's page stays open meanwhile: an idle person is logged out

    def __init__(self, app, world: World, **data) -> None:
        self.app, self.world, self.clock = app, world, app.extensions["clock"]
        with app.extensions["sessions"]() as session, db.transaction(session):
            self.id = world.open_dispute(session, "worker_a1", "grid_a1", "三楼漏水到二楼,物业说过了保修期。", **data).case_id

    def step(self, step: str, who: str, /, **data):
        at = self.clock.advance(self.pause)
        with self.app.extensions["sessions"]() as session, db.transaction(session):
            return take_step(session, self.id, step, actor=self.world.actor(session, who), at=at, data=data)

    def in_mediation(self, **facts) -> "Life":
        self.step("accept", "head_a", category="0402", **facts)
        self.step("assign", "head_a", handler_id=self.world.accounts["mediator_a"].id)
        self.step("take", "mediator_a")
        self.step("add_party", "mediator_a", side="applicant", name="周某", phone="13800005678", claim="修好屋顶")
        self.step("add_party", "mediator_a", side="respondent", name="佳和物业", person_kind="organisation")
        return self

    def page(self, who: str, path: str = "", lang: str = "en"):
        return self.world.client(self.app, who).get(f"/cases/{self.id}{path}?lang={lang}")

    def rows(self, query):
        with self.app.extensions["readings"]() as session:
            return session.execute(query).all()
