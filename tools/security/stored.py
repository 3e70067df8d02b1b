"""Words that try to become something else, put into every text field there is; then every page, export, mail and paper is
read for what became of them."""

import csv
import io
import random
import re
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any

from lxml import etree
from pypdf import PdfReader

from tools.security.checks import Attack, check
from tools.security.outcome import Outcome
from tools.security.server import PASSWORD
from tools.security.visitor import Answer, Control, Form, Visitor, forms_of, links_of

PRODUCT = 1337 * 1331  # what a template would make of the sum below
PAYLOADS = (
    '"><xssmark xssattr=1>', "' xssattr='1", "</textarea></title></script><xssmark>", "<img src=x onerror=xssmark()>", "javascript:xssmark()",
    "{{1337*1331}}${1337*1331}#{1337*1331}<%=1337*1331%>", "=1337*1331+HYPERLINK(\"http://evil.example\")", "@SUM(1337*1331)", "+1337*1331", "-1337*1331",
    "x\r\nBcc: evil@evil.example", "]]></w:t><w:br/>&xxe;<!--", "x' OR '1'='1' --", "%(name)s %s {0} {name}",
)  # fmt: skip
SKIPPED = re.compile(r"/logout|/account/password|/logins/end|/accounts/\d+|/structure/.*(close|move|end)|second-factor|/language|/modes/|/remove$|/revoke$|/appointments|/mandates|/settings/calendar|/channels/|/robots")
VALID = {"phone": "13800001111", "id_number": "", "login": "", "expires_on": "", "email": "a@example.org"}
MOST_FORMS = 70
WALKERS = ("operator", "worker", "head", "mediator", "secretary", "petition.officer", "liaison", "street.mediator", "system", "security", "audit", "supervisor")
STARTS = ("/", "/desk", "/matters", "/cases/new", "/sorting", "/board", "/teams", "/rooms", "/structure", "/accounts", "/accounts/new", "/trail", "/joint", "/whistles", "/register", "/notices", "/account", "/account/tokens", "/account/notices", "/account/robots", "/connections", "/matters/exports", "/desk/absences", "/ties", "/sorting/notes", "/structure/teams", "/structure/rooms", "/structure/departments", "/structure/areas/new")
TEXTS = ("text", "search", "longtext", "textarea", "tel", "email", "url")


def crawl(who: Visitor, most: int, seed: int) -> Iterator[tuple[str, Answer]]:
    """Pages reached from the start pages, in a random order, one of a shape before many of the same."""
    dice, waiting, shapes, seen = random.Random(seed), list(STARTS), {}, set()
    while waiting and len(seen) < most:
        waiting.sort(key=lambda path: (shapes.get(shape(path), 0), dice.random()), reverse=True)
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        shapes[shape(path)] = shapes.get(shape(path), 0) + 1
        answer = who.get(path)
        if answer.status == 200:
            yield path, answer
            waiting += [link for link in set(links_of(answer, path)) if link not in seen]


def shape(path: str) -> str:
    """An address without its numbers and query."""
    return re.sub(r"\d+", "N", path.split("?")[0])


def filled(form: Form, payload: str, dice: random.Random) -> list[tuple[str, str]]:
    """The form as somebody might send it, with the payload in every field that takes words."""
    pairs: list[tuple[str, str]] = []
    for control in form.controls:
        value = value_of(control, payload, dice)
        if value is not None:
            pairs.append((control.name, value))
    return pairs


def value_of(control: Control, payload: str, dice: random.Random) -> str | None:
    """What goes into one field."""
    tomorrow = datetime.now(UTC) + timedelta(days=dice.choice((-1, 0, 1, 3)))
    if control.kind == "hidden" or control.name == "csrf_token":
        return control.value
    if control.kind in ("select", "radio", "checkbox"):
        choices = [option for option in control.options if option]
        return dice.choice(choices) if choices and (control.required or control.kind != "checkbox" or dice.random() < 0.5) else None
    if control.kind in ("date", "datetime-local", "time", "number", "month"):
        return {"date": f"{tomorrow:%Y-%m-%d}", "datetime-local": f"{tomorrow:%Y-%m-%dT10:00}", "time": "10:00", "number": "2", "month": f"{tomorrow:%Y-%m}"}[control.kind]
    if control.kind == "file":
        return None
    return VALID.get(control.name, payload)


