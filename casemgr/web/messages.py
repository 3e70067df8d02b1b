"""What was flashed and not shown yet stays short: it travels in the cookie with every request, until a page shows it."""

from flask import Flask, Response, request, session

FLASHED = "_flashes"  # where Flask keeps them
MOST = 5
READS = ("GET", "HEAD", "OPTIONS")


def attach(app: Flask) -> None:
    """Let `app` keep the newest messages only. Somebody who sends much and looks at no page would carry all of them for ever."""

    @app.after_request
    def keep_newest(response: Response) -> Response:
        if request.method not in READS and len(kept := session.get(FLASHED, ())) > MOST:
            session[FLASHED] = kept[-MOST:]
        return response
