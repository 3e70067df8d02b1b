"""On what law each act of a matter stands, for whoever reads its record: step -> abbreviated articles (docs/sources.md).

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
    "petition": {
        "transfer": "XF 22, 23", "assign": "XF 22", "keep": "XF 23", "decide_several": "XF 24", "report_up": "XF 22",
        "isolate": "XF 30", "refer_accusation": "XF 30", "refer": "XF 31", "object": "XF 23", "agree_return": "XF 23",
        "refuse_return": "XF 23", "accept": "XF 23, 31, 34", "accept_simple": "XF 23, 31, 34", "accept_study": "XF 29, 30",
        "refuse": "XF 19, 31, 36", "notify": "XF 23", "exempt": "XF 23", "extend": "XF 34", "record_consent": "XF 33",
        "settle": "XF 33", "open_dispute": "XF 33", "give_opinion": "XF 32, 34", "reply": "XF 29, 30", "deliver": "XF 32, 35",
        "ask_recheck": "XF 35", "give_recheck": "XF 35", "deliver_recheck": "XF 35, 36", "ask_review": "XF 36",
        "hold_hearing": "XF 36", "give_review": "XF 36", "deliver_review": "XF 36", "record_care": "XF 37", "rate": "XF 21",
        "add_representative": "XF 20", "count_visitors": "XF 20", "report_result": "XF 22", "flag_urgent": "XF 25",
        "report_urgent": "XF 25", "receive_in_person": "XF 18", "name_patron": "XF 18", "supervise": "XF 40",
    },
}  # fmt: skip


def basis_of(process: str, step: str) -> str:
    """The articles a step stands on, or nothing."""
    return BASES.get(process, {}).get(step, "")
