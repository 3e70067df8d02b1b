"""The commands of `flask --app wsgi …`: one file per subject, listed here. They fetch session and time, then call services."""

from casemgr.cli.accounts import account
from casemgr.cli.backup import backup, restore
from casemgr.cli.checks import deadlines, tallies, trail
from casemgr.cli.demo import demo
from casemgr.cli.inspect import inspect_installation
from casemgr.cli.installation import migrate
from casemgr.cli.intake import intake, sort, triage
from casemgr.cli.jobs import job, list_jobs
from casemgr.cli.joint import joint
from casemgr.cli.keys import keys
from casemgr.cli.persons import person
from casemgr.cli.retention import retention
from casemgr.cli.rules import calendar, due, rules, workflows
from casemgr.cli.structure import structure
from casemgr.cli.unmigrated import told

NEED_TABLES = (account, due, workflows, rules, calendar, trail, deadlines, tallies, intake, structure, triage, sort, joint, job, list_jobs, keys, backup, retention, person)
COMMANDS = (migrate, demo, inspect_installation, restore, *map(told, NEED_TABLES))
