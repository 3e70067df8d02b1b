"""Bad requests by the thousand: methods × paths × queries × bodies × headers × encodings, drawn from one seed, sent by everybody
who has an account and by nobody. None may end in a 5xx or in a connection without an answer."""

import ast
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask
from werkzeug.routing import Rule

from tools.security.checks import Attack
from tools.security.outcome import ROOT, Outcome
from tools.security.server import BASE
from tools.security.visitor import TIMEOUT, Answer, Visitor, forms_of

METHODS = ("GET", "GET", "GET", "POST", "POST", "POST", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "FOO", "get")
WORDS = (
    "", "0", "-1", "1", "2147483647", "2147483648", "9223372036854775808", "1e9", "NaN", "１２", "²", "٣", "0x10", " 1", "1.5", "null", "true",
    "' OR '1'='1", "'; DROP TABLE cases;--", "1 UNION SELECT NULL,NULL--", "%' ESCAPE '", "\\", '"', "`", "${7*7}", "{{7*7}}", "%(x)s", "%s%s%n",
    "<script>alert(1)</script>", "../../../../etc/passwd", "..\\..\\x", "\x00", "a\x00b", "\r\nX-Evil: 1", "\ud800", "\udfff", "\ufeff", "\u202e",
    "😀" * 20, "漏水", "Ａ", "İ", "ß", "\x7f", "\x1b[31m", "a" * 300, "漏" * 3000, "%", "%zz", "%u0041", "[]", "{}", "__proto__", "2026-02-30",
    "2026-13-45", "0000-00-00", "9999-12-31", "10000-01-01", "-2026-01-01", "2026-03-02T25:61", "2026-03-02T09:00:00+99:99", "=1+1", "@SUM(1)",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 1.5, 1e308, -0.0, 2**31, 2**63, 2**64, 10**400, "", "x", "\x00", "\ud800", "漏水", "2026-02-30", [], {}, [[]], [None] * 40,
    {"a": {"b": {}}}, {"$ne": 1}, "a" * 2000, {"__class__": 1}, [1, "1", None],
)  # fmt: skip
TYPES = (
    "application/x-www-form-urlencoded", "application/json", "application/json; charset=utf-16", "multipart/form-data", "multipart/form-data; boundary=",
    "multipart/form-data; boundary=x", "text/plain", "application/xml", "", "application/x-www-form-urlencoded; charset=gbk", "a/b/c;;;", "application/json;" * 30,
)  # fmt: skip
ODD_HEADERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Accept-Language", ("zz;q=abc", "zh-CN;q=2", "*", "a" * 2000, "en;q=", "\xff")), ("Accept", ("*/*;q=x", "application/json", ";;;")),
    ("If-Match", ("*", '"1.1"', "x", '"' * 50, '"99999999999999999999"')), ("If-None-Match", ("*", "W/", '"x', ",,,")), ("Range", ("bytes=0-0", "bytes=-1", "bytes=5-2", "x")),
    ("If-Modified-Since", ("yesterday", "Mon, 99 Foo 0000 99:99:99 GMT")), ("Authorization", ("Bearer", "Bearer \x00", "Basic eDp4", "Bearer " + "a" * 500, "Digest")),
    ("Idempotency-Key", ("", "x" * 300, "漏", "a b", "k1")), ("X-Forwarded-For", ("", "::::", "1.2.3.4, 5.6.7.8", "a" * 3000, "fe80::1%eth0")),
    ("X-Forwarded-Host", ("evil.example", "a b", "casemgr.example:99999999", "[::1")), ("Host", ("", "evil.example", "casemgr.example:abc", "[", "a" * 2000)),
    ("X-Forwarded-Proto", ("http", "gopher", "")), ("Content-Encoding", ("gzip", "br", "deflate")), ("Transfer-Encoding", ("identity", "gzip, chunked")),
    ("Content-Length", ("-1", "abc", "99999999999")), ("Expect", ("100-continue", "x")), ("X-HTTP-Method-Override", ("DELETE",)), ("Referer", ("", "https://evil.example/", "::")),
    ("Cookie", ("casemgr=x", "casemgr=.eJw; casemgr=y", "__Host-casemgr=.eJwrS", "a" * 3000, "=;=;;", "language=xx; door_visit=\x7f", 'x="\\303\\251"')),
    ("X-Request-ID", ("a\tb", "x" * 500, "é")), ("User-Agent", ("", "a" * 4000, "\xff\xfe")),
)  # fmt: skip
ENDS_ONE = ("auth.logout", "auth.password", "auth.end_logins")  # sent without a lawful token: the flood goes on as the same person
ENDS_OTHERS = ("accounts.",)  # the same of whoever looks after accounts
THREADS = 6  # of ours: the server has eight, and some wait for bodies that never come
PATIENCE_WITH_A_LIE = 2.0  # seconds; the server rightly waits for the body that was promised


@cache
def asked_names() -> tuple[str, ...]:
    """Every name that the programme reads from an address or a form, found in its source; and those of its forms."""
    found = {"q", "page", "lang", "next", "before", "after", "csrf_token"}
    for path in (ROOT / "casemgr").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "getlist") and node.args:
                source, first = node.func.value, node.args[0]
                if isinstance(source, ast.Attribute) and source.attr in ("args", "form") and isinstance(first, ast.Constant):
                    found.add(str(first.value))
    return tuple(sorted(found))


@dataclass
class Known:
    """What bad requests are made of beside noise: routes, ids that are there, names of fields by page."""

    rules: list[Rule]
    ids: dict[str, list[str]]
    fields: dict[str, list[str]] = field(default_factory=dict)  # action -> names of its form
    tokens: dict[str, str] = field(default_factory=dict)  # login -> token of the API


@dataclass(frozen=True)
class Bad:
    """One request."""

    method: str
    path: str
    body: bytes | None
    headers: dict[str, str]


def drawn_argument(name: str, known: Known, dice: random.Random, *, real: bool = True) -> str:
    """A value for an argument of a path."""
    ids = known.ids.get(name, ())
    if real and ids and dice.random() < 0.7:
        return dice.choice(ids)
    return dice.choice(WORDS) if dice.random() < 0.7 else str(dice.randrange(-5, 400))


def drawn_path(rule: Rule, known: Known, dice: random.Random, real: bool) -> str:
    """The address of a route with its arguments, sometimes bent, with a query or without."""
    path = ""
    for is_dynamic, part in rule._trace:
        path += quote(drawn_argument(part, known, dice, real=real), safe="", errors="surrogatepass") if is_dynamic else part.replace("|", "")
    roll = dice.random()
    if roll < 0.03:
        path += dice.choice(("/", "//", "/..", "/%2e%2e/", ";x", "%00", ".json", "/*", "%ff"))
    if roll > 0.6:
        pairs = [(dice.choice(asked_names()), dice.choice(WORDS)) for _ in range(dice.randrange(1, 6))]
        path += "?" + urlencode(pairs, errors="surrogatepass")
    elif roll > 0.57:
        path += "?" + dice.choice(("%", "a=%ff%fe", "&&&=", "q=%ED%A0%80", "page[]=1", "q[a][b]=1", "a" * 1500, "q=%00", "=1&=2"))
    return path or "/"


def drawn_json(dice: random.Random, depth: int = 0) -> Any:
    """Some JSON."""
    if depth > 3 or dice.random() < 0.5:
        return dice.choice(VALUES)
    if dice.random() < 0.3:
        return [drawn_json(dice, depth + 1) for _ in range(dice.randrange(4))]
    names = (*asked_names(), "text", "area_id", "answers", "title", "kind", "file", "reason", "seen_version", "name", "phone")
    return {dice.choice(names): drawn_json(dice, depth + 1) for _ in range(dice.randrange(6))}


def drawn_body(names: list[str], token: str, dice: random.Random) -> tuple[bytes | None, str]:
    """A body and its type: mostly a form with a lawful token, so that what is behind the token is reached."""
    roll = dice.random()
    if roll < 0.55:
        chosen = [*names, *dice.choices(asked_names(), k=3)]
        pairs = [(name, dice.choice(WORDS)) for name in chosen if dice.random() < 0.8 and name != "csrf_token"]
        return urlencode([("csrf_token", token), *pairs], errors="surrogatepass").encode(), TYPES[0]
    if roll < 0.72:
        return json.dumps(drawn_json(dice)).encode(), TYPES[1]
    if roll < 0.82:
        return many_parts(names, token, dice), "multipart/form-data; boundary=x"
    if roll < 0.92:
        return dice.choice((b"", b"\xff\xfe\x00", b"{", b"[" * 5000, b'{"a":' * 500, b"a=%ff&b=%00", b"&" * 2000, b"=" * 99, b'"\\ud800"', b"--x--", b"--x\r\n\r\n", b"\x1f\x8b\x08junk", dice.randbytes(200))), dice.choice(TYPES)
    return None, dice.choice(TYPES)


def many_parts(names: list[str], token: str, dice: random.Random) -> bytes:
    """A form in parts, some of them files, some of them broken."""
    parts = [f'Content-Disposition: form-data; name="csrf_token"\r\n\r\n{token}'.encode()]
    for name in (*names, "file", "photo"):
        file = dice.choice(("", '; filename=""', '; filename="a.png"', '; filename="../../x.pdf"', '; filename="\x00.docx"', "; filename*=utf-8''%ff.jpg", f'; filename="{"n" * 400}.pdf"'))
        content = dice.choice((b"", b"\x89PNG\r\n\x1a\nx", b"%PDF-1.4", b"PK\x03\x04", b"\xff\xd8\xff", b"\x00" * 50, b"<svg onload=alert(1)>", "漏".encode("utf-16")))
        parts.append(f'Content-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content)
    whole = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"
    return whole[: dice.randrange(20, len(whole))] if dice.random() < 0.15 else whole


def drawn(known: Known, who: Visitor, dice: random.Random) -> tuple[str, Bad]:
    """The next bad request of somebody: (endpoint, it)."""
    rule = dice.choice(known.rules)
    ends = rule.endpoint in ENDS_ONE or (rule.endpoint.startswith(ENDS_OTHERS) and who.login == "security")
    path = drawn_path(rule, known, dice, real=not ends)
    method = dice.choice(METHODS)
    if rule.methods and dice.random() < 0.7:
        method = dice.choice(sorted(rule.methods))
    headers = {"Referer": f"{BASE}/"}
    body: bytes | None = None
    if method not in ("GET", "HEAD", "get") or dice.random() < 0.05:
        names = known.fields.get(rule.endpoint, [])
        body, headers["Content-Type"] = drawn_body(names, "" if ends else who.token, dice)
        if rule.endpoint.startswith("api.") and dice.random() < 0.6:
            body, headers["Content-Type"] = json.dumps(drawn_json(dice)).encode(), TYPES[1]
    if rule.endpoint.startswith("api.") and (token := known.tokens.get(who.login)) and dice.random() < 0.85:
        headers["Authorization"] = f"Bearer {token}"
        if dice.random() < 0.5:
            headers["If-Match"] = dice.choice(("*", '"1.1"', '"1"'))
    while dice.random() < 0.25:
        name, values = dice.choice(ODD_HEADERS)
        headers[name] = dice.choice(values)
    return rule.endpoint, Bad(method, path, body, headers)


def is_lawful_cut(bad: Bad) -> bool:
    """Whether a server may close without an answer: what was sent is no HTTP, or promises more than it holds."""
    return bool({"Content-Length", "Transfer-Encoding"} & bad.headers.keys())


@dataclass
class Tally:
    """What came of them, over all threads."""

    statuses: Counter[int] = field(default_factory=Counter)
    endpoints: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)
    slowest: tuple[float, str] = (0.0, "")
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, endpoint: str, bad: Bad, answer: Answer, seconds: float, who: str) -> None:
        """Count one."""
        with self.lock:
            self.statuses[answer.status] += 1
            self.endpoints[endpoint] += 1
            if answer.status in (200, 302, 409, 422):
                self.reached[endpoint] += 1
            self.slowest = max(self.slowest, (seconds, f"{bad.method} {endpoint}"))
            broken = answer.status >= 500 or (answer.status == 0 and not is_lawful_cut(bad))
            if broken:
                sent = f"{who}: {bad.method} {bad.path[:200]!r} {(bad.body or b'')[:300]!r} {bad.headers}"
                self.faults.setdefault(f"{answer.status or answer.cut} at {endpoint}", sent)

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self.statuses.values())


def stream(who: Visitor, known: Known, seed: str, count: int, tally: Tally) -> None:
    """So many of one person's, one after the other; whoever was logged out by one logs in again."""
    dice = random.Random(seed)
    for _ in range(count):
        endpoint, bad = drawn(known, who, dice)
        kept, began = dict(who.cookies), time.monotonic()
        headers = dict(bad.headers)
        headers.setdefault("Host", "casemgr.example")
        headers.setdefault("X-Forwarded-For", who.address)
        headers.setdefault("X-Forwarded-Proto", "https")
        if kept:
            headers.setdefault("Cookie", "; ".join(f"{k}={v}" for k, v in kept.items()))
        answer = who.raw(bad.method, bad.path, bad.body, headers, PATIENCE_WITH_A_LIE if is_lawful_cut(bad) else TIMEOUT)
        tally.note(endpoint, bad, answer, time.monotonic() - began, who.login or "nobody")
        who.cookies = kept
        if who.login and answer.status == 302 and "/login" in answer.header("Location") and "Cookie" not in bad.headers:
            who.cookies.clear()
            who.log_in()


def flood(attack: Attack, known: Known, requests: int, *, seed: int = 1) -> tuple[Outcome, Tally]:
    """Send them, several people at a time, and tell the rate."""
    asked_names()  # read before threads begin
    outcome, tally = Outcome("bad_requests", about=(__doc__ or "").strip()), Tally()
    people = [*attack.visitors.values(), attack.fresh("198.51.100.99")]
    each, queue = -(-requests // len(people)), list(enumerate(people))
    before_mb, before_cpu, began = attack.target.memory_mb(), attack.target.cpu_seconds(), time.monotonic()
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not queue:
                    return
                number, who = queue.pop()
            stream(who, known, f"{seed}.{number}", min(each, requests), tally)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.seconds, outcome.tries = round(time.monotonic() - began, 1), tally.count
    outcome.found = [f"{fault}: {sent}" for fault, sent in tally.faults.items()]
    outcome.facts = {
        "requests": tally.count, "per_second": round(tally.count / outcome.seconds, 1), "seed": seed,
        "statuses": {str(status): count for status, count in sorted(tally.statuses.items())},
        "routes": len(tally.endpoints), "routes_reached_behind_their_guards": len(tally.reached),
        "slowest": [round(tally.slowest[0], 2), tally.slowest[1]],
        "server_cpu_ms_each": round((attack.target.cpu_seconds() - before_cpu) / max(tally.count, 1) * 1000, 1),
        "worker_mb_before_after": [round(before_mb, 1), round(attack.target.memory_mb(), 1)],
    }
    return outcome, tally


def known_of(attack: Attack, app: Flask, pages: dict[str, list[str]] | None = None) -> Known:
    """What is known of an installation: its routes, rows that are there, tokens of programs."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    tables = {
        "case_id": "cases", "party_id": "parties", "file_id": "attachments", "notice_id": "notices", "account_id": "accounts",
        "area_id": "areas", "team_id": "teams", "post_id": "posts", "department_id": "departments", "room_id": "rooms",
        "person_id": "persons", "member_id": "team_members", "appointment_id": "appointments", "mandate_id": "mandates",
        "export_id": "exports", "token_id": "api_tokens", "robot_id": "robots", "webhook_id": "webhooks", "absence_id": "absences",
        "note_id": "shift_notes", "fixed_id": "fixed_units",
    }  # fmt: skip
    ids = {
        name: [str(row[0]) for row in attack.target.rows(f"SELECT id FROM {table} ORDER BY id LIMIT 400")] for name, table in tables.items()
    }
    ids |= {
        "step": ["accept", "add_party", "close", "attach", "record_note", "suspend", "assign", "record_fact", "agree_written", "raise_tier", "open_session"],
        "process": ["dispute", "petition", "order", "whistle", "event", "task", "legacy"], "mode": ["large_type"], "channel": ["mail", "wecom"],
        "source": ["hotline"], "act": ["add", "rate", "object", "withdraw", "consent"],
    }  # fmt: skip
    return Known(rules, ids, pages or {}, {login: token for login in ("worker", "head", "operator", "secretary", "liaison") if (token := make_token(attack, login))})


def make_token(attack: Attack, login: str) -> str:
    """A token of the API, made on the page as its owner would."""
    who = attack.visitors[login]
    form = next(form for form in forms_of(who.get("/account/tokens"), "/account/tokens") if any(c.name == "expires_on" for c in form.controls))
    data = {control.name: control.value or next(filter(None, control.options), "") for control in form.controls}
    answer = who.send("POST", form.action, data=data | {"name": "attack", "scope": "write"})
    return next((text for text in found_tokens(answer)), "")


def found_tokens(answer: Answer) -> Iterator[str]:
    """What looks like a token on a page."""
    for element in answer.tree().iter("code", "output", "input", "pre"):
        text = (element.get("value") or element.text_content() or "").strip()
        if len(text) >= 30 and " " not in text:
            yield text


def write_faults(tally: Tally, folder: Path) -> None:
    """The requests that broke something, whole, for whoever mends it."""
    folder.mkdir(exist_ok=True)
    (folder / "faults.json").write_text(json.dumps(tally.faults, ensure_ascii=False, indent=1), encoding="utf-8")
