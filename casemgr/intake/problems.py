"""What can be wrong with a file, a row or a cell, as codes with parameters and one English sentence each.
The sentences are message ids; whoever shows them passes the translation function. No reading of files here."""

from collections.abc import Callable
from dataclasses import dataclass, field

from casemgr.errors import CasemgrError

# Errors of a whole file: nothing can be read.
FILE_SENTENCES = {
    "file_missing": "There is no file %(name)s.",
    "file_empty": "The file %(name)s is empty.",
    "file_old_excel": (
        "%(name)s is an old Excel file (.xls) or is locked with a password. "
        "Open it in Excel or WPS, save it as .xlsx without a password, and try again."
    ),
    "file_web_page": (
        "%(name)s is a web page under an Excel name. Open it in Excel or WPS, save it as .xlsx, and try again."
    ),
    "file_kind": "%(name)s is neither an Excel workbook (.xlsx) nor a CSV file.",
    "file_damaged": "%(name)s is damaged after row %(line)s. Open it in Excel or WPS, save it again, and try again.",
    "file_too_big": "%(name)s unpacks to more than %(limit)s MB. Split it into smaller files.",
    "file_encoding": "%(name)s is written neither in UTF-8 nor in GBK. Save it as UTF-8 CSV or as .xlsx.",
    "file_open_quote": (
        "After row %(line)s of %(name)s a cell has more than %(limit)s characters; a closing quotation mark is missing."
    ),
    "header_missing": (
        "No header row was found in the first %(rows)s rows of %(name)s. "
        "It needs at least a column for the title or the text, or a mapping."
    ),
    "structure_missing": (
        "No sheet of %(name)s has a header of areas (code, name), departments (department code, name), "
        "teams (name, categories) or people (login, name)."
    ),
    "structure_too_long": "A sheet of %(name)s has more than %(limit)s rows.",
    "history_header": (
        "No sheet of %(name)s has a header with a column for the date (日期) and one for what happened (事项)."
    ),
    "history_too_long": "A list has more than %(limit)s rows. Split it into several files.",
    "mapping_missing": "There is no mapping %(mapping)s. Known mappings: %(known)s.",
    "mapping_bad": "The mapping %(mapping)s cannot be used: %(detail)s.",
}

# Problems of a row that keep it out: the person corrects the file and runs it again.
REFUSAL_SENTENCES = {
    "nothing_said": "The row has neither a title nor a text.",
    "cell_too_long": "%(header)s has %(length)s characters; more than %(limit)s cannot be taken in.",
    "date_impossible": "%(header)s: %(value)s is not in the calendar.",
    "date_in_future": "%(header)s: %(value)s lies in the future.",
    "date_too_old": "%(header)s: %(value)s is before %(year)s.",
    "order_unnumbered": "An order needs its number outside, by which both its legs are known.",
    "order_over": "This order is closed already: take it in as an item of earlier records (--history).",
    "history_empty": "The row does not say what happened.",
    "history_undated": "The row has no date. A year or a month is enough.",
    "history_unreadable": "%(header)s: %(value)s is no date, month or year.",
    "history_too_much": "The row has more than %(limit)s characters; split it.",
}

# Problems that are told while the row is taken in.
REMARK_SENTENCES = {
    "date_unreadable": "%(header)s: %(value)s cannot be read as a date and was left empty.",
    "date_ignored": "%(header)s: %(value)s is not a usable date and was left empty.",
    "digits_lost": (
        "%(header)s: Excel has rounded the long number %(value)s. "
        "Format the column as text in the source to keep all digits."
    ),
    "formula_kept": "%(header)s holds a formula; its text was kept, not its result.",
    "phone_unreadable": "%(header)s: %(value)s is not a phone number; it was kept as a remark.",
    "id_wrong": "%(header)s is not a valid ID number; it was left empty.",
    "id_masked": "%(header)s is masked; it was left empty.",
    "count_unreadable": "%(header)s: %(value)s cannot be read as a number of people.",
    "number_too_long": "%(header)s is too long for a number; the row is known by its content instead.",
}

SENTENCES = FILE_SENTENCES | REFUSAL_SENTENCES | REMARK_SENTENCES


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a row. `column` is the canonical column ('' for the row); `params` fill the sentence."""

    code: str
    column: str = ""
    params: dict[str, str] = field(default_factory=dict)

    @property
    def refuses(self) -> bool:
        """Whether the row stays out because of it."""
        return self.code in REFUSAL_SENTENCES


class CellProblem(ValueError):
    """A cell that cannot be read: a code of this module and the parameters known so far."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class SheetError(CasemgrError):
    """A file that cannot be read at all, or not further: a code of FILE_SENTENCES and its parameters."""

    status = 422

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code, FILE_SENTENCES[code], **params)


def describe(problem: Problem, translate: Callable[[str], str]) -> str:
    """The problem as a sentence in the language of `translate` (gettext)."""
    return translate(SENTENCES[problem.code]) % problem.params
