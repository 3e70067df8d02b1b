"""Which steps a page offers first: the usual next act in each state, given what is still missing. Advice, never a rule.

Whether a step is lawful is said by its workflow; whether somebody may take it, by its `by`.
"""

from collections.abc import Iterator, Mapping

from workflows.party_guards import SIDES, speaking
from workflows.model import Choice
from workflows.view import CaseView

# State -> steps, the most useful first. What is not named comes after, in the order of the workflow.
USUAL: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "dispute": {
        "registered": ("accept", "settle_on_spot", "refuse"),
        "accepted": ("assign", "choose_mediator", "record_contact"),
        "assigned": ("take", "decline", "assign"),
        "in_mediation": ("record_session", "agree_written", "book_session", "agree_oral", "fail"),
        "suspended": ("resume", "record_contact", "record_note"),
        "agreed": ("record_performance", "apply_confirmation", "record_breach"),
        "performed": ("follow_up", "close", "record_breach"),
        "breached": ("record_performance", "mediate_anew", "refer_and_close"),
        "failed": ("refer_and_close", "try_again", "notify_and_close"),
        "terminated": ("notify_and_close",),
        "closed": ("reopen", "reopen_unaccepted", "revisit"),
        "withdrawn": ("reopen", "reopen_unaccepted"),
        "not_accepted": ("reopen_unaccepted",),
    },
    "legacy": {
        "proposed": ("list", "reject", "record_history"),
        "listed": ("name_patron", "submit_plan", "draft_milestone", "record_policy"),
        "plan_submitted": ("approve_plan", "return_plan"),
        "planned": ("begin", "reach_milestone", "report_progress"),
        "under_way": ("ask_acceptance", "reach_milestone", "report_progress"),
        "checking": ("confirm_milestone", "return_milestone"),
        "result": ("strike_off", "return_result"),
        "shelved": ("take_up",),
        "struck_off": ("reopen",),
        "rejected": ("propose_again",),
    },
    "event": {
        "registered": ("settle_on_spot", "report", "report_up"),
        "with_community": ("take_up", "assign_grid", "send_street"),
        "with_street": ("assign_unit", "assign_community", "assign_grid"),
        "at_grid": ("feed_back_grid", "send_community"),
        "at_community": ("feed_back_community", "send_street"),
        "at_unit": ("feed_back_unit", "decline", "extend"),
        "to_verify": ("verify", "back_to_community", "back_to_unit"),
        "to_confirm": ("confirm", "back_to_grid"),
        "closed": ("rate", "reopen"),
    },
    "order": {
        "registered": ("dispatch_unit", "dispatch_place", "same_matter", "refuse"),
        "at_unit": ("record_contact", "answer", "report_interim", "object"),
        "at_place": ("record_contact", "answer", "report_interim", "object"),
        "objected": ("fix_unit", "fix_place", "accept_return", "record_contact"),
        "shelved": ("revive_unit", "revive_place"),
        "answered": ("close", "redo_unit", "redo_place"),
        "closed": ("reopen", "leave_out"),
        "not_accepted": ("reopen",),
        "duplicate": ("reopen",),
    },
    "petition": {
        "received": ("transfer", "keep", "refuse", "assign"),
        "with_organ": ("accept", "accept_study", "notify", "object", "refuse"),
        "objected": ("agree_return", "refuse_return", "decide_several"),
        "handling": ("give_opinion", "notify", "settle", "report_result"),
        "simple": ("give_opinion", "make_ordinary", "notify"),
        "suspended": ("resume",),
        "studying": ("reply", "notify", "refer_accusation"),
        "answered": ("deliver",),
        "delivered": ("ask_recheck", "finish", "rate"),
        "in_recheck": ("give_recheck",),
        "rechecked": ("deliver_recheck",),
        "recheck_delivered": ("ask_review", "finish_recheck"),
        "in_review": ("give_review", "hold_hearing"),
        "in_hearing": ("end_hearing",),
        "reviewed": ("deliver_review",),
        **dict.fromkeys(("ended", "final", "settled", "replied"), ("rate", "record_care")),
        **dict.fromkeys(("referred", "reported_up", "not_accepted", "withdrawn"), ("record_care", "reopen")),
    },
    "whistle": {
        "blown": ("approve", "decline", "withdraw"),
        "out": ("add_unit", "upgrade", "withdraw"),
        "answered": ("close", "not_solved"),
    },
    "call": {
        "to_sign": ("sign", "object", "object_again"),
        "signed": ("contact", "object", "object_again"),
        "contacted": ("report_in",),
        "reported_in": ("finish", "report_interim"),
        "objected": ("keep", "give", "release"),
        "in_arbitration": ("arbitrate_keep", "arbitrate_give"),
        "finished": ("appraise_unit", "appraise_whistle", "close_call"),
        "closed": (),
    },
    "request": {"asked": ("approve", "refuse", "withdraw_request")},
}

