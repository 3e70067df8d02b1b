"""On what law each act of a matter stands, for whoever reads its record: step -> abbreviated articles, as in dispute.py.

Steps that are not named are ordinary work, or a local choice (docs/workflows.md).
"""

from collections.abc import Mapping

BASES: Mapping[str, Mapping[str, str]] = {
    "dispute": {
        "accept": "TJ 17, 18", "refuse": "75 art. 22, 24; NB 17", "settle_on_spot": "TJ 21, 28", "assign": "TJ 19",
        "auto_assign": "TJ 19", "choose_mediator": "TJ 19, 23", "replace_handler": "75 art. 25; TY 15; SZ 23",
        "inform_rights": "75 art. 30", "record_consent": "TJ 3, 17", "record_session": "TJ 27", "agree_partial": "SD 23; SZ 26",
        "agree_written": "TJ 28, 29, 30", "agree_oral": "TJ 28, 30; NB 24", "fail": "TJ 26", "terminate": "NB 23; SZ 28",
        "withdraw": "TJ 23", "mediate_anew": "TJ 33", "move_up": "75 art. 21; NB 18", "extend_cap": "75 art. 33; NB 27",
        "apply_confirmation": "TJ 33; MSF 205", "court_accepts": "SFQR 4", "court_confirms": "SFQR 5",
        "court_refuses": "MSJS 358; TJ 33", "record_part_performance": "TJ 31", "record_performance": "TJ 31",
        "record_breach": "TJ 31, 32", "follow_up": "TJ 31", "revisit": "TJ 31", "refer_and_close": "TJ 26, 32",
        "notify_and_close": "NB 27", "report_to_police": "TJ 25", "add_representative": "NB 20", "add_evidence": "TJ 27",
        "close": "TJ 27, 31",
    },
}  # fmt: skip


def basis_of(process: str, step: str) -> str:
    """The articles a step stands on, or nothing."""
    return BASES.get(process, {}).get(step, "")
