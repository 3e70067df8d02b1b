"""Every job by name: what it runs, how often or when. Rare work stands at a local time and is caught up when it was missed."""

from datetime import datetime, time

from casemgr import db
from casemgr.jobs import (
    digests,
    drain,
    erasing,
    exports,
    integrity,
    kept,
    lapse,
    likeness,
    orphans,
    outbox,
    red_overdue,
    rollups,
    runs,
    slots,
    sweep,
    tallies,
    webhooks,
    weekly,
)
from casemgr.jobs.site import Done, Job, Site
from casemgr.services import once, shares

PRUNE = "prune"


def prune(site: Site, at: datetime) -> Done:
    """Forget old runs, messages, deliveries and answers, once a day."""
    done = runs.prune(site, at)
    outbox.prune(site, at)
    webhooks.prune(site, at)
    with site.sessions() as session, db.transaction(session):
        once.forget(session, at=at)
        shares.forget(session, at=at)
        slots.take(session, PRUNE, slots.local_day(site.settings, at), at)
    return done


JOBS = {
    job.name: job
    for job in (
        Job("sweep", label="Due rungs of deadlines", run=sweep.run, every="jobs_sweep_seconds"),
        Job("outbox", label="Mails", run=outbox.run, every="jobs_outbox_seconds"),
        Job("robots", label="Messages to robots of chat groups", run=outbox.run_robots, every="jobs_outbox_seconds"),
        Job(webhooks.NAME, label="Webhooks", run=webhooks.run, every="jobs_outbox_seconds"),
        Job("drain", label="Waiting matters given to mediators", run=drain.run, every=60),
        Job("lapse", label="Requests on closed matters", run=lapse.run, every=300),
        Job(likeness.NAME, label="Matters that look alike", run=likeness.run, every=60),
        Job(tallies.NAME, label="Numbers of boards added up", run=tallies.run, every=10),
        Job(exports.NAME, label="Workbooks of lists", run=exports.run, every=10),
        Job(rollups.NAME, label="Numbers of finished days", run=rollups.run, daily=time(0, 20)),
        Job(erasing.PROPOSE, label="Old matters proposed for erasure", run=erasing.propose, daily=time(2, 15)),
        Job(erasing.NAME, label="Personal data of old matters erased", run=erasing.run, every=300),
        Job(integrity.NAME, label="Nightly check of trail, deadlines and posts", run=integrity.run, daily=time(1, 30)),
        Job(orphans.NAME, label="Files that belong to nothing", run=orphans.run, daily=time(3, 0)),
        Job(kept.NAME, label="Unsent text that nobody came back to", run=kept.run, daily=time(3, 15)),
        Job(PRUNE, label="Old runs forgotten", run=prune, daily=time(3, 30)),
        Job(digests.NAME, label="Morning digests", run=digests.run, daily=time(7, 45)),
        Job(weekly.NAME, label="Weekly digests", run=weekly.run, daily=time(7, 55)),
        Job(red_overdue.NAME, label="Daily line on red matters overdue", run=red_overdue.run, daily=time(7, 50)),
    )
}
