"""The petition process (信访件): registered, sent to the organ in charge, accepted or not, handled, answered in writing,
rechecked, reviewed, ended.

One row per lawful step. Questions stand in petition_asks.py, guards in petition_guards.py, numbers in
rules/processes/petition.toml. The accused see nothing of an accusation: whom it is kept from is services.petitions.
"""

from dataclasses import replace

from workflows import dispute_asks
from workflows import guards as g
from workflows import petition_asks as asks
from workflows import petition_facts as facts
from workflows import petition_guards as p
from workflows.asks import NOTE, REASON
from workflows.clock_steps import RUNG_FIRED, clock_steps
from workflows.model import Choice, Deadline, Notice, Start, State, Step, Workflow
from workflows.record_steps import JOINED, colour_steps, joined_state, joining_steps, record_steps, resident_steps

# Sources (docs/sources.md): XF = Petition Work Regulation 2022, by article; XF05 = that of 2005; ZJ = Zhejiang petition regulation;
# BJ = Beijing regulation on complaints. "default" = no source, a local choice.

PHASES = (
    Choice("registered", "To be sent on"), Choice("accepting", "To be accepted"), Choice("handling", "In handling"),
    Choice("opinion", "Opinion"), Choice("recheck", "Recheck"), Choice("review", "Review"), Choice("closed", "Petition finished"),
)
STATES = (
    State("received", "To be sent on", "petition_office", "registered"),
    State("with_organ", "With the organ, to be accepted", "organ", "accepting"),
    State("objected", "Return asked for", "petition_office", "accepting"),
    State("handling", "In handling", "organ", "handling"),
    State("simple", "In simple handling", "organ", "handling"),
    State("suspended", "Handling suspended", "organ", "handling", pauses=True, pause_ends="suspension_ends"),
    State("studying", "In study", "organ", "handling"),
    State("answered", "Opinion to be delivered", "organ", "opinion"),
    State("delivered", "Opinion delivered", "petition_office", "opinion"),
    State("in_recheck", "In recheck", "recheck_office", "recheck"),
    State("rechecked", "Recheck to be delivered", "recheck_office", "recheck"),
    State("recheck_delivered", "Recheck delivered", "petition_office", "recheck"),
    State("in_review", "In review", "review_office", "review"),
    State("in_hearing", "Hearing in the review", "review_office", "review", pauses=True, pause_ends="hearing_ends"),
    State("reviewed", "Review to be delivered", "review_office", "review"),
    State("ended", "Ended after three steps", "petition_office", "closed", closed=True, final=True),
    State("final", "Opinion final", "petition_office", "closed", closed=True, final=True),
    State("settled", "Settled by agreement", "petition_office", "closed", closed=True, final=True),
    State("replied", "Answered", "petition_office", "closed", closed=True, final=True),
    State("referred", "Referred", "petition_office", "closed", closed=True, final=True),
    State("reported_up", "Reported up", "petition_office", "closed", closed=True, final=True),
    State("not_accepted", "Not accepted", "petition_office", "closed", closed=True, final=True),
    State("withdrawn", "Withdrawn by the petitioner", "petition_office", "closed", closed=True, final=True),
    joined_state("petition_office", "closed"),
)
OPEN = tuple(s.name for s in STATES if not s.closed)
CLOSED = tuple(s.name for s in STATES if s.closed and s.name != JOINED)
ANY = tuple(s.name for s in STATES)
SENT = ("with_organ", "objected")
HANDLING = ("handling", "simple")
ACCEPTED = OPEN[3:]  # so graded by a person
BEFORE_OPINION = ("received", *SENT, *HANDLING, "suspended", "studying")
OFFICE, ORGAN = ("petition_office",), ("organ",)
RECHECKERS = ("recheck_office", "petition_office")  # the street records what came from above where nobody there does
REVIEWERS = ("review_office", "petition_office")
WORKERS = ("organ", "petition_office", "recheck_office", "review_office", "registrar")
CHIEFS = ("organ", "petition_office")

