"""A file into the database: rows to messages with their area, in batches of one transaction each, and the report lines.
Killed at any moment, it goes on when the same file is loaded again; nothing comes twice."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from casemgr import db
from casemgr.errors import NotFound
from casemgr.intake.orders import order_of, order_problems
from casemgr.intake.places import FoundPlace, PlaceArea, Places
from casemgr.intake.problems import Problem
from casemgr.intake.report import ReportLine
from casemgr.intake.rows import Row, Source, open_source
from casemgr.models import Area, ImportBatch
from casemgr.policy import IMPORTER
from casemgr.queries.joint_review import count_found
from casemgr.services import imports, suggesting
from casemgr.services.imports import Arrival, Landed
from casemgr.services.incoming import Message
from casemgr.services.orders import OutsideOrder

ROWS_AT_ONCE = 200
TRIES = 5
COMPARED_AT_ONCE = 6  # pieces of suggesting.AT_ONCE matters
LONGEST_LINE = 200  # characters of a title or place as the opening step takes them
WOULD_CREATE = "would_create"
ADVICE = {
    "no_area": "There is no area %(area)s. Give the code of an area with --area.",
    "no_areas": "There are no areas yet. Set up the structure first.",
    "several_tops": "There are several areas at the top. Say with --area which one the file belongs to.",
}

Sessions = sessionmaker[Session]
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Job:
    """What is loaded, and how. `area_id` is where a matter belongs whose place is not known; `process` what rows become:
    items to be sorted, or hotline orders."""

    path: Path
    channel: str
    area_id: int
    mapping: str | None = None
    history: bool = False
    process: str = "incoming"


@dataclass
class Tally:
    """What came of a file. `existing` counts rows that were there before this run, `resumed` those of them that an
    interrupted run of the same file had taken in; `alike` those that look like a known matter, as far as looked at by now."""

    rows: int = 0
    created: int = 0
    existing: int = 0
    refused: int = 0
    resumed: int = 0
    alike: int = 0
    unknown_columns: tuple[str, ...] = ()
    other_sheets: tuple[str, ...] = ()
    batch_id: int | None = None

    def add(self, landed: Iterable[Landed]) -> None:
        """Count these rows."""
        for row in landed:
            self.rows += 1
            self.created += row.outcome in (imports.CREATED, WOULD_CREATE)
            self.existing += row.outcome == imports.EXISTING
            self.refused += row.outcome == imports.REFUSED
            self.resumed += row.resumed


@dataclass(frozen=True)
class Loading:
    """One loading under way: the open file, the areas, the database and the time."""

    job: Job
    source: Source
    places: Places
    sessions: Sessions
    at: datetime
    tally: Tally = field(default_factory=Tally)

    def chunks(self) -> Iterator[list[Row]]:
        """The rows of the file, as many as go into one transaction."""
        rows = self.source.canonical_rows(self.job.channel, at=self.at)
        while chunk := list(islice(rows, ROWS_AT_ONCE)):
            yield chunk

    def arrival(self, row: Row) -> Arrival:
        """A row as the services take it."""
        as_order = self.job.process == "order"
        problems = (*row.problems, *(order_problems(row) if as_order else ()))
        message: Message | OutsideOrder | None = None
        if not any(problem.refuses for problem in problems):
            message = message_of(row, self.job.channel, self.places)
            if as_order:
                message = order_of(row, self.job.channel, self.places, message.text, message.title, message.place)
        return Arrival(row.line, row.key, message, [[p.code, p.column, p.params] for p in problems])


def load_file(job: Job, sessions: Sessions, *, at: datetime, progress: Progress | None = None) -> Tally:
    """Take in all rows of a file. Raises SheetError; what was taken in before stays, and the next run goes on.

    `progress` is told the number of rows done after each batch.
    """
    sha256 = digest_of(job.path)
    with open_source(job.path, job.mapping) as source:
        loading = Loading(job, source, load_places(sessions, job.area_id), sessions, at, tally_of(source))
        batch = begin(loading, sha256)
        loading.tally.batch_id = batch.id
        for chunk in loading.chunks():
            loading.tally.add(landed := land(loading, batch, chunk))
            if progress:
                progress(len(landed))
    with sessions() as session, db.transaction(session):
        counts = {name: getattr(loading.tally, name) for name in ("rows", "created", "existing", "refused")}
        imports.finish_batch(session, batch.id, counts, actor=IMPORTER, at=at)
    loading.tally.alike = compare(sessions, batch.id, at)
    return loading.tally


def compare(sessions: Sessions, batch_id: int, at: datetime) -> int:
    """How many of the matters of a batch look like a known one. What is too much for now the job looks at (jobs/likeness.py)."""
    for _ in range(COMPARED_AT_ONCE):
        with sessions() as session:
            found = suggesting.look(session, at)
        if found is None:
            break
        with sessions() as session, db.transaction(session):
            suggesting.keep(session, found)
    with sessions() as session:
        return count_found(session, batch_id)


def try_file(
    job: Job, sessions: Sessions, *, at: datetime, progress: Progress | None = None
) -> tuple[Tally, Iterator[ReportLine]]:
    """A dry run: everything is read and looked up, nothing written. The tally fills while the report lines are taken."""
    tally = Tally()

    def lines() -> Iterator[ReportLine]:
        with open_source(job.path, job.mapping) as source:
            tally.unknown_columns, tally.other_sheets = source.layout.unknown, source.other_sheets
            loading = Loading(job, source, load_places(sessions, job.area_id), sessions, at, tally)
            seen: set[str] = set()
            for chunk in loading.chunks():
                landed = foresee(loading, chunk, seen)
                tally.add(landed)
                yield from map(report_line, chunk, landed)
                if progress:
                    progress(len(landed))

    return tally, lines()


def report_lines(job: Job, batch_id: int, sessions: Sessions, *, at: datetime, base_url: str) -> Iterator[ReportLine]:
    """What became of every row of a loaded file, over all the runs it took: file and import log side by side."""
    with open_source(job.path, job.mapping) as source, sessions() as session:
        logged = imports.batch_lines(session, batch_id)
        for row, landed in zip(source.canonical_rows(job.channel, at=at), logged, strict=True):
            yield report_line(row, landed, base_url)


def report_line(row: Row, landed: Landed, base_url: str = "") -> ReportLine:
    """The line of the report for one row."""
    link = f"{base_url.rstrip('/')}/cases/{landed.case_id}" if base_url and landed.case_id else ""
    problems = tuple(Problem(*problem) for problem in landed.problems)
    return ReportLine(row.line, row.number, row.title, landed.outcome, problems, landed.number, link)


def message_of(row: Row, channel: str, places: Places) -> Message:
    """The row as a message at the area its words name."""
    found = places.find(row.place, row.title, row.text)
    text = row.text if row.text and len(row.title) <= LONGEST_LINE else f"{row.title}\n{row.text}".strip()
    reporter = {
        "name": row.person,
        "phone": "" if row.masked else row.phone,
        "id_number": row.id_no,
        "address": row.home,
    }
    return Message(
        key=row.key, area_id=found.area_id, channel=channel, title=shortened(row.title), text=text,
        external_number=row.number, sent_at=row.received_at, place=shortened(" ".join(row.place)),
        reporter={name: value for name, value in reporter.items() if value}, hidden=row.secret,
        facts={"people": row.people} if row.people else {}, origin=origin_of(row, found),
    )  # fmt: skip


def origin_of(row: Row, found: FoundPlace) -> dict[str, Any]:
    """What the sender's list said besides, as JSON; nothing that is sealed elsewhere."""
    kept = asdict(row)
    names = ("category", "against", "status", "result", "units", "facts", "more")
    origin = {name: kept[name] for name in names if kept[name]}
    if row.masked:
        origin["masked_phone"] = row.phone
    instants = {"closed_at": [row.closed_at], "dispatched_at": row.dispatched_at, "due_at": row.due_at}
    origin |= {name: told for name, values in instants.items() if (told := [v.isoformat() for v in values if v])}
    return origin | ({"place_words": found.words, "place_in_text": found.in_text} if found.words else {})


