"""Guards: each looks at a matter and the answers and gives None, or the Reason why not, with its source.

The sentence of every reason stands in sentences.py. Who may take a step is not asked here (Step.by, Step.not_by).
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from workflows.answer_guards import (  # noqa: F401  processes find every guard here
    GRAIN, ZONE, explained, in_order, local_date, not_in_future, on_the_quarter, something_given, somewhere,
    starts_ahead,
)  # fmt: skip
from workflows.lengths import Length, LengthError, parse_length
from workflows.limits import LIMITS, limit  # noqa: F401
from workflows.model import Guard
from workflows.party_guards import (  # noqa: F401
    SIDES, all_agree, both_sides, from_applicant, nobody_refuses, parties_agree, parties_known, party_known,
    room_for_representative, somebody_agrees,
)  # fmt: skip
from workflows.roles import LEVELS, TIER_LEVEL, TIERS, committee_level
from workflows.sentences import WHY_WRITTEN
from workflows.view import CaseView, Reason
from workflows.warning import Trigger

FAMILY = "01"  # category class of love, marriage and family (sources 5.2)
NOT_CONFIRMABLE = frozenset(("identity", "ownership", "other_procedure"))  # MSJS 355

SPREAD = 37  # prime to 100: neighbours in time are not drawn together


def answer_or_fact(view: CaseView, data: Mapping[str, Any], name: str) -> Any:
    """The answer given now, else the fact on record."""
    given = data.get(name)
    return view.facts.get(name) if given is None else given


# --- safety and danger


def safety_asked(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A family dispute starts with the safety question (house rule 5)."""
    category = data.get("category") or view.category
    asked = answer_or_fact(view, data, "safety_concern") is not None
    return Reason("safety_question_open") if category.startswith(FAMILY) and not asked else None