def plant(attack: Attack, outcome: Outcome) -> dict[str, list[str]]:
    """Send every form reached, several times; the names of the fields of each endpoint."""
    fields: dict[str, list[str]] = {}
    taken: set[tuple[str, str]] = set()
    known: set[tuple[str, str]] = set()
    for number, login in enumerate(WALKERS):
        who, dice, sent = attack.visitors.get(login), random.Random(number), {}
        for path, answer in crawl(who, attack.pages, number) if who else ():
            for form in forms_of(answer, path):
                key = shape(form.action)
                if form.method != "POST" or SKIPPED.search(form.action) or sent.get(key, 0) >= 4 or len(sent) > MOST_FORMS:
                    continue
                sent[key] = sent.get(key, 0) + 1
                words = {c.name for c in form.controls if c.kind in TEXTS}
                known |= {(key, name) for name in words}
                fields.setdefault(key, [c.name for c in form.controls])
                payload = dice.choice(PAYLOADS)
                reply = who.send("POST", form.action, data=filled(form, payload, dice), files={} if form.uploads else None)
                outcome.expect(reply.status < 500 and reply.status != 0, f"POST {key} as {login}: {reply.status} {reply.cut}")
                judge(outcome, f"the answer to POST {key}", reply)
                if reply.status in (200, 302):
                    taken |= {(key, name) for name in words}
    outcome.facts |= {"text_fields_met": len(known), "text_fields_that_took_a_payload": len(taken), "forms": len(fields)}
    return fields


def judge(outcome: Outcome, where: str, answer: Answer) -> None:
    """What a page made of the payloads."""
    outcome.tries += 1
    if not answer.is_html:
        return
    if str(PRODUCT) in answer.text:
        outcome.expect(False, f"{where}: a sum was worked out")
    for element in answer.tree().iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "xssmark" or "xssattr" in element.attrib:
            outcome.expect(False, f"{where}: a payload became markup")
        if any(name.startswith("on") for name in element.attrib):
            outcome.expect(False, f"{where}: an inline handler {dict(element.attrib)}")
        for name in ("href", "src", "action", "formaction"):
            if (element.get(name) or "").strip().lower().startswith(("javascript:", "data:text")):
                outcome.expect(False, f"{where}: {name}={element.get(name)!r}")
        if element.tag in ("script", "style") and (element.text or "").strip() and element.get("type") not in ("application/json", "application/ld+json"):
            outcome.expect(False, f"{where}: inline {element.tag}")


def reported(who: Visitor, **words: str) -> Answer:
    """A new matter, with these words and what the form needs besides."""
    form = next(f for f in forms_of(who.get("/cases/new"), "/cases/new") if any(c.name == "text" for c in f.controls))
    given = {c.name: c.value for c in form.controls if c.kind == "hidden"}
    given |= {c.name: next(filter(None, [c.value, *c.options]), "") for c in form.controls if c.required and c.kind == "select"}
    return who.send("POST", form.action, data=given | {"result": "help"} | words, files={} if form.uploads else None)


def set_planted(attack: Attack) -> None:
    """Payloads in what people can hardly reach by clicking: titles, texts, names of matters and persons of all kinds."""
    who = attack.visitors["worker"]
    for number, payload in enumerate(PAYLOADS):
        reported(who, text=f"{payload} 漏水 {number}", title=payload, name=payload, place=payload)


@check
def stored_scripts_on_pages(attack: Attack, outcome: Outcome) -> None:
    """Every form of twelve roles filled with markup, handlers, sums for templates, formulas and headers; then every page of every role is read as a browser reads it: nothing became markup."""
    set_planted(attack)
    attack.target.notes["fields"] = plant(attack, outcome)
    pages = 0
    for number, login in enumerate(sorted(attack.visitors)):
        for path, answer in crawl(attack.visitors[login], attack.pages, 100 + number):
            judge(outcome, f"{shape(path)} as {login}", answer)
            pages += 1
    door = attack.fresh("198.51.100.40")
    for path in ("/door", "/door/report", "/door/about", "/door/report?community=%22%3E%3Cxssmark%3E", "/door?lang=%22%3E%3Cxssmark%3E"):
        judge(outcome, path, door.get(path))
    outcome.facts["pages"] = pages


@check
def scripts_reflected(attack: Attack, outcome: Outcome) -> None:
    """Payloads in the query of every page, in addresses, and in the fields of forms that come back."""
    names = ("q", "page", "area", "state", "process", "order", "before", "lang", "next", "show", "role", "month", "day", "on", "community", "tier", "status", "team", "handler", "view", "from", "to")
    for login in ("operator", "head", "system", "security", "audit"):
        who = attack.visitors[login]
        for page in (*STARTS, "/door/report", "/login", "/board/rates", "/matters/together"):
            for payload in PAYLOADS[:6]:
                query = "&".join(f"{name}={quoted(payload)}" for name in names)
                answer = who.get(f"{page}?{query}")
                outcome.expect(0 < answer.status < 500, f"{page}: {answer.status} {answer.cut}")
                judge(outcome, f"{page}?…", answer)


