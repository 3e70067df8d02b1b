"""The commands of `flask --app wsgi …`: one file per subject, listed here. They fetch session and time, then call services."""

from casemgr.cli.installation import migrate

COMMANDS = (migrate,)
