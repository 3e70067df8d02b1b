"""The dispute process (矛盾纠纷): found or reported, accepted, mediated, agreed, performed, followed up, closed.

One row per lawful step. Questions stand in dispute_asks.py, what a step makes known in dispute_facts.py, guards in
guards.py, lengths and ladders in rules/default.toml. What was done is entries of the trail; tables keep what is planned.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from workflows import dispute_asks as asks
from workflows import dispute_facts as facts
from workflows import guards as g
from workflows import resident_asks
from workflows.asks import NOTE, REASON
from workflows.clock_steps import RUNG_FIRED, clock_steps
from workflows.model import Choice, Deadline, Notice, Start, State, Step, Workflow
from workflows.record_steps import JOINED, colour_steps, joined_state, joining_steps, record_steps, resident_steps
from workflows.view import CaseView
from workflows.waiting_steps import waiting_steps

# Sources (docs/sources.md): TJ = People's Mediation Law 2010; 75 = Ministry of Justice order 75 of 2002; NB, SZ, SD = regulations of
# Ningbo, Shenzhen, Shandong; TY = rules for court-invited mediation; MSF, MSJS = Civil Procedure Law, its
# interpretation; SFQR = interpretation on confirmation. "default" = no source, a local choice.

PHASES = (
    Choice("registered", "To be accepted"), Choice("accepted", "Accepted"), Choice("taken", "Taken"),
    Choice("mediation", "In mediation"), Choice("agreement", "Agreed"), Choice("performance", "Performance"),
    Choice("follow_up", "Follow-up"), Choice("closed", "Closed"),
)

STATES = (
    State("registered", "To be accepted", "head", "registered"),
    State("accepted", "Accepted", "head", "accepted"),
    State("assigned", "Assigned, to be taken", "handler", "taken"),
    State("in_mediation", "In mediation", "handler", "mediation"),
    State("suspended", "Mediation suspended", "handler", "mediation", pauses=True, pause_ends="suspension_ends"),
    State("agreed", "Agreed", "handler", "agreement"),
    State("breached", "Breached", "handler", "performance"),
    State("performed", "Performed", "head", "follow_up"),
    State("failed", "No agreement", "handler", "mediation"),
    State("terminated", "Terminated", "head", "mediation"),
    State("closed", "Closed", "head", "closed", closed=True, final=True),
    State("withdrawn", "Withdrawn by the party", "head", "closed", closed=True, final=True),
    State("taken_back", "Sorted by mistake", "head", "closed", closed=True, final=True),
    State("not_accepted", "Not accepted", "head", "closed", closed=True, final=True),
    joined_state("head", "closed"),
)
OPEN = tuple(s.name for s in STATES if not s.closed)
ANY = tuple(s.name for s in STATES)
UNDERWAY = OPEN[1:]  # accepted, so graded by a person
BEFORE_AGREEMENT = ("registered", "accepted", "assigned", "in_mediation", "suspended")
TO_SETTLE = ("accepted", "assigned", "in_mediation")  # the settle deadline runs
WITH_MEDIATOR = ("assigned", "in_mediation", "suspended", "agreed", "breached", "performed", "failed")
WORKERS = ("handler", "head", "grid_worker", "registrar")

DEADLINES = (
    Deadline("accept", "Acceptance", "registration", "default", "head"),
    Deadline("contact", "First contact", "acceptance", "default", "handler"),
    Deadline("settle", "Settlement", "acceptance", "TJ 21; default", "handler", raises=True),
    Deadline("progress", "Progress", "the last recorded act", "default", "handler"),
    Deadline("cap", "Legal limit of mediation", "acceptance", "75 art. 33; NB 27", "handler"),
    Deadline("suspension_ends", "End of the suspension", "the suspension", "default", "handler", pauses=False),
    Deadline("confirm", "Application for court confirmation", "the last signature", "TJ 33; MSF 205", "handler",
             roll="next", right=True, pauses=False),
    Deadline("perform", "Performance", "the date agreed", "TJ 29, 31", "handler", right=True, pauses=False),
    Deadline("follow_up", "Follow-up", "performance", "TJ 31; default", "head", pauses=False),
    Deadline("close", "Next decision", "end of mediation, breach or follow-up", "default", "head", pauses=False),
)
MEDIATION_CLOCKS = ("settle", "contact", "cap", "progress")
AFTER_CLOCKS = ("confirm", "perform", "follow_up", "close")
ANEW = ("settle", "cap", "progress")  # what going on with mediation starts


def leaving(step: Step) -> Step:
    """The step with the planned session called off, where it leads out of mediation."""
    if step.target is None or step.target in TO_SETTLE:
        return step
    derive = step.derive

    def both(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
        return {**(derive(view, data, at) if derive else {}), **facts.no_session(view, data, at)}

    return replace(step, derive=both)


REGISTER = Step(
    "register", "Register", (), "registered",
    ("grid_worker", "mediator", "head", "secretary", "operator", "petition_office", "organ", "scheduler", "importer"), "dispute.registered",
    "The committee decides on acceptance; the acceptance deadline starts.", asks.REGISTER,
    starts=("accept",), derive=facts.facts_of_acceptance, notices=(Notice(("head",), "dispute.to_accept"),),
)

SCREENING = (
    Step("accept", "Accept for mediation", ("registered",), "accepted", ("head",), "dispute.accepted",  # TJ 17, 18
         "The tier is confirmed; the deadlines for contact and settlement start.", asks.ACCEPT,
         guards=(g.safety_asked, g.bodies_told), starts=("contact", *ANEW), meets=("accept",),
         derive=facts.facts_of_acceptance, notices=(Notice(("registrar", "lead"), "dispute.accepted"),), effect="accept", weighty=True),
    Step("refuse", "Do not accept", ("registered",), "not_accepted", ("head",), "dispute.refused",  # 75 arts 22, 24; NB 17
         "The party is told the right path; the matter ends here.", asks.REFUSE,
         guards=(g.calmed_first, g.explained("path")), meets=("accept",), sets={"outcome": "not_accepted"},
         notices=(Notice(("registrar", "lead"), "dispute.refused"),), weighty=True),
    Step("settle_on_spot", "Settled on the spot", ("registered",), "closed",
         ("registrar", "grid_worker", "head"), "dispute.settled_on_spot",
         "The matter is closed without a tier; a sample is followed up.", asks.ON_THE_SPOT,
         guards=(g.no_known_danger,), meets=("accept",), sets={"outcome": "settled", "on_the_spot": True}, effect="no_tier"),
    Step("take_back", "Take back the sorting", ("registered",), "taken_back", ("operator", "head", "registrar"),
         "dispute.taken_back", "It was sorted by mistake: the incoming item is sorted anew.", (REASON,),
         guards=(g.made_from_item,), cancels=("accept",), sets={"outcome": "taken_back"}, together=True),
    Step("relocate", "Send to the right place", ("registered",), None, ("head", "operator", "registrar"),
         "dispute.relocated", "The committee of the right place decides on acceptance; the deadline goes on.",
         asks.RELOCATE, guards=(g.another_area,), notices=(Notice(("head",), "dispute.to_accept"),), effect="relocate"),
)

ASSIGNMENT = (
    Step("assign", "Assign", ("accepted", "assigned"), "assigned", ("head",), "dispute.assigned",  # TJ 19
         "The mediator is told and takes it.", asks.ASSIGN, guards=(g.another_mediator,),
         notices=(Notice(("handler",), "dispute.assigned"),)),
    Step("auto_assign", "Assign by routing", ("accepted",), "assigned", ("scheduler",), "dispute.routed",
         "The mediator is told and takes it.", asks.ROUTED, act=False,
         notices=(Notice(("handler", "head"), "dispute.assigned"),)),
    Step("choose_mediator", "Parties choose the mediator", TO_SETTLE, "assigned", ("head", "handler"),  # TJ 19, 23
         "dispute.mediator_chosen", "The mediator the parties chose is told and takes it.", asks.CHOOSE,
         guards=(g.parties_agree, g.another_mediator), notices=(Notice(("handler", "head"), "dispute.assigned"),)),
    Step("take", "Take the matter", ("assigned",), "in_mediation", ("handler",), "dispute.taken",
         "You are in charge; contact the parties first.", notices=(Notice(("registrar",), "dispute.taken"),), weighty=True),
    Step("decline", "Decline with a reason", ("assigned",), "accepted", ("handler",), "dispute.declined",
         "It goes back to the head, who assigns it again; the deadlines go on.", asks.DECLINE,
         guards=(g.explained("ground"),), sets={"handler_id": None}, writes="recusal",
         notices=(Notice(("head",), "dispute.declined"),), effect="release"),
    Step("replace_handler", "Replace the mediator", WITH_MEDIATOR, None, ("request",),  # 75 art. 25; TY 15; SZ 23
         "dispute.mediator_replaced", "The new mediator goes on where the other one stopped.", asks.REPLACE,
         guards=(g.another_mediator, g.explained("ground")), act=False, request="recusal", writes="recusal",
         notices=(Notice(("handler", "head"), "dispute.assigned"),)),
)

MEDIATION = (
    Step("record_contact", "Record a contact", ("accepted", "assigned", "in_mediation", "suspended"), None,
         ("handler", "head", "grid_worker"), "dispute.contacted", "The first contact is on record.", asks.CONTACT,
         guards=(g.party_known,), meets=("contact",), append=True),
    Step("book_session", "Plan a session", TO_SETTLE, None, ("handler", "head"), "dispute.session_booked",
         "The room is kept, those invited are told; no progress note is due before that day.", asks.BOOK,
         guards=(g.none_planned, g.starts_ahead, g.on_the_quarter, g.somewhere, g.no_joint_session, g.parties_known),
         derive=facts.session_planned, writes="sitting", append=True),
    Step("move_session", "Move the planned session", TO_SETTLE, None, ("handler", "head"), "dispute.session_moved",
         "The old time is free again; those invited are told.", asks.REBOOK,
         guards=(g.one_planned, g.starts_ahead, g.on_the_quarter, g.somewhere), derive=facts.session_planned, writes="sitting"),
    Step("cancel_session", "Cancel the planned session", TO_SETTLE, None, ("handler", "head"), "dispute.session_cancelled",
         "The room is free again; those invited are told.", asks.CALL_OFF, guards=(g.one_planned, g.explained("ground")),
         derive=facts.no_session),
    Step("inform_rights", "Tell rights and duties", TO_SETTLE, None, ("handler", "head"), "dispute.rights_told",
         "Sessions can be recorded.", asks.RIGHTS, derive=facts.rights_informed, append=True),  # 75 art. 30
    Step("record_consent", "Record consent or refusal", BEFORE_AGREEMENT, None, ("handler", "head", "grid_worker"),
         "dispute.consent_recorded", "Mediation goes on only while nobody refuses.", asks.CONSENT,  # TJ 3, 17
         guards=(g.party_known, g.not_in_future("consented_on")), meets=("contact",), writes="consent", append=True),
    Step("record_session", "Record a session", ("in_mediation",), None, ("handler",), "dispute.session_held",
         "The session is on record; the colour is worked out again.", asks.SESSION,  # TJ 27
         guards=(g.both_sides, g.nobody_refuses, g.somebody_agrees, g.rights_told, g.no_joint_session,
                 g.session_recorded, g.not_in_future("started_at"), g.not_in_future("ended_at"),
                 g.in_order("started_at", "ended_at")),
         meets=("contact",), derive=facts.facts_of_session, append=True),
    Step("agree_partial", "Agree in part", ("in_mediation",), None, ("handler",), "dispute.agreed_in_part",  # SD 23; SZ 26
         "What is agreed is fixed; mediation of the rest goes on.", asks.PARTIAL,
         guards=(g.both_sides, g.nobody_refuses, g.all_agree, g.rights_told, g.not_in_future("in_force_on")),
         meets=("contact",), append=True),
    Step("agree_written", "Agree in writing", ("in_mediation",), "agreed", ("handler",), "dispute.agreed",  # TJ 28-30
         "Upload the signed agreement; the 30 days for court confirmation start.", asks.WRITTEN,
         guards=(g.both_sides, g.nobody_refuses, g.all_agree, g.rights_told, g.not_in_future("in_force_on"),
                 g.in_order("in_force_on", "perform_on")),
         starts=(Start("confirm", anchor="in_force_on"), Start("perform", due_on="perform_on")),
         meets=("settle", "cap", "contact"), cancels=("progress",),
         sets={"agreement_form": "written", "confirmation": ""},
         notices=(Notice(("head", "lead"), "dispute.agreed"),), weighty=True),
    Step("agree_oral", "Agree orally", ("in_mediation",), "performed", ("handler",), "dispute.agreed_orally",  # TJ 28; NB 24
         "It is performed on the spot; another person follows up.", asks.ORAL,
         guards=(g.both_sides, g.nobody_refuses, g.all_agree, g.rights_told, g.may_be_oral),
         starts=("follow_up",), meets=("settle", "cap", "contact"), cancels=("progress",),
         sets={"agreement_form": "oral", "confirmation": ""}, notices=(Notice(("head",), "dispute.agreed"),), weighty=True),
    Step("suspend", "Suspend mediation", ("in_mediation",), "suspended", ("request",), "dispute.suspended",
         "The clocks stop; the suspension ends by itself on its day.", asks.SUSPEND,
         guards=(g.explained("ground"), g.short_suspension), starts=(Start("suspension_ends", due_on="until_on"),),
         act=False, request="suspension", notices=(Notice(("handler", "lead"), "dispute.suspended"),)),
    Step("resume", "Resume mediation", ("suspended",), "in_mediation", ("handler", "head"), "dispute.resumed",
         "The clocks run again from where they stopped.", (NOTE,), meets=("suspension_ends",)),
    Step("end_suspension", "End the suspension", ("suspended",), "in_mediation", ("scheduler",),
         "dispute.suspension_ended", "The clocks run again from the end of the suspension.", RUNG_FIRED,
         cancels=("suspension_ends",), act=False),
)

ENDS = (
    Step("fail", "No agreement", ("in_mediation",), "failed", ("handler",), "dispute.failed",  # TJ 26
         "Mediation ends; the parties know the other routes.", asks.FAIL, guards=(g.contacted,),
         starts=("close",), cancels=MEDIATION_CLOCKS, sets={"outcome": "failed"},
         notices=(Notice(("head", "lead"), "dispute.failed"),), weighty=True),
    Step("terminate", "Terminate mediation", ("accepted", "assigned", "in_mediation", "suspended"), "terminated",  # NB 23; SZ 28
         ("handler", "head"), "dispute.terminated", "The parties get a notice; the head closes it.", asks.TERMINATE,
         guards=(g.explained("ground"),), starts=("close",), cancels=(*MEDIATION_CLOCKS, "suspension_ends"),
         sets={"outcome": "terminated"}, notices=(Notice(("head", "lead"), "dispute.terminated"),), weighty=True),
    Step("withdraw", "Withdrawn by the party", BEFORE_AGREEMENT, "withdrawn", WORKERS, "dispute.withdrawn",
         "The matter ends; the party may come back at any time.", asks.WITHDRAW, guards=(g.from_applicant,),
         sets={"outcome": "withdrawn"}, notices=(Notice(("head", "lead"), "dispute.withdrawn"),), weighty=True),
    Step("try_again", "Mediate once more", ("failed",), "in_mediation", ("handler", "head"), "dispute.tried_again",
         "Mediation goes on; the deadlines go on from where they stopped.", (REASON,),
         guards=(g.has_mediator, g.nobody_refuses), starts=("progress",), cancels=("close",), resumes=("settle", "cap"),
         derive=facts.not_signed_off, sets={"outcome": ""}),
    Step("mediate_anew", "Mediate anew", ("agreed", "breached"), "in_mediation", ("handler", "head"),
         "dispute.mediated_anew", "Mediation goes on with new deadlines.", (REASON,),  # TJ 33: change or new agreement
         guards=(g.has_mediator, g.nobody_refuses), starts=ANEW, cancels=AFTER_CLOCKS,
         derive=facts.not_signed_off, sets={"outcome": "", "confirmation": ""}),
)

TRANSFER = tuple(
    Step(name, label, TO_SETTLE, "accepted", ("request",), event, follows, questions, guards=(guard,), act=False,
         sets={"handler_id": None, "team_id": None}, request="transfer", effect=effect,
         notices=(Notice(("head", "lead"), "dispute.to_assign"),))
    for name, label, event, follows, questions, guard, effect in (
        ("move_up", "Move up", "dispute.moved_up", "The next level goes on; the deadlines go on.",  # 75 art. 21; NB 18
         (REASON,), g.below_street, "to_the_street"),
        ("move_down", "Move down", "dispute.moved_down", "The level of its tier goes on; the deadlines go on.",
         (REASON,), g.above_its_tier, "level_lowered"),
        ("hand_over", "Hand over", "dispute.handed_over", "The other committee goes on; the deadlines go on.",
         asks.MOVE, g.another_area, "relocate"),
    )
)

TIME = (
    Step("extend_yellow", "Extend", TO_SETTLE, None, ("handler", "head"), "dispute.extended",
         "The settlement deadline moves by up to a week.", asks.EXTEND,
         guards=(g.is_yellow, g.first_extension, g.short_extension, g.within_cap), act=False, extends="settle",
         notices=(Notice(("lead",), "dispute.extended"),)),
    Step("extend", "Extend by request", TO_SETTLE, None, ("request",), "dispute.extended_by_request",
         "The settlement deadline moves.", asks.EXTEND, guards=(g.within_cap,), act=False, request="extension",
         extends="settle",
         notices=(Notice(("handler", "lead"), "dispute.extended"),)),
    Step("extend_cap", "Extend the legal limit", TO_SETTLE, None, ("request",), "dispute.cap_extended",  # NB 27; house rule 3
         "Mediation may last longer, as both parties wish.", asks.EXTEND_CAP,
         guards=(g.parties_agree, g.both_sides, g.nobody_refuses, g.all_agree),
         act=False, request="extension", extends="cap", notices=(Notice(("handler", "lead"), "dispute.extended"),)),
)

SIGN_OFF = ("performed", "failed", "breached", "terminated")  # from where a red matter is closed
COLOUR = tuple(
    replace(step, source=SIGN_OFF) if step.name == "sign_off" else step
    for step in colour_steps("dispute", UNDERWAY, ("head",), ("handler",), ("handler",))
)

AFTER = (
    Step("apply_confirmation", "Apply for court confirmation", ("agreed", "breached"), None, ("handler", "head"),
         "dispute.confirmation_applied", "The court decides within 3 days whether it takes it.", asks.APPLY,  # TJ 33; MSJS 355
         guards=(g.written_agreement, g.confirmation_is(""), g.applied_jointly, g.confirmable,
                 g.not_in_future("applied_on"), g.within_confirmation_window),
         meets=("confirm",), sets={"confirmation": "applied"}),
    Step("court_accepts", "Court takes the application", ("agreed", "performed", "breached"), None, ("handler", "head"),
         "dispute.confirmation_accepted", "The court decides within 15 days.", asks.COURT,  # SFQR 4, 5
         guards=(g.confirmation_is("applied"), g.not_in_future("decided_on")), sets={"confirmation": "accepted"}),
    Step("court_confirms", "Court confirms", ("agreed", "performed", "breached"), None, ("handler", "head"),
         "dispute.confirmed", "The agreement can be enforced.", asks.COURT,
         guards=(g.confirmation_is("applied", "accepted"), g.not_in_future("decided_on")),
         sets={"confirmation": "granted"}),
    Step("court_refuses", "Court refuses", ("agreed", "performed", "breached"), None, ("handler", "head"),
         "dispute.confirmation_refused", "The parties may change the agreement, make a new one, or sue.",  # TJ 33; MSJS 358
         (*asks.COURT, REASON), guards=(g.confirmation_is("applied", "accepted"), g.not_in_future("decided_on")),
         sets={"confirmation": "refused"}),
    Step("record_part_performance", "Record part performance", ("agreed", "breached"), None,
         ("handler", "head", "grid_worker"), "dispute.performed_in_part", "The rest is still to be performed.", asks.PART,
         guards=(g.not_in_future("done_on"),), append=True),
    Step("record_performance", "Record performance", ("agreed", "breached"), "performed",
         ("handler", "head", "grid_worker"), "dispute.performed", "Another person follows up.", asks.PERFORMED,  # TJ 31
         guards=(g.not_in_future("done_on"),), starts=("follow_up",), meets=("perform",), cancels=("confirm", "close"),
         derive=facts.not_signed_off, notices=(Notice(("head",), "dispute.performed"),)),
    Step("record_breach", "Record a breach", ("agreed", "performed"), "breached", ("handler", "head"),
         "dispute.breached", "Mediate again, urge performance, or tell the parties to sue.", asks.BREACH,  # TJ 31, 32
         guards=(g.party_known,), starts=("close",), cancels=("perform", "follow_up"), derive=facts.not_signed_off,
         notices=(Notice(("head", "lead"), "dispute.breached"),), weighty=True),
    Step("follow_up", "Follow up", ("performed",), None, ("head", "grid_worker", "registrar", "operator"),
         "dispute.followed_up", "The head can close the matter.", asks.FOLLOW_UP,  # TJ 31; 2010 form 10
         guards=(g.visit_if_red, g.visit_if_drawn, g.party_known), starts=("close",), meets=("follow_up",), append=True,
         not_by=("handler",)),
    Step("revisit", "Visit again", ("closed",), None, ("head", "grid_worker", "registrar", "operator"),
         "dispute.revisited", "The visit is on record; the matter stays closed.", asks.FOLLOW_UP,
         guards=(g.party_known,), append=True, not_by=("handler",)),
)

CLOSING = (
    Step("close", "Close the matter", ("performed",), "closed", ("head", "lead"), "dispute.closed",  # sources 3.4
         "All clocks stop; the parties may still object.", asks.CLOSE,
         guards=(g.followed_up, g.found_performed, g.signed_off_if_red), sets={"outcome": "settled"},
         notices=(Notice(("registrar", "handler"), "dispute.closed"),), weighty=True),
    Step("refer_and_close", "Refer and close", ("failed", "breached"), "closed", ("handler", "head"),  # TJ 26, 32
         "dispute.referred", "It is closed with the receipt of who took it.", asks.REFER,
         guards=(g.receipt_given, g.explained("path"), g.signed_off_if_red), sets={"outcome": "referred"},
         notices=(Notice(("registrar", "lead"), "dispute.closed"),)),
    Step("notify_and_close", "Notify and close", ("terminated", "failed"), "closed", ("head", "handler"),  # NB 27
         "dispute.closed_with_notice", "It is closed; the parties have the notice.", asks.NOTIFY,
         guards=(g.not_in_future("notified_on"), g.signed_off_if_red),
         notices=(Notice(("registrar", "lead"), "dispute.closed"),)),
    Step("reopen", "Reopen on objection", ("closed", "withdrawn", "performed"), "in_mediation",
         ("head", "lead", "operator"), "dispute.reopened",
         "Mediation goes on; the deadlines go on from where they stopped, nothing is forgiven.", asks.REOPEN,
         guards=(g.was_accepted, g.has_mediator, g.party_known), starts=("contact", "progress"), cancels=AFTER_CLOCKS,
         resumes=("settle", "cap"),
         derive=facts.not_signed_off, sets={"outcome": "", "confirmation": "", "agreement_form": ""},
         notices=(Notice(("handler", "lead"), "dispute.reopened"),), effect="revive", weighty=True),
    Step("reopen_unaccepted", "Reopen for acceptance", ("closed", "withdrawn", "not_accepted"), "registered",
         ("head", "lead", "operator"), "dispute.reopened_unaccepted", "The committee decides on acceptance anew.",
         asks.OBJECTION, guards=(g.never_accepted, g.party_known), resumes=("accept",),
         sets={"outcome": "", "on_the_spot": False}, notices=(Notice(("head",), "dispute.to_accept"),), effect="revive"),
)

RECORD = (
    *record_steps("dispute", OPEN, ANY, WORKERS, ("handler", "head")),
    *waiting_steps("dispute", OPEN, ANY, ("handler", "head", "lead")),
    *joining_steps("dispute", BEFORE_AGREEMENT, ANY, ("handler", "head"), ("handler", "head")),
    Step("record_fact", "Record what is new", OPEN, None, (*WORKERS, "lead", "operator"), "dispute.facts_recorded",
         "The colour is worked out again at once.", asks.NEWS, guards=(g.something_given(), g.bodies_told), append=True),
    Step("report_to_police", "Report to the police", OPEN, None, (*WORKERS, "lead", "operator"),
         "dispute.police_told", "The report is on record; the leads are told.", asks.POLICE,  # TJ 25: at once
         guards=(g.explained("body"),), derive=facts.police_told, append=True,
         notices=(Notice(("lead", "upper_lead", "handler"), "dispute.police_told"),)),
    Step("add_party", "Add a party", OPEN, None, (*WORKERS, "operator"), "dispute.party_added",
         "The party is on record; ask for consent next.", asks.ADD_PARTY, writes="party", append=True),
    Step("complete_party", "Complete a party", OPEN, None, WORKERS, "dispute.party_completed",
         "The particulars are on record.", asks.COMPLETE_PARTY,
         guards=(g.party_known, g.something_given("party")), writes="party"),
    Step("add_representative", "Add a representative", BEFORE_AGREEMENT, None, WORKERS, "dispute.representative_added",  # NB 20
         "The representative speaks for the side.", asks.REPRESENTATIVE,
         guards=(g.party_known, g.room_for_representative),
         writes="representative", append=True),
    Step("add_evidence", "Take in evidence", OPEN, None, (*WORKERS, "operator"), "dispute.evidence_handed_in",
         "It gets its number in the list of evidence.", asks.HAND_IN,
         guards=(g.party_known, g.not_in_future("handed_on")), writes="attachment", append=True),
    Step("correct", "Correct a slip", OPEN, None, ("author",), "dispute.corrected",  # house rule 2: before, after, reason
         "Colour and deadlines are worked out again; what the slip caused is taken back, visibly.", asks.CORRECT,
         guards=(g.just_recorded, g.something_given("reason"), g.safety_asked, g.bodies_told), act=False,
         derive=facts.facts_of_correction),
    Step("correct_late", "Correct by request", tuple(name for name in ANY if name != JOINED), None, ("request",), "dispute.corrected_late",
         "Colour and deadlines are worked out again; what the slip caused is taken back, visibly.", asks.CORRECT,
         guards=(g.something_given("reason"), g.safety_asked, g.bodies_told), act=False, request="correction",
         derive=facts.facts_of_correction),
)

DOOR = (  # the person whose matter it is, at the residents' door
    *(
        replace(step, name=f"resident_objects_{step.name}", label="Reopened at the resident's word", by=("resident",),
                event=f"{step.event}_at_the_door", asks=resident_asks.OBJECTED, act=False,
                guards=(*step.guards, g.objected_in_time, g.own_agreement))
        for step in CLOSING if step.name in ("reopen", "reopen_unaccepted")
    ),
    *(
        replace(step, name="resident_withdraws_matter", label="Withdrawn by the party at the door", by=("resident",),
                event="dispute.withdrawn_at_the_door", asks=resident_asks.WITHDRAWN_BY_PARTY, act=False)
        for step in ENDS if step.name == "withdraw"
    ),
    Step("consent_by_code", "Consent or refusal by one-time code", BEFORE_AGREEMENT, None, ("resident",),
         "dispute.consented_by_code", "Mediation goes on only while nobody refuses.", resident_asks.CONSENT,
         guards=(g.party_known,), writes="consent", act=False, append=True,
         notices=(Notice(("handler", "head"), "dispute.consented_by_code"),)),
    *resident_steps("dispute", OPEN, ("performed", "closed", "not_accepted", "withdrawn"), ("handler", "head")),
)

DISPUTE = Workflow(
    name="dispute",
    label="Dispute",
    initial="registered",
    opens=REGISTER,
    states=STATES,
    steps=tuple(leaving(step) for step in (
        *SCREENING, *ASSIGNMENT, *MEDIATION, *ENDS, *AFTER, *CLOSING, *TRANSFER, *TIME, *COLOUR, *RECORD, *DOOR,
        *clock_steps("dispute", OPEN, raises=True))),
    deadlines=DEADLINES,
    phases=PHASES,
    number="调",
    progress="progress",
)
