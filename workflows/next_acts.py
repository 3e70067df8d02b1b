"""The one act that usually comes next in a state: what a line on a desk offers. The other lawful steps stand on the case."""

NEXT_ACTS: dict[tuple[str, str], str] = {
    ("incoming", "registered"): "sort_dispute",
    ("request", "asked"): "approve",
    ("dispute", "registered"): "accept",
    ("dispute", "accepted"): "assign",
    ("dispute", "assigned"): "take",
    ("dispute", "in_mediation"): "record_session",
    ("dispute", "suspended"): "resume",
    ("dispute", "agreed"): "record_performance",
    ("dispute", "breached"): "mediate_anew",
    ("dispute", "performed"): "follow_up",
    ("dispute", "failed"): "refer_and_close",
    ("dispute", "terminated"): "notify_and_close",
}
