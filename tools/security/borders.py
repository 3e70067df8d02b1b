"""What every answer must carry and must not: headers, cookies, tokens of forms, addresses that lead outside or out of a folder."""

import re
from urllib.parse import quote

from tools.security.checks import Attack, check
from tools.security.outcome import Outcome
from tools.security.server import BASE, HOST
from tools.security.visitor import Answer, forms_of

WANTED = {
    "Content-Security-Policy": ("default-src 'self'", "script-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"),
    "X-Content-Type-Options": ("nosniff",), "X-Frame-Options": ("DENY",), "Referrer-Policy": ("same-origin",),
    "Permissions-Policy": ("geolocation=(self)", "payment=()"), "Cross-Origin-Opener-Policy": ("same-origin",),
    "Cross-Origin-Resource-Policy": ("same-origin",), "Strict-Transport-Security": ("max-age=",),
}  # fmt: skip
PAGES = ("/login", "/desk", "/matters", "/board", "/cases/new", "/nowhere", "/door", "/door/report", "/door/follow", "/healthz", "/api/v1/me", "/api/v1/docs", "/account")
OUTSIDE = (
    "https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example", "https:evil.example",
    "https:/evil.example", "javascript:alert(1)", "data:text/html,x", "/%2f/evil.example", "http://casemgr.example@evil.example/", " https://evil.example", "\x00//evil.example",
    "/.//evil.example", "/\r\nLocation: https://evil.example",
)  # fmt: skip
FOLDERS = (
    "/static/../wsgi.py", "/static/%2e%2e/%2e%2e/wsgi.py", "/static/..%2f..%2fcasemgr/config.py", "/static//etc/passwd", "/static/..%5c..%5cwsgi.py", "/static/%00", "/static/.env",
    "/static/....//....//wsgi.py", "/..%2f..%2fetc/passwd", "/feeds/../../etc/passwd.ics", "/feeds/%2e%2e%2fx.ics", "/static/%c0%ae%c0%ae/wsgi.py", "/.git/config", "/.env", "/wsgi.py",
)  # fmt: skip
SECRETS = re.compile(rb"Traceback|sqlalchemy|psycopg|sqlite3|werkzeug|/work/|/usr/lib/python|File \"|SELECT .* FROM |root:x:0|create_app|SECRET_KEY|gunicorn/|Python/3")


def leads_outside(answer: Answer) -> bool:
    """Whether a browser would follow this answer to another host."""
    location = answer.header("Location")
    if answer.status not in (301, 302, 303, 307, 308) or not location:
        return False
    plain = re.sub(r"[\t\r\n\x00 ]", "", location).replace("\\", "/")
    return plain.startswith("//") or (":" in plain.split("/")[0] and not plain.startswith(f"{BASE}/"))


@check
def headers_of_every_answer(attack: Attack, outcome: Outcome) -> None:
    """Headers of pages, errors, the door and the API, for somebody and for nobody; no-store wherever a person may be named; nothing tells what runs here."""
    for who in (attack.fresh(), attack.visitors["head"]):
        for path in PAGES:
            answer = who.get(path)
            for name, parts in WANTED.items():
                missing = [part for part in parts if part not in answer.header(name)]
                outcome.expect(not missing, f"{path}: {name} lacks {missing}")
            outcome.expect("no-store" in answer.header("Cache-Control"), f"{path}: may be kept ({answer.header('Cache-Control')})")
            outcome.expect(not answer.header("X-Powered-By"), f"{path}: X-Powered-By")
            outcome.expect("unsafe-" not in answer.header("Content-Security-Policy"), f"{path}: unsafe policy")
            outcome.expect(not answer.header("Access-Control-Allow-Origin"), f"{path}: open to scripts from elsewhere")


