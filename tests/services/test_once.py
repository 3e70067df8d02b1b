"""A keyed change is done once: the first answer again, another content refused, forgotten after a month."""

from datetime import timedelta

import pytest

from casemgr import db
from casemgr.services.once import KEPT, OtherContent, claim, forget, keep_answer


def test_the_first_answer_again_until_it_is_forgotten(session, world):
    account = world.accounts["worker_a1"].id
    with db.transaction(session):
        assert claim(session, account, "k", "one", at=world.at) is None
        keep_answer(session, account, "k", {"case": 7})
        assert claim(session, account, "k", "one", at=world.at) == {"case": 7}
    assert claim(session, account, "k", "one", at=world.at) == {"case": 7}
    assert claim(session, world.accounts["head_a"].id, "k", "one", at=world.at) is None
    with pytest.raises(OtherContent):
        claim(session, account, "k", "two", at=world.at)
    session.rollback()
    with db.transaction(session):
        assert forget(session, at=world.at + KEPT) == 0
        assert forget(session, at=world.at + KEPT + timedelta(seconds=1)) == 1
