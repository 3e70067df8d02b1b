"""Logging in by an outside service, against a real OpenID provider (tests/provider) that npm installs into a temporary folder.

Without Node, npm or its registry the tests are skipped, and say why.
"""

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient

import casemgr
from casemgr import db
from casemgr.clock import FixedClock
from casemgr.config import BadSettings, Settings, load_settings
from casemgr.errors import AlreadyThere
from casemgr.models import Account, LoginSession, OutsideLogin
from casemgr.services import accounts
from tests.conftest import COMPILED, values_for_tests
from tests.world import PASSWORD, World, log_in, token_of

FILES = Path(__file__).parents[1] / "provider"
BASE = "http://127.0.0.1:8000"
NETWORK = ("ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EAI_AGAIN", "ENETUNREACH")
OLDEST_NODE = 18
pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@dataclass(frozen=True)
class Provider:
    """The provider that runs, and what casemgr is called there."""

    issuer: str
    client_id: str = "casemgr"
    secret: str = "only for tests"


def node() -> str:
    """The Node that will do; skips where there is none."""
    found = shutil.which("node")
    if not found or not shutil.which("npm"):
        pytest.skip("the outside log-in was NOT tested: Node and npm are not installed")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    if int(re.findall(r"\d+", version)[0]) < OLDEST_NODE:
        pytest.skip(f"the outside log-in was NOT tested: Node {version.strip()} is older than {OLDEST_NODE}")
    return found


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """The provider, installed as its lock file says, answering on a free port."""
    program, folder = node(), tmp_path_factory.mktemp("provider")
    for name in ("package.json", "package-lock.json", "provider.mjs"):
        shutil.copy(FILES / name, folder)
    install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
    done = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=120)
    if done.returncode and any(word in done.stderr for word in NETWORK):
        pytest.skip("the outside log-in was NOT tested: the npm registry cannot be reached")
    assert done.returncode == 0, done.stderr
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Provider(f"http://127.0.0.1:{port}")
    arguments = [str(port), made.client_id, made.secret, f"{BASE}/login/outside/back", f"{BASE}/login"]
    process = subprocess.Popen([program, "provider.mjs", *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout
        said = [line for line in iter(process.stdout.readline, "ready\n") if line.strip()]
        assert process.poll() is None, "".join(said)
        yield made
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture
def given() -> dict[str, Any]:
    """Settings of a test beside those of the provider."""
    return {}


@pytest.fixture
def settings(db_url: str, tmp_path: Path, provider: Provider, given: dict[str, Any]) -> Settings:
    values = {
        **values_for_tests(db_url, tmp_path / "data"), "base_url": BASE, "oidc_issuer": provider.issuer,
        "oidc_client_id": provider.client_id, "oidc_client_secret": provider.secret, "oidc_name": "政务统一登录", **given,
    }  # fmt: skip
    return load_settings(**values, _env_file=None)


def link(app: Flask, world: World, provider: Provider, who: str, subject: str) -> None:
    with app.extensions["sessions"]() as session, db.transaction(session):
        accounts.link_outside(
            session, world.accounts[who].id, provider.issuer, subject,
            actor=world.actor(session, "security_admin"), at=world.at,
        )  # fmt: skip


def at_provider(start: str, subject: str) -> str:
    """What a person does at the service: log in and agree; the address it sends the browser back to."""
    browser = requests.Session()
    answer = browser.get(start, allow_redirects=False, timeout=10)
    for _ in range(12):
        if answer.is_redirect:
            address = urljoin(answer.url, answer.headers["Location"])
            if address.startswith(BASE):
                return address
            answer = browser.get(address, allow_redirects=False, timeout=10)
            continue
        form = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
        assert form, answer.text[:400]
        fields = {"prompt": re.findall(r'name="prompt" value="(\w+)"', answer.text)[0], "login": subject, "password": "any"}
        answer = browser.post(urljoin(answer.url, form[1]), data=fields, allow_redirects=False, timeout=10)
    raise AssertionError("the service leads nowhere")


def come_back(client: FlaskClient, subject: str, start: str = "/login/outside") -> Any:
    """The whole way; the answer to the browser that is back."""
    begun = client.get(start)
    assert begun.status_code == 302
    return client.get(at_provider(begun.location, subject).removeprefix(BASE))


def test_who_is_linked_logs_in_and_nobody_else(app: Flask, world: World, provider: Provider) -> None:
    link(app, world, provider, "head_a", "id-4711")
    client = app.test_client()
    assert "政务统一登录" in client.get("/login").text
    assert come_back(client, "id-4711", "/login/outside?next=/account").location == "/account"
    assert world.accounts["head_a"].name in client.get("/account").text
    with app.extensions["readings"]() as session:
        before = session.query(Account).count()
        assert session.query(LoginSession).one().way == "outside"
    stranger = app.test_client()
    assert come_back(stranger, "head_b").location == "/login", "a login is no subject"
    assert "head_b" in stranger.get("/login").text, "what to tell the administrator"
    assert stranger.get("/account").status_code == 302
    with app.extensions["readings"]() as session:
        assert session.query(Account).count() == before
        assert session.query(OutsideLogin).count() == 1
    with app.extensions["sessions"]() as session, pytest.raises(AlreadyThere):
        accounts.link_outside(
            session, world.accounts["head_b"].id, provider.issuer, "id-4711",
            actor=world.actor(session, "security_admin"), at=world.at,
        )  # fmt: skip


def test_state_nonce_and_proof_hold(app: Flask, world: World, provider: Provider) -> None:
    link(app, world, provider, "head_a", "id-4711")
    client, other = app.test_client(), app.test_client()
    begun = client.get("/login/outside").location
    asked = parse_qs(urlsplit(begun).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert all(asked[name][0] for name in ("state", "nonce", "code_challenge"))
    back = at_provider(begun, "id-4711").removeprefix(BASE)
    assert other.get(back).location == "/login", "the way of another browser"
    assert other.get("/account").status_code == 302
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert client.get(back.replace(state, "another")).location == "/login"
    assert client.get(back).location == "/"
    assert client.get(back).location == "/login", "a second time"
    cookie = client.get_cookie("casemgr")
    other.get("/login/outside")
    assert cookie
    for query in ("", "?error=access_denied&state=x", "?code=1", "?code=1&state=x"):
        assert other.get(f"/login/outside/back{query}").location == "/login"


def test_ended_off_and_locked_accounts_stay_out(app: Flask, world: World, provider: Provider) -> None:
    link(app, world, provider, "head_a", "id-4711")
    with app.extensions["sessions"]() as session, db.transaction(session):
        by = {"actor": world.actor(session, "security_admin"), "at": world.at}
        accounts.set_active(session, world.accounts["head_a"].id, False, **by)
    assert come_back(app.test_client(), "id-4711").location == "/login"
    with app.extensions["sessions"]() as session, db.transaction(session):
        accounts.set_active(session, world.accounts["head_a"].id, True, **by)
    for _ in range(5):
        log_in(app.test_client(), "head_a", "wrong")
    assert come_back(app.test_client(), "id-4711").location == "/login"
    link(app, world, provider, "head_b", "id-9")
    link(app, world, provider, "head_b", "")
    assert come_back(app.test_client(), "id-9").location == "/login"


@pytest.mark.parametrize("given", [{"oidc_match": "login", "local_login": "administrators"}])
def test_by_a_claim_with_passwords_for_administrators_alone(app: Flask, world: World, given: dict[str, Any]) -> None:
    client = app.test_client()
    assert come_back(client, "id-head_a").location == "/"
    assert client.get("/account").status_code == 200
    refused = log_in(app.test_client(), "head_a", PASSWORD)
    assert refused.status_code == 422
    assert "政务统一登录" in refused.text
    assert log_in(app.test_client(), "head_a", "wrong").status_code == 422
    assert log_in(app.test_client(), "security_admin", PASSWORD).status_code == 302
    token = token_of(client.get("/account").text)
    left = client.post("/logout", data={"csrf_token": token})
    assert left.location == "/login?left=1"
    assert "/login/outside/leave" in client.get(left.location).text
    end = client.get("/login/outside/leave").location
    assert end.startswith(app.extensions["settings"].oidc_issuer)
    assert requests.get(end, timeout=10).status_code == 200
    assert client.get("/account").status_code == 302


def test_a_service_that_is_gone_is_said(settings: Settings, clock: FixedClock, db_url: str, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{free.getsockname()[1]}"
    app = casemgr.create_app(settings.model_copy(update={"oidc_issuer": gone}), clock=clock)
    app.jinja_env.bytecode_cache = COMPILED
    client = app.test_client()
    assert client.get("/login/outside").location == "/login"
    assert "message-error" in client.get("/login").text
    app.extensions["engine"].dispose()
    with pytest.raises(BadSettings, match="belong together"):
        load_settings(**{**values_for_tests(db_url, tmp_path), "oidc_issuer": gone}, _env_file=None)
    with pytest.raises(BadSettings, match="https"):
        load_settings(
            **{**values_for_tests(db_url, tmp_path), "environment": "production", "oidc_issuer": gone, "oidc_client_id": "x"},
            _env_file=None,
        )  # fmt: skip
