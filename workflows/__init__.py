"""The rules of casemgr: every process it knows, by name. Standard library only; nothing here reads a clock."""

from workflows.dispute import DISPUTE
from workflows.incoming import INCOMING
from workflows.model import Workflow
from workflows.request import REQUEST

WORKFLOWS: dict[str, Workflow] = {flow.name: flow for flow in (DISPUTE, REQUEST, INCOMING)}
