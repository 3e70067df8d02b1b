"""PostgreSQL as a pair under Patroni and etcd, each host a network namespace of its own (deploy/cluster): fail-over to the
synchronous replica while everybody works. `python -m tests.chaos.cluster`, as root, runs inside the cluster's network.
"""

import os
import random
import sys
import time
from pathlib import Path

os.environ.setdefault("CASEMGR_CLUSTER", "chaos")  # before the cluster's names are read

from deploy.cluster import control
from deploy.cluster.plan import DATABASE, HOSTS, LAN
from tests.chaos.__main__ import main
from tests.chaos.databases import migrate, wait_for
from tests.chaos.processes import until
from tests.chaos.run import DATABASES

INSIDE = "CHAOS_INSIDE"  # set for the process that runs in the network
TAKEN_OVER = 120.0  # seconds until the other host must write
PAIR = tuple(host for name, host in HOSTS.items() if DATABASE[-1] in host.units)


def go_inside() -> None:
    """Start the pair and become this command anew inside its network, once; raises RuntimeError where that is not possible."""
    if os.environ.get(INSIDE):
        return
    control.down()
    control.up(database_only=True)
    os.environ[INSIDE] = "1"
    # nsenter, not `ip netns exec`: that lays a new /sys over the control groups, and a lost host could not be started again
    os.execvp("nsenter", ["nsenter", f"--net=/run/netns/{LAN}", sys.executable, "-m", "tests.chaos.cluster", *sys.argv[1:]])


class Cluster:
    """The pair. Its primary loses its processes, its power or its cable; the other one must have all that was acknowledged."""

    kinds = ("primary's processes", "primary's host", "primary cut off")
    targets = tuple((host.address, 5432) for host in PAIR)

    def __init__(self, folder: Path) -> None:
        self.down, self.struck, self.took = "", 0.0, list[float]()

    def __enter__(self) -> "Cluster":
        assert until(lambda: control.primary() and control.synchronous(), 240, 0.5), "the pair is not complete"
        migrate(self.url())
        return self

    def __exit__(self, *error: object) -> None:
        """The pair is taken down as a whole (below)."""

    def url(self, ports: tuple[int, ...] = ()) -> str:
        """Whichever of the two writes; by way of ports of this computer if told."""
        found = control.url()
        for (address, own), port in zip(self.targets, ports, strict=False):
            found = found.replace(f"{address}:{own}", f"127.0.0.1:{port}")
        return found

    def kill(self, kind: str, dice: random.Random) -> bool:
        """Only a pair that is whole is struck: two losses at once are more than two hosts can bear."""
        self.whole()
        primary = control.primary()
        if not primary:
            return False
        self.struck, self.down = time.monotonic(), ""
        if kind == self.kinds[0]:
            control.kill_unit(primary, DATABASE[-1])
        else:
            (control.kill if kind == self.kinds[1] else control.partition)(primary)
            self.down = f"{'start' if kind == self.kinds[1] else 'heal'} {primary}"
        return True

    def mend(self) -> None:
        """Nobody mends: the other host takes over. How long it took is kept."""
        gone = self.down.partition(" ")[2]
        assert until(lambda: control.primary() not in ("", gone), TAKEN_OVER, 0.2), f"nobody took over from {gone or 'the primary'}"
        wait_for(self.url())
        self.took.append(round(time.monotonic() - self.struck, 1))

    def whole(self) -> None:
        """The lost host comes back, and follows."""
        act, _, name = self.down.partition(" ")
        if act:
            getattr(control, act)(name)
            self.down = ""
        assert until(lambda: control.primary() and control.synchronous(), 240, 0.5), "the lost host does not come back"


if __name__ == "__main__":
    go_inside()
    DATABASES["cluster"] = Cluster
    sys.argv += ["--db", "cluster"]
    try:
        sys.exit(main())
    finally:
        control.keep_logs()
        control.down()