def shortened(line: str) -> str:
    """A line no longer than its field; the whole of a title stands in the text."""
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


def land(loading: Loading, batch: ImportBatch, rows: Sequence[Row]) -> list[Landed]:
    """One batch of rows in one transaction; tried again where another run was at the same rows."""
    arrivals = [loading.arrival(row) for row in rows]
    for left in reversed(range(TRIES)):
        try:
            with loading.sessions() as session, db.transaction(session):
                return imports.land(session, batch, arrivals, actor=IMPORTER, at=loading.at)
        except (IntegrityError, OperationalError):
            if not left:
                raise
    raise AssertionError("unreachable")


def foresee(loading: Loading, rows: Sequence[Row], seen: set[str]) -> list[Landed]:
    """What loading would make of these rows; `seen` are the keys of the rows before."""
    with loading.sessions() as session:
        known = imports.known_rows(session, loading.job.process, {row.key: row.number for row in rows})
    landed = []
    for row in rows:
        arrival = loading.arrival(row)
        problems = arrival.problems
        if arrival.message is None:
            landed.append(Landed(row.line, imports.REFUSED, problems=problems))
        elif row.key in known or row.key in seen:
            case_id, number = known.get(row.key, (None, ""))
            landed.append(Landed(row.line, imports.EXISTING, case_id, number, problems))
        else:
            landed.append(Landed(row.line, WOULD_CREATE, problems=problems))
            seen.add(row.key)
    return landed


def begin(loading: Loading, sha256: str) -> ImportBatch:
    """The batch of this file, new or unfinished."""
    job = loading.job
    with loading.sessions() as session, db.transaction(session):
        return imports.begin_batch(
            session, sha256=sha256, name=job.path.name, channel=job.channel, mapping=job.mapping or "",
            area_id=job.area_id, history=job.history, at=loading.at, process=job.process,
        )  # fmt: skip


def tally_of(source: Source) -> Tally:
    """An empty tally that knows what of the file is not read."""
    return Tally(unknown_columns=source.layout.unknown, other_sheets=source.other_sheets)


def load_places(sessions: Sessions, area_id: int) -> Places:
    """All areas that are not closed, ready to be found in words."""
    query = select(Area.id, Area.parent_id, Area.name, Area.aliases).where(Area.closed_on.is_(None))
    with sessions() as session:
        areas = [PlaceArea(i, up, name, tuple(aliases.splitlines())) for i, up, name, aliases in session.execute(query)]
    return Places(areas, area_id)


def find_area(session: Session, code: str | None) -> int:
    """The area of that code; without one the only street, or else the one area at the top. Raises NotFound with advice."""
    if code:
        area_id = session.scalar(select(Area.id).where(Area.code == code))
        if area_id is None:
            raise NotFound("no_area", ADVICE["no_area"], area=code)
        return area_id
    streets = session.scalars(select(Area.id).where(Area.level == "street")).all()
    tops = session.scalars(select(Area.id).where(Area.parent_id.is_(None))).all()
    for found in (streets, tops):
        if len(found) == 1:
            return found[0]
    why = "several_tops" if tops else "no_areas"
    raise NotFound(why, ADVICE[why])


def digest_of(path: Path) -> str:
    """SHA-256 of the file; '' if it is not there, which opening it then says."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
