"""The hotline order (12345 工单): dispatched, seen through by whoever has it first, answered, called back, redone or closed.

Sources (docs/sources.md): BJ = Beijing regulation on 接诉即办, WF, JN, SD = Weifang, Jinan, Shandong; sources 4; "default" = a local choice.
Silence at the call-back is "not rated", never satisfied. Two legs from outside keep their own numbers and due dates.
"""

from workflows import guards as g
from workflows import order_asks as asks
from workflows.asks import REASON
from workflows.clock_steps import clock_steps
from workflows.model import Choice, Deadline, Notice, Start, State, Step, Workflow
from workflows import resident_asks
from workflows.record_steps import JOINED, joined_state, joining_steps, record_steps, resident_steps

PHASES = (
    Choice("registered", "Waits for dispatch"), Choice("in_hand", "In hand"), Choice("call_back", "Call-back"), Choice("closed", "Closed"),
)
STATES = (
    State("registered", "Waits for dispatch", "operator", "registered"),
    State("at_unit", "With the department", "unit", "in_hand"),
    State("at_place", "With the community or grid", "lead", "in_hand"),
    State("objected", "Return of the order asked for", "operator", "in_hand"),
    State("shelved", "On the shelf", "operator", "in_hand", pauses=True, pause_ends="shelf_review", whole_pause=True),
    State("answered", "To be called back", "operator", "call_back"),
    State("closed", "Closed", "operator", "closed", closed=True, final=True),
    State("not_accepted", "Not accepted", "operator", "closed", closed=True, final=True),
    State("duplicate", "In process already", "operator", "closed", closed=True, final=True),
    State("taken_back", "Sorted by mistake", "operator", "closed", closed=True, final=True),
    joined_state("operator", "closed"),
)
OPEN = tuple(s.name for s in STATES if not s.closed)
ANY = tuple(s.name for s in STATES)
IN_HAND = ("at_unit", "at_place")
BEFORE_ANSWER = ("registered", "at_unit", "at_place", "objected")
CHARGED = ("unit", "lead")  # whoever has it: the department, else the secretary of the community or grid
WORKERS = ("unit", "registrar", "grid_worker")
UNCOUNTED = ("registered", "not_accepted", "duplicate", "taken_back", JOINED)  # never dispatched, or not any more: in no rate

DEADLINES = (
    Deadline("dispatch", "Dispatch", "registration", "BJ 10; default", "operator"),
    Deadline("objection", "Return", "dispatch", "BJ 12; WF 22; default", "holder", right=True),
    Deadline("contact", "Contact with the citizen", "dispatch", "BJ 13; default", "holder"),
    Deadline("finish", "Handling", "dispatch", "BJ 13; WF 20; JN 24; default", "holder"),
    Deadline("city_leg", "Due to the city", "dispatch by the city", "sources 6, layout B", "holder"),
    Deadline("district_leg", "Due to the district", "dispatch by the district", "sources 6, layout B", "holder"),
    Deadline("ruling", "Decision on the return", "the objection", "default", "operator", pauses=False),
    Deadline("shelf_review", "Look at the shelved matter", "shelving", "default", "operator", pauses=False),
    Deadline("call_back", "Call-back", "the answer", "BJ 18; default", "operator"),
)
LEGS = ("city_leg", "district_leg")
FINISH = Start("finish", due_on="legal_due_on")
DISPATCHED = ("objection", "contact", FINISH)

REGISTER = Step(
    "register", "Register", (), "registered",
    ("operator", "grid_worker", "head", "secretary", "scheduler", "importer", "unit", "lead"), "order.registered",
    "The command centre dispatches it.", asks.REGISTER, starts=("dispatch",), notices=(Notice(("operator",), "order.registered"),),
)

