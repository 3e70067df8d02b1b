"""The request process (申请): asked, then approved, refused or lapsed. The approval takes the step it was asked for.

A request carries the answers of that step (`payload`), checked by the step's own questions and guards both when
asked and when approved. The decider is never the asker: where they would be the same person, it is the post one
level up (house rule 4).
"""

from dataclasses import dataclass

from workflows.asks import REASON, choice, longtext, one_of, text
from workflows.clock_steps import RUNG_FIRED, clock_steps
from workflows.model import Choice, Deadline, Notice, State, Step, Workflow


@dataclass(frozen=True, slots=True)
class RequestKind:
    """A kind of request on a case: who may ask, and the duty that decides.

    `decided_by` is a duty on the case as it stands, or "receiving_lead": the lead of the area asked for; `least` the
    level below which nobody decides, however low the matter lies.
    """

    kind: str
    label: str
    asked_by: tuple[str, ...]
    decided_by: str
    least: str = ""


RECEIVING = "receiving_lead"
REQUEST_KINDS = {
    kind.kind: kind
    for kind in (
        RequestKind("extension", "Extension", ("handler", "head"), "lead"),
        RequestKind("term", "Term of a petition", ("organ",), "lead", least="street"),  # the head of the organ: Petition Work Regulation art. 34
        RequestKind("lowering", "Lower the tier", ("handler", "head", "lead", "organ"), "lead"),  # the lead of the tier left
        RequestKind("transfer", "Transfer", ("handler", "head", "lead"), RECEIVING),
        RequestKind("recusal", "Recusal or replacement", ("handler", "head", "registrar", "operator", "lead"), "head"),
        RequestKind("suspension", "Suspension", ("handler", "head"), "lead"),
        RequestKind("more_time", "More time", ("unit", "lead", "grid_worker"), "operator"),  # orders and events
        RequestKind("shelving", "Shelving", ("unit", "lead", "patron"), "lead", least="street"),
        RequestKind("replanning", "Change of the plan", ("patron", "unit", "petition_office", "operator"), "lead", least="street"),
        RequestKind("correction", "Late correction", ("handler", "head", "registrar", "grid_worker"), "head"),
    )
}
KIND_CHOICES = tuple(Choice(kind.kind, kind.label) for kind in REQUEST_KINDS.values())

STATES = (
    State("asked", "Asked", "decider", "asked"),
    State("approved", "Approved", "decider", "decided", closed=True, final=True),
    State("refused", "Not approved", "decider", "decided", closed=True, final=True),
    State("lapsed", "Lapsed", "decider", "decided", closed=True, final=True),
)
OPEN = ("asked",)

ASK = Step(
    "ask", "Ask", (), "asked", tuple(sorted({duty for kind in REQUEST_KINDS.values() for duty in kind.asked_by})),
    "request.asked", "The person who decides is told; until then nothing changes.",
    (choice("kind", "Kind of request", KIND_CHOICES, into="detail"), text("step", "Step asked for", into="detail"), REASON),
    starts=("decide",), notices=(Notice(("decider",), "request.asked"),),
)

REQUEST = Workflow(
    name="request",
    label="Request on a matter",
    initial="asked",
    opens=ASK,
    states=STATES,
    steps=(
        Step("approve", "Approve", OPEN, "approved", ("decider",), "request.approved",
             "What was asked for takes effect at once.", (longtext("note", "Note", required=False),), meets=("decide",),
             not_by=("asker",), notices=(Notice(("asker",), "request.approved"),), together=True),
        Step("refuse", "Refuse", OPEN, "refused", ("decider",), "request.refused", "Nothing changes; the asker is told why.",
             (REASON,), meets=("decide",), not_by=("asker",), notices=(Notice(("asker",), "request.refused"),)),
        Step("withdraw_request", "Withdraw the request", OPEN, "lapsed", ("asker",), "request.withdrawn",
             "Nothing changes.", (longtext("note", "Note", required=False),), cancels=("decide",),
             notices=(Notice(("decider",), "request.withdrawn"),)),
        Step("lapse", "Lapse", OPEN, "lapsed", ("scheduler",), "request.lapsed", "Nothing changes; it may be asked again.",
             (choice("why", "Why", one_of(closed="The matter was closed", undecided="Nobody decided in time",
                                          overtaken="The matter has moved on"), required=False),
              *RUNG_FIRED),
             cancels=("decide",), act=False, notices=(Notice(("asker", "decider"), "request.lapsed"),)),
        *clock_steps("request", OPEN, passing="decided_above"),
    ),
    deadlines=(Deadline("decide", "Decision", "asking", "default", "decider"),),
    phases=(Choice("asked", "Asked"), Choice("decided", "Decided")),
    listed=False,
    tiered=False,
)
