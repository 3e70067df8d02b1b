"""Log-ins, sessions, codes and limits: what a stranger with time can get."""

import re
import time
from datetime import UTC, datetime

from tools.security.checks import Attack, check
from tools.security.outcome import Outcome
from tools.security.server import PASSWORD
from tools.security.visitor import Visitor, forms_of

NEW = "Quiet-River-42"


def count_until(send: object, status: int, most: int) -> int:
    """How many tries until that status came; `most` and one when it never did."""
    for number in range(1, most + 1):
        if send().status == status:  # type: ignore[operator]
            return number
    return most + 1


@check
def brute_force_of_passwords(attack: Attack, outcome: Outcome) -> None:
    """Wrong passwords: one account locks, one address waits, whatever was wrong reads the same, and the right one is no way round a lock."""
    guesser = attack.fresh("198.51.100.20")
    page = guesser.get("/login")
    guesser.token = next(form.token() for form in forms_of(page, "/login") if form.token())
    answers = [guesser.post("/login", {"login": "mediator", "secret": f"Wrong-{n}-Guess"}) for n in range(6)]
    unknown = guesser.post("/login", {"login": "nobody.here", "secret": "Wrong-1-Guess"})
    outcome.tries += 7
    mains = {a.text.split("<main")[1].split("<form")[0] for a in (answers[0], unknown) if a.status == 422}
    outcome.expect(len(mains) == 1, "unknown and known log-ins read differently")
    right = attack.fresh("198.51.100.21")
    outcome.expect(right.log_in("mediator").status != 302, "a locked account lets the right password in")
    waits = count_until(lambda: guesser.post("/login", {"login": "nobody.else", "secret": "x"}), 429, 40)
    outcome.expect(waits <= 40, "an address may guess for ever")
    outcome.expect(attack.visitors["mediator"].get("/desk").status == 200, "who is in already is thrown out by a stranger's guesses")
    outcome.facts["wrong_until_the_address_waits"] = waits + 7


@check
def brute_force_of_door_codes(attack: Attack, outcome: Outcome) -> None:
    """Codes of the residents' door guessed: the same answer for all of them, and soon a wait."""
    guesser = attack.fresh("198.51.100.30")
    pages = set()

    def guess() -> object:
        form = next(form for form in forms_of(guesser.get("/door/follow"), "/door/follow") if any(c.name == "code" for c in form.controls))
        data = {c.name: c.value for c in form.controls} | {"code": f"{outcome.tries:020d}"}
        outcome.tries += 1
        answer = guesser.send("POST", "/door/follow", data=data)
        if answer.status == 422:
            pages.add(answer.text.split("<main")[1].split("<form")[0])
        return answer

    waits = count_until(guess, 429, 40)
    outcome.expect(waits <= 40, "codes may be guessed for ever")
    outcome.expect(len(pages) <= 1, "wrong codes are told apart")
    outcome.facts["codes_until_the_address_waits"] = waits


