"""The application for gunicorn and for the flask command."""

from casemgr import create_app
from casemgr.config import settings_or_exit

app = create_app(settings_or_exit())