# Under which heading a page lists the steps that are not the usual ones, in this order.
HEADINGS = (
    (Choice("write", "Write down"), (
        "record_contact", "inform_rights", "record_consent", "record_session", "record_note", "record_fact", "report_to_police",
        "record_attempt", "report_interim", "city_leg", "district_leg", "rate",
        "report_progress", "record_history", "notify", "exempt", "report_result", "report_urgent", "flag_urgent", "receive_in_person",
        "record_care", "count_visitors", "give_new_facts")),
    (Choice("plan", "Plan and policies"), (
        "draft_milestone", "drop_draft", "submit_plan", "reach_milestone", "record_policy", "strike_policy", "compare_policies")),
    (Choice("sessions", "Sessions and evidence"), ("book_session", "move_session", "cancel_session", "add_evidence", "attach")),
    (Choice("parties", "Parties"), ("add_party", "complete_party", "add_representative")),
    (Choice("agreement", "Agreement and what comes after"), (
        "agree_written", "agree_oral", "agree_partial", "apply_confirmation", "court_accepts", "court_confirms",
        "court_refuses", "record_performance", "record_part_performance", "record_breach", "follow_up", "revisit")),
    (Choice("onward", "Pass on or end"), (
        "take", "decline", "assign", "choose_mediator", "relocate", "take_back", "refuse", "settle_on_spot", "resume", "fail",
        "terminate", "withdraw", "refer_and_close", "notify_and_close", "close", "try_again", "mediate_anew", "reopen",
        "reopen_unaccepted", "dispatch_unit", "dispatch_place", "object", "accept_return", "fix_unit", "fix_place", "answer", "redo_unit",
        "redo_place", "same_matter", "in_petition", "ask_help", "report", "report_up", "send_street", "send_community", "turn_into",
        "void", "join_into", "split_off", "transfer", "keep", "decide_several", "isolate", "refer", "refer_accusation", "choose_simple",
        "accept", "accept_simple", "accept_study", "agree_return", "refuse_return", "make_ordinary", "settle", "open_dispute",
        "sign", "contact", "report_in", "object_again", "drop_objection", "give", "release", "arbitrate_keep", "arbitrate_give", "close_call",
        "appraise_unit", "appraise_whistle", "add_unit", "upgrade", "not_solved", "give_opinion", "reply", "deliver", "ask_recheck", "finish", "ask_review", "finish_recheck")),
)
LAST_HEADING = "Time, colour, direction"

# What those above the mediator do, offered after the usual steps of the state.
LEADING = {"dispute": ("name_patron", "instruct", "supervise"), "order": ("supervise",), "event": ("supervise",), "petition": ("name_patron", "receive_in_person")}


def usual_steps(view: CaseView) -> tuple[str, ...]:
    """The names of the steps to offer first, the most useful first; the caller leaves out what cannot be taken."""
    usual = (*USUAL.get(view.process, {}).get(view.state, ()), *LEADING.get(view.process, ()))
    if view.process == "dispute" and view.state == "in_mediation":
        usual = (*missing_for_mediation(view), *usual)
        usual = with_session(view, usual)
    if view.tier == "red" and view.state == "performed" and not view.facts.get("signed_off"):
        usual = ("follow_up", "sign_off", *usual)
    if view.state == "performed" and (asked := view.clocks.get("follow_up")) and asked.status == "met":
        usual = (*(name for name in usual if name != "follow_up"), "follow_up")
    if view.process == "petition":
        usual = for_petition(view, usual)
    named = {"name_patron"} if view.patron_id else set()
    return tuple(name for name in dict.fromkeys(usual) if name not in named)


def for_petition(view: CaseView, usual: tuple[str, ...]) -> tuple[str, ...]:
    """An accusation goes to the body in charge first; a notice or a report is offered while it is owed."""
    running = {key for key, clock in view.clocks.items() if clock.status == "running"}
    owed = {"notify": ("notify_direct", "notify_transfer"), "report_result": ("task",)}
    done = {name for name, keys in owed.items() if running.isdisjoint(keys)}
    first = ("refer_accusation",) if view.detail.get("kind") == "accusation" else ()
    return tuple(name for name in (*first, *usual) if name not in done)


def missing_for_mediation(view: CaseView) -> Iterator[str]:
    """What a session waits for: a contact, a party on each side, consent, rights told."""
    contact = view.clocks.get("contact")
    if contact and contact.status == "running":
        yield "record_contact"
    spoken_for = [speaking(view, side) for side in SIDES]
    if not all(spoken_for):
        yield "add_party"
    if any(not party.consent for side in spoken_for for party in side):
        yield "record_consent"
    if not view.facts.get("rights_informed"):
        yield "inform_rights"


def with_session(view: CaseView, usual: tuple[str, ...]) -> tuple[str, ...]:
    """Where a session is planned, to move it stands in the place of planning one."""
    return tuple("move_session" if name == "book_session" and view.facts.get("session_at") else name for name in usual)


def heading_of(step: str) -> tuple[int, str]:
    """The heading a step stands under, with its place among them."""
    for place, (heading, names) in enumerate(HEADINGS):
        if step in names:
            return place, heading.label
    return len(HEADINGS), LAST_HEADING