DEADLINES = (
    Deadline("register", "Registration and sending on", "receipt by the petition office", "XF 22", "petition_office", pauses=False),
    Deadline("notify_direct", "Notice to the petitioner", "receipt", "XF 23(2)", "organ", pauses=False),
    Deadline("notify_transfer", "Notice to the petitioner after the transfer", "receipt of the transfer", "XF 23(3)", "organ", pauses=False),
    Deadline("object", "Objection of the organ", "receipt of the transfer", "XF 23(3)", "organ", pauses=False),
    Deadline("answer_objection", "Answer to the objection", "the objection", "default", "petition_office", pauses=False),
    Deadline("sort_again", "Sending on again", "the return", "default", "petition_office", pauses=False),
    Deadline("accept", "Decision on acceptance", "receipt by the organ", "XF 23; default", "organ", pauses=False),
    Deadline("simple_accept", "Decision on simple handling", "the choice of simple handling", "default", "organ", pauses=False),
    Deadline("simple", "Opinion in simple handling", "acceptance", "default", "organ"),
    Deadline("handle", "Opinion", "acceptance", "XF 34", "organ", raises=True),
    Deadline("study", "Answer", "acceptance", "XF 29, 30; default", "organ"),
    Deadline("suspension_ends", "End of the suspension", "the suspension", "default", "organ", pauses=False),
    Deadline("deliver", "Delivery to the petitioner", "the opinion", "default", "organ", pauses=False),
    Deadline("recheck_ask", "Request for a recheck", "delivery of the opinion", "XF 35", "petition_office", roll="next", right=True,
             pauses=False),
    Deadline("recheck", "Recheck", "receipt of the request", "XF 35", "recheck_office", pauses=False),
    Deadline("review_ask", "Request for a review", "delivery of the recheck", "XF 36", "petition_office", roll="next", right=True,
             pauses=False),
    Deadline("review", "Review", "receipt of the request", "XF 36", "review_office"),
    Deadline("hearing_ends", "End of the hearing", "the hearing", "XF 36", "review_office", pauses=False),
    Deadline("urgent", "Report of what is urgent", "discovery", "XF 25", "petition_office", pauses=False),
    Deadline("task", "Report of the result", "the order", "XF 22(3)", "organ", pauses=False),
)
NOTICES = ("notify_direct", "notify_transfer")
SORTING = ("register", "sort_again")

REGISTER = Step(
    "register", "Register", (), "received",
    ("petition_officer", "operator", "secretary", "head", "grid_worker", "mediator", "scheduler", "importer"), "petition.registered",
    "The petition office registers it and sends it on within fifteen days.", asks.REGISTER,  # XF 17, 19, 22
    starts=(Start("register", anchor="received_on"), Start("notify_direct", anchor="received_on")),
    derive=facts.visitors_counted, writes="petitioner", sets={"channel": "petition"},
    notices=(Notice(("petition_office",), "petition.to_sort"),), effect="set_apart",
)

SORTING_STEPS = (
    Step("transfer", "Send to the department in charge", ("received",), "with_organ", OFFICE, "petition.transferred",  # XF 22
         "The department answers within five working days if it is not in charge, and decides on acceptance.", asks.TRANSFER,
         guards=(p.isolated_first, p.accused_stay_barred, p.organ_not_barred),
         starts=("notify_transfer", "object", "accept"), meets=SORTING, cancels=("notify_direct",),
         notices=(Notice(ORGAN, "petition.to_accept"),), weighty=True),
    Step("assign", "Assign with a date", ("received",), "with_organ", OFFICE, "petition.assigned",  # XF 22(3)
         "The department reports the result by the date set.", asks.ASSIGN,
         guards=(p.isolated_first, p.accused_stay_barred, p.organ_not_barred, p.report_ahead),
         starts=("notify_transfer", "object", "accept", Start("task", due_on="report_by")), meets=SORTING,
         cancels=("notify_direct",), notices=(Notice(ORGAN, "petition.to_accept"),), weighty=True),
    Step("keep", "Keep with the street office", ("received",), "with_organ", OFFICE, "petition.kept",  # XF 23
         "The street office itself decides on acceptance.", asks.KEEP, guards=(p.isolated_first, p.accused_stay_barred),
         starts=("accept",), meets=SORTING, sets={"department_id": None}),
    Step("decide_several", "Name the lead organ of several", ("received", "objected"), "with_organ", OFFICE,
         "petition.lead_organ_named", "The organ named leads, the others help; it may not return it.", asks.SEVERAL,  # XF 24
         guards=(p.organ_not_barred,), starts=("notify_transfer", "accept"),
         meets=(*SORTING, "answer_objection"), cancels=("notify_direct", "object"), derive=facts.fixed_there,
         notices=(Notice(ORGAN, "petition.to_accept"),), weighty=True),
    Step("report_up", "Report up", ("received",), "reported_up", OFFICE, "petition.reported_up",  # XF 22
         "The office above has it; it ends here.", asks.REPORT_UP, meets=(*SORTING, *NOTICES),
         notices=(Notice(("registrar", "lead"), "petition.closed"),)),
    Step("isolate", "Set apart as an accusation", ("received", *SENT, "handling", "studying"), None, (*CHIEFS, "registrar"),  # XF 30
         "petition.set_apart", "Those named, and the offices they lead, see nothing of it from this moment.", asks.ACCUSED,
         sets={"kind": "accusation"}, together=True, effect="set_apart", weighty=True),
    Step("refer_accusation", "Refer the accusation", ("received", "with_organ", "studying"), "referred", OFFICE,  # XF 30
         "petition.accusation_referred", "The body in charge has it; it ends here.", asks.REFER_ACCUSATION,
         guards=(p.kind_is("accusation"),), meets=(*SORTING, *NOTICES, "accept", "study"), weighty=True),
    Step("refer", "Refer to another procedure", ("received", "with_organ", "handling"), "referred", CHIEFS,  # XF 31(1)-(5)
         "petition.referred", "The petitioner is told the path; it ends here.", asks.REFER,
         guards=(g.explained("path"), g.not_in_future("notified_on")), meets=(*SORTING, *NOTICES, "accept", "handle"),
         notices=(Notice(("registrar", "lead"), "petition.closed"),), weighty=True),
)

