"""Fills @NAME@ in the files of this folder from NAME=value lines, so that the drill and an installation use the same files.

`python3 deploy/fill.py values.env deploy/nginx/casemgr.conf >/etc/nginx/sites-enabled/casemgr`. Standard library only.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

PLACE = re.compile(r"@([A-Z][A-Z0-9_]*)@")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with every @NAME@ replaced. Raises KeyError naming a value that is missing."""
    return PLACE.sub(lambda found: values[found[1]], text)


def read_values(path: Path) -> dict[str, str]:
    """NAME=value lines; empty lines and those that begin with # are skipped."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("python3 deploy/fill.py VALUES FILE")
    try:
        sys.stdout.write(fill(Path(sys.argv[2]).read_text(encoding="utf-8"), read_values(Path(sys.argv[1]))))
    except KeyError as missing:
        sys.exit(f"{sys.argv[1]} does not give {missing.args[0]}.")