def quoted(text: str) -> str:
    """As part of an address."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


@check
def formulas_and_words_in_exports(attack: Attack, outcome: Outcome) -> None:
    """Workbooks and CSV files made after the planting: no cell is a formula, no link leads outside, no CSV cell begins like a formula."""
    who = attack.visitors["operator"]
    for query in ("", "status=all"):
        who.post("/matters/exports", {"query": query})
    end = time.monotonic() + 60
    ids: list[Any] = []
    while time.monotonic() < end and not ids:
        ids = attack.target.rows("SELECT e.id FROM exports e JOIN accounts a ON a.id = e.account_id WHERE e.state = 'done' AND a.login = 'operator'")
        time.sleep(0.5)
    outcome.expect(bool(ids), "no workbook was made in a minute")
    for (id,) in ids:
        answer = who.post(f"/matters/exports/{id}")
        if outcome.expect(answer.body.startswith(b"PK"), f"export {id}: {answer.status}"):
            read_workbook(outcome, answer.body)
    audit = attack.visitors["audit"]
    for path in ("/trail/export", "/trail/readings/export"):
        answer = audit.post(path)
        rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
        outcome.expect(answer.status == 200 and bool(rows), f"{path}: {answer.status}")
        for cell in (cell for row in rows for cell in row):
            outcome.tries += 1
            if cell[:1] in ("=", "+", "@", "\t", "\r") or (cell[:1] == "-" and not re.fullmatch(r"-?\d+(\.\d+)?|-+", cell)):
                outcome.expect(False, f"{path}: a cell begins {cell[:20]!r}")


def read_workbook(outcome: Outcome, content: bytes) -> None:
    """No formula and no link in any sheet."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        for name in book.namelist():
            raw = book.read(name)
            if name.endswith((".xml", ".rels")):
                etree.fromstring(raw)
            outcome.expect(not (name.startswith("xl/worksheets/") and re.search(rb"<f[ >]", raw)), f"{name}: a formula")
            outcome.expect(b"evil.example" not in raw or b"relationships/hyperlink" not in raw, f"{name}: a link outside")
            outcome.expect(str(PRODUCT).encode() not in raw, f"{name}: a sum was worked out")


@check
def words_in_mails(attack: Attack, outcome: Outcome) -> None:
    """Mails sent since the planting: no header was made up, nobody else was written to, nothing in the HTML part became markup."""
    for recipients, mail in list(attack.target.sink.mails):
        outcome.expect(not any("evil" in one for one in recipients) and not mail.get("Bcc"), "a mail went to somebody made up")
        outcome.expect(len(mail.get_all("Subject") or []) == 1 and "\n" not in str(mail["Subject"]).replace("\n ", ""), "a subject broke")
        for part in mail.walk():
            if part.get_content_type() == "text/html":
                judge(outcome, "a mail", Answer(200, [("Content-Type", "text/html")], content_of(part)))
    outcome.facts["mails"] = len(attack.target.sink.mails)
    outcome.expect(bool(attack.target.sink.mails), "no mail came: nothing was shown")


def content_of(part: Message) -> bytes:
    """The bytes of a part."""
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


@check
def words_in_papers(attack: Attack, outcome: Outcome) -> None:
    """Word and PDF papers and the printed record of matters with payloads: well-formed, the words stand there as words, nothing is fetched."""
    who, made = attack.visitors["head"], 0
    cases = attack.target.rows("SELECT id FROM cases WHERE process = 'dispute' AND (title LIKE '%1337%' OR title LIKE '%xss%' OR text LIKE '%xss%') ORDER BY id")
    for (case,) in cases[:14]:
        judge(outcome, "the printed record", who.get(f"/cases/{case}/record"))
        page = who.get(f"/cases/{case}/papers")
        keys = [option for form in forms_of(page, "/") for c in form.controls if c.name == "paper" for option in (c.options or [c.value])]
        for medium in ("word", "pdf"):
            for key in list(dict.fromkeys(filter(None, keys)))[:2]:
                answer = who.post(f"/cases/{case}/papers", {"paper": key, "medium": medium, "copies": "1"})
                if answer.status == 200 and not answer.is_html:
                    made += 1
                    read_paper(outcome, medium, answer.body)
    outcome.facts["papers"] = made
    outcome.expect(made > 0, "no paper was made: nothing was shown")