ORGAN_STEPS = (
    Step("object", "Ask for its return", ("with_organ",), "objected", ORGAN, "petition.objected",  # XF 23(3)
         "Whoever sent it decides; without consent it stays.", asks.OBJECT, guards=(p.sent_by_office, p.may_object),
         starts=("answer_objection",), meets=("object",), cancels=("accept", "simple_accept"),
         notices=(Notice(OFFICE, "petition.return_asked"),), weighty=True),
    Step("agree_return", "Agree to the return", ("objected",), "received", OFFICE, "petition.returned",
         "It is sent to the organ in charge.", asks.AGREE_RETURN, starts=("sort_again",), meets=("answer_objection",),
         cancels=("notify_transfer", "task"), derive=facts.free_again, sets={"department_id": None}),
    Step("refuse_return", "Refuse the return", ("objected",), "with_organ", OFFICE, "petition.return_refused",
         "It stays with the organ, which may not ask again.", (REASON,), starts=("accept",), meets=("answer_objection",),
         derive=facts.fixed_there, notices=(Notice(ORGAN, "petition.return_refused"),)),
    Step("choose_simple", "Choose simple handling", ("with_organ",), None, CHIEFS, "petition.simple_chosen",  # default
         "Decided within three working days, answered within ten.", asks.SIMPLE, guards=(p.ordinary_only,),
         starts=("simple_accept",), append=True),
    Step("accept", "Accept", ("with_organ",), "handling", ORGAN, "petition.accepted",  # XF 31(6), 34
         "The sixty days start; the petitioner gets a written notice.", asks.ACCEPT,
         guards=(p.kind_is("claim"), p.accused_stay_barred, p.petitioner_known), starts=("handle",), meets=("accept",),
         cancels=("object", "simple_accept"), notices=(Notice(("lead", "petition_office"), "petition.accepted"),),
         together=True, effect="accept", weighty=True),
    Step("accept_simple", "Accept for simple handling", ("with_organ",), "simple", ORGAN, "petition.accepted_simple",  # default
         "Ten working days for the opinion, inside the sixty days.", asks.ACCEPT,
         guards=(p.kind_is("claim"), p.accused_stay_barred, p.petitioner_known, p.marked_simple), starts=("handle", "simple"),
         meets=("accept", "simple_accept"), cancels=("object",),
         notices=(Notice(("lead", "petition_office"), "petition.accepted"),), together=True, effect="accept", weighty=True),
    Step("accept_study", "Accept for study", ("with_organ",), "studying", ORGAN, "petition.accepted_study",  # XF 29, 30
         "Studied and answered; the sixty days of the law do not apply.", asks.ACCEPT,
         guards=(p.kind_is("advice", "accusation"), p.isolated_first, p.accused_stay_barred), starts=("study",),
         meets=("accept",), cancels=("object", "simple_accept"), notices=(Notice(("lead", "petition_office"), "petition.accepted"),),
         together=True, effect="accept", weighty=True),
    Step("refuse", "Do not accept", ("received", "with_organ"), "not_accepted", CHIEFS, "petition.refused",  # XF 19, 31, 36
         "The petitioner gets a notice with the ground; care goes on where it is needed.", asks.REFUSE,
         guards=(g.explained("ground"), g.not_in_future("notified_on")), meets=(*SORTING, *NOTICES, "accept"),
         sets={"outcome": ""}, notices=(Notice(("registrar", "lead", "petition_office"), "petition.refused"),), weighty=True),
    Step("notify", "Record the notice to the petitioner", OPEN, None, CHIEFS, "petition.notified", "The notice is on record.",
         asks.NOTICE, guards=(g.not_in_future("notified_on"),), meets=NOTICES, append=True),  # XF 23
    Step("exempt", "Record that no notice can be given", OPEN, None, CHIEFS, "petition.notice_exempt",
         "No notice is owed.", asks.EXEMPT, guards=(p.unreachable,), cancels=NOTICES, append=True),  # XF 23
)

