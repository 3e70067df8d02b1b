"""What came of one check."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass
class Outcome:
    """What came of one check. `found` are faults in words; `facts` are figures worth telling."""

    name: str
    tries: int = 0
    found: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    about: str = ""
    seconds: float = 0.0

    def expect(self, good: bool, fault: str) -> bool:
        """Count a try; a bad one is a finding, told once."""
        self.tries += 1
        if not good and fault not in self.found:
            self.found.append(fault)
        return good
