"""Messages of a sentence or two, as grid workers and residents write them. All are invented (short_messages.csv): those
the rules were shaped on must be right nearly always, those kept back must not fall below what was first measured."""

import csv
import tomllib
from pathlib import Path

import pytest
from workflows.reading.words import WORDS_FILE
from workflows.triage import NO_TEAM, load_words, read

RULES = tomllib.loads((WORDS_FILE.parent / "default.toml").read_text("utf-8"))
WORDS = load_words()
MESSAGES = list(csv.DictReader((Path(__file__).parent / "short_messages.csv").read_text("utf-8").splitlines()))


def reading(title, text=""):
    return read(title, text, words=WORDS, rules=RULES)


def wrong(messages, aspect):
    """The messages whose kind or team is read wrongly, with what was read."""
    found = []
    for message in messages:
        read_as = getattr(reading(message["title"], message["text"]), aspect)
        right = message["teams"].split() if aspect == "team" else [message["kind"]]
        if read_as not in right:
            found.append((message["title"], message["text"], read_as))
    return found


@pytest.mark.parametrize(("part", "kind", "team"), [
    ("first", 1.0, 0.98), ("second", 0.98, 0.96), ("third", 0.92, 0.86), ("fourth", 0.93, 0.88), ("fifth", 0.85, 0.70),
    ("dictated", 0.93, 0.93), ("kept back 1", 0.93, 0.86), ("kept back 2", 0.90, 0.82), ("kept back 3", 0.70, 0.60)])
def test_short_messages_are_read_by_kind_and_team(part, kind, team):
    messages = [message for message in MESSAGES if message["part"] == part]
    for aspect, least in (("kind", kind), ("team", team)):
        mistakes = wrong(messages, aspect)
        assert 1 - len(mistakes) / len(messages) >= least, mistakes


def test_every_kind_of_message_and_every_team_is_among_them():
    first = [message for message in MESSAGES if message["part"] == "first"]
    assert len({message["kind"] for message in first}) == 6
    assert {team for message in first for team in message["teams"].split()} == {NO_TEAM, *RULES["teams"]} - {"general"}


def test_a_message_without_a_title_is_read_by_its_first_sentence():
    text = "建议在广场增设路灯。现在晚上很黑，老人散步看不清路，常常有人摔跤，孩子们也不敢去玩，" * 2
    assert reading("", text).kind == reading(text.split("。")[0], text).kind == "suggestion"


@pytest.mark.parametrize("title", ["", "  ", "漏水", "漏水问题反映"])
def test_a_label_of_a_title_changes_nothing(title):
    result = reading(title, "楼上天天漏水到我家没人管")
    assert (result.kind, result.team) == ("dispute", "neighbour")


def test_a_long_message_is_not_read_like_a_short_one():
    said = "楼上说他没有漏水"
    long = said + "，" + "这条马路的路灯坏了请尽快维修，" * 8
    assert reading("", said).kind == "dispute"
    assert reading("", long).kind == "service_request"


@pytest.mark.parametrize("text", ["外地老人能办乘车卡吗", "生二胎还要办证不", "办残疾证找谁呢"])
def test_a_question_needs_no_question_mark(text):
    assert reading("", text).kind == "consultation"


def test_what_is_only_feared_hurt_nobody():
    result = reading("", "门口的大树枯了要倒怕砸到人")
    assert (result.kind, result.team, dict(result.facts)) == ("service_request", NO_TEAM, {})
