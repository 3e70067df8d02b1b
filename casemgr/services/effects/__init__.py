"""What a few steps do beyond their columns and deadlines, one small function each, named by Step.effect.

matter.py holds those of any process; a process that needs one of its own has a file here.
"""

from casemgr.services.effects import legacy, matter, order, petition, whistle
from casemgr.services.effects.kinds import Effect

EFFECTS: dict[str, Effect] = {**matter.EFFECTS, **petition.EFFECTS, **whistle.EFFECTS, **order.EFFECTS, **legacy.EFFECTS}
REGRADES = ("correct", "correct_late", "let_go")  # the tier follows the facts both ways
