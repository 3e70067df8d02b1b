"""What Prometheus would read in the cluster: every target of prometheus.yml asked from the network, every name of the alerts looked for."""

import json
import re

from deploy.cluster import control
from deploy.cluster.plan import FRONT_NAME, HOSTS, NETWORK
from deploy.fill import fill

FOLDER = control.DEPLOY / "prometheus"
TARGET = re.compile(r'"([0-9.]+):(\d+)"')
NAME = re.compile(r"casemgr_[a-z_]+")
LATER = {"casemgr_backup_age_seconds"}  # told once somebody has made a backup


def targets() -> list[tuple[str, str]]:
    """(address, port) of all that prometheus.yml names, filled as for the cluster."""
    values = {name.upper(): host.address for name, host in HOSTS.items()}
    return TARGET.findall(fill((FOLDER / "prometheus.yml").read_text(encoding="utf-8"), values | {"NETWORK": NETWORK}))


def wanted() -> set[str]:
    """The names that the alerts ask for."""
    lines = (FOLDER / "casemgr.rules.yml").read_text(encoding="utf-8").splitlines()
    told = (found for line in lines if "expr:" in line for found in NAME.findall(line.split("annotations")[0].split("expr:")[1]))
    return {name.removesuffix("_bucket") for name in told} - LATER


def names_at(address: str, port: str) -> set[str]:
    """The names that one port tells; none when it does not answer."""
    text = control.client("curl", "-s", "-m", "10", f"http://{address}:{port}/metrics", check=False)
    return {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in re.findall(r"^(casemgr_\w+)[{ ]", text, re.M)}


def look() -> dict[str, object]:
    """Targets that are silent, names that no target tells, and whether the front keeps the numbers to itself."""
    told = {f"{address}:{port}": names_at(address, port) for address, port in targets()}
    front = ("curl", "-s", "-k", "-o", "/dev/null", "-w", "%{http_code}", "-m", "10", "--resolve", f"{FRONT_NAME}:443:{HOSTS['front'].address}")
    outside = control.client(*front, f"https://{FRONT_NAME}/metrics", check=False)
    silent = sorted(target for target, names in told.items() if not names)
    missing = sorted(wanted() - {name for names in told.values() for name in names})
    return {"targets": len(told), "silent": silent, "not told": missing, "front answers": outside, "wrong": bool(silent or missing or outside != "404")}


if __name__ == "__main__":
    print(json.dumps(look()))