HANDLING_STEPS = (
    Step("make_ordinary", "Go on in ordinary handling", ("simple",), "handling", ORGAN, "petition.made_ordinary",  # default
         "The sixty days go on from acceptance.", (REASON,), cancels=("simple",)),
    Step("suspend", "Suspend handling", ("handling",), "suspended", ("request",), "petition.suspended",
         "The term stops; the suspension ends by itself on its day.", asks.SUSPEND,
         guards=(g.explained("ground"), p.ends_within("petition_suspension_days")),
         starts=(Start("suspension_ends", due_on="until_on"),), act=False, request="term",
         notices=(Notice((*CHIEFS, "lead"), "petition.suspended"),)),
    Step("resume", "Resume handling", ("suspended",), "handling", CHIEFS, "petition.resumed",
         "The term runs again from where it stopped.", (NOTE,), meets=("suspension_ends",)),
    Step("end_suspension", "End the suspension", ("suspended",), "handling", ("scheduler",), "petition.suspension_ended",
         "The term runs again from the end of the suspension.", RUNG_FIRED, cancels=("suspension_ends",), act=False),
    Step("extend", "Extend the term", HANDLING, None, ("request",), "petition.extended", "The petitioner knows why.",  # XF 34
         asks.EXTEND, guards=(p.first_extension, p.before_due, g.not_in_future("told_on")), act=False, request="term",
         extends="handle", notices=(Notice((*CHIEFS, "lead"), "petition.extended"),), weighty=True),
    Step("record_consent", "Record consent or refusal", HANDLING, None, ORGAN, "petition.consent_recorded",  # XF 33
         "Both sides must agree before the petition is mediated.", dispute_asks.CONSENT,
         guards=(g.party_known, g.not_in_future("consented_on")), writes="consent", append=True),
    Step("settle", "Settle by agreement", HANDLING, "settled", ORGAN, "petition.settled",  # XF 33
         "The agreement takes the place of the opinion; it ends here.", asks.AGREEMENT,
         guards=(g.both_sides, g.nobody_refuses, g.all_agree, g.not_in_future("in_force_on"), g.signed_off_if_red),
         meets=("handle", "simple", *NOTICES), sets={"outcome": "settled"},
         notices=(Notice(("registrar", "lead", "petition_office"), "petition.closed"),), weighty=True),
    Step("open_dispute", "Open a dispute out of it", HANDLING, None, CHIEFS, "petition.dispute_opened",  # XF 33
         "The committee decides on acceptance; the petition stays in handling.", asks.DISPUTE,
         guards=(p.both_sides_agree,), together=True),
    Step("give_opinion", "Give the opinion", HANDLING, "answered", ORGAN, "petition.answered",  # XF 32, 34
         "Deliver it: the thirty days for a recheck count from delivery.", asks.OPINION, starts=("deliver",),
         meets=("handle", "simple"), notices=(Notice(("lead", "petition_office"), "petition.answered"),), weighty=True),
    Step("reply", "Answer", ("studying",), "replied", ORGAN, "petition.replied", "The petitioner knows what came of it.",  # XF 29, 30
         asks.REPLY, guards=(g.not_in_future("notified_on"), g.signed_off_if_red), meets=("study", *NOTICES),
         notices=(Notice(("registrar", "lead", "petition_office"), "petition.closed"),), weighty=True),
)

