"""The grid event (网格事件): found on the round, settled at once or sent up, dispatched, handled, verified, closed, rated.

Whoever handled it is kept as `closed_by` (grid, community, unit): the share closed at grid or community follows from it
by definition. Verified never by whoever handled it. Sources (docs/sources.md): BZ = Binzhou
grid regulation; sources 5.4; "default" = ours.
"""

from workflows import event_asks as asks
from workflows import guards as g
from workflows.asks import REASON
from workflows.clock_steps import clock_steps
from workflows.model import Choice, Deadline, Notice, Start, State, Step, Workflow
from workflows import resident_asks
from workflows.record_steps import joined_state, joining_steps, record_steps, resident_steps

PHASES = (
    Choice("found", "Found"), Choice("reported", "Sent up"), Choice("in_hand", "In hand"), Choice("verify", "Verification"),
    Choice("closed", "Closed"),
)
STATES = (
    State("registered", "To be settled or sent up", "grid_worker", "found"),
    State("with_community", "With the community", "lead", "reported"),
    State("with_street", "To be dispatched", "operator", "reported"),
    State("at_grid", "In hand at the grid", "grid_worker", "in_hand"),
    State("at_community", "In hand at the community", "lead", "in_hand"),
    State("at_unit", "In hand at the department", "unit", "in_hand"),
    State("to_verify", "To be verified on site", "grid_worker", "verify"),
    State("to_confirm", "To be confirmed", "lead", "verify"),
    State("closed", "Closed", "lead", "closed", closed=True, final=True),
    State("turned", "Became another matter", "lead", "closed", closed=True, final=True),
    State("void", "Entered by mistake", "lead", "closed", closed=True, final=True),
    joined_state("lead", "closed"),
)
OPEN = tuple(s.name for s in STATES if not s.closed)
ANY = tuple(s.name for s in STATES)
IN_HAND = ("at_grid", "at_community", "at_unit")
BEFORE_DISPATCH = ("registered", "with_community", "with_street")
WORKERS = ("grid_worker", "registrar", "unit")
FINDERS = ("grid_worker", "registrar")
BELOW = ("grid", "community")  # closed there: the numerator of the indicator (sources 8)

DEADLINES = (
    Deadline("settle_now", "Settling or sending up", "finding", "default", "grid_worker"),
    Deadline("sort_out", "Decision of the community", "sending up", "default", "lead"),
    Deadline("dispatch", "Dispatch", "arrival at the street", "default", "operator"),
    Deadline("handle", "Handling", "dispatch", "default", "holder"),
    Deadline("verify", "Verification", "the feedback", "default", "holder"),
)
HANDLE = Start("handle", length="within")

REGISTER = Step(
    "register", "Register", (), "registered",
    ("grid_worker", "operator", "head", "secretary", "scheduler", "importer"), "event.registered",
    "Settle it at once with a photo, or send it up.", asks.REGISTER, starts=("settle_now",),
    notices=(Notice(("grid_worker",), "event.registered"),),
)

FINDING = (
    Step("settle_on_spot", "Settled on the spot", ("registered",), "closed", FINDERS, "event.settled_on_spot",  # BZ 11
         "It is closed with its photo.", asks.ON_THE_SPOT, meets=("settle_now",),
         sets={"closed_by": "grid", "on_the_spot": True}),
    Step("report", "Send up to the community", ("registered",), "with_community", (*FINDERS, "operator"), "event.reported",
         "The community decides who handles it.", (asks.WORDS,), guards=(asks.to_community,),
         starts=("sort_out",), meets=("settle_now",), effect="to_the_community",
         notices=(Notice(("lead",), "event.reported"),)),
    Step("report_up", "Send straight to the street", ("registered",), "with_street", (*FINDERS, "operator"), "event.reported_up",
         "The command centre dispatches it; the community is told.", (asks.WORDS,), guards=(asks.to_street,),
         starts=("dispatch",), meets=("settle_now",), effect="to_the_street",
         notices=(Notice(("operator", "lead"), "event.to_dispatch"),)),
    Step("relocate", "Send to the right grid", ("registered",), None, (*FINDERS, "operator"), "event.relocated",
         "The worker of the right grid sees to it; the deadline goes on.", asks.RELOCATE, guards=(g.another_area,),
         notices=(Notice(("grid_worker",), "event.registered"),), effect="relocate"),
    Step("void", "Entered by mistake", BEFORE_DISPATCH, "void", ("registrar", "lead", "operator"), "event.voided",
         "It ends here and counts nowhere.", (REASON,), cancels=("settle_now", "sort_out", "dispatch")),
    Step("take_back", "Take back the sorting", ("registered",), "void", ("operator", "head", "registrar"), "event.taken_back",
         "It was sorted by mistake: the incoming item is sorted anew.", (REASON,), guards=(g.made_from_item,),
         cancels=("settle_now",), together=True),
)

