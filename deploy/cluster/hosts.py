"""Hosts as namespaces: file system, network, systemd; started, cut off, switched off as by a pulled plug. Not what runs on them."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from deploy.cluster.plan import DISK, FOLDER, HOSTS, LAN, LAN_ADDRESS, NAME, Host

START = Path(__file__).parent / "start"
GROUPS = [Path("/sys/fs/cgroup") / kind for kind in ("systemd", "pids")]


def sh(*words: str, check: bool = True, timeout: float = 120) -> str:
    """Run a command; what it printed. Raises RuntimeError with its complaint."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=timeout)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def lay_network() -> None:
    """The switch in a namespace of its own. Nothing of it is seen from the machine itself."""
    sh("ip", "netns", "add", LAN)
    sh("ip", "-n", LAN, "link", "set", "lo", "up")
    sh("ip", "-n", LAN, "link", "add", "switch", "type", "bridge")
    sh("ip", "-n", LAN, "addr", "add", f"{LAN_ADDRESS}/24", "dev", "switch")
    sh("ip", "-n", LAN, "link", "set", "switch", "up")


def plug_in(host: Host) -> None:
    """The host's namespace with its cable to the switch."""
    sh("ip", "netns", "add", host.net)
    sh("ip", "-n", host.net, "link", "set", "lo", "up")
    sh("ip", "-n", LAN, "link", "add", host.name, "type", "veth", "peer", "name", "eth0", "netns", host.net)
    sh("ip", "-n", LAN, "link", "set", host.name, "master", "switch", "up")
    sh("ip", "-n", host.net, "addr", "add", f"{host.address}/24", "dev", "eth0")
    sh("ip", "-n", host.net, "link", "set", "eth0", "up")


def cable(host: Host, up: bool) -> None:
    """Pull the host's cable, or plug it in again."""
    sh("ip", "-n", LAN, "link", "set", host.name, "up" if up else "down")


def make_disk(host: Host) -> None:
    """The machine's own file system seen through a layer in which the host writes, and its folders on the disk."""
    place = FOLDER / host.name
    for part in ("upper", "work", "root"):
        (place / part).mkdir(parents=True)
    layers = f"lowerdir=/,upperdir={place / 'upper'},workdir={place / 'work'}"
    sh("mount", "-t", "overlay", "overlay", "-o", layers, str(host.root))
    for name, _, owner in host.folders:
        (DISK / name).mkdir(parents=True, exist_ok=True)
        sh("chown", f"{owner}:{owner}", str(DISK / name))


def boot(host: Host) -> None:
    """Switch the host on; returns when its systemd answers."""
    if init_of(host) is not None:
        raise RuntimeError(f"{host.name} is on already")
    cable(host, up=True)
    for group in GROUPS:
        (group / host.net).mkdir(exist_ok=True)
    join = " && ".join(f"echo $$ >{group / host.net}/cgroup.procs" for group in GROUPS)
    apart = "unshare --pid --mount --cgroup --uts --ipc --fork --kill-child"
    folders = " ".join(f"{DISK / name} {place}" for name, place, _ in host.folders)
    folders += f" {FOLDER / 'release'} /srv/casemgr"
    line = f"set -e; {join}; exec ip netns exec {host.net} {apart} {START} {host.root} {host.name} {folders}"
    with open(FOLDER / host.name / "log", "ab") as log:
        outer = subprocess.Popen(["bash", "-c", line], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    (FOLDER / host.name / "pid").write_text(str(first_child(outer.pid)))
    wait_until(lambda: run(host, "systemctl", "is-system-running", check=False).strip() in ("running", "degraded", "starting"), 30, f"{host.name} does not start")


def first_child(pid: int) -> int:
    """The process that is number 1 in the host, by its number outside."""
    path, found = Path(f"/proc/{pid}/task/{pid}/children"), ""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        found = path.read_text().split(" ")[0] if path.exists() else ""
        if found and Path(f"/proc/{pid}/comm").read_text().strip() == "unshare":
            return int(found)
        time.sleep(0.02)
    raise RuntimeError("the host's namespaces could not be made; see its log")


def init_of(host: Host) -> int | None:
    """The number outside of the host's first process, or None when it is switched off."""
    path = FOLDER / host.name / "pid"
    pid = int(path.read_text()) if path.exists() else 0
    return pid if pid and Path(f"/proc/{pid}").exists() else None


def run(host: Host, *words: str, check: bool = True, timeout: float = 120) -> str:
    """Run a command inside a host as root; what it printed."""
    pid = init_of(host)
    if pid is None:
        raise RuntimeError(f"{host.name} is switched off")
    return sh("nsenter", "-t", str(pid), "-m", "-u", "-i", "-n", "-p", "-C", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *words, check=check, timeout=timeout)


def pull_plug(host: Host) -> None:
    """Everything on the host ends at once, as when its power fails. Its disk stays."""
    if (pid := init_of(host)) is not None:
        cable(host, up=False)  # a machine without power says no farewell on its connections
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{pid}").exists(), 20, f"{host.name} does not end")


def wait_until(ready: object, seconds: float, complaint: str, every: float = 0.1) -> None:
    """Return when `ready()` is true. Raises RuntimeError with the complaint after so many seconds."""
    until = time.monotonic() + seconds
    while not ready():  # type: ignore[operator]
        if time.monotonic() > until:
            raise RuntimeError(complaint)
        time.sleep(every)


def clear() -> None:
    """Switch every host off and remove all that `up` made, however far it had come."""
    for host in HOSTS.values():
        pull_plug(host)
        sh("umount", "-l", str(host.root), check=False)
        sh("ip", "netns", "del", host.net, check=False)
        for group in GROUPS:
            remove_group(group / host.net)
    sh("ip", "netns", "del", LAN, check=False)
    if FOLDER.is_mount():
        sh("umount", "-l", str(FOLDER))
    if FOLDER.is_dir():
        FOLDER.rmdir()
    shutil.rmtree(DISK, ignore_errors=True)


def remove_group(group: Path) -> None:
    """Remove the control groups that a host left behind."""
    for folder, _, _ in os.walk(group, topdown=False):
        try:
            os.rmdir(folder)
        except OSError:
            time.sleep(0.05)  # its last process is still being reaped; an empty group does no harm


def claim_folder() -> None:
    """A place in memory for the hosts. Raises RuntimeError when a cluster of this name is there."""
    if FOLDER.is_mount():
        raise RuntimeError(f"The cluster {NAME} is up. Take it down first: python -m deploy.cluster down")
    FOLDER.mkdir(parents=True, exist_ok=True)
    sh("mount", "-t", "tmpfs", "-o", "size=3g,mode=0755", "casemgr-cluster", str(FOLDER))