SECOND_STEPS = (
    Step("deliver", "Record the delivery", ("answered",), "delivered", CHIEFS, "petition.delivered",
         "The petitioner may ask for a recheck within thirty days.", asks.DELIVER, guards=(g.not_in_future("delivered_on"),),
         starts=(Start("recheck_ask", anchor="delivered_on"),), meets=("deliver", *NOTICES), weighty=True),  # XF 35
    Step("ask_recheck", "Recheck asked for", ("delivered",), "in_recheck", (*RECHECKERS, "organ"), "petition.recheck_asked",  # XF 35
         "The organ above answers within thirty days.", asks.ASK_AGAIN,
         guards=(g.not_in_future("asked_on"), p.asked_in_time("recheck_ask")), starts=(Start("recheck", anchor="asked_on"),),
         meets=("recheck_ask",), notices=(Notice(("recheck_office", "organ"), "petition.recheck_asked"),), weighty=True),
    Step("give_recheck", "Give the recheck opinion", ("in_recheck",), "rechecked", RECHECKERS, "petition.rechecked",  # XF 35
         "Deliver it: the thirty days for a review count from delivery.", asks.SECOND_OPINION, starts=("deliver",),
         meets=("recheck",), notices=(Notice((*CHIEFS, "lead"), "petition.rechecked"),), weighty=True),
    Step("deliver_recheck", "Record the delivery of the recheck", ("rechecked",), "recheck_delivered", RECHECKERS,
         "petition.recheck_delivered", "The petitioner may ask for a review within thirty days.", asks.DELIVER,
         guards=(g.not_in_future("delivered_on"),), starts=(Start("review_ask", anchor="delivered_on"),), meets=("deliver",),
         weighty=True),
    Step("ask_review", "Review asked for", ("recheck_delivered",), "in_review", (*REVIEWERS, "recheck_office"),  # XF 36
         "petition.review_asked", "The organ above answers within thirty days, hearings not counted.", asks.ASK_AGAIN,
         guards=(g.not_in_future("asked_on"), p.asked_in_time("review_ask")), starts=(Start("review", anchor="asked_on"),),
         meets=("review_ask",), notices=(Notice(("review_office", "recheck_office", "organ"), "petition.review_asked"),), weighty=True),
    Step("hold_hearing", "Hold a hearing", ("in_review",), "in_hearing", REVIEWERS, "petition.hearing_begun",  # XF 36
         "The days of the hearing are not counted.", asks.HEARING, guards=(p.ends_within("petition_hearing_days"),),
         starts=(Start("hearing_ends", due_on="until_on"),)),
    Step("end_hearing", "End the hearing", ("in_hearing",), "in_review", REVIEWERS, "petition.hearing_ended",
         "The review goes on.", (NOTE,), meets=("hearing_ends",)),
    Step("give_review", "Give the review opinion", ("in_review",), "reviewed", REVIEWERS, "petition.reviewed",  # XF 36
         "With its delivery the petition ends for good.", asks.SECOND_OPINION, starts=("deliver",), meets=("review",),
         notices=(Notice((*CHIEFS, "lead"), "petition.reviewed"),), weighty=True),
    Step("deliver_review", "Record the delivery of the review", ("reviewed",), "ended", REVIEWERS, "petition.ended",  # XF 36, 37
         "The same facts and reasons are not taken up again; care goes on.", asks.DELIVER,
         guards=(g.not_in_future("delivered_on"),), meets=("deliver",),
         notices=(Notice(("registrar", *CHIEFS, "lead"), "petition.closed"),), weighty=True),
    Step("finish", "Close: no recheck asked for", ("delivered",), "final", OFFICE, "petition.final",  # default
         "The opinion is final.", dispute_asks.CLOSE, guards=(p.time_is_over("recheck_ask"), g.signed_off_if_red),
         notices=(Notice(("registrar", "organ", "lead"), "petition.closed"),)),
    Step("finish_recheck", "Close: no review asked for", ("recheck_delivered",), "final", OFFICE, "petition.recheck_final",  # default
         "The recheck is final.", dispute_asks.CLOSE, guards=(p.time_is_over("review_ask"), g.signed_off_if_red),
         notices=(Notice(("registrar", "organ", "lead"), "petition.closed"),)),
)