@check
def timing_of_log_in_and_door(attack: Attack, outcome: Outcome) -> None:
    """Known and unknown log-ins, unknown and worn-out codes take the same time: medians of interleaved tries differ by less than their spread."""
    sides: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(16):
        for side, login in (("known", "street.mediator"), ("unknown", "street.nobody")):
            stranger = attack.fresh(f"203.0.113.{number * 2 + (side == 'known')}")
            page = stranger.get("/login")
            stranger.token = next(form.token() for form in forms_of(page, "/login") if form.token())
            began = time.perf_counter()
            stranger.post("/login", {"login": login, "secret": f"Wrong-Guess-{number}"})
            sides[side].append(time.perf_counter() - began)
            outcome.tries += 1
    medians = {side: sorted(times)[len(times) // 2] for side, times in sides.items()}
    outcome.facts["log_in_ms"] = {side: round(value * 1000, 1) for side, value in medians.items()}
    ratio = max(medians.values()) / min(medians.values())
    outcome.expect(ratio < 1.6, f"known and unknown log-ins differ {ratio:.2f} times")


@check
def sessions(attack: Attack, outcome: Outcome) -> None:
    """A cookie from before the log-in, after logging out, after a new password, after the account was switched off; a token of a form used by another log-in."""
    victim = Visitor(attack.target.port, "192.0.2.77", "grid.secretary")
    victim.get("/login")
    fixed = dict(victim.cookies)
    outcome.expect(victim.log_in().status == 302, "cannot log in")
    outcome.expect(victim.cookies != fixed, "the cookie stays the same over the log-in")
    attacker = attack.fresh()
    attacker.cookies = fixed
    outcome.expect(attacker.get("/desk").status == 302, "a cookie given before the log-in opens the desk")
    second = attack.arrive("grid.secretary", "192.0.2.78")
    stolen = dict(second.cookies)
    second.post("/logout")
    attacker.cookies = dict(stolen)
    outcome.expect(attacker.get("/desk").status == 302, "a cookie works after logging out")
    elsewhere = attack.arrive("grid.secretary", "192.0.2.79")
    changed = victim.post("/account/password", {"old": PASSWORD, "new": NEW, "again": NEW})
    outcome.expect(changed.status == 302, f"the password cannot be changed: {changed.status}")
    outcome.expect(elsewhere.get("/desk").status == 302, "another log-in lives on after a new password")
    outcome.expect(victim.get("/desk").status == 200, "the one who changed it is thrown out")
    security, account = attack.visitors["security"], attack.target.rows("SELECT id FROM accounts WHERE login = 'grid.secretary'")[0][0]
    security.post(f"/accounts/{account}/active", {"active": "0"})
    outcome.expect(victim.get("/desk").status == 302, "an account that is off goes on")
    outcome.expect(attack.fresh("192.0.2.80").log_in("grid.secretary", NEW).status != 302, "an account that is off logs in")
    security.post(f"/accounts/{account}/active", {"active": "1"})
    attack.visitors.pop("grid.secretary", None)


@check
def what_a_reset_ends(attack: Attack, outcome: Outcome) -> None:
    """A password reset by the administrator ends log-ins, tokens of programs and the calendar address of the account."""
    who = attack.arrive("street.head", "192.0.2.81")
    page = who.post("/account/feed", {"titles": "1"})
    found = re.search(r"/feeds/[\w-]+\.ics", page.text)
    path = found[0] if found else "/feeds/none.ics"
    outcome.expect(attack.fresh().get(path).status == 200, "there is no calendar address to try")
    account = attack.target.rows("SELECT id FROM accounts WHERE login = 'street.head'")[0][0]
    attack.visitors["security"].post(f"/accounts/{account}/reset")
    outcome.expect(who.get("/desk").status == 302, "log-ins live on after a reset")
    outcome.expect(attack.fresh("198.51.100.31").get(path).status == 404, "the calendar address answers after a reset")
    alive = attack.target.rows("SELECT count(*) FROM api_tokens WHERE account_id = :id AND revoked_at IS NULL", id=account)[0][0]
    outcome.expect(not alive, "tokens live on after a reset")
    attack.visitors.pop("street.head", None)


@check
def limits_of_requests(attack: Attack, outcome: Outcome) -> None:
    """Searches and papers of one account, open pages of one address: from some number on 429 with Retry-After, over all worker processes; others are not held up."""
    who = attack.arrive("street.secretary", "192.0.2.82")
    while datetime.now(UTC).second > 40:
        time.sleep(0.5)  # all within one minute
    found = count_until(lambda: who.get("/matters?q=zzzz"), 429, 200)
    outcome.tries += found
    outcome.expect(100 <= found <= 200, f"searches: {found} before the limit")
    outcome.expect(attack.visitors["head"].get("/matters?q=zzzz").status == 200, "another account waits, too")
    refused = who.get("/matters?q=zzzz")
    outcome.expect(refused.status != 429 or refused.header("Retry-After").isdigit(), "without Retry-After")
    case = attack.target.rows("SELECT id FROM cases WHERE process = 'dispute' ORDER BY id LIMIT 1")[0][0]
    heavy = count_until(lambda: attack.visitors["supervisor"].get(f"/cases/{case}/record"), 429, 60)
    outcome.tries += heavy
    outcome.expect(heavy <= 60, "printed records without limit")
    outcome.facts |= {"searches_until_429": found, "heavy_until_429": heavy}
