"""Settings: what production insists on, what a wrong one says, and that the documented table is the real one."""

import base64
from pathlib import Path
from typing import Any

import pytest

from casemgr import config
from casemgr.config import BadSettings, load_settings, new_secrets

ROOT = Path(__file__).parent.parent


def load(**given: Any) -> config.Settings:
    return load_settings(**{"_env_file": None, **given})


def test_the_documented_table_is_the_real_one() -> None:
    assert (ROOT / "docs/configuration.md").read_text(encoding="utf-8") == config.describe(), "run: make settings"


@pytest.mark.parametrize("missing", config.SECRETS)
def test_production_refuses_to_start_without_a_secret(missing: str, tmp_path: Path) -> None:
    given = {name: value for name, value in new_secrets().items() if name != missing}
    with pytest.raises(BadSettings, match=f"CASEMGR_{missing.upper()} is not set"):
        load(environment="production", data_dir=tmp_path, **given)
    assert not list(tmp_path.iterdir())


def test_production_names_every_missing_secret_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as refusal:
        load(environment="production", data_dir=tmp_path)
    assert [line.split()[0] for line in str(refusal.value).splitlines()] == [
        f"CASEMGR_{n.upper()}" for n in config.SECRETS
    ]


def test_production_refuses_a_short_signing_key() -> None:
    with pytest.raises(BadSettings, match="CASEMGR_SECRET_KEY is too short"):
        load(environment="production", **{**new_secrets(), "secret_key": "short"})


def test_production_starts_with_its_secrets() -> None:
    settings = load(environment="production", **new_secrets())
    assert settings.is_production
    assert len(settings.index_key) == 32


def test_development_makes_its_secrets_once(tmp_path: Path) -> None:
    first, second = load(data_dir=tmp_path / "var"), load(data_dir=tmp_path / "var")
    assert first.secret_key.get_secret_value()
    assert first.sealing_keys == second.sealing_keys
    assert first.secret_key == second.secret_key
    assert (tmp_path / "var" / config.LOCAL_SECRETS).stat().st_mode & 0o077 == 0


def test_the_first_key_seals() -> None:
    old, new = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
    settings = load(**{**new_secrets(), "data_keys": f"2:{new}, 1:{old}"})
    assert list(settings.sealing_keys) == ["2", "1"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data_keys", "1:not base64!"),
        ("data_keys", "1:c2hvcnQ="),
        ("data_keys", "long:" + base64.b64encode(bytes(32)).decode()),
        ("blind_index_key", "c2hvcnQ="),
        ("port", "70000"),
        ("port", "eighty"),
        ("database_url", "mysql://somewhere/else"),
        ("environment", "live"),
    ],
)
def test_a_wrong_value_is_named_and_not_repeated(name: str, value: str) -> None:
    with pytest.raises(BadSettings) as refusal:
        load(**{name: value})
    assert f"CASEMGR_{name.upper()}" in str(refusal.value)
    assert value not in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


def test_the_environment_gives_values(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CASEMGR_PORT", "8123")
    monkeypatch.setenv("CASEMGR_SMTP_HOST", "")
    settings = load(data_dir=tmp_path)
    assert settings.port == 8123
    assert settings.smtp_host == ""


def test_settings_show_no_secrets() -> None:
    secrets = new_secrets()
    shown = repr(load(**secrets, database_url="postgresql://casemgr:hidden@db/casemgr", smtp_password="hidden"))
    assert "hidden" not in shown
    assert not [value for value in secrets.values() if value in shown]


def test_postgresql_is_spelt_out() -> None:
    assert load(**new_secrets(), database_url="postgresql://a@b/c").database_url == "postgresql+psycopg://a@b/c"
