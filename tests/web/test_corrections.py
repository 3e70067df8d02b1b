"""A correction on the timeline: what stood there before, what stands there now, and why."""

from datetime import timedelta

from tests.web.life import Life


class Quick(Life):
    pause = timedelta(minutes=2)


def test_the_timeline_tells_before_after_and_reason(app, world):
    life = Quick(app, world).in_mediation()
    life.step("record_fact", "mediator_a", people=60)
    life.step("correct", "mediator_a", people=2, title="三楼漏水", reason="多写了零")
    text = life.page("head_a").text
    for words in (
        "People involved: 2 (before: 60)", "Title: 三楼漏水 (before: 三楼漏水到二楼", "Reason: 多写了零",
        "The tier follows a correction", "From Red to Yellow",
    ):  # fmt: skip
        assert words in text, words
