"""The incoming item (来件): whatever comes in by any channel, once, until a person has said what it is.

Sorted into a matter (of any process that takes items in: Workflow.from_items), answered, referred with the path told,
joined to a known matter, or passed on. What the words of the text suggest is kept beside it; nothing happens before a person confirms (house rule 4).
"""

from workflows import guards as g
from workflows import resident_asks
from workflows.asks import CHANNELS, EXPLANATION, NOTE, PATHS, REASON, choice, full_text, longtext, one_of, text, yes_no
from workflows.clock_steps import clock_steps
from workflows.dispute_asks import CATEGORIES
from workflows.model import Choice, Deadline, Field, Notice, State, Step, Workflow
from workflows.record_steps import resident_steps

KINDS = one_of(
    dispute="Dispute", service_request="Service request", consultation="Question", suggestion="Suggestion",
    report_of_wrongdoing="Report of wrongdoing", appeal="Appeal",
)
MATTERS = one_of(dispute="Dispute", order="Hotline order", petition="Petition", event="Grid event")
BECOMES = {  # what an item is -> the process that takes it in
    "dispute": "dispute", "service_request": "order", "consultation": "order", "suggestion": "order",
    "report_of_wrongdoing": "petition", "appeal": "petition",
}  # fmt: skip
STATES = (
    State("registered", "To be sorted", "operator", "registered"),
    State("sorted", "Sorted into a matter", "operator", "done", closed=True),
    State("answered", "Answered", "operator", "done", closed=True),
    State("referred", "Referred", "operator", "done", closed=True),
    State("joined", "Joined to a known matter", "operator", "done", closed=True),
    State("passed_on", "Passed on", "operator", "done", closed=True),
    State("withdrawn", "Taken back by the sender", "operator", "done", closed=True),
)
OPEN = ("registered",)
DONE = ("sorted", "answered", "referred", "joined", "passed_on")
ANSWERED = ("answered", "referred", "passed_on")  # the item itself is what the sender has; else what it became
SORTERS = ("operator", "head", "lead", "grid_worker")

REGISTER = Step(
    "register", "Register", (), "registered", ("operator", "grid_worker", "mediator", "head", "secretary", "scheduler",
     "importer", "resident"),
    "incoming.registered", "It waits to be sorted.",
    (
        full_text("What it says"),
        text("title", "Title", required=False, into="case"),
        Field("area_id", "area", "Area", into="case"),
        choice("channel", "Channel", CHANNELS, into="case"),
        text("external_number", "Outside number", required=False, into="detail"),
        Field("sent_at", "instant", "Sent at", required=False, into="detail"),
        text("place", "Where it happened", required=False, into="detail"),
        yes_no("confidential", "Confidential", required=False, into="case"),
    ),
    starts=("sort",),
)

STEPS = (
    Step("sort_matter", "Sort into a matter", OPEN, "sorted", SORTERS, "incoming.sorted",
         "The matter is registered and linked; whoever is in charge of it is told.",
         (
             choice("becomes", "It becomes", MATTERS),
             choice("kind", "Kind", KINDS, required=False, into="detail"),
             choice("category", "Kind of dispute", CATEGORIES, required=False, into="case"),
             Field("area_id", "area", "Area", required=False, into="case"),
             text("place", "Where it happened", required=False, into="detail"),
             text("title", "Title", required=False, into="case"),
         ),
         meets=("sort",), together=True, effect="sorted_elsewhere"),
    Step("answer", "Answer", OPEN, "answered", SORTERS, "incoming.answered", "The sender has the answer.",
         (choice("kind", "Kind", KINDS, required=False, into="detail"), longtext("answer", "Answer", into="detail")),
         meets=("sort",)),
    Step("refer", "Refer", OPEN, "referred", SORTERS, "incoming.referred", "The sender is told the right path.",
         (choice("path", "Right path", PATHS), longtext("answer", "What the sender was told", into="detail"), EXPLANATION),
         guards=(g.explained("path"),), meets=("sort",)),
    Step("join", "Join to a known matter", OPEN, "joined", SORTERS, "incoming.joined",
         "It is kept with the known matter; the number of people is counted there.",
         (text("known", "Number of the known matter"), longtext("note", "Note", required=False)), meets=("sort",), together=True),
    Step("pass_on", "Pass on", OPEN, "passed_on", SORTERS, "incoming.passed_on", "The right desk has it.",
         (choice("kind", "Kind", KINDS[1:], into="detail"), text("desk", "Desk or department"),
          longtext("note", "Note", required=False)),
         meets=("sort",)),
    Step("annotate", "Write a note", OPEN, None, SORTERS, "incoming.noted", "The note is on record.", (NOTE,), append=True),
    Step("undo", "Undo the sorting", DONE, "registered", SORTERS, "incoming.unsorted",
         "It waits to be sorted again; a matter made from it must be untouched.", (REASON,), guards=(g.just_sorted,),
         resumes=("sort",), sets={"kind": "", "answer": ""}, notices=(Notice(("operator",), "incoming.unsorted"),), together=True),
    Step("split_off", "Split off again", ("joined",), "registered", (*SORTERS, "scheduler"), "incoming.split_off",
         "It waits to be sorted again; the known matter counts anew.", (REASON,), resumes=("sort",), together=True,
         notices=(Notice(("operator",), "incoming.split_off"),)),
    Step("resident_objects_to_answer", "Sorted again at the resident's word", (*ANSWERED, "withdrawn"), "registered",
         ("resident",), "incoming.reopened_at_the_door", "It is looked at again.", resident_asks.OBJECTED,
         guards=(g.objected_in_time,), resumes=("sort",), sets={"kind": "", "answer": ""}, act=False,
         notices=(Notice(("operator",), "incoming.resident_objects"),)),
    Step("resident_withdraws_item", "Taken back by the sender", OPEN, "withdrawn", ("resident",), "incoming.withdrawn",
         "Nothing more is done about it.", resident_asks.WITHDRAWN, meets=("sort",), act=False,
         notices=(Notice(("operator",), "incoming.resident_withdraws"),)),
    *resident_steps("incoming", OPEN, ANSWERED, ("operator",)),
    *clock_steps("incoming", OPEN, passing=""),
)

INCOMING = Workflow(
    name="incoming",
    label="Incoming item",
    initial="registered",
    opens=REGISTER,
    states=STATES,
    steps=STEPS,
    deadlines=(Deadline("sort", "Sorting", "registration", "default", "operator"),),
    phases=(Choice("registered", "To be sorted"), Choice("done", "Sorted")),
    number="来",
    tiered=False,
)
