"""`python -m deploy.cluster …` (as root): up, down, primary, kill, start, partition, heal, url, run, shell."""

import argparse
import os
import sys

from deploy.cluster import control, hosts
from deploy.cluster.plan import FOLDER, FRONT_NAME, HOSTS, LAN


def main() -> int:
    """One command; 1 and a sentence when it could not be done."""
    words = arguments().parse_args()
    if os.geteuid() != 0:
        return complain("Namespaces and mounts need root.")
    try:
        return ACTS[words.act](words)
    except RuntimeError as error:
        return complain(str(error))


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m deploy.cluster")
    acts = parser.add_subparsers(dest="act", required=True)
    up = acts.add_parser("up")
    up.add_argument("--commit", default="HEAD", help="what is served; empty: the working tree")
    up.add_argument("--tokens", type=int, default=8)
    up.add_argument("--database-only", action="store_true", help="PostgreSQL, Patroni and etcd alone")
    for name in ("down", "primary", "logs"):
        acts.add_parser(name)
    for name in ("kill", "start", "partition", "heal"):
        acts.add_parser(name).add_argument("host", choices=sorted(HOSTS))
    acts.add_parser("url").add_argument("host", nargs="?", default="")
    acts.add_parser("run", help="a command as a computer on the network").add_argument("words", nargs=argparse.REMAINDER)
    shell = acts.add_parser("shell", help="a command on a host")
    shell.add_argument("host", choices=sorted(HOSTS))
    shell.add_argument("words", nargs=argparse.REMAINDER)
    return parser


def say(text: str) -> int:
    """Print a line."""
    print(text)
    return 0


def complain(text: str) -> int:
    """Print a line on standard error."""
    print(text, file=sys.stderr)
    return 1


def up(words: argparse.Namespace) -> int:
    """Start everything, tell where it is."""
    control.up(words.commit, words.tokens, words.database_only)
    return say(f"up: https://{FRONT_NAME} at {HOSTS['front'].address} (certificate {FOLDER}/tls.crt), primary {control.primary()}, in the namespace {LAN}")


def run(words: argparse.Namespace) -> int:
    """Become the command, inside the network."""
    os.execvp("ip", ["ip", "netns", "exec", LAN, *words.words])  # noqa: S606


def shell(words: argparse.Namespace) -> int:
    """A command on a host, as root."""
    return say(hosts.run(HOSTS[words.host], *(words.words or ["systemctl", "--no-pager", "--failed"]), check=False))


ACTS = {
    "up": up,
    "down": lambda words: control.down() or 0,
    "primary": lambda words: say(control.primary() or "none"),
    "logs": lambda words: control.keep_logs() or say(f"{FOLDER}/logs"),
    "kill": lambda words: control.kill(words.host) or 0,
    "start": lambda words: control.start(words.host) or 0,
    "partition": lambda words: control.partition(words.host) or 0,
    "heal": lambda words: control.heal(words.host) or 0,
    "url": lambda words: say(control.url(words.host)),
    "run": run,
    "shell": shell,
}

if __name__ == "__main__":
    sys.exit(main())
