"""The whistle (哨件): a street or community calls departments to what it cannot do alone, watches that they come, verifies.

Each department called has a process of its own (call.py). Who may blow which kind, lengths and ladders are numbers
(rules/processes/whistle.toml). Steps of kind `together` bring calls and the matter along (casemgr.services.whistles).
"""

from workflows import whistle_asks as asks
from workflows import whistle_guards as wg
from workflows.asks import REASON, longtext
from workflows.clock_steps import clock_steps
from workflows.model import Choice, Deadline, Notice, State, Step, Workflow
from workflows.record_steps import record_steps

# Sources (docs/sources.md): NJ = Nanjing Gulou, NT = Nantong Chongchuan, KM = Kunming Guandu, YH = Yihuang, BJ = Beijing regulation of 2021,
# WF = Weifang hotline rules. "default" = a local choice.

PHASES = (
    Choice("blown", "To be sent out"), Choice("out", "Departments called"), Choice("answered", "To be verified"),
    Choice("closed", "Closed"),
)
STATES = (
    State("blown", "To be sent out", "lead", "blown"),
    State("out", "Departments called", "lead", "out"),
    State("answered", "Answered, to be verified", "lead", "answered"),
    State("closed", "Closed", "lead", "closed", closed=True, final=True),
    State("declined", "Not sent out", "lead", "closed", closed=True, final=True),
    State("withdrawn", "Taken back", "lead", "closed", closed=True, final=True),
    State("void", "Void", "lead", "closed", closed=True, final=True),
)
OPEN = tuple(s.name for s in STATES if not s.closed)
ANY = tuple(s.name for s in STATES)
BLOWERS = ("registrar", "lead", "operator")
SENT = Notice(("registrar", "operator"), "whistle.sent_out")

BLOW = Step(
    "blow", "Blow the whistle", (), "blown", ("secretary", "head", "operator", "scheduler", "importer"), "whistle.blown",  # KM
    "The departments named are called; where the rules ask for it, the street's secretary approves first.",
    asks.BLOW, starts=("approve",), effect="whistle_blown",
)

