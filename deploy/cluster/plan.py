"""Which hosts there are, their addresses, and where a cluster keeps its things. Names only; nothing is started here.

The addresses are those set aside for examples (RFC 5737); they exist inside the cluster's own namespaces alone.
"""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAME = os.environ.get("CASEMGR_CLUSTER", "casemgr")  # clusters of different names may run side by side
FOLDER = Path("/run/casemgr-cluster") / NAME  # gone with the machine: file systems of the hosts, logs, passwords
DISK = Path("/var/lib/casemgr-cluster") / NAME  # on the disk: data of PostgreSQL, files of matters, archive of the log
NETWORK = "192.0.2.0/24"
LAN = f"{NAME}-lan"  # the namespace with the switch; clients run in it
LAN_ADDRESS = "192.0.2.1"
FRONT_NAME = "cases.example.org"
DATABASE = ("etcd", "patroni")
DOORWAY = ("haproxy", "pgbouncer")


@dataclass(frozen=True)
class Host:
    """One host: its address, the units it runs, and folders (on this machine's disk -> in the host)."""

    name: str
    address: str
    units: tuple[str, ...]
    folders: tuple[tuple[str, str, str], ...] = ()  # (name under DISK, place in the host, owner)

    @property
    def net(self) -> str:
        """The host's network namespace."""
        return f"{NAME}-{self.name}"

    @property
    def root(self) -> Path:
        """Its file system, as seen from outside."""
        return FOLDER / self.name / "root"


FILES = ("files", "/var/lib/casemgr", "990")
ARCHIVE = ("archive", "/var/lib/casemgr-archive", "postgres")


def database(name: str, address: str) -> Host:
    """A host of PostgreSQL with a disk of its own."""
    return Host(name, address, DATABASE, ((name, "/var/lib/postgresql", "postgres"), ARCHIVE))


HOSTS = {
    host.name: host
    for host in (
        Host("front", "192.0.2.10", ("etcd", "nginx")),
        database("db1", "192.0.2.31"),
        database("db2", "192.0.2.32"),
        Host("web1", "192.0.2.11", (*DOORWAY, "casemgr-web"), (FILES,)),
        Host("web2", "192.0.2.12", (*DOORWAY, "casemgr-web"), (FILES,)),
        Host("jobs1", "192.0.2.21", (*DOORWAY, "casemgr-jobs@1"), (FILES,)),
        Host("jobs2", "192.0.2.22", (*DOORWAY, "casemgr-jobs@1"), (FILES,)),
    )
}
MEMBERS = {"db1": "e1", "db2": "e2", "front": "e3"}  # of etcd
