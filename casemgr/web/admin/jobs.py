"""The page of the scheduler's jobs: last run, lateness, failures, what comes next, and the outbox. Nothing about a matter."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, g, render_template
from flask_babel import gettext, ngettext

from casemgr.config import Settings
from casemgr.jobs.site import Job
from casemgr.jobs.table import JOBS
from casemgr.jobs.timetable import LEASE
from casemgr.models import JobRun
from casemgr.queries import runs
from casemgr.queries.trail import last_check
from casemgr.web.access import guarded, site_settings

bp = Blueprint("jobs", __name__)
SILENT = timedelta(minutes=5)  # a scheduler that has not been heard of for so long is missing

COUNTED = {  # what a job counts -> its words; a step taken by casemgr is counted by its own name
    "rungs": "Rungs fired", "remind": "Reminders", "urge": "Urgings", "card": "Cards given", "raise_overdue": "Tiers raised",
    "pass_up": "Passed one level up", "lapse": "Requests lapsed", "lapsed": "Requests lapsed",
    "overtaken": "Requests overtaken", "end_suspension": "Suspensions ended", "upgrade_late": "Whistles upgraded", "refused": "Refused steps",
    "failed": "Failed ones", "sent": "Messages sent", "merged": "Messages merged", "dropped": "Messages not sent",
    "unreachable": "Server not reached", "throttled": "Held up by the far end", "retry": "To be tried again",
    "digests": "Digests written", "days": "Days counted",
    "deadlines": "Deadlines checked", "events": "Events checked", "faults": "Faults found", "vacant": "Vacant posts",
    "posts": "Posts reported", "matters": "Matters reported", "lines": "Lines reported", "removed": "Files removed", "forgotten": "Runs forgotten",
    "routed": "Given to mediators", "exports": "Workbooks made", "nobody": "Fit nobody", "erased": "Matters erased", "proposed": "Matters proposed for erasure",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the page."""

    label: str
    rhythm: str
    run: JobRun | None
    did: str
    failures: int
    lateness: float
    next_at: datetime | None


@bp.get("/jobs")
@guarded("jobs")
def show() -> str:
    """How every job stands."""
    settings = site_settings()
    found = runs.load_job_lines(g.session, list(JOBS), g.at)
    seen = runs.find_last_sign(g.session)
    lines = [line(JOBS[name], state, settings, g.at) for name, state in found.items()]
    return render_template(
        "jobs/show.html", lines=lines, seen=seen, silent=seen is None or g.at - seen > SILENT,
        check=last_check(g.session), failures=runs.load_failures(g.session), outbox=runs.load_outbox(g.session), lease=runs.find_lease(g.session, LEASE),
        labels={name: gettext(job.label) for name, job in JOBS.items()}, mail_on=settings.mail_enabled and bool(settings.smtp_host),
    )  # fmt: skip


def line(job: Job, state: runs.JobLine, settings: Settings, now: datetime) -> Line:
    """One job in words."""
    counts = sorted(state.busy.counts.items()) if state.busy else ()
    did = " · ".join(f"{gettext(COUNTED.get(what, what))} {count}" for what, count in counts)
    next_at = next_run(job, state.last, settings, now)
    return Line(gettext(job.label), rhythm(job, settings), state.last, did, state.failures, state.lateness, next_at)


def rhythm(job: Job, settings: Settings) -> str:
    """How often, or when."""
    if job.daily:
        return gettext("daily at %(time)s", time=f"{job.daily:%H:%M}")
    return ngettext("every second", "every %(num)d seconds", seconds(job, settings))


def seconds(job: Job, settings: Settings) -> int:
    """Between two runs."""
    return int(getattr(settings, job.every)) if isinstance(job.every, str) else job.every


def next_run(job: Job, last: JobRun | None, settings: Settings, now: datetime) -> datetime | None:
    """When it is due next, by the timetable or after its last run."""
    if job.daily is None:
        return last.started_at + timedelta(seconds=seconds(job, settings)) if last else None
    local = now.astimezone(ZoneInfo(settings.timezone))
    today = datetime.combine(local.date(), job.daily, local.tzinfo)
    return today if today > local else today + timedelta(days=1)
