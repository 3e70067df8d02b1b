"""The application for gunicorn and for the flask command, with the clock that is put forward and back."""

from casemgr import create_app
from casemgr.config import settings_or_exit
from tests.chaos.shifted import clock_of_environment

app = create_app(settings_or_exit(), clock=clock_of_environment())
