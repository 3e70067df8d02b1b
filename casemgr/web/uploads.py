"""Uploads handed to the store of files with the limit of this installation."""

from collections.abc import Callable
from typing import BinaryIO

from sqlalchemy.orm import Session

from casemgr.services import files
from casemgr.web.access import site_settings


def storing(session: Session) -> Callable[[BinaryIO, str], str]:
    """What puts an uploaded file into the store of this session; it gives the answer that names the file."""
    limit = site_settings().max_upload_mb * 1024 * 1024
    return lambda stream, name: files.store(session.info["files"], stream, name, limit=limit)
