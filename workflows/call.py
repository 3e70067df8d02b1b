"""The call (应哨): one department answers a whistle. It signs, contacts the street, reports in, finishes, or objects once.

Its clock stands still while the centre rules on an objection, whoever is late there. A second objection goes to the
street's arbitration; whoever the list or a decision fixes may not return it (WF 22; docs/sources.md). Both sides appraise; silence is not rated.
"""

from workflows import whistle_asks as asks
from workflows import whistle_guards as wg
from workflows.asks import REASON, longtext
from workflows.clock_steps import RUNG_FIRED, clock_steps
from workflows.model import Choice, Deadline, Notice, State, Step, Workflow
from workflows.record_steps import record_steps

# Sources: as in whistle.py.

PHASES = (
    Choice("to_sign", "To be signed for"), Choice("signed", "Signed for"), Choice("contacted", "Street contacted"),
    Choice("reported_in", "On the spot"), Choice("finished", "Finished"), Choice("closed", "Closed"),
)
STATES = (
    State("to_sign", "To be signed for", "unit", "to_sign"),
    State("signed", "Signed for", "unit", "signed"),
    State("contacted", "Street contacted", "unit", "contacted"),
    State("reported_in", "On the spot", "unit", "reported_in"),
    State("objected", "Objection, to be ruled on", "operator", "signed", pauses=True, whole_pause=True, pause_ends="ruling"),
    State("in_arbitration", "Second objection, before the street", "lead", "signed", pauses=True, whole_pause=True,
          pause_ends="arbitration"),
    State("finished", "Finished, to be appraised", "lead", "finished"),
    State("closed", "Closed", "unit", "closed", closed=True),
    State("returned", "Returned by consent", "operator", "closed", closed=True, final=True),
    State("called_off", "Called off", "unit", "closed", closed=True, final=True),
)
OPEN = tuple(s.name for s in STATES if not s.closed)
ANY = tuple(s.name for s in STATES)
AT_WORK = ("to_sign", "signed", "contacted", "reported_in", "objected", "in_arbitration")
CLOCKS = ("sign", "contact", "report_in", "finish", "ruling", "arbitration", "appraise")
STREET = ("registrar", "lead", "operator")
GIVEN = Notice(("unit", "lead"), "call.given")

