"""Says in one sentence when the web port is taken, before anything else is started."""

import os
import sys

from casemgr.cli.children import is_taken


def main() -> int:
    """Exit code 1 and one sentence when the port of the settings cannot be used."""
    text = os.environ.get("CASEMGR_PORT", "8000")
    host = os.environ.get("CASEMGR_HOST", "127.0.0.1")
    if not text.isdigit() or not 0 < int(text) < 65536:
        sys.stderr.write(f"CASEMGR_PORT={text} is not a port number between 1 and 65535.\n")
        return 1
    if is_taken(host, int(text)):
        sys.stderr.write(
            f"Port {text} is in use. Choose another one, for example CASEMGR_PORT={int(text) % 65000 + 1}.\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
