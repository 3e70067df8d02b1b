"""`make chaos`: the long form. Runs, tells what it found, and writes it into docs/chaos.json and docs/chaos.md."""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.chaos import report
from tests.chaos.run import DATABASES, Plan, clean, run


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--db", choices=sorted(DATABASES), default="sqlite")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--schedulers", type=int, choices=range(1, 5), default=4)
    parser.add_argument("--folder", type=Path, help="where the run keeps its things (it stays)")
    parser.add_argument("--keep", action="store_true", help="write the figures into docs/")
    return parser.parse_args()


def main() -> int:
    """Run once; 1 when something was found."""
    args = arguments()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(10**6)
    folder = args.folder or Path(tempfile.mkdtemp(prefix="casemgr-chaos-"))
    print(f"seed {seed}, journal and logs in {folder}", flush=True)
    found = run(Plan(args.db, seed, args.kills, args.schedulers), folder)
    print(report.as_text(found))
    if args.keep:
        report.keep(found)
    if found.faults:
        print(f"seed {seed}: the journal is {folder / 'journal.jsonl'}", file=sys.stderr)
        return 1
    if not args.folder:
        clean(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
