"""The word file: what ships can be used, and every fault in an edited one is named."""

import copy
import tomllib

import pytest
from workflows import triage
from workflows.categories import (
    DISPUTE_CATEGORIES, check_teams, load_petition_categories, petition_level_1, team_for)
from workflows.reading.forms import build_forms
from workflows.reading.scan import Near, Scanner, Searched, normal
from workflows.reading.words import KINDS, WORDS_FILE, BadWords, build_words, load_words
from workflows.warning import FACT

RAW = tomllib.loads(WORDS_FILE.read_text("utf-8"))
RULES = tomllib.loads((WORDS_FILE.parent / "default.toml").read_text("utf-8"))


def test_the_words_that_ship_can_be_used():
    words = load_words()
    assert {topic.category for topic in words.topics.values()} == set(petition_level_1(load_petition_categories()))
    assert set(words.base) == set(KINDS)
    assert all(name in FACT for name, _ in words.fact_words.values())


def test_the_words_name_no_place_and_no_coded_place():
    for word in {**load_words().topic_words, **load_words().kind_words}:
        assert not (word[0].isascii() and word[0].isalpha() and word[-1] in "市区县"), word


def test_every_rule_has_its_sentence():
    assert set(triage.SENTENCES) == {
        "kind_words", "kind_topic", "kind_form", "kind_question", "kind_placeless", "topic", "team_topic", "team_form",
        "no_words", "no_dispute", "no_team", "fact", "no_fact"}


def broken(path, value):
    raw = copy.deepcopy(RAW)
    place = raw
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return raw


@pytest.mark.parametrize(("path", "value", "message"), [
    (("scoring", "title"), -1, "title must be a number from 0"),
    (("scoring", "colour"), 1, "needs exactly"),
    (("kind", "complaint"), {}, r"\[kind\] needs exactly"),
    (("kind", "dispute", "clear"), ["a"], "must be a text of words"),
    (("kind", "dispute", "clear"), "投诉 x", "two|2 characters or more"),
    (("kind", "dispute", "clear"), "投诉 P2P", "lower case"),
    (("kind", "dispute", "clear"), "投诉 投诉", "stands there twice"),
    (("kind", "dispute", "loud"), "投诉", "a line nobody reads"),
    (("kind", "dispute", "base"), "much", "base must be a number"),
    (("kind", "dispute", "near"), [{"first": "工地", "then": "扰民"}], "near needs first, then and within"),
    (("kind", "dispute", "near"), [{"first": "", "then": "扰民", "within": 5}], "words on both sides"),
    (("kind", "dispute", "near"), [{"first": "工地", "then": "扰民", "within": 500}], "at most 40"),
    (("category", "园艺"), 1.0, r"\[category\] needs exactly"),
    (("category", "政法"), "half", "政法"),
    (("fact", "people"), "三十人", "not a fact that is so or not so"),
    (("threat", "shouting"), "大喊", "knows only"),
    (("topic", 0, "category"), "园艺", "not a petition category"),
    (("topic", 0, "dispute"), "0777", "not a dispute category"),
    (("topic", 0, "code"), "", "needs a code of its own"),
    (("topic", 1, "code"), RAW["topic"][0]["code"], "needs a code of its own"),
    (("topic", 0, "kinds"), {"complaint": 1}, "must be one of"),
    (("topic", 0, "colour"), "red", "a line nobody reads"),
    (("topic",), [], "there is none"),
    (("extra",), {}, "needs exactly the sections"),
    (("form", 0, "code"), "", "form : needs a code of its own"),
    (("form", 0, "code"), RAW["form"][1]["code"], "a code occurs twice"),
    (("form", 0, "colour"), "red", "only lines that are read"),
    (("form", 0, "title"), "@nowhere", "there is no list 'nowhere'"),
    (("form", 0, "short"), "yes", "short must be true or false"),
    (("kind", "dispute", "near"), [{"first": "@nobody", "then": "扰民", "within": 5}], "there is no list 'nobody'"),
    (("form", 0, "kinds"), {"complaint": 1}, "kinds must be kinds of message"),
    (("form", 0, "kinds"), {"dispute": "much"}, "kinds must be kinds of message"),
    (("form", 0, "dispute"), "0777", "dispute must be a dispute category"),
    (("form", 0, "pull"), "much", "pull a number"),
    (("form", 0), {"code": "x", "title_without": "退"}, "needs words that must be there"),
    (("list", "when"), ["何时"], "list: when: must be a text of words"),
])
def test_a_fault_is_named(path, value, message):
    with pytest.raises(BadWords, match=message):
        build_words(broken(path, value))