SENDING = (
    Step("take_up", "The community handles it", ("with_community",), "at_community", ("lead",), "event.taken_up",
         "The community has it in hand.", asks.DISPATCH, starts=(HANDLE,), meets=("sort_out",)),
    Step("assign_grid", "Give it to the grid", ("with_community", "with_street"), "at_grid", ("lead", "operator"),
         "event.assigned_to_grid", "The grid worker is told; the handling deadline starts.", asks.DISPATCH, starts=(HANDLE,),
         meets=("sort_out", "dispatch"), effect="to_the_community", notices=(Notice(("grid_worker",), "event.assigned"),)),
    Step("assign_community", "Give it to the community", ("with_street",), "at_community", ("operator",),
         "event.assigned_to_community", "The community is told; the handling deadline starts.", asks.DISPATCH, starts=(HANDLE,),
         meets=("dispatch",), effect="to_the_community", notices=(Notice(("lead",), "event.assigned"),)),
    Step("assign_unit", "Dispatch to a department", ("with_street",), "at_unit", ("operator",), "event.assigned_to_unit",
         "The department is told; the handling deadline starts.", (asks.DEPARTMENT, *asks.DISPATCH), starts=(HANDLE,),
         meets=("dispatch",), effect="to_the_street", notices=(Notice(("unit",), "event.assigned"),)),
    Step("send_street", "Send up to the street", ("with_community", "at_community"), "with_street", ("lead",),
         "event.sent_to_street", "The command centre dispatches it.", (REASON,), starts=("dispatch",), meets=("sort_out",),
         cancels=("handle",), effect="to_the_street", notices=(Notice(("operator",), "event.to_dispatch"),)),
    Step("take_over", "Take it to the street", ("with_community",), "with_street", ("operator", "upper_lead"),
         "event.taken_over", "The command centre dispatches it.", (REASON,), starts=("dispatch",), cancels=("sort_out",),
         effect="to_the_street", notices=(Notice(("operator", "lead"), "event.to_dispatch"),)),
    Step("send_community", "Send back to the community", ("at_grid",), "with_community", ("grid_worker",),  # BZ 11
         "event.sent_to_community", "The community decides anew who handles it.", (REASON,), starts=("sort_out",),
         cancels=("handle",), notices=(Notice(("lead",), "event.reported"),)),
    Step("decline", "Not competent: send back", ("at_unit",), "with_street", ("unit",), "event.declined",  # BZ 11: explains at once
         "The command centre dispatches it anew.", (REASON,), starts=("dispatch",), cancels=("handle",),
         sets={"department_id": None}, notices=(Notice(("operator",), "event.to_dispatch"),)),
    Step("extend", "Extend by request", IN_HAND, None, ("request",), "event.extended", "The handling deadline moves.", asks.EXTEND,
         act=False, request="more_time", extends="handle", notices=(Notice(("holder",), "event.extended"),)),
)

FEEDBACK = (
    Step("feed_back_grid", "Done: feed back", ("at_grid",), "to_confirm", ("grid_worker",), "event.fed_back_by_grid",
         "The community confirms it.", asks.RESULT, starts=("verify",), meets=("handle",), sets={"closed_by": "grid"}, effect="fed_back",
         notices=(Notice(("lead",), "event.to_verify"),)),
    *(Step(f"feed_back_{where}", "Done: feed back", (f"at_{where}",), "to_verify", (duty,), f"event.fed_back_by_{where}",
           "The grid worker looks at the place.", asks.RESULT, starts=("verify",), meets=("handle",), sets={"closed_by": where}, effect="fed_back",
           notices=(Notice(("grid_worker",), "event.to_verify"),))
      for where, duty in (("community", "lead"), ("unit", "unit"))),
)

