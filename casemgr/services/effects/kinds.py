"""The shape of an effect: in memory, on the draft of one case, from the answers of the step."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from casemgr.services.books import Books
from casemgr.services.drafts import Draft

Effect = Callable[[Draft, Mapping[str, Any], datetime, int, Books], None]
