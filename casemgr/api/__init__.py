"""The API: JSON in, JSON out, under /api/v1, by the same services as the pages and with the same scope. Tokens only, no cookie.

operations.py says how an operation is written, document.py makes OpenAPI from all of them. Here: the list.
"""

from casemgr.api import board, cases, deadlines, files, guide, incoming, joint, own, parties, steps, trail
from casemgr.api.operations import bp

MODULES = (own, incoming, cases, steps, deadlines, trail, parties, files, joint, board, guide)

__all__ = ["MODULES", "bp"]