@check
def cookies(attack: Attack, outcome: Outcome) -> None:
    """Every cookie that is set: Secure, HttpOnly, SameSite, a name no other host can set; a tampered or invented one opens nothing."""
    door = attack.fresh()
    answers = [attack.fresh().get("/login"), door.get("/door/follow"), door.get("/door?lang=en"), attack.visitors["head"].post("/language", {"language": "en", "next": "/"})]
    for answer in answers:
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                flags = value.lower()
                for flag in ("secure", "httponly", "samesite="):
                    outcome.expect(flag in flags, f"{value.split('=')[0]}: without {flag}")
                prefix = "__host-" if flags.endswith("path=/") or "path=/;" in flags else "__secure-"
                outcome.expect(flags.startswith(prefix) and "domain=" not in flags, f"{value.split('=')[0]}: its name does not begin with {prefix}")
    attack.visitors["head"].post("/language", {"language": "zh_Hans", "next": "/"})
    good = attack.visitors["head"].cookies
    for name, value in good.items():
        for bent in (value[:-3] + "AAA", value[5:], value.split(".")[0] + ".x.y", value + "x", ""):
            stranger = attack.fresh()
            stranger.cookies = {name: bent}
            outcome.expect(stranger.get("/desk").status == 302, f"a bent {name} opens the desk")


@check
def forged_forms(attack: Attack, outcome: Outcome) -> None:
    """Every POST of the pages sent by somebody who may: without a token, with that of another log-in, with a bent one, and from another site."""
    pages = ("/desk", "/account", "/account/password", "/matters", "/cases/new", "/account/tokens", "/account/notices", "/notices", "/matters/exports", "/accounts/new", "/structure/areas/new", "/account/second-factor")
    sent: set[tuple[str, str]] = set()
    for login in ("head", "operator", "system", "security"):
        who, other = attack.visitors[login], attack.visitors["worker"]
        for page in pages:
            for form in forms_of(who.get(page), page):
                if form.method != "POST" or (login, form.action) in sent:
                    continue
                sent.add((login, form.action))
                data = {c.name: c.value for c in form.controls if c.name != "csrf_token"}
                for about, token in (("no token", ""), ("another's token", other.token), ("a bent token", who.token[:-2] + "xx")):
                    answer = who.send("POST", form.action, data=data | ({"csrf_token": token} if token else {}))
                    outcome.expect(answer.status == 400, f"POST {form.action} with {about}: {answer.status}")
                answer = who.send("POST", form.action, data=data | {"csrf_token": who.token}, headers={"Referer": "https://evil.example/"})
                outcome.expect(answer.status == 400, f"POST {form.action} from another site: {answer.status}")
    outcome.facts["forms"] = len(sent)


@check
def open_redirects(attack: Attack, outcome: Outcome) -> None:
    """Wherever an address to go to is taken: other hosts, other schemes, bent slashes, white space, a second header."""
    for target in OUTSIDE:
        stranger, who = attack.fresh("198.51.100.8"), attack.visitors["head"]
        page = stranger.get(f"/login?next={quote(target)}")
        token = next((form.token() for form in forms_of(page, "/login") if form.token()), "")
        logged = stranger.send("POST", "/login", data={"csrf_token": token, "login": "worker", "secret": "Sunny-Street-9", "next": target})
        answers = [
            logged, who.get(f"/login?next={quote(target)}"), who.post("/language", {"language": "zh_Hans", "next": target}),
            who.post("/modes/large_type", {"next": target}), who.post("/modes/large_type", {"next": target, "to": "off"}), attack.fresh().get(f"/login/outside?next={quote(target)}"),
            who.get("/" + quote(target.lstrip("/"), safe="/\\:")), attack.fresh().get(f"/desk?next={quote(target)}"),
        ]  # fmt: skip
        for answer in answers:
            outcome.expect(not leads_outside(answer), f"{target!r} leads to {answer.header('Location')!r}")
            outcome.expect(len([1 for name, _ in answer.headers if name.lower() == "location"]) <= 1, f"{target!r}: two places")
    for path in ("/", "/desk", "/nowhere", "/login"):
        for header in ("Host", "X-Forwarded-Host"):
            answer = attack.fresh().send("GET", path, headers={header: "evil.example"})
            outcome.expect(b"evil.example" not in answer.body and not leads_outside(answer), f"{path}: a made-up {header} stands in the answer")


