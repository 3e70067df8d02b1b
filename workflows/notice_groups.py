"""Which notices ask for an act, which only inform, which are digests; and where each group goes unless a person chose.

A code that is not listed asks for an act: a new one is rather told once too often.
"""

from collections.abc import Mapping, Sequence

from workflows import WORKFLOWS

ACT, INFORM, DAILY, WEEKLY = "act", "inform", "daily", "weekly"
GROUPS = {  # group -> English msgid
    ACT: "For me to act on",
    INFORM: "For my information",
    DAILY: "Morning digest",
    WEEKLY: "Weekly digest",
}
INFORMING = frozenset().union(
    *(flow.informs | {f"{name}.lowered", f"{name}.patron_named", f"{name}.joined", f"{name}.split_off", f"{name}.waits_for_units", f"{name}.units_answered", f"{name}.resident_rates"} for name, flow in WORKFLOWS.items())
) | frozenset(
    (
        "case.regraded", "dispute.accepted", "dispute.refused", "dispute.taken", "dispute.agreed", "dispute.suspended",
        "dispute.failed", "dispute.terminated", "dispute.withdrawn", "dispute.extended",
        "dispute.closed", "dispute.police_told", "request.withdrawn", "request.lapsed",
    )
)  # fmt: skip
DIGESTS = {"digest.morning": DAILY, "digest.weekly": WEEKLY}
MAIL = "mail"
ROBOTS = ("dingtalk", "wecom", "feishu")
CHANNELS = {MAIL: "E-mail", "dingtalk": "DingTalk", "wecom": "WeCom", "feishu": "Feishu"}  # channel -> English msgid
DEFAULTS = {ACT: tuple(CHANNELS), INFORM: (), DAILY: tuple(CHANNELS), WEEKLY: (MAIL,)}


def group_of(code: str) -> str:
    """The group of a notice."""
    return DIGESTS.get(code) or (INFORM if code in INFORMING else ACT)


def channels_of(code: str, urgent: bool, chosen: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Where a notice goes besides the inbox, as far as the person has these channels. What is urgent goes everywhere."""
    if urgent:
        return tuple(CHANNELS)
    group = group_of(code)
    return tuple(chosen[group]) if group in chosen else DEFAULTS[group]
