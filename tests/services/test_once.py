"""A keyed change is done once: the first answer again, another content refused, forgotten after a month."""

from datetime import timedelta

import pytest

from casemgr import db
from casemgr.services.once import KEPT, OtherContent, answered, forget, keep_answer


def test_the_first_answer_again_until_it_is_forgotten(session, world):
    account = world.accounts["worker_a1"].id
    with db.transaction(session):
        assert answered(session, account, "k", "one") is None
        assert keep_answer(session, account, "k", "one", {"case": 7}, at=world.at)
        assert not keep_answer(session, account, "k", "two", {"case": 8}, at=world.at)
    assert answered(session, account, "k", "one") == {"case": 7}
    assert answered(session, world.accounts["head_a"].id, "k", "one") is None
    with pytest.raises(OtherContent):
        answered(session, account, "k", "two")
    with db.transaction(session):
        assert forget(session, at=world.at + KEPT) == 0
        assert forget(session, at=world.at + KEPT + timedelta(seconds=1)) == 1
