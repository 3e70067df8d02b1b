"""The legacy case (历史遗留事项): put on the list by the street secretary, given a patron, planned in milestones, worked off,
accepted and struck off the list.

One row per lawful step. Questions stand in legacy_asks.py, the plan in legacy_plan.py, guards in legacy_guards.py, numbers
in rules/processes/legacy.toml. The years before are entries of the trail with dates of their own.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from workflows import dispute_asks
from workflows import guards as g
from workflows import legacy_asks as asks
from workflows import legacy_guards as lg
from workflows import legacy_plan as plan
from workflows.asks import NOTE, REASON
from workflows.clock_steps import RUNG_FIRED, clock_steps
from workflows.model import Choice, Deadline, Notice, Start, State, Step, Workflow
from workflows.record_steps import colour_steps, record_steps
from workflows.view import CaseView

# Sources (docs/sources.md): XF = Petition Work Regulation 2022. "default" = no source, a local choice.

PHASES = (
    Choice("proposed", "Proposed"), Choice("listed", "On the legacy list"), Choice("planned", "Planned"),
    Choice("under_way", "Under way"), Choice("result", "Acceptance of the result"), Choice("closed", "Struck off"),
)
STATES = (
    State("proposed", "Proposed for the list", "lead", "proposed"),
    State("listed", "On the list, to be planned", "patron", "listed"),
    State("plan_submitted", "Plan to be approved", "lead", "listed"),
    State("planned", "Planned", "patron", "planned"),
    State("under_way", "Under way", "patron", "under_way"),
    State("checking", "Milestone to be checked", "patron", "under_way"),
    State("result", "Result to be accepted", "lead", "result"),
    State("shelved", "Shelved", "lead", "under_way", pauses=True, pause_ends="review"),
    State("struck_off", "Struck off the list", "lead", "closed", closed=True, final=True),
    State("rejected", "Not put on the list", "lead", "closed", closed=True, final=True),
)
OPEN = tuple(s.name for s in STATES if not s.closed)
ANY = tuple(s.name for s in STATES)
LISTED = OPEN[1:]  # confirmed by the street secretary
AT_WORK = ("planned", "under_way")
WORKERS = ("unit", "petition_office", "operator")
ALL_WORKERS = (*WORKERS, "patron")
IN_CHARGE = ("patron", "unit")
ABOVE = ("lead", "supervisor")  # who decides on what the patron brings; never the patron himself
WORDS = replace(NOTE, required=False)
NEXT = Start("milestone", planned="milestone_on")

DEADLINES = (
    Deadline("listing", "Decision on the list", "the proposal", "default", "lead"),
    Deadline("patron", "Naming of a patron", "the listing", "XF 18; default", "lead"),
    Deadline("plan", "Plan", "the naming of the patron", "default", "patron"),
    Deadline("approval", "Decision on the plan", "its submission", "default", "lead"),
    Deadline("milestone", "Next milestone", "the plan", "default", "patron"),
    Deadline("check", "Check of the milestone", "its report", "default", "patron"),
    Deadline("report", "Progress report", "the approval of the plan or the last report", "default", "patron"),
    Deadline("acceptance", "Acceptance of the result", "the request for it", "default", "lead"),
    Deadline("review", "Review of the shelving", "the shelving", "default", "lead", pauses=False),
)


def left_over(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """That it is left over from earlier years is what makes it orange at least."""
    return {"legacy": True}


def another_policy(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """One policy more on record: its number."""
    return {"policies": view.facts.get("policies", 0) + 1}


def policy_struck(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """A policy that was recorded by mistake."""
    return {"policies_struck": [*view.facts.get("policies_struck", ()), data["policy"]]}


PROPOSE = Step(
    "propose", "Propose for the list", (), "proposed", ("secretary", "operator", "petition_officer", "scheduler"),
    "legacy.proposed", "The secretary of the street decides whether it goes on the list.", asks.REGISTER, starts=("listing",),
    derive=left_over, notices=(Notice(("lead",), "legacy.proposed"),), effect="at_the_street",
)

LISTING = (
    Step("list", "Put on the legacy list", ("proposed",), "listed", ("lead",), "legacy.listed",
         "The colour is confirmed; a patron is to be named.", asks.LIST, guards=(g.bodies_told,), starts=("patron",),
         meets=("listing",), notices=(Notice(("registrar", "operator", "petition_office", "unit"), "legacy.listed"),),
         effect="accept_legacy", weighty=True),
    Step("reject", "Do not put on the list", ("proposed",), "rejected", ("lead",), "legacy.rejected",
         "It ends here; who proposed it is told why.", (REASON,), sets={"outcome": "rejected"},
         notices=(Notice(("registrar", "petition_office"), "legacy.rejected"),), weighty=True),
    Step("propose_again", "Propose once more", ("rejected",), "proposed", ("registrar", "operator", "petition_office"),
         "legacy.proposed_again", "The secretary of the street decides anew.", (REASON,), starts=("listing",),
         sets={"outcome": ""}, notices=(Notice(("lead",), "legacy.proposed"),)),
)

CHARGE = (
    Step("name_patron", "Name the patron", ("listed",), None, ("lead",), "legacy.patron_named",  # XF 18
         "The patron is told; the time for the plan starts.", asks.PATRON, guards=(lg.no_patron_yet,), starts=("plan",),
         meets=("patron",), notices=(Notice(IN_CHARGE, "legacy.patron_named"),), weighty=True),
    Step("replace_patron", "Replace the patron", LISTED, None, ("lead",), "legacy.patron_replaced",
         "The new patron goes on where the other one stopped.", asks.REPLACE, guards=(lg.has_patron, lg.another_patron),
         act=False, notices=(Notice(IN_CHARGE, "legacy.patron_named"),)),
    Step("name_unit", "Name the department in charge", OPEN, None, ("lead", "patron", "operator", "petition_office"),
         "legacy.unit_named", "The liaison of the department is told and can act.", asks.DEPARTMENT, act=False,
         notices=(Notice(("unit",), "legacy.unit_named"),)),
)

PLAN = (
    Step("draft_milestone", "Add a milestone", ("listed",), None, ALL_WORKERS, "legacy.milestone_drafted",
         "It stands in the plan, which is still to be approved.", asks.PLANNED, guards=(lg.has_patron, lg.due_ahead),
         derive=plan.added, writes="milestones", append=True),
    Step("drop_draft", "Take a milestone out", ("listed",), None, ALL_WORKERS, "legacy.draft_dropped",
         "It is no longer in the plan.", asks.DROP[:1], guards=(lg.open_milestone,), derive=plan.removed, writes="milestones"),
    Step("submit_plan", "Submit the plan", ("listed",), "plan_submitted", ("patron", "petition_office", "operator"),
         "legacy.plan_submitted", "The secretary of the street decides on it; where he is the patron, the district.", asks.PLAN,
         guards=(lg.has_patron, lg.has_milestones), starts=("approval",), meets=("plan",),
         notices=(Notice(ABOVE, "legacy.plan_submitted"),)),
    Step("approve_plan", "Approve the plan", ("plan_submitted",), "planned", ABOVE, "legacy.plan_approved",
         "Its dates bind from now on: to move one takes a request.", (WORDS,),
         starts=(NEXT, "report"), meets=("approval",), not_by=("patron",),
         notices=(Notice(IN_CHARGE, "legacy.plan_approved"),), weighty=True),
    Step("return_plan", "Send the plan back", ("plan_submitted",), "listed", ABOVE, "legacy.plan_returned",
         "The patron works it over.", (REASON,), starts=("plan",), meets=("approval",), not_by=("patron",),
         notices=(Notice(IN_CHARGE, "legacy.plan_returned"),)),
)

REPLANNING = tuple(
    Step(name, label, (*AT_WORK, "checking"), None, ("request",), event, follows, questions, guards=guards, starts=(NEXT,),
         cancels=("milestone",), derive=derive, writes="milestones", act=False, request="replanning",
         notices=(Notice((*IN_CHARGE, "lead"), "legacy.plan_changed"),))
    for name, label, event, follows, questions, guards, derive in (
        ("add_milestone", "Add a milestone to the plan", "legacy.milestone_added", "It stands in the plan with its date.",
         asks.PLANNED, (lg.due_ahead,), plan.added),
        ("move_milestone", "Move a milestone", "legacy.milestone_moved", "The new date binds; the earlier one stays on record.",
         asks.MOVE, (lg.open_milestone, lg.due_ahead, lg.another_date), plan.moved),
        ("drop_milestone", "Drop a milestone", "legacy.milestone_dropped", "It is no longer in the plan, and stays on record.",
         asks.DROP, (lg.open_milestone, lg.not_the_last), plan.dropped),
    )
)

WORK = (
    Step("begin", "Begin", ("planned",), "under_way", ALL_WORKERS, "legacy.begun", "Work on the first milestone begins.",
         (WORDS,)),
    Step("reach_milestone", "Report a milestone as reached", AT_WORK, "checking", WORKERS, "legacy.milestone_reached",
         "The patron looks at it; the next milestone runs from now on.", asks.REACHED,
         guards=(lg.open_milestone, g.not_in_future("reached_on")), starts=(NEXT, "check"), meets=("milestone",),
         derive=plan.reached, writes="milestones", not_by=("patron",),
         notices=(Notice(("patron", "lead"), "legacy.milestone_reached"),)),
    Step("confirm_milestone", "Confirm the milestone", ("checking",), "under_way", ("patron", "lead"),
         "legacy.milestone_confirmed", "It is done.", (WORDS,), meets=("check",), derive=plan.confirmed,
         writes="milestones", notices=(Notice(("unit",), "legacy.milestone_confirmed"),), weighty=True),
    Step("return_milestone", "Send the milestone back", ("checking",), "under_way", ("patron", "lead"),
         "legacy.milestone_returned", "It is to be reached still, by its date of before.", (REASON,), starts=(NEXT,),
         meets=("check",), cancels=("milestone",), derive=plan.sent_back, writes="milestones",
         notices=(Notice(("unit", "petition_office"), "legacy.milestone_returned"),)),
    Step("report_progress", "Report on progress", (*AT_WORK, "checking", "result"), None, ALL_WORKERS, "legacy.progress_reported",
         "The next report is due in a quarter of a year, of a red matter in a month.", asks.REPORT, starts=("report",),
         meets=("report",), append=True, notices=(Notice(("lead",), "legacy.progress_reported"),)),
    Step("shelve", "Shelve", AT_WORK, "shelved", ("request",), "legacy.shelved",
         "The clocks stand still until it is looked at again on its day.", asks.SHELVE,
         guards=(lg.short_shelving, g.explained("ground")), starts=(Start("review", due_on="review_on"),), act=False,
         derive=plan.shelved, request="shelving", notices=(Notice((*IN_CHARGE, "lead"), "legacy.shelved"),)),
    Step("take_up", "Take it up again", ("shelved",), "under_way", ("lead", "patron"), "legacy.taken_up",
         "The plan goes on; dates that had not passed come later by the days it stood still.", (NOTE,), starts=(NEXT,),
         meets=("review",), cancels=("milestone",), derive=plan.taken_up, writes="milestones",
         notices=(Notice(IN_CHARGE, "legacy.taken_up"),)),
    Step("end_suspension", "End the shelving", ("shelved",), "under_way", ("scheduler",), "legacy.shelving_ended",
         "The plan goes on; dates that had not passed come later by the days it stood still.", RUNG_FIRED, starts=(NEXT,),
         cancels=("review", "milestone"), derive=plan.taken_up, writes="milestones", act=False),
)

ENDS = (
    Step("ask_acceptance", "Ask for acceptance", ("under_way",), "result", ("patron", "petition_office", "operator"),
         "legacy.acceptance_asked", "The secretary of the street looks at the result; where he is the patron, the district.",
         asks.RESULT, guards=(lg.all_checked,), starts=("acceptance",), cancels=("milestone",),
         notices=(Notice(ABOVE, "legacy.acceptance_asked"),)),
    Step("strike_off", "Accept and strike off", ("result",), "struck_off", ABOVE, "legacy.struck_off",
         "It is off the list; all clocks stop.", asks.ACCEPTED, meets=("acceptance", "report"), not_by=("patron",),
         sets={"outcome": "struck_off"},
         notices=(Notice((*IN_CHARGE, "registrar", "petition_office"), "legacy.struck_off"),), weighty=True),
    Step("return_result", "Do not accept yet", ("result",), "under_way", ABOVE, "legacy.result_returned",
         "Work goes on; further milestones can be asked for.", (REASON,), meets=("acceptance",), not_by=("patron",),
         notices=(Notice(IN_CHARGE, "legacy.result_returned"),), weighty=True),
    Step("reopen", "Put back on the list", ("struck_off",), "listed", ("lead", "operator", "petition_office"), "legacy.reopened",
         "A patron is named and a plan made anew; what was reached stays on record.", asks.REOPEN, starts=("patron",),
         sets={"outcome": "", "patron_id": None}, effect="revive", weighty=True,
         notices=(Notice(("lead", "unit"), "legacy.reopened"),)),
)

RECORD = (
    *record_steps("legacy", OPEN, ANY, (*IN_CHARGE, "petition_office", "registrar"), IN_CHARGE),
    Step("record_fact", "Record what is new", OPEN, None, (*ALL_WORKERS, "lead"), "legacy.facts_recorded",
         "The colour is worked out again at once.", dispute_asks.NEWS, guards=(g.something_given(), g.bodies_told), append=True),
    Step("add_party", "Add a person concerned", OPEN, None, (*ALL_WORKERS, "registrar"), "legacy.party_added",
         "The person is on record.", dispute_asks.ADD_PARTY, writes="party", append=True),
    Step("record_policy", "Record a policy", OPEN, None, (*ALL_WORKERS, "lead"), "legacy.policy_recorded",
         "It stands beside the others, then and now.", asks.POLICY, guards=(g.not_in_future("issued_on"),),
         derive=another_policy, append=True),
    Step("strike_policy", "Strike a policy out", OPEN, None, (*ALL_WORKERS, "lead"), "legacy.policy_struck",
         "It is no longer shown; the record keeps it.", asks.STRIKE_POLICY, guards=(lg.policy_stands,), derive=policy_struck),
    Step("compare_policies", "Say what the difference means", OPEN, None, (*ALL_WORKERS, "lead"), "legacy.policies_compared",
         "It stands below the policies.", asks.COMPARE, append=True),
    Step("record_history", "Record what happened earlier", ANY, None, (*ALL_WORKERS, "lead", "registrar"),
         "legacy.history", "It takes its place among the years.", asks.HISTORY,
         guards=(g.not_in_future("happened_on"),), act=False, append=True),
)
COLOUR = tuple(
    replace(step, guards=(*step.guards, lg.stays_orange), effect="lower_at_street") if step.name == "lower_tier" else step
    for step in colour_steps("legacy", LISTED, (), (), IN_CHARGE)
    if step.name in ("raise_tier", "lower_tier")
)

SAYS = {
    "legacy.proposed": "%(number)s was proposed for the list of legacy cases; it waits for your decision.",
    "legacy.listed": "%(number)s was put on the list of legacy cases.",
    "legacy.rejected": "%(number)s was not put on the list of legacy cases.",
    "legacy.patron_named": "%(number)s: you are its patron or in charge of it; a plan is due.",
    "legacy.unit_named": "%(number)s: your department is in charge of this legacy case.",
    "legacy.plan_submitted": "%(number)s: the plan waits for approval.",
    "legacy.plan_approved": "%(number)s: the plan was approved; its dates bind.",
    "legacy.plan_returned": "%(number)s: the plan was sent back.",
    "legacy.plan_changed": "%(number)s: the plan was changed.",
    "legacy.milestone_reached": "%(number)s: a milestone was reported as reached; it waits for a check.",
    "legacy.milestone_confirmed": "%(number)s: a milestone was confirmed.",
    "legacy.milestone_returned": "%(number)s: a milestone was sent back.",
    "legacy.progress_reported": "%(number)s: there is a report on progress.",
    "legacy.shelved": "%(number)s was shelved; its clocks stand still.",
    "legacy.taken_up": "%(number)s was taken up again.",
    "legacy.shelving_ended": "%(number)s: the shelving has ended; the plan goes on.",
    "legacy.acceptance_asked": "%(number)s: the result waits for acceptance.",
    "legacy.struck_off": "%(number)s was struck off the list of legacy cases.",
    "legacy.result_returned": "%(number)s: the result was not accepted; work goes on.",
    "legacy.reopened": "%(number)s was put back on the list of legacy cases.",
}
REFUSES = {
    "patron_is_named": "A patron is named already: replace him.",
    "patron_missing": "Name a patron first.",
    "same_patron": "Choose another person than the present patron.",
    "no_milestones": "The plan has no milestone that is still to be reached.",
    "milestone_not_open": "Number %(number)s is no milestone that is still to be reached.",
    "date_unchanged": "Choose another date than the present one.",
    "last_milestone": "This is the last milestone of the plan; add another one first.",
    "milestones_left": "%(count)s milestones are still to be reached or checked.",
    "shelved_too_long": "It is looked at again within %(limit)s days.",
    "legacy_stays_orange": "A legacy case is orange at least.",
    "no_policy": "No policy is on record.",
    "policy_unknown": "Number %(number)s is no policy on this page.",
}

LEGACY = Workflow(
    name="legacy",
    label="Legacy case",
    initial="proposed",
    opens=PROPOSE,
    states=STATES,
    steps=(*LISTING, *CHARGE, *PLAN, *WORK, *REPLANNING, *ENDS, *COLOUR, *RECORD, *clock_steps("legacy", OPEN, passing="")),
    deadlines=DEADLINES,
    phases=PHASES,
    number="遗",
    opens_from=("dispute", "petition", "order"),
    says=SAYS,
    informs=frozenset((
        "legacy.listed", "legacy.rejected", "legacy.plan_approved", "legacy.plan_changed", "legacy.milestone_confirmed",
        "legacy.progress_reported", "legacy.shelved", "legacy.struck_off")),
    refuses=REFUSES,
)