END_STEPS = (
    Step("withdraw", "Withdrawn by the petitioner", BEFORE_OPINION, "withdrawn", WORKERS, "petition.withdrawn",
         "It ends; the petitioner may come back at any time.", dispute_asks.WITHDRAW, guards=(p.from_petitioner,),
         sets={"outcome": "withdrawn"}, notices=(Notice((*CHIEFS, "lead"), "petition.withdrawn"),)),
    Step("reopen", "Take up again", ("referred", "reported_up", "not_accepted", "withdrawn"), "received", (*OFFICE, "lead"),
         "petition.reopened", "It is sent on again.", (REASON,), starts=("sort_again",),
         sets={"outcome": "", "department_id": None}, derive=facts.free_again,
         notices=(Notice(OFFICE, "petition.to_sort"),), effect="revive"),
    Step("rate", "Record the petitioner's rating", ("delivered", "recheck_delivered", *CLOSED), None,
         (*OFFICE, "operator"), "petition.rated", "Not rated stays not rated.", asks.RATING, append=True, act=False),  # XF 21
    Step("record_care", "Record care", ANY, None, (*WORKERS, "grid_worker", "lead"), "petition.cared",  # XF 37
         "Care goes on, whatever the procedure says.", asks.CARE, append=True, act=False),
)

RECORD = (
    *(replace(step, asks=asks.SUPERVISE, guards=(g.explained("ground"),)) if step.name == "supervise" else step
      for step in record_steps("petition", OPEN, ANY, WORKERS, CHIEFS)),  # XF 40; XF05 36
    Step("record_fact", "Record what is new", OPEN, None, (*WORKERS, "lead", "operator"), "petition.facts_recorded",
         "The colour is worked out again at once.", dispute_asks.FACT_QUESTIONS, guards=(g.something_given(),), append=True),
    Step("count_visitors", "Record how many came", OPEN, None, (*WORKERS, "operator"), "petition.visitors_counted",  # XF 20
         "Five or more are a collective visit: at most five speak for it.", asks.VISITORS, derive=facts.visitors_counted, append=True),
    Step("add_party", "Add a party", OPEN, None, (*WORKERS, "operator"), "petition.party_added", "The party is on record.",
         dispute_asks.ADD_PARTY, writes="party", append=True),
    Step("complete_party", "Complete a party", OPEN, None, WORKERS, "petition.party_completed", "The particulars are on record.",
         dispute_asks.COMPLETE_PARTY, guards=(g.party_known, g.something_given("party")), writes="party"),
    Step("add_representative", "Add a representative", OPEN, None, WORKERS, "petition.representative_added",  # XF 20; ZJ
         "The representative speaks for the petitioners.", dispute_asks.REPRESENTATIVE,
         guards=(g.party_known, p.room_for_representative), writes="representative", append=True),
    Step("give_new_facts", "Record new facts", ("received", *SENT), None, CHIEFS, "petition.new_facts",  # XF 36
         "It is not the same facts and reasons: it may be accepted.", asks.NEW_FACTS, derive=facts.new_facts_known, append=True),
    Step("report_result", "Report the result", OPEN, None, CHIEFS, "petition.result_reported", "The report is on record.",  # XF 22(3)
         asks.RESULT, meets=("task",), notices=(Notice(OFFICE, "petition.result_reported"),), append=True),
    Step("flag_urgent", "Mark as urgent", OPEN, None, (*WORKERS, "operator", "lead"), "petition.urgent",  # XF 25
         "It is reported up at once.", asks.URGENT, starts=("urgent",), append=True,
         notices=(Notice(("petition_office", "lead", "upper_lead", "operator"), "petition.urgent"),)),
    Step("report_urgent", "Record the urgent report", OPEN, None, (*CHIEFS, "operator", "lead"), "petition.urgent_reported",
         "The report is on record.", asks.REPORT_URGENT, meets=("urgent",), append=True),  # XF 25
    Step("receive_in_person", "Record a leader's reception", OPEN, None, (*OFFICE, "lead", "upper_lead"), "petition.received_by_leader",
         "What was promised is on record.", asks.RECEPTION, guards=(g.not_in_future("received_by_leader_on"),), append=True),  # XF 18
)