SCREENING = (
    Step("dispatch_unit", "Dispatch to a department", ("registered",), "at_unit", ("operator", "scheduler"),  # BJ 12
         "order.dispatched_to_unit", "The department is told; it contacts the citizen first.", (asks.DEPARTMENT, *asks.DISPATCH),
         starts=DISPATCHED, meets=("dispatch",), effect="order_to_unit", weighty=True,
         notices=(Notice(("unit",), "order.dispatched"),)),
    Step("dispatch_place", "Dispatch to a community or grid", ("registered",), "at_place", ("operator",),  # BJ 17
         "order.dispatched_to_place", "Its secretary is told and contacts the citizen first.", (asks.PLACE, *asks.DISPATCH),
         starts=DISPATCHED, meets=("dispatch",), effect="order_to_place", weighty=True,
         notices=(Notice(("lead",), "order.dispatched"),)),
    Step("refuse", "Do not accept", ("registered",), "not_accepted", ("operator",), "order.refused",  # BJ 11; WF 19
         "The citizen is told the right path.", asks.REFUSE, guards=(g.explained("ground"),), meets=("dispatch",), weighty=True),
    Step("same_matter", "In process already: tell the progress", ("registered",), "duplicate", ("operator",),  # BJ 11(3); JN 25
         "order.progress_told", "No new order: the citizen hears how the known matter stands; both are linked.",
         (asks.KNOWN, asks.TOLD), meets=("dispatch",), together=True),
    Step("in_petition", "A petition is in process: tell the path", ("registered",), "not_accepted", ("operator",),  # BJ 11
         "order.petition_told", "Not handled twice: the citizen is told the way of the petition; both are linked.",
         (asks.KNOWN, asks.TOLD), meets=("dispatch",), together=True),
    Step("take_back", "Take back the sorting", ("registered",), "taken_back", ("operator", "head", "registrar"),
         "order.taken_back", "It was sorted by mistake: the incoming item is sorted anew.", (REASON,),
         guards=(g.made_from_item,), cancels=("dispatch",), together=True),
    *(Step(f"{leg}_leg", label, BEFORE_ANSWER, None, ("operator", "scheduler"), f"order.{leg}_leg_recorded",
           "Its own due date runs beside.", asks.LEGS[leg], starts=(Start(f"{leg}_leg", due_on=f"{leg}_due_on"),), act=False)
      for leg, label in (("city", "Record the city's dispatch"), ("district", "Record the district's dispatch"))),
)

WORK = (
    Step("record_contact", "Contacted the citizen", (*IN_HAND, "objected"), None, CHARGED, "order.contacted",  # BJ 13
         "The contact is on record.", asks.CONTACT, meets=("contact",), append=True),
    Step("record_attempt", "Could not reach the citizen", (*IN_HAND, "objected"), None, CHARGED, "order.attempted",
         "The attempt is on record; the deadline goes on.", asks.ATTEMPT, append=True),
    Step("ask_help", "Ask a department to help", IN_HAND, None, CHARGED, "order.help_asked",  # BJ 14; SD 33
         "It gets an order of its own and reports to you in time; you stay in the lead.", asks.HELP, append=True, together=True),
    Step("report_interim", "Interim report", (*IN_HAND, "objected"), None, CHARGED, "order.reported",  # BJ 14
         "The centre has the reason and the plan; you stay in charge.", asks.INTERIM, append=True,
         notices=(Notice(("operator",), "order.reported"),)),
    Step("object", "Ask to return it", IN_HAND, "objected", CHARGED, "order.objected",  # BJ 12(3); WF 22
         "The centre decides; until then you go on.", asks.OBJECT,
         guards=(asks.not_fixed, asks.objection_in_time, g.explained("ground")), starts=("ruling",), cancels=("objection",),
         weighty=True, notices=(Notice(("operator",), "order.objected"),)),
    Step("accept_return", "Accept the return", ("objected",), "registered", ("operator",), "order.returned",
         "It is dispatched anew.", (REASON,), starts=("dispatch",), meets=("ruling",), cancels=("contact", "finish"),
         effect="order_returned", weighty=True, notices=(Notice(("unit", "lead"), "order.returned"),)),
    Step("fix_unit", "Decide: this department", ("objected",), "at_unit", ("operator",), "order.unit_fixed",  # WF 22
         "It leads and cannot return it any more.", (asks.DEPARTMENT, REASON), meets=("ruling",), sets={"fixed": True},
         effect="order_to_unit", weighty=True, notices=(Notice(("unit",), "order.fixed"),)),
    Step("fix_place", "Decide: this community or grid", ("objected",), "at_place", ("operator",), "order.place_fixed",
         "It leads and cannot return it any more.", (asks.PLACE, REASON), meets=("ruling",), sets={"fixed": True},
         effect="order_to_place", weighty=True, notices=(Notice(("lead",), "order.fixed"),)),
    Step("answer", "Answer", IN_HAND, "answered", CHARGED, "order.answered",  # BJ 16, 18
         "The citizen and the centre have the answer; the centre calls back.", asks.ANSWER, guards=(asks.contacted,),
         starts=("call_back",), meets=("finish", *LEGS), cancels=("objection",), weighty=True,
         notices=(Notice(("operator",), "order.answered"),)),
)

