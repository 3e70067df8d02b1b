"""The cluster as a whole: up, down, who is primary, faults, and the address of its database. What a drill or test calls."""

import base64
import json
import secrets
import shutil
import subprocess
from pathlib import Path

from deploy.cluster import hosts
from deploy.cluster.hosts import run, sh, wait_until
from deploy.cluster.plan import DATABASE, DISK, FOLDER, FRONT_NAME, HOSTS, LAN, MEMBERS, NETWORK, ROOT, Host
from deploy.fill import fill

DEPLOY = ROOT / "deploy"
PYTHON = "/usr/bin/python3"  # what a server has; the developer's own may lie in a home that units do not see
PARTS = ("casemgr", "workflows", "templates", "migrations", "deploy", "docs", "wsgi.py", "gunicorn.conf.py", "pyproject.toml")
PACKAGES = "nginx-light pgbouncer haproxy patroni etcd-server etcd-client postgresql-15"


def up(commit: str = "HEAD", tokens: int = 8, database_only: bool = False) -> None:
    """Make the hosts, start their units, make the schema and a street to work in. An empty `commit`: the working tree."""
    demand_packages()
    hosts.claim_folder()
    try:
        values = make_values()
        if not database_only:
            make_release(commit)
        else:
            (FOLDER / "release").mkdir()
        hosts.lay_network()
        chosen = [host for host in HOSTS.values() if not database_only or host.name in MEMBERS]
        for host in chosen:
            hosts.make_disk(host)
            furnish(host, values)
            hosts.plug_in(host)
            hosts.boot(host)
        wait_until(lambda: primary() and synchronous(), 240, "PostgreSQL has no primary with a synchronous replica", 0.5)
        if not database_only:
            settle(tokens)
    except BaseException:
        keep_logs()
        raise


def down() -> None:
    """Everything ends and is removed."""
    hosts.clear()


