"""What the schedulers did: their last sign of life. Reads only."""

from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from casemgr.models import JobRun


def find_last_sign(connection: Connection | Session) -> datetime | None:
    """When any job of any scheduler last began, or None when none ever did."""
    return connection.execute(select(JobRun.started_at).order_by(JobRun.id.desc()).limit(1)).scalar()