CHECKING = (
    Step("verify", "Verified: close", ("to_verify",), "closed", ("grid_worker", "operator"), "event.verified",
         "It is closed; the person who reported it can rate it.", asks.CHECKED, meets=("verify",), not_by=("handler",),
         notices=(Notice(("registrar",), "event.closed"),)),
    Step("confirm", "Confirmed: close", ("to_confirm",), "closed", ("lead", "operator"), "event.confirmed",
         "It is closed; the person who reported it can rate it.", asks.CHECKED, meets=("verify",), not_by=("handler",),
         notices=(Notice(("registrar",), "event.closed"),)),
    *(Step(f"back_to_{where}", "Not passed: back", (state,), f"at_{where}", by, f"event.sent_back_to_{where}",
           "Whoever handled it goes on.", (REASON, asks.PHOTO, asks.WITHIN), guards=(asks.handled_by(where),), starts=(HANDLE,),
           meets=("verify",), sets={"closed_by": ""}, notices=(Notice((duty,), "event.sent_back"),))
      for where, state, by, duty in (
          ("grid", "to_confirm", ("lead", "operator"), "grid_worker"),
          ("community", "to_verify", ("grid_worker", "operator"), "lead"),
          ("unit", "to_verify", ("grid_worker", "operator"), "unit"))),
    Step("rate", "Record a rating", ("closed",), None, ("registrar", "operator"), "event.rated",
         "The rating is on record.", asks.RATE, act=False),
    Step("reopen", "It is back: reopen", ("closed",), "with_community", ("grid_worker", "lead", "operator"), "event.reopened",
         "The community decides who handles it.", (REASON,), starts=("sort_out",), effect="to_the_community",
         sets={"closed_by": "", "on_the_spot": False, "rating": ""}, notices=(Notice(("lead",), "event.reported"),)),
    Step("resident_objects_reopen", "Reopened at the resident's word", ("closed",), "with_community", ("resident",),
         "event.reopened_at_the_door", "The community decides who handles it.", resident_asks.OBJECTED,
         guards=(g.objected_in_time,), starts=("sort_out",), effect="to_the_community", act=False,
         sets={"closed_by": "", "on_the_spot": False, "rating": ""}, notices=(Notice(("lead",), "event.reported"),)),
    Step("turn_into", "Make it another matter", (*BEFORE_DISPATCH, "at_grid", "at_community"), "turned",
         ("grid_worker", "lead", "operator"), "event.turned", "The other matter is registered and linked; the event ends here.",
         asks.TURN, cancels=("settle_now", "sort_out", "dispatch", "handle"), together=True),
)

EVENT = Workflow(
    name="event",
    label="Grid event",
    initial="registered",
    opens=REGISTER,
    states=STATES,
    steps=(*FINDING, *SENDING, *FEEDBACK, *CHECKING, *record_steps("event", OPEN, ANY, WORKERS, ("grid_worker", "unit")),
           *joining_steps("event", (*BEFORE_DISPATCH, "at_grid", "at_community"), ANY, ("grid_worker",), ("grid_worker",)),
           *resident_steps("event", OPEN, ("closed",), ("holder",)),
           *clock_steps("event", OPEN, passing="")),
    deadlines=DEADLINES,
    phases=PHASES,
    number="事",
    tiered=False,
    from_items=True,
    lengths_by="urgency",
    says={
        "event.registered": "%(number)s waits to be settled or sent up.",
        "event.reported": "%(number)s was sent up to the community: decide who handles it.",
        "event.to_dispatch": "%(number)s waits to be dispatched.",
        "event.assigned": "%(number)s was given to you to handle.",
        "event.extended": "%(number)s: the handling deadline was extended.",
        "event.to_verify": "%(number)s was handled: please verify it.",
        "event.sent_back": "%(number)s did not pass verification: please go on.",
        "event.closed": "%(number)s is closed.",
    },
    informs=frozenset(("event.closed", "event.extended")),
    refuses=asks.REFUSES,
)