def test_a_file_that_is_no_toml_is_named(tmp_path):
    path = tmp_path / "triage.toml"
    path.write_text("[kind\n", "utf-8")
    with pytest.raises(BadWords, match=r"triage\.toml"):
        load_words(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadWords, match=r"triage\.toml"):
        load_words(path)


def test_the_longest_of_overlapping_words_is_found_and_an_ignored_word_hides_another():
    scanner = Scanner({"one": ["物业", "物业公司", "市政"], "two": ["公司"]}, ["市政府"])
    assert scanner.find(Searched("物业公司和物业,市政府与市政")) == {
        "one": {"物业公司": [0], "物业": [5], "市政": [12]}, "two": {"公司": [2]}}


def test_words_are_found_at_their_places_behind_any_character():
    text = "\U0001f600物业\ud800和\U0001f600\U0001f600物业公司\U0001f600"
    assert Scanner({"one": ["物业", "公司"]}).find(Searched(text)) == {"one": {"物业": [1, 7], "公司": [9]}}
    assert Searched("").pairs == Searched("物").pairs == []


def test_a_word_of_one_character_is_refused():
    with pytest.raises(ValueError, match="two characters"):
        Scanner({"one": ["水"]})


def test_near_stays_in_the_sentence():
    near = Near.of("noise", 3.0, ["工地"], ["扰民"], 6)
    assert near.find(Searched("工地天天扰民。")) == ((0, 6),)
    assert near.find(Searched("有工地。扰民")) == ()
    assert near.find(Searched("工地每天从早到晚一直扰民")) == ()


def test_a_form_needs_a_word_of_each_list_and_none_of_the_others():
    form, = build_forms([{"code": "runs", "title": "@bus", "text": "增加", "title_without": "建议", "kinds": {"service_request": 3}}],
                        {"bus": ("班次", "趟")}, KINDS)
    assert form.find(Searched("多几趟"), Searched("多几趟\n请增加")) == ("趟", "增加")
    assert form.find(Searched("多几趟"), Searched("多几趟\n请减少")) is None
    assert form.find(Searched("请增加"), Searched("请增加\n一趟")) is None
    assert form.find(Searched("建议多几趟"), Searched("建议多几趟\n请增加")) is None
    assert form.kinds == {"service_request": 3.0}


def test_normal_keeps_every_character_at_its_place():
    text = "ＡＢＣ　１２３ P2P İ 投诉"
    assert normal(text) == "abc 123 p2p İ 投诉"
    assert len(normal(text)) == len(text)


def test_the_classification_is_whole():
    rows = load_petition_categories()
    assert len(rows) == 517
    assert len({(row.level_1, row.level_2, row.level_3) for row in rows}) == 517
    assert len(petition_level_1(rows)) == 15


def test_a_doubled_or_empty_row_of_the_classification_is_refused(tmp_path):
    path = tmp_path / "rows.csv"
    head = "code,level_1,level_2,level_3\n"
    path.write_text(f"{head}010101,甲,乙,丙\n010101,甲,乙,丁\n", "utf-8")
    with pytest.raises(ValueError, match="occurs twice"):
        load_petition_categories(path)
    path.write_text(f"{head}010101,甲,,丙\n", "utf-8")
    with pytest.raises(ValueError, match="no name"):
        load_petition_categories(path)


@pytest.mark.parametrize(("code", "team"), [
    ("0101", "marriage_family"), ("0201", "neighbour"), ("0203", "environment"), ("0402", "property_management"),
    ("0504", "environment"), ("0507", "production_accident/injury"), ("0602", "consumer_contract"),
    ("0703", "labour"), ("1102", "land_expropriation"), ("0502", "general"), ("0503", "general"), ("99", "general"),
    ("", "general")])
def test_the_team_of_a_dispute(code, team):
    assert team_for(code, RULES) == team


def test_every_dispute_category_belongs_to_a_class():
    assert all(code[:2] in DISPUTE_CATEGORIES for code in DISPUTE_CATEGORIES)


def test_the_teams_that_ship_are_good():
    check_teams(RULES)


@pytest.mark.parametrize(("teams", "message"), [
    ({"a": {"label": "A", "categories": ["0777"]}}, "not a dispute category"),
    ({"a": {"label": "A", "categories": ["01"]}, "b": {"label": "B", "categories": ["01"]}}, "already taken"),
    ({"a": {"label": "A", "categories": "01"}}, "a list of categories"),
    ({"a": {"label": "A", "categories": ["01"]}}, "general is missing"),
])
def test_wrong_teams_are_refused(teams, message):
    with pytest.raises(ValueError, match=message):
        check_teams({"teams": teams})