def bodies_told(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """On a safety concern the right bodies are told before anything else (house rule 5)."""
    concern = data.get("safety_concern")
    return Reason("bodies_not_told") if concern and not data.get("bodies_told") else None


def no_joint_session(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """With a safety concern on record nobody is put at one table (house rule 5)."""
    concern = view.facts.get("safety_concern")
    return Reason("no_joint_session") if concern and data.get("mode") == "joint" else None


def no_known_danger(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """What carries a threat or an injury is not settled on the spot and forgotten (People's Mediation Law art. 25)."""
    danger = view.facts.get("threat") or view.facts.get("injury") or view.facts.get("safety_concern")
    return Reason("danger_needs_acceptance") if danger else None


def calmed_first(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """What may flare up is first calmed, then referred (Ministry of Justice order 75 art. 24)."""
    return Reason("calm_first") if data.get("may_flare_up") and not data.get("calmed") else None


# --- sessions and agreements


def rights_told(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Nature, principles, effect, rights and duties are told before the start (order 75 art. 30)."""
    return None if answer_or_fact(view, data, "rights_informed") else Reason("rights_not_told")


def session_recorded(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A session leaves a record; a photo of the handwritten one is enough (People's Mediation Law art. 27; house rule 5)."""
    return None if data.get("record") or data.get("photo") else Reason("record_missing")


def none_planned(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """One session is planned at a time: the one before it is held, moved or cancelled (default)."""
    return Reason("session_planned") if view.facts.get("session_at") else None


def one_planned(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """There is a planned session."""
    return None if view.facts.get("session_at") else Reason("no_session_planned")


def may_be_oral(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """An oral agreement is performed on the spot, nobody asks for paper and it is not major
    (Ningbo mediation regulation art. 24)."""
    whys = (
        ("asked", bool(data.get("written_wanted"))),
        ("later", not data.get("done_on_the_spot")),
        ("major", view.tier in TIERS[1:]),
    )
    why = next((code for code, holds in whys if holds), "")
    return Reason("agree_needs_written", {"why": WHY_WRITTEN[why]}) if why else None


def contacted(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Mediation cannot fail before anybody was spoken to (default)."""
    clock = view.clocks.get("contact")
    return None if clock and clock.status == "met" else Reason("nobody_contacted")


# --- court confirmation


def applied_jointly(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Both parties apply together (People's Mediation Law art. 33; Civil Procedure Law art. 205)."""
    return None if data.get("both_jointly") else Reason("apply_jointly")


def confirmable(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Identity relations, ownership and special procedures are excluded (Civil Procedure Interpretation art. 355)."""
    return Reason("not_confirmable") if data.get("subject") in NOT_CONFIRMABLE else None


def written_agreement(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """The court is shown the agreement: it must be a written one (confirmation interpretation art. 3)."""
    return None if view.detail.get("agreement_form") == "written" else Reason("only_written")


def within_confirmation_window(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Applied within 30 days of the agreement taking effect, whenever it is recorded (People's Mediation Law art. 33)."""
    clock = view.clocks.get("confirm")
    if not clock or clock.status != "running" or clock.due_at is None:
        return Reason("nothing_to_confirm")
    applied_at = datetime.combine(data["applied_on"], time.min, ZONE)
    return None if applied_at < clock.due_at else Reason("confirmation_window_passed")


def confirmation_is(*stages: str) -> Guard:
    """A guard: court confirmation stands at one of these stages ("" = not applied for)."""

    def check(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
        return None if view.detail.get("confirmation", "") in stages else Reason("confirmation_wrong_stage")

    check.__doc__ = "The application is at the stage that this follows (confirmation interpretation arts 4, 5)."
    return check


# --- tiers, extensions, pauses


def is_red(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """The matter is red."""
    return None if view.tier == "red" else Reason("not_red")


def is_yellow(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Only yellow is extended without a request (house rule 3)."""
    return None if view.tier == "yellow" else Reason("not_yellow")


def signed_off_if_red(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A red matter closes with the lead's sign-off (default)."""
    missing = view.tier == "red" and not view.facts.get("signed_off")
    return Reason("red_needs_sign_off") if missing else None


def tier_is_higher(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """To raise is to raise."""
    return None if _rank(data.get("tier")) > _rank(view.tier) else Reason("tier_not_higher")


def tier_is_lower(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """To lower is to lower."""
    return None if 0 <= _rank(data.get("tier")) < _rank(view.tier) else Reason("tier_not_lower")


def triggers_named(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A lowering names the triggers it acknowledges: those it leaves out would raise the matter again (house rule 2)."""
    named, known = set(data.get("acknowledged") or ()), [Trigger.parse(text) for text in view.acknowledged]
    standing = [Trigger.parse(text) for text in view.triggers]
    left = {t.code for t in standing if t.code not in named and not any(old.covers(t) for old in known)
            and _rank(t.tier) > _rank(data.get("tier"))}
    return Reason("triggers_unnamed", {"count": len(left)}) if left else None


def _rank(tier: str | None) -> int:
    return TIERS.index(tier) if tier in TIERS else -1


def first_extension(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A reason alone is enough for the first extension only (house rule 3)."""
    clock = view.clocks.get("settle")
    return Reason("already_extended") if clock and clock.extensions else None


def short_extension(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """The first yellow extension is given in days and lasts at most a week (house rule 3)."""
    most = limit(view, "yellow_extension_days")
    length = _length(data.get("length"))
    good = length is not None and length.unit == "days" and length.amount <= most
    return None if good else Reason("extension_in_days", {"limit": most})


def within_cap(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Mediation lasts longer than the legal limit only with both parties' consent, given for that (house rule 3)."""
    settle, cap, length = view.clocks.get("settle"), view.clocks.get("cap"), _length(data.get("length"))
    if not (settle and cap and settle.due_at and cap.due_at and length):
        return None
    days = length.amount * LEAST_DAYS.get(length.unit, 0)
    return Reason("beyond_legal_limit") if settle.due_at + timedelta(days=days) > cap.due_at else None


LEAST_DAYS = {"days": 1, "working_days": 1, "months": 28}


def _length(given: object) -> Length | None:
    if isinstance(given, Length):
        return given
    try:
        return parse_length(str(given))
    except LengthError:
        return None


def short_suspension(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A suspension ends within thirty days and is not over before it begins (house rule 3)."""
    most = limit(view, "suspension_days")
    today, until = local_date(at), data["until_on"]
    if until < today:
        return Reason("in_the_past")
    return Reason("suspension_too_long", {"limit": most}) if until > today + timedelta(days=most) else None


# --- who and where


def another_mediator(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A replacement is another person (order 75 art. 25)."""
    return Reason("same_mediator") if data.get("handler_id") == view.handler_id else None


def has_mediator(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Somebody is there to go on with it."""
    return None if view.handler_id or data.get("handler_id") else Reason("no_mediator")


def was_accepted(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """It was accepted before it was closed."""
    return None if view.accepted_at else Reason("was_never_accepted")


def never_accepted(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """It was closed before anybody accepted it: on the spot, refused, or withdrawn."""
    return Reason("was_accepted") if view.accepted_at else None


def another_area(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """The area changes."""
    return Reason("area_unchanged") if data.get("area_id") == view.area_id else None


def below_street(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """The street takes what the community cannot settle; above it there is no committee (order 75 art. 21)."""
    return Reason("already_at_street") if committee_level(view.level) == "street" else None


def above_its_tier(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Down goes only what lies higher than its tier asks for (house rule 1: the level is never below the tier's)."""
    own = TIER_LEVEL.get(view.tier, "grid")
    higher = view.level in LEVELS and LEVELS.index(view.level) > LEVELS.index(own)
    return None if higher else Reason("level_of_its_tier")


# --- closing


def followed_up(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A performed agreement is followed up before it is closed (People's Mediation Law art. 31)."""
    clock = view.clocks.get("follow_up")
    return None if clock and clock.status == "met" else Reason("not_followed_up")


def made_from_item(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Only what was sorted out of an incoming item is taken back: the item remains and is sorted anew."""
    return None if view.parent_id else Reason("not_from_item")


def found_performed(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """The follow-up did not find it unperformed (People's Mediation Law art. 31)."""
    unperformed = view.facts.get("found_performed") in ("part", "none")
    return Reason("performance_missing") if unperformed else None


def visit_if_red(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Red is followed up by a visit (house rule 3)."""
    return Reason("follow_up_by_visit") if view.tier == "red" and data.get("way") != "visit" else None


def visit_if_drawn(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A sample of the others is visited too (house rule 3). Its id draws a matter: nobody chooses, and it never changes."""
    drawn = view.id * SPREAD % 100 < limit(view, "visited_percent")
    return Reason("drawn_for_a_visit") if drawn and view.tier != "red" and data.get("way") != "visit" else None


def receipt_given(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A referral is closed with the receipt of who took it (default)."""
    return None if data.get("receipt") or data.get("receipt_number") else Reason("receipt_missing")


# --- second thoughts


def just_recorded(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A slip is corrected at once; after that the correction is requested (default)."""
    most = limit(view, "correction_minutes")
    fresh = view.last_act_at is not None and at - view.last_act_at <= timedelta(minutes=most)
    return None if fresh else Reason("too_late_to_correct", {"limit": most})


def just_sorted(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Sorting is undone within a day (default)."""
    most = limit(view, "undo_hours")
    fresh = view.closed_at is not None and at - view.closed_at <= timedelta(hours=most)
    return None if fresh else Reason("too_late_to_undo", {"limit": most})


def objected_in_time(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A closed matter opens again by itself within some days (default); later, people decide."""
    most = limit(view, "objection_days")
    late = view.closed_at is not None and at - view.closed_at > timedelta(days=most)
    return Reason("objected_too_late", {"limit": most}) if late else None


def own_agreement(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """What two parties agreed, a third person does not open again: he is heard (People's Mediation Law art. 31)."""
    speaks = any(p.id == data.get("party") and p.side in SIDES for p in view.parties)
    return Reason("agreed_by_others") if view.detail.get("agreement_form") and not speaks else None