COLOUR = tuple(
    replace(step, effect="lower_petition") if step.name == "lower_tier" else step
    for step in colour_steps("petition", ACCEPTED, OFFICE, ORGAN, CHIEFS)
)

PETITION = Workflow(
    name="petition",
    label="Petition",
    initial="received",
    opens=REGISTER,
    states=STATES,
    steps=(*SORTING_STEPS, *ORGAN_STEPS, *HANDLING_STEPS, *SECOND_STEPS, *END_STEPS,
           *COLOUR, *RECORD, *joining_steps("petition", ("received", "with_organ"), ANY, CHIEFS, OFFICE),
           *resident_steps("petition", OPEN, ("delivered", "recheck_delivered", *CLOSED), OFFICE),
           *clock_steps("petition", OPEN, raises=True)),
    deadlines=DEADLINES,
    phases=PHASES,
    number="访",
    from_items=True,
    kept_number="访密",
    says={
        "petition.to_sort": "%(number)s waits to be registered and sent on.",
        "petition.to_accept": "%(number)s was sent to you; decide on acceptance, or ask for its return within five working days.",
        "petition.return_asked": "%(number)s: the organ asks for its return.",
        "petition.return_refused": "%(number)s stays with you: its return was refused.",
        "petition.accepted": "%(number)s was accepted.",
        "petition.refused": "%(number)s was not accepted; the petitioner knows why.",
        "petition.suspended": "%(number)s: handling is suspended.",
        "petition.suspension_ended": "%(number)s: the suspension has ended; the term runs again.",
        "petition.extended": "%(number)s: the term was extended.",
        "petition.answered": "%(number)s: the opinion is given and waits to be delivered.",
        "petition.recheck_asked": "%(number)s: the petitioner asks for a recheck.",
        "petition.rechecked": "%(number)s: the recheck opinion is given.",
        "petition.review_asked": "%(number)s: the petitioner asks for a review.",
        "petition.reviewed": "%(number)s: the review opinion is given.",
        "petition.withdrawn": "%(number)s was withdrawn by the petitioner.",
        "petition.closed": "%(number)s is finished.",
        "petition.result_reported": "%(number)s: the result was reported.",
        "petition.urgent": "%(number)s is urgent: report it up now.",
    },
    informs=frozenset(
        f"petition.{code}" for code in (
            "accepted", "refused", "suspended", "extended", "rechecked", "reviewed", "withdrawn", "closed", "result_reported")
    ),
    refuses={
        "already_extended_petition": "It has been extended once; the law allows no second extension.",
        "petition_asked_too_late": "The thirty days for this request have passed.",
        "petition_ended": "%(number)s ended after handling, recheck and review: the same facts and reasons are not taken up again. Refuse it with a notice, or record the new facts.",
        "petition_isolate_first": "An accusation is set apart first, with those it names.",
        "petition_nobody_apart": "Everybody who could take it here is accused: bring it to the body in charge above.",
        "petition_may_still_ask": "The petitioner may still ask: his time has not passed.",
        "petition_nobody_named": "Nobody is on record as petitioner.",
        "petition_nobody_to_return_to": "Nobody sent it: it lies with the street office itself.",
        "petition_not_marked_simple": "Simple handling must be chosen first, and decided within three working days.",
        "petition_not_simple": "Simple handling is for a first petition of few people.",
        "petition_nothing_to_ask": "No time for this request is running.",
        "petition_objection_too_late": "The five working days for an objection have passed.",
        "petition_organ_accused": "This department is accused in the petition: it gets nothing of it.",
        "petition_organ_fixed": "The organ was fixed by a decision and may not return it.",
        "petition_other_kind": "This step does not fit the category of the petition.",
        "petition_pause_too_long": "It lasts at most %(limit)s days.",
        "petition_reachable": "A petitioner is on record: tell him.",
        "petition_same_order": "%(number)s is the same matter at the hotline and still open: it is not handled twice.",
        "petition_stays_accusation": "It was set apart as an accusation and stays one.",
        "petition_term_over": "The term has passed: it can no longer be extended.",
        "petition_too_many_representatives": "At most %(limit)s representatives speak for a collective visit.",
    },
)
