"""Posting to servers outside: one request, no redirect, no proxy but the one of the settings, a short answer.

Who may be posted to is not decided here. The only importer of requests among the jobs.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from casemgr.config import Settings
from casemgr.jobs.parcels import NoAnswer, Unreachable
from casemgr.later import Later

if TYPE_CHECKING:
    import requests
    import urllib3
else:
    requests, urllib3 = Later("requests"), Later("urllib3")

LONGEST_ANSWER = 65_536  # bytes that are read of an answer
LONGEST_WAIT = timedelta(hours=1)
TOO_MANY = 429


@dataclass(frozen=True)
class Answer:
    """What came back; `wait` is what the far end asked for."""

    status: int
    body: bytes
    wait: timedelta | None = None


def post(
    address: str, body: bytes, settings: Settings, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """Post JSON and give the answer, whatever its status. Raises Unreachable when nothing was handed over, else NoAnswer."""
    began = time.monotonic()
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": settings.outbound_proxy, "https": settings.outbound_proxy} if settings.outbound_proxy else {}
        try:
            with session.post(
                address, data=body, params=params, headers={"Content-Type": "application/json; charset=utf-8", **(headers or {})},
                timeout=settings.outbound_timeout_seconds, verify=settings.outbound_ca_file or True,
                allow_redirects=False, stream=True,
            ) as answer:  # fmt: skip
                found = b""
                for part in answer.iter_content(4096):
                    found += part
                    if len(found) > LONGEST_ANSWER or time.monotonic() - began > 2 * settings.outbound_timeout_seconds:
                        break
                return Answer(answer.status_code, found, asked_wait(answer.headers.get("Retry-After", "")))
        except (requests.Timeout, requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            raise (NoAnswer if was_sent(error) else Unreachable)(type(error).__name__) from None
        except requests.RequestException as error:
            raise Unreachable(type(error).__name__) from None


def was_sent(error: Exception) -> bool:
    """Whether the far end may have got the message although it did not answer."""
    if isinstance(error, requests.ReadTimeout | requests.exceptions.ChunkedEncodingError):
        return True
    return bool(error.args) and isinstance(error.args[0], urllib3.exceptions.ProtocolError)


def asked_wait(header: str) -> timedelta | None:
    """Retry-After in seconds, at most an hour; None for none or a date."""
    return min(timedelta(seconds=int(header)), LONGEST_WAIT) if header.isdigit() and len(header) < 8 else None