WHISTLE = Workflow(
    name="whistle",
    label="Whistle",
    initial="blown",
    opens=BLOW,
    states=STATES,
    steps=(
        Step("approve", "Approve and send out", ("blown",), "out", ("lead", "upper_lead"), "whistle.approved",  # YH
             "The departments are called; their clocks start.", (longtext("note", "Note", required=False),),
             starts=("report", "answer"), meets=("approve",), not_by=("registrar",), together=True, weighty=True,
             notices=(SENT,), effect="level_of_kind"),
        Step("send_out", "Send out", ("blown",), "out", ("scheduler",), "whistle.sent_out",
             "The departments are called; their clocks start.", starts=("report", "answer"), meets=("approve",),
             together=True, act=False, notices=(Notice(("operator",), "whistle.sent_out"),), effect="level_of_kind"),
        Step("decline", "Do not send it out", ("blown",), "declined", ("lead", "upper_lead"), "whistle.declined",
             "No department is called; the blower is told why.", (REASON,), meets=("approve",), not_by=("registrar",),
             notices=(Notice(("registrar",), "whistle.declined"),)),
        Step("add_unit", "Call another department", ("out",), None, BLOWERS, "whistle.unit_added",
             "It is called as a helping unit; its clocks start now.", asks.ADD, together=True),
        Step("upgrade", "Upgrade the whistle", ("out",), None, (*BLOWERS, "upper_lead"), "whistle.upgraded",  # NT
             "The next kind leads; the clocks that run start anew.", (REASON,), guards=(wg.below_hardest,),
             together=True, weighty=True, notices=(Notice(("lead", "registrar", "operator"), "whistle.upgraded"),),
             effect="upgrade_whistle"),
        Step("upgrade_late", "Upgrade because units did not come", ("out",), None, ("scheduler",), "whistle.upgraded_late",
             "The next kind leads; the clocks that run start anew.", asks.LATE, act=False,
             notices=(Notice(("lead", "registrar", "operator"), "whistle.upgraded"),), effect="upgrade_whistle"),
        Step("all_came", "All units have come", ("out",), None, ("scheduler",), "whistle.all_came",  # NJ
             "What was asked for is being done.", meets=("report",), together=True, act=False,
             notices=(Notice(("registrar", "lead"), "whistle.all_came"),)),
        Step("units_done", "The units are done", ("out",), "answered", ("scheduler",), "whistle.answered",
             "Whoever blew it verifies.", starts=("verify",), meets=("report", "answer"), together=True, act=False,
             notices=(Notice(("registrar", "lead", "operator"), "whistle.answered"),)),
        Step("not_solved", "Not solved: send it back", ("answered",), "out", (*BLOWERS, "head"), "whistle.sent_back",
             "The unit goes on; its deadline goes on from where it stopped.", asks.NOT_SOLVED, cancels=("verify",),
             resumes=("answer",), together=True, weighty=True),
        Step("close", "Verified: close it", ("answered",), "closed", (*BLOWERS, "head"), "whistle.closed",  # KM 核实结案
             "The matter it came from goes on; both sides appraise.", asks.CLOSE, meets=("verify",), together=True,
             weighty=True, notices=(Notice(("registrar", "lead"), "whistle.closed"),)),
        Step("withdraw", "Take the whistle back", ("blown", "out"), "withdrawn", ("registrar", "lead"), "whistle.withdrawn",
             "The departments are told that nothing is asked any more.", (REASON,),
             cancels=("approve", "report", "answer"), together=True,
             notices=(Notice(("lead", "operator"), "whistle.withdrawn"),)),
        Step("void", "Declare it void", OPEN, "void", ("operator", "upper_lead", "supervisor"), "whistle.void",  # NJ 乱吹哨
             "It was wrongly blown; the departments are told.", (REASON,),
             cancels=("approve", "report", "answer", "verify"), together=True, not_by=("registrar",),
             notices=(Notice(("registrar", "lead"), "whistle.void"),)),
        *record_steps("whistle", OPEN, ANY, ("registrar", "head", "grid_worker"), ("registrar",)),
        *clock_steps("whistle", OPEN),
    ),
    deadlines=(
        Deadline("approve", "Approval", "the blowing", "YH", "lead"),
        Deadline("report", "All units on the spot", "sending out", "NJ", "lead"),
        Deadline("answer", "Answer of the units", "sending out", "BJ 13; default", "lead"),
        Deadline("verify", "Verification", "the answer", "KM; default", "lead"),
    ),
    phases=PHASES,
    number="哨",
    tiered=False,
    counted=False,
    lengths_by="kind",
    opens_from=("dispute", "petition", "order", "event", "legacy", "joint"),
    says={
        "whistle.sent_out": "%(number)s: the departments have been called.",
        "whistle.to_approve": "%(number)s waits for your approval before departments are called.",
        "whistle.declined": "%(number)s was not sent out; the reason is on record.",
        "whistle.upgraded": "%(number)s was upgraded; its clocks start anew.",
        "whistle.upgraded_late": "%(number)s was upgraded: not every department came in time.",
        "whistle.all_came": "%(number)s: all departments called are on the spot.",
        "whistle.answered": "%(number)s: the departments are done. Please verify.",
        "whistle.closed": "%(number)s was verified and closed.",
        "whistle.withdrawn": "%(number)s was taken back.",
        "whistle.void": "%(number)s was declared void.",
    },
    informs=frozenset(("whistle.sent_out", "whistle.all_came", "whistle.closed", "whistle.withdrawn", "whistle.void")),
    refuses={
        "hardest_already": "It is the hardest kind already.",
        "unit_called_already": "This department is called already.",
        "units_twice": "Name each department once: the lead unit does not help itself.",
        "unit_kept_from": "The matter is kept from this department: it cannot be called.",
        "unit_not_called": "This department has not finished a call of this whistle.",
        "kind_not_yours": "A whistle of this kind is not yours to blow: ask the street for it.",
    },
)