TIME = (
    Step("extend", "Extend by request", IN_HAND, None, ("request",), "order.extended", "The handling deadline moves.",  # BJ 15
         asks.EXTEND, guards=(asks.in_time, asks.citizen_told), act=False, request="more_time", extends="finish",
         notices=(Notice(("holder", "operator"), "order.extended"),)),
    Step("shelve", "Shelve by request", IN_HAND, "shelved", ("request",), "order.shelved",  # sources 4: 挂账
         "The clocks stop; it is kept in the list of shelved matters until it can be solved.", asks.SHELVE,
         guards=(asks.citizen_told, asks.review_in_time, g.explained("ground")),
         starts=(Start("shelf_review", due_on="review_on"),), act=False, request="shelving", weighty=True,
         notices=(Notice(("unit", "lead", "operator"), "order.shelved"),)),
    *(Step(f"revive_{where}", "Revive it", ("shelved",), f"at_{where}", (*CHARGED, "operator"), f"order.revived_{where}",
           "The clocks run again from where they stopped.", (REASON,), guards=(guard,), meets=("shelf_review",),
           notices=(Notice((duty,), "order.revived"),))
      for where, guard, duty in (("unit", asks.by_department, "unit"), ("place", asks.by_place, "lead"))),
)

CALL_BACK = (
    Step("close", "Called back: close", ("answered",), "closed", ("operator",), "order.closed",  # BJ 18, 19
         "The result of the call-back counts; silence counts as not rated.", asks.CALLED_BACK, guards=(asks.solved_or_explained,),
         meets=("call_back",), weighty=True, notices=(Notice(("unit", "lead"), "order.closed"),)),
    *(Step(f"redo_{where}", "Called back: redo", ("answered",), f"at_{where}", ("operator",), f"order.redone_{where}",  # JN 27
           "It goes back to whoever answered, with a new deadline.", (*asks.CALLED_BACK, REASON), guards=(guard,),
           starts=("finish",), meets=("call_back",), effect="order_redone", notices=(Notice((duty,), "order.redone"),))
      for where, guard, duty in (("unit", asks.by_department, "unit"), ("place", asks.by_place, "lead"))),
    Step("reopen", "Reopen", ("closed", "not_accepted", "duplicate"), "registered", ("operator",), "order.reopened",
         "It is dispatched anew.", (REASON,), starts=("dispatch",), effect="order_returned",
         sets={"solved": "", "satisfaction": "", "outcome": ""}, notices=(Notice(("operator",), "order.registered"),)),
    Step("resident_objects_reopen", "Reopened at the resident's word", ("closed",), "registered", ("resident",),
         "order.reopened_at_the_door", "It is dispatched anew.", resident_asks.OBJECTED, guards=(g.objected_in_time,),
         starts=("dispatch",), effect="order_returned", sets={"solved": "", "satisfaction": "", "outcome": ""}, act=False,
         notices=(Notice(("operator",), "order.registered"),)),
    Step("leave_out", "Leave out of the rates", ("closed",), None, ("operator",), "order.left_out",
         "It counts in no rate; how many are left out stands beside the rates.", (REASON,), act=False, sets={"left_out": True}),
)

ORDER = Workflow(
    name="order",
    label="Hotline order",
    initial="registered",
    opens=REGISTER,
    states=STATES,
    steps=(*SCREENING, *WORK, *TIME, *CALL_BACK, *record_steps("order", OPEN, ANY, WORKERS, ("unit",)),
           *joining_steps("order", ("registered", *IN_HAND), ANY, (), ("unit",)),
           *resident_steps("order", OPEN, ("answered", "closed"), ("holder",)),
           *clock_steps("order", OPEN, passing="")),
    deadlines=DEADLINES,
    phases=PHASES,
    number="单",
    tiered=False,
    from_items=True,
    lengths_by="kind",
    says={
        "order.registered": "%(number)s waits to be dispatched.",
        "order.dispatched": "%(number)s was dispatched to you: contact the citizen first.",
        "order.reported": "%(number)s: there is an interim report.",
        "order.objected": "%(number)s: its return is asked for. Decide who is in charge.",
        "order.returned": "%(number)s: the return was accepted.",
        "order.fixed": "%(number)s: it was decided that you are in charge.",
        "order.answered": "%(number)s was answered: call the citizen back.",
        "order.extended": "%(number)s: the handling deadline was extended.",
        "order.shelved": "%(number)s was shelved; its deadlines stand still.",
        "order.revived": "%(number)s goes on: its deadlines run again.",
        "order.closed": "%(number)s was called back and closed.",
        "order.redone": "%(number)s comes back for another try.",
        "order.problem": "%(number)s is a problem order now and under supervision one level up.",
    },
    informs=frozenset(("order.returned", "order.extended", "order.shelved", "order.closed")),
    refuses=asks.REFUSES,
)
