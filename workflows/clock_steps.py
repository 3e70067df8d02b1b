"""The steps that lateness takes: what a rung of a ladder does to a matter. Each stays where it is and is no work on it.

Which rung does what is a number's business: rules/default.toml [ladders].
"""

from workflows.asks import longtext, text
from workflows.model import Field, Notice, Step

RUNG_FIRED = (text("deadline", "Deadline", required=False), text("rung", "Rung", required=False))
RAISE = "raise_overdue"
ACTS = ("remind", "urge", "card", RAISE, "pass_up", "lapse", "end_suspension", "upgrade_late")  # what a rung may do; each is the name of a step


def asked_of_people(step: Step) -> tuple[Field, ...]:
    """The questions of a step without those that only a rung of a ladder answers."""
    return tuple(spec for spec in step.asks if spec not in RUNG_FIRED)


def clock_steps(
    process: str, sources: tuple[str, ...], raises: bool = False, passing: str = "level_raised"
) -> tuple[Step, ...]:
    """Remind, urge, card, pass up and (where a deadline raises) raise, for the open states of a process.

    `passing` is the effect of passing up ("": the level above is only told).
    """

    def step(name: str, label: str, event: str, follows: str, by: tuple[str, ...] = ("scheduler",),
             to: tuple[str, ...] = (), effect: str = "") -> Step:
        words = () if by == ("scheduler",) else (longtext("words", "Words to the person in charge", required=False),)
        notices = (Notice(to, f"{process}.{event}"),) if to else ()
        return Step(name, label, sources, None, by, f"{process}.{event}", follows, (*RUNG_FIRED, *words),
                    notices=notices, append=True, act=False, effect=effect)

    lateness = (
        step("remind", "Remind", "reminded", "The people named on the rung are reminded."),
        step("urge", "Urge", "urged", "The holder is urged; the urging stays on record.",
             ("scheduler", "operator", "lead", "upper_lead")),
        step("card", "Give a card", "carded", "The holder gets a card for lateness; the colour stays as it is.",
             ("scheduler", "operator")),
        step("pass_up", "Pass to the next level", "passed_up", "The lead one level up takes over.",
             to=("upper_lead",), effect=passing),
        step("alarm", "Raise an alarm", "alarmed", "The lead is told that nobody fits or a post is vacant.",
             to=("lead", "upper_lead")),
    )
    raised = step(RAISE, "Raise because overdue", "raised_overdue", "One tier and one level up; the new lead takes over.",
                  to=("lead", "handler"), effect=RAISE)
    return (*lateness, raised) if raises else lateness