CALL = Workflow(
    name="call",
    label="Call on a department",
    initial="to_sign",
    opens=Step(
        "call", "Call the department", (), "to_sign", ("registrar", "lead", "upper_lead", "operator", "scheduler"),
        "call.opened", "The department signs, contacts the street and reports in.", asks.CALL,
        starts=("sign", "contact", "report_in", "finish"), notices=(Notice(("unit",), "call.opened"),),
        together=True, effect="level_of_kind",
    ),
    states=STATES,
    steps=(
        Step("sign", "Sign for it", ("to_sign",), "signed", ("unit",), "call.signed", "Contact the street next.",  # NJ
             asks.SIGN, meets=("sign",)),
        Step("contact", "Contact the street", ("signed",), "contacted", ("unit",), "call.contacted",  # NJ
             "Report in on the spot next.", asks.CONTACT, meets=("contact",)),
        Step("report_in", "Report in", ("contacted",), "reported_in", ("unit",), "call.reported_in",  # NJ 报到
             "The work on the spot begins.", asks.REPORT, meets=("report_in",), together=True, weighty=True,
             notices=(Notice(("lead",), "call.reported_in"),)),
        Step("report_interim", "Report how far it is", ("reported_in",), None, ("unit",), "call.interim",  # BJ 14
             "The street is told; the deadline stays.", asks.INTERIM, append=True,
             notices=(Notice(("lead",), "call.interim"),)),
        Step("finish", "Finish", ("reported_in",), "finished", ("unit",), "call.finished",
             "The street verifies; both sides appraise.", asks.FINISH, starts=("appraise",), meets=("finish",),
             together=True, weighty=True, notices=(Notice(("lead", "registrar"), "call.finished"),)),
        Step("object", "Object: another unit is competent", ("to_sign", "signed"), "objected", ("unit",), "call.objected",
             "The command centre rules; until then your clocks stand still.", asks.OBJECT,  # BJ 12(3)
             guards=(wg.not_fixed, wg.names_another("competent_id")), starts=("ruling",), meets=("sign",), weighty=True,
             notices=(Notice(("operator",), "call.objected"),)),
        Step("object_again", "Object once more", ("to_sign", "signed"), "in_arbitration", ("unit",), "call.objected_again",
             "The street decides for good; until then your clocks stand still.", asks.OBJECT,
             guards=(wg.ruled_once, wg.names_another("competent_id")), starts=("arbitration",), meets=("sign",),
             weighty=True, notices=(Notice(("lead",), "call.objected_again"),), effect="to_the_street"),
        Step("drop_objection", "Take the objection back", ("objected", "in_arbitration"), "signed", ("unit",),
             "call.objection_dropped", "The clocks go on; you stay in charge.", (longtext("note", "Note", required=False),),
             cancels=("ruling", "arbitration"), notices=(Notice(("operator",), "call.objection_dropped"),)),
        Step("keep", "Rule: the unit stays in charge", ("objected",), "signed", ("operator",), "call.kept",
             "It may not return it any more; the clocks go on.", (REASON,), meets=("ruling",), weighty=True,
             sets={"fixed": "ruling", "verdict": "kept"}, notices=(Notice(("unit", "lead"), "call.kept"),),
             effect="ruled"),
        Step("give", "Rule: another unit is in charge", ("objected",), "returned", ("operator",), "call.given",
             "The other unit is called; this one is released.", asks.GIVE, guards=(wg.names_another("given_to_id"),),
             meets=("ruling",), weighty=True, together=True, sets={"verdict": "given"}, notices=(GIVEN,), effect="ruled"),
        Step("release", "Rule: not needed", ("objected",), "returned", ("operator",), "call.released",
             "The helping unit is released; nobody takes its place.", (REASON,), guards=(wg.only_helping,),
             meets=("ruling",), weighty=True, together=True, sets={"verdict": "released"}, notices=(GIVEN,), effect="ruled"),
        Step("arbitrate_keep", "Decide: the unit stays in charge", ("in_arbitration",), "signed", ("lead",),
             "call.arbitrated_kept", "It is fixed for good; the clocks go on.", (REASON,), meets=("arbitration",),
             weighty=True, sets={"fixed": "arbitration", "verdict": "kept"}, notices=(Notice(("unit", "operator"), "call.kept"),),
             effect="ruled"),
        Step("arbitrate_give", "Decide: another unit is in charge", ("in_arbitration",), "returned", ("lead",),
             "call.arbitrated_given", "The other unit is called and fixed; this one is released.", asks.GIVE,
             guards=(wg.names_another("given_to_id"),), meets=("arbitration",), weighty=True, together=True,
             sets={"verdict": "given"}, notices=(Notice(("unit", "operator"), "call.given"),), effect="ruled"),
        Step("send_back", "Sent back: not solved", ("finished", "closed"), "reported_in", ("scheduler",), "call.sent_back",
             "Go on; the deadline goes on from where it stopped.", asks.SENT_BACK, cancels=("appraise",),
             resumes=("finish",), together=True, sets={"result": "", "speed": None, "outcome": None, "rightly": ""},
             notices=(Notice(("unit",), "call.sent_back"),)),
        Step("take_new_kind", "The whistle was upgraded", AT_WORK, None, ("scheduler",), "call.upgraded",
             "The clocks that run start anew.", asks.NEW_KIND, together=True, act=False,
             notices=(Notice(("unit",), "call.upgraded"),), effect="renew_call"),
        Step("appraise_unit", "Appraise the department", ("finished",), None, (*STREET, "head"), "call.unit_appraised",  # BJ 33
             "Both appraisals stand side by side; then the call closes.", asks.APPRAISE_UNIT,
             guards=(wg.not_appraised("speed"),), together=True, act=False),
        Step("appraise_whistle", "Appraise the whistle", ("finished",), None, ("unit",), "call.whistle_appraised",  # BJ 33; YH
             "Both appraisals stand side by side; then the call closes.", asks.APPRAISE_WHISTLE,
             guards=(wg.not_appraised("rightly"),), together=True, act=False),
        Step("appraised", "Both sides have appraised", ("finished",), "closed", ("scheduler",), "call.appraised",
             "The call is closed.", meets=("appraise",), together=True, act=False),
        Step("close_call", "Close without waiting", ("finished",), "closed", ("lead",), "call.closed",
             "Who has not appraised is not rated.", (longtext("note", "Note", required=False),), cancels=("appraise",)),
        Step("lapse", "Time to appraise is over", ("finished",), "closed", ("scheduler",), "call.lapsed",
             "Who has not appraised is not rated.", RUNG_FIRED, cancels=("appraise",), act=False),
        Step("call_off", "Called off", OPEN, "called_off", ("scheduler",), "call.called_off",
             "Nothing is asked any more.", asks.SENT_BACK, cancels=CLOCKS, together=True, act=False,
             notices=(Notice(("unit",), "call.called_off"),)),
        *record_steps("call", OPEN, ANY, ("unit",), ("unit",)),
        *clock_steps("call", OPEN),
    ),
    deadlines=(
        Deadline("sign", "Signing", "the call", "NJ", "unit"),
        Deadline("contact", "Contact with the street", "the call", "NJ", "unit"),
        Deadline("report_in", "Reporting in", "the call", "NJ", "unit"),
        Deadline("finish", "Finishing", "the call", "BJ 13; default", "unit"),
        Deadline("ruling", "Ruling on the objection", "asking to return it", "BJ 12(3); default", "operator", pauses=False),
        Deadline("arbitration", "Decision of the street", "asking to return it again", "default", "lead", pauses=False),
        Deadline("appraise", "Appraisal", "finishing", "BJ 33; default", "lead", pauses=False),
    ),
    phases=PHASES,
    number="应",
    tiered=False,
    counted=False,
    lengths_by="kind",
    says={
        "call.opened": "%(number)s: your department is called. Please sign for it.",
        "call.reported_in": "%(number)s: the department has reported in.",
        "call.interim": "%(number)s: the department says how far it is.",
        "call.finished": "%(number)s: the department is done. Please appraise.",
        "call.objected": "%(number)s: the department objects. Please rule who is in charge.",
        "call.objected_again": "%(number)s: the department objects once more. The street decides.",
        "call.objection_dropped": "%(number)s: the objection was taken back.",
        "call.kept": "%(number)s: the department stays in charge; the clocks go on.",
        "call.given": "%(number)s: the department is released.",
        "call.sent_back": "%(number)s: it is not solved. Please go on.",
        "call.upgraded": "%(number)s: the whistle was upgraded; new deadlines apply.",
        "call.lapsed": "%(number)s was closed: the time to appraise is over.",
        "call.called_off": "%(number)s: called off. Nothing is asked any more.",
    },
    informs=frozenset(("call.reported_in", "call.interim", "call.objection_dropped", "call.given", "call.called_off", "call.lapsed")),
    refuses={
        "unit_is_fixed": "Your unit is fixed for this: it may not be returned. Take it up, or say how far it is.",
        "not_for_arbitration": "The street arbitrates once, after the command centre has ruled.",
        "same_unit": "Name another unit than the one that is called.",
        "lead_unit_stays": "A whistle needs a lead unit: name the unit in charge instead.",
        "appraised_already": "This side has appraised already.",
    },
)
