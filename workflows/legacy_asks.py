"""What the steps of a legacy case ask. The steps themselves stand in legacy.py."""

from workflows.asks import (
    EXPLANATION, REASON, WHOLE, choice, file, full_text, longtext, on_date, one_of, text,
)  # fmt: skip
from workflows.dispute_asks import AREA, FACT_QUESTIONS, NEWS, PLACE, TITLE
from workflows.model import Field

UNIT = Field("department_id", "department", "Department in charge", required=False, into="case")
WEIGHING = tuple(spec for spec in FACT_QUESTIONS if spec.name != "legacy")  # that it is one is what makes the case
REGISTER = (
    full_text("What is left over, and how it came about"), AREA, PLACE, TITLE,
    Field("since_year", "integer", "Year it began", required=False, minimum=1900, maximum=2200, into="detail"),
    UNIT, *WEIGHING,
)
LIST = (
    longtext("grounds", "Why it goes on the list"),
    on_date("aim_on", "To be settled by", required=False, into="detail"),
    *NEWS,
)
PATRON = (Field("patron_id", "account", "Patron", into="case"),)
REPLACE = (*PATRON, REASON)
DEPARTMENT = (Field("department_id", "department", "Department in charge", into="case"),)
MILESTONE = Field("milestone", "integer", "Milestone", minimum=1, hint="Its number in the plan.")
PLANNED = (
    longtext("what", "What is to be done"),
    text("who", "Unit or post that does it"),
    on_date("due_on", "By when"),
)
PLAN = (longtext("plan", "The plan in a paragraph"),)
MOVE = (MILESTONE, on_date("due_on", "New date"), REASON)
DROP = (MILESTONE, REASON)
REACHED = (
    MILESTONE, on_date("reached_on", "Reached on"), longtext("came_of_it", "What came of it"),
    file("proof", "Evidence", required=False),
)
REPORT = (
    longtext("done", "Work done"), longtext("next", "What comes next"),
    longtext("obstacles", "What stands in the way", required=False),
)
SHELVE = (
    choice("ground", "Reason", one_of(
        policy="Waiting for a policy or a decision from above", procedure="Waiting for a court or another procedure",
        people="Those concerned ask for time or cannot be found", means="The money or the land is not there yet",
        other="Other")),
    on_date("review_on", "To be looked at again on"),
    EXPLANATION,
)
RESULT = (
    longtext("result", "What was settled, and how"), longtext("told", "How those concerned were told"),
    file("proof", "Evidence", required=False),
)
ACCEPTED = (
    longtext("findings", "What the acceptance found"),
    choice("concerned", "Those concerned", one_of(
        agree="Agree with the result", lawful="Do not agree; the result is lawful and was explained",
        absent="Could not be asked")),
    file("approval", "Signed approval", required=False),
)
POLICY = (
    choice("era", "In force", one_of(then="At the time", now="Now")),
    text("name", "Name of the policy"), text("number", "Number of the paper", required=False),
    on_date("issued_on", "Issued on", required=False),
    Field("wording", "longtext", "What it says on this matter", maximum=WHOLE),
    file("paper", "The paper itself", required=False),
)
STRIKE_POLICY = (Field("policy", "integer", "Policy", minimum=1, hint="Its number on the page."), REASON)
COMPARE = (longtext("difference", "What the difference means for this matter"),)
EXACT = one_of(day="To the day", month="To the month", year="To the year")
HISTORY = (
    on_date("happened_on", "When it happened", hint="Where only the month or the year is known, its first day."),
    choice("exact", "How exactly that is known", EXACT, required=False),
    Field("what", "longtext", "What happened", maximum=WHOLE),
    text("who", "Who acted", required=False), text("paper_number", "Number of the paper", required=False),
    Field("besides", "longtext", "What else the list says", required=False, maximum=WHOLE),
    file("paper", "The paper itself", required=False),
)
REOPEN = (longtext("statement", "What has come up again"), REASON)