def demand_packages() -> None:
    """Raises RuntimeError naming what must be installed."""
    wanted = PACKAGES.split()
    found = sh("dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *wanted, check=False)
    missing = [name for name in wanted if f"{name} installed" not in found]
    if missing:
        raise RuntimeError(f"Install first: apt-get install --no-install-recommends {' '.join(missing)}")


def make_values() -> dict[str, str]:
    """What fills the files of deploy/: addresses, and passwords made for this cluster alone."""
    addresses = {name: host.address for name, host in HOSTS.items()}
    words = ("DATABASE", "SUPERUSER", "REPLICATION", "PATRONI")
    values = {
        "WEB1": addresses["web1"], "WEB2": addresses["web2"], "DB1": addresses["db1"], "DB2": addresses["db2"],
        "ETCD1": addresses["db1"], "ETCD2": addresses["db2"], "ETCD3": addresses["front"],
        "NETWORK": NETWORK, "FRONT_NAME": FRONT_NAME, "UPLOAD_MB": "20", "ARCHIVE": "/usr/local/bin/archive-wal",
        **{f"{word}_PASSWORD": secrets.token_hex(12) for word in words},
    }  # fmt: skip
    key, index = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
    values["SECRETS"] = f"CASEMGR_SECRET_KEY={secrets.token_hex(32)}\nCASEMGR_DATA_KEYS=1:{key}\nCASEMGR_BLIND_INDEX_KEY={index}\n"
    (FOLDER / "values.json").write_text(json.dumps(values))
    (FOLDER / "values.json").chmod(0o600)
    return values


def read_values() -> dict[str, str]:
    """The values of the running cluster."""
    return dict(json.loads((FOLDER / "values.json").read_text()))


def make_release(commit: str) -> None:
    """The programme as it lies on a server: code, compiled translations, and an environment without the developers' tools."""
    place = FOLDER / "release"
    place.mkdir()
    if commit:
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", str(place)], input=archive, check=True)
        sh("cp", "-a", str(DEPLOY), str(place))  # the drill's own clients are today's
    else:
        sh("cp", "-a", *(str(ROOT / part) for part in PARTS), str(place))
    for compiled in (ROOT / "casemgr" / "translations").rglob("*.mo"):
        shutil.copy(compiled, place / compiled.relative_to(ROOT))
    sh("cp", "-a", str(environment_of_packages()), str(place / ".venv"), timeout=300)


def environment_of_packages() -> Path:
    """A folder with the pinned packages under the system's own Python: made once, kept beside the clusters' disks."""
    place, stamp = DISK.parent / "packages", DISK.parent / "packages" / "requirements.txt"
    wanted = (ROOT / "requirements.txt").read_bytes()
    if not stamp.exists() or stamp.read_bytes() != wanted:
        shutil.rmtree(place, ignore_errors=True)
        sh(PYTHON, "-m", "venv", "--without-pip", str(place))
        pip = [str(ROOT / ".venv/bin/python"), "-m", "pip", "--python", str(place / "bin/python"), "install", "-qq"]
        sh(*pip, "--disable-pip-version-check", "--require-hashes", "-r", str(ROOT / "requirements.txt"), timeout=900)
        stamp.write_bytes(wanted)
    return place


def furnish(host: Host, values: dict[str, str]) -> None:
    """Write the files of deploy/ into a host that is not started yet."""
    own = {**values, "ADDRESS": host.address, "NAME": host.name}
    root = host.root

    def put(source: str, target: str, mode: int = 0o644, owner: str = "root", more: str = "", **given: str) -> None:
        path = root / target.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(fill((DEPLOY / source).read_text(encoding="utf-8"), {**own, **given}) + more, encoding="utf-8")
        path.chmod(mode)
        shutil.chown(path, owner, owner)

    bare_system(host)
    for unit in ("pgbouncer", "etcd", "patroni", "nginx"):
        put("systemd/restart.conf", f"/etc/systemd/system/{unit}.service.d/restart.conf")
    if "etcd" in host.units:
        put("etcd/etcd", "/etc/default/etcd", NAME=MEMBERS[host.name])
    if "patroni" in host.units:
        put("patroni/patroni.yml", "/etc/patroni/config.yml", 0o600, "postgres")
        put("patroni/first-database", "/etc/patroni/first-database", 0o700, "postgres")
        put("patroni/archive-wal", "/usr/local/bin/archive-wal", 0o755)
    if "haproxy" in host.units:
        put("haproxy/haproxy.cfg", "/etc/haproxy/haproxy.cfg")
        put("pgbouncer/pgbouncer.ini", "/etc/pgbouncer/pgbouncer.ini", 0o640, "postgres")
        put("pgbouncer/userlist.txt", "/etc/pgbouncer/userlist.txt", 0o640, "postgres")
        put("systemd/casemgr-web.service", "/etc/systemd/system/casemgr-web.service")
        put("systemd/casemgr-jobs@.service", "/etc/systemd/system/casemgr-jobs@.service")
        put("casemgr.env", "/etc/casemgr/casemgr.env", 0o640, more=own["SECRETS"] + DRILL)
    if "nginx" in host.units:
        put("nginx/casemgr.conf", "/etc/nginx/sites-enabled/casemgr")
        (root / "etc/nginx/sites-enabled/default").unlink(missing_ok=True)
        make_certificate(root / "etc/casemgr")


DRILL = "CASEMGR_API_REQUESTS_PER_MINUTE=1000000\nCASEMGR_LOGIN_FREE_FAILURES=1000\n"  # the clients of a drill never rest


def bare_system(host: Host) -> None:
    """Nothing starts but the host's own units; its name, its neighbours, a journal in memory, the programme's account."""
    etc = host.root / "etc"
    for wants in etc.glob("systemd/system/*.wants"):
        shutil.rmtree(wants)
    wants = etc / "systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True)
    for unit in host.units:
        template = unit.split("@")[0] + "@" if "@" in unit else unit
        folder = "/etc" if unit.startswith("casemgr") else "/lib"
        (wants / f"{unit}.service").symlink_to(f"{folder}/systemd/system/{template}.service")
    (etc / "systemd/system/console-getty.service").symlink_to("/dev/null")
    (etc / "hostname").write_text(f"{host.name}\n")
    (etc / "machine-id").write_text(f"{secrets.token_hex(16)}\n")
    lines = [f"{one.address} {one.name}{' ' + FRONT_NAME if one.name == 'front' else ''}" for one in HOSTS.values()]
    (etc / "hosts").write_text("127.0.0.1 localhost\n" + "\n".join(lines) + "\n")
    for folder, text in SYSTEMD.items():
        (etc / "systemd" / folder).mkdir(parents=True, exist_ok=True)
        (etc / "systemd" / folder / "drill.conf").write_text(text)
    sh("chroot", str(host.root), "useradd", "-r", "-u", "990", "-U", "-d", "/var/lib/casemgr", "-s", "/usr/sbin/nologin", "casemgr")


SYSTEMD = {  # the machine's control groups are shared by all hosts, so none counts memory or tasks
    "journald.conf.d": "[Journal]\nStorage=volatile\nRuntimeMaxUse=32M\n",
    "system.conf.d": "[Manager]\nDefaultMemoryAccounting=no\nDefaultTasksAccounting=no\nDefaultTimeoutStartSec=60\n",
}


def make_certificate(folder: Path) -> None:
    """A certificate of its own for the front; clients of the drill trust it by FOLDER/tls.crt."""
    folder.mkdir(parents=True, exist_ok=True)
    sh(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={FRONT_NAME}",
        "-addext", f"subjectAltName=DNS:{FRONT_NAME},IP:{HOSTS['front'].address}",
        "-keyout", str(folder / "tls.key"), "-out", str(folder / "tls.crt"),
    )  # fmt: skip
    shutil.copy(folder / "tls.crt", FOLDER / "tls.crt")


def settle(tokens: int) -> None:
    """Schema and street, then wait until both web hosts serve."""
    (FOLDER / "street.json").write_text(inside(HOSTS["jobs1"], "-m", "deploy.seed", str(tokens)))
    for name in ("jobs1", "jobs2"):
        run(HOSTS[name], "systemctl", "restart", "casemgr-jobs@1")
    for name in ("web1", "web2"):
        wait_until(lambda host=HOSTS[name]: is_ready(host), 90, f"{name} does not serve", 0.5)


def inside(host: Host, *words: str, timeout: float = 600) -> str:
    """Run the programme's Python on a host, as its account and with its settings; what it printed."""
    call = ("systemd-run", "--quiet", "--wait", "--pipe", "--collect", "-p", "User=casemgr", "-p", "WorkingDirectory=/srv/casemgr")
    return run(host, *call, "-p", "EnvironmentFile=/etc/casemgr/casemgr.env", "/srv/casemgr/.venv/bin/python", *words, timeout=timeout)


def is_ready(host: Host) -> bool:
    """Whether a web host answers that pages can be served."""
    word = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-m", "3", f"http://{host.address}:8000/readyz"]
    return client(*word, check=False).strip() == "200"


def client(*words: str, check: bool = True, timeout: float = 120) -> str:
    """Run a command as a computer on the cluster's network."""
    return sh("ip", "netns", "exec", LAN, *words, check=check, timeout=timeout)


def ask_patroni(name: str, page: str = "patroni") -> dict[str, object]:
    """What Patroni on a database host says of itself, {} when it says nothing."""
    words = ("curl", "-s", "-m", "2", f"http://{HOSTS[name].address}:8008/{page}")
    try:
        return dict(json.loads(client(*words, check=False) or "{}"))
    except ValueError:
        return {}


def primary() -> str:
    """The name of the host whose PostgreSQL writes now; "" while there is none."""
    for name, host in HOSTS.items():
        if DATABASE[-1] in host.units and hosts.init_of(host):
            told = ask_patroni(name)
            if told.get("role") in ("master", "primary") and told.get("state") == "running":
                return name
    return ""


def synchronous() -> str:
    """The name of the host that has every commit before it is acknowledged; "" while there is none."""
    members = ask_patroni(primary() or "db1", "cluster").get("members", [])
    return next((one["name"] for one in members if one.get("role") == "sync_standby" and one.get("state") in ("running", "streaming")), "")  # type: ignore[union-attr,attr-defined]


def kill(name: str) -> None:
    """Pull the plug of a host."""
    hosts.pull_plug(HOSTS[name])


def start(name: str) -> None:
    """Switch a host on again."""
    hosts.boot(HOSTS[name])


def kill_unit(name: str, unit: str) -> None:
    """kill -9 of everything a unit of a host runs; its systemd starts it again."""
    run(HOSTS[name], "systemctl", "kill", "--signal=KILL", "--kill-whom=all", f"{unit}.service", check=False)


def partition(name: str) -> None:
    """Cut a host off: it runs on and hears nobody."""
    hosts.cable(HOSTS[name], up=False)


def heal(name: str) -> None:
    """Join a host that was cut off."""
    hosts.cable(HOSTS[name], up=True)


def url(name: str = "") -> str:
    """The database as SQLAlchemy takes it, for a client inside the network: of one host, or of whichever is primary."""
    both = ",".join(f"{HOSTS[one].address}:5432" for one in (name,) if name) or f"{HOSTS['db1'].address}:5432,{HOSTS['db2'].address}:5432"
    password = read_values()["DATABASE_PASSWORD"]
    if name:
        return f"postgresql+psycopg://casemgr:{password}@{both}/casemgr"
    pairs = "&".join(f"host={one}" for one in both.split(","))
    return f"postgresql+psycopg://casemgr:{password}@/casemgr?{pairs}&target_session_attrs=read-write&connect_timeout=3"


def keep_logs() -> None:
    """The journals of all hosts in FOLDER/logs, for whoever looks for the reason."""
    (FOLDER / "logs").mkdir(exist_ok=True)
    for host in HOSTS.values():
        if hosts.init_of(host):
            text = run(host, "journalctl", "-b", "--no-pager", "-o", "short-precise", check=False)
            (FOLDER / "logs" / f"{host.name}.log").write_text(text)