@check
def paths_out_of_folders(attack: Attack, outcome: Outcome) -> None:
    """Static files, calendar addresses, stored files and exports asked for with dots, escapes and bytes that end names."""
    for path in FOLDERS:
        answer = attack.visitors["system"].get(path)
        outcome.expect(answer.status in (301, 302, 308, 400, 404, 405) and b"create_app" not in answer.body and b"root:" not in answer.body, f"{path}: {answer.status}")
    who = attack.visitors["head"]
    for name in ("../casemgr.sqlite3|x.pdf", "/etc/passwd|x.pdf", "0" * 32 + ".pdf|x.pdf", "../../local-secrets.json|x.pdf", "\x00|x"):
        case = attack.target.rows("SELECT id FROM cases WHERE process = 'dispute' AND closed_at IS NULL ORDER BY id DESC LIMIT 1")[0][0]
        answer = who.post(f"/cases/{case}/steps/attach", {"file_kept": name, "kind": "other", "caption": "x"})
        outcome.expect(answer.status in (403, 404, 409, 422), f"a kept file called {name!r} was taken: {answer.status}")


@check
def errors_tell_nothing(attack: Attack, outcome: Outcome) -> None:
    """Error pages and problem details of every status: no traces, statements, versions, folders or names of modules."""
    who, tries = attack.visitors["head"], []
    tries += [who.get(path) for path in ("/nowhere", "/cases/0", "/cases/99999999999999", "/cases/abc", "/accounts", "/cases/1/steps/nothing", "/api/v1/cases", "/api/v1/x")]
    tries += [who.send(method, "/desk") for method in ("DELETE", "TRACE", "FOO")]
    tries += [who.send("POST", "/cases/new", body=b"\xff" * 99, headers={"Content-Type": "multipart/form-data; boundary=x"})]
    tries += [who.send("GET", "/", headers={"Host": "a" * 300}), who.send("GET", "/?" + "a" * 5000), attack.fresh().send("POST", "/login", data={})]
    for answer in tries:
        outcome.expect(answer.status < 500 and not SECRETS.search(answer.body), f"{answer.status}: {SECRETS.search(answer.body)}")
    outcome.expect(who.send("TRACE", "/desk").status == 405, "TRACE is answered")


@check
def made_up_hosts_and_headers(attack: Attack, outcome: Outcome) -> None:
    """CR and LF in addresses, forms and headers never become a header; what is sent never becomes a line of the log by itself."""
    who, evil = attack.visitors["head"], "x\r\nX-Evil: 1\r\nSet-Cookie: evil=1"
    answers = [
        who.get(f"/matters?q={quote(evil)}"), who.get(f"/?lang={quote(evil)}"), who.post("/language", {"language": evil, "next": f"/{evil}"}),
        who.get(f"/board?area={quote(evil)}"), who.get(f"/{quote(evil)}"), attack.fresh().get(f"/door/report?community={quote(evil)}"),
        who.send("GET", "/desk", headers={"X-Request-ID": "a" * 10 + "\tFORGED", "User-Agent": '"}{"event":"FORGED"'}), who.get('/"}%0a{"event":"FORGED"'),
    ]  # fmt: skip
    for answer in answers:
        names = {name.lower() for name, _ in answer.headers}
        outcome.expect("x-evil" not in names and "evil" not in who.cookies, "a header was made up")
    lines = [line for line in attack.target.log_lines() if line.strip() and not line.startswith("{")]
    outcome.expect(not lines, f"a line of the log is no JSON: {lines[:1]}")
    outcome.expect(not any("FORGED" in line or "evil=1" in line for line in attack.target.log_lines()), "the log repeats what was sent")
    outcome.expect(HOST not in "".join(attack.target.log_lines()), "the log keeps addresses")
