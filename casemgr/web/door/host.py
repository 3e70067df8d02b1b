"""Where the door stands: under /door, or at a host of its own, where nothing else answers and where alone it answers."""

from urllib.parse import urlsplit

from flask import Flask, redirect, request, url_for
from werkzeug.wrappers import Response

from casemgr.errors import NotFound
from casemgr.web.access import DOOR, site_settings


def attach(app: Flask) -> None:
    """Keep the door and the house apart in `app`. To be attached before anything asks who somebody is."""
    app.before_request(keep_apart)
    app.context_processor(lambda: {"at_door": is_at_door()})


def door_host() -> str:
    """The host that is the door's alone, in small letters; "" where it has none."""
    return urlsplit(site_settings().door_url).netloc.lower()


def is_at_door() -> bool:
    """Whether this request is one of the door: of one of its pages, or of anything at its own host."""
    return request.path.startswith("/door/") or request.blueprint == DOOR or (bool(door_host()) and request.host.lower() == door_host())


def keep_apart() -> Response | None:
    """Answer at the door's host only for the door, and for the door only there; its front page is at "/" too. Raises NotFound."""
    own = door_host()
    if request.blueprint == DOOR:
        if not site_settings().door_enabled or (own and request.host.lower() != own):
            raise NotFound()
    elif own and request.host.lower() == own and request.endpoint != "static":
        if request.path == "/":
            return redirect(url_for("door.show"))  # type: ignore[return-value]
        raise NotFound()
    return None


def address_of_door(**arguments: str) -> str:
    """The full address of the front page, for posters."""
    settings = site_settings()
    base = (settings.door_url or settings.base_url).rstrip("/")
    return base + url_for("door.show", **arguments)  # type: ignore[arg-type]