def read_paper(outcome: Outcome, medium: str, content: bytes) -> None:
    """A paper as its reader opens it."""
    if medium == "word":
        with zipfile.ZipFile(io.BytesIO(content)) as paper:
            for name in paper.namelist():
                if name.endswith((".xml", ".rels")):
                    root = etree.fromstring(paper.read(name))
                    outcome.expect("evil.example" not in str(root.xpath("//@Target")), f"{name}: a link outside")
        return
    reader = PdfReader(io.BytesIO(content))
    text = "".join(page.extract_text() for page in reader.pages)
    outcome.expect(str(PRODUCT) not in text, "a paper worked out a sum")
    raw = str(reader.trailer["/Root"])
    outcome.expect("/JavaScript" not in raw and "/OpenAction" not in raw, "a paper runs something")


@check
def injected_sql(attack: Attack, outcome: Outcome) -> None:
    """Conditions, unions, comments and slow functions in every search and filter: as many rows as nonsense gives, and as fast."""
    who = attack.visitors["operator"]
    nonsense = len(set(re.findall(r"/cases/\d+", who.get("/matters?q=zzqqzz&status=all").text)))
    tricks = ("' OR '1'='1", "' OR 1=1 --", '" OR ""="', "%' OR title LIKE '%", "\\' OR 1=1 --", "'||(SELECT 1)||'", "1) OR (1=1", "_", "%", "__", "zz%", "' AND randomblob(900000000)>0 --", "'; SELECT pg_sleep(8) --", "'/**/UNION/**/SELECT/**/1--")
    for trick in tricks:
        for name in ("q", "area", "state", "order", "category", "team", "handler", "registered_from", "process"):
            began = time.monotonic()
            answer = who.get(f"/matters?status=all&{name}={quoted(trick)}")
            outcome.expect(answer.status < 500 and time.monotonic() - began < 6, f"{name}={trick!r}: {answer.status}, {time.monotonic() - began:.1f} s")
            if name == "q" and trick not in ("_", "%"):
                rows = len(set(re.findall(r"/cases/\d+", answer.text)))
                outcome.expect(rows <= nonsense + 14, f"{trick!r} finds {rows} matters")  # those planted hold such words
    outcome.expect(attack.target.rows("SELECT count(*) FROM cases")[0][0] > 0, "the matters are gone")


@check
def fields_that_were_not_asked(attack: Attack, outcome: Outcome) -> None:
    """Columns and rights sent beside the fields of forms and in JSON: nothing of it is taken, JSON with it is refused."""
    extra = {"state": "closed", "tier": "red", "number": "EVIL-1", "holder_account": "1", "registered_at": "2020-01-01", "closed_at": "2020-01-01", "role": "system_admin", "is_admin": "1", "rights_version": "99", "account_id": "1", "id": "1", "version": "77", "active": "0", "must_change": "0", "password_hash": "x", "trail_seq": "9"}
    who = attack.visitors["worker"]
    answer = reported(who, **{**extra, "text": "楼道灯不亮要求处理一下"})
    outcome.expect(answer.status == 302, f"a plain sending with more fields: {answer.status}")
    row = attack.target.rows("SELECT state, number, closed_at, id FROM cases WHERE text LIKE '%楼道灯不亮要求处理一下%'")
    outcome.expect(bool(row) and row[0][0] != "closed" and row[0][1] != "EVIL-1" and row[0][2] is None and row[0][3] != 1, f"columns were taken from the form: {row}")
    before = attack.target.rows("SELECT login, rights_version, active, password_hash FROM accounts WHERE login = 'worker'")
    who.post("/account/notices", extra)
    who.post("/language", {"language": "zh_Hans", "next": "/", **extra})
    outcome.expect(before == attack.target.rows("SELECT login, rights_version, active, password_hash FROM accounts WHERE login = 'worker'"), "an account changed by fields that were not asked")
    tokens = attack.target.notes.get("tokens", {})
    for path, body in (("/api/v1/cases", {"text": "x" * 20, "area_id": 1}), ("/api/v1/incoming", {"text": "x" * 20, "source": "hotline"})):
        for name, value in extra.items():
            reply = attack.fresh().send("POST", path, json=body | {name: value}, headers={"Authorization": f"Bearer {tokens.get('worker', '')}"})
            outcome.expect(reply.status in (400, 401, 403), f"POST {path} with {name}: {reply.status}")
    outcome.expect(attack.fresh().log_in("worker", PASSWORD).status == 302, "the account no longer opens")
