"""The rules of casemgr: every process it knows, by name. Standard library only; nothing here reads a clock."""

from workflows.call import CALL
from workflows.dispute import DISPUTE
from workflows.event import EVENT
from workflows.incoming import INCOMING
from workflows.legacy import LEGACY
from workflows.model import Workflow
from workflows.order import ORDER
from workflows.petition import PETITION
from workflows.request import REQUEST
from workflows.whistle import WHISTLE

WORKFLOWS: dict[str, Workflow] = {flow.name: flow for flow in (DISPUTE, REQUEST, INCOMING, WHISTLE, CALL, EVENT, ORDER, LEGACY, PETITION)}
