"""`python -m casemgr.jobs`: the scheduler process. Any number may run; SIGTERM lets the running jobs finish."""

import gc
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from casemgr import logs, metrics, schema
from casemgr.clock import Clock, SystemClock
from casemgr.config import settings_or_exit
from casemgr.jobs.gauges import Gauges
from casemgr.jobs.scheduler import Watch, make_scheduler
from casemgr.jobs.site import Site, open_site
from casemgr.jobs.timetable import let_go

GLANCE = 5.0  # seconds between two looks at the computer's clock


def spare_the_collector() -> None:
    """What was imported stays for good; look for garbage less often: a sweep makes many rows and no cycles."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def serve_numbers(site: Site) -> Callable[[], None]:
    """The numbers for Prometheus on their port, if there is one; what ends it."""
    if not site.settings.jobs_metrics_port:
        return lambda: None
    return metrics.serve_process(site.settings.metrics_host, site.settings.jobs_metrics_port, Gauges(site, SystemClock().now))


def main(clock: Clock | None = None) -> None:
    """Run until told to stop."""
    settings = settings_or_exit()
    logs.configure(settings.log_level)
    log = logs.get_logger("casemgr.jobs")
    stop = threading.Event()

    def stopping(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, stopping)
    signal.signal(signal.SIGINT, stopping)
    site = open_site(settings)
    if fault := schema.fault_of(site.engine):
        sys.exit(fault)
    scheduler = make_scheduler(site, clock or SystemClock())
    spare_the_collector()
    scheduler.start()
    unserve = serve_numbers(site)
    log.info("scheduler.started", worker=site.worker)
    watch = Watch()
    while not stop.wait(GLANCE):
        if by := watch.place_anew(scheduler):
            log.warning("scheduler.clock_jumped", seconds=round(by))
    scheduler.shutdown(wait=True)
    unserve()
    let_go(site)
    site.engine.dispose()
    log.info("scheduler.stopped", worker=site.worker)


if __name__ == "__main__":
    main()
