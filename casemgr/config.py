"""Every setting, typed and described once. The environment (or a file `.env`) gives the values, prefix CASEMGR_.

docs/configuration.md is written from here (`make settings`). Numbers of the rules are not settings: they
stand in workflows/rules/.
"""

import base64
import binascii
import json
import os
import re
import secrets
import sys
from datetime import time
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from workflows.roles import POST_ROLES

KEY_BYTES = 32
KEY_NAME = re.compile("[A-Za-z0-9]")
SECRETS = ("secret_key", "data_keys", "blind_index_key")
LOCAL_SECRETS = "local-secrets.json"
NEEDED = "Production does not start without it: see docs/configuration.md, Secrets."


class BadSettings(ValueError):
    """The programme cannot start like this; the text says why, one clear sentence a line."""


class Settings(BaseSettings):
    """The settings of one installation. Sections follow docs/configuration.md."""

    model_config = SettingsConfigDict(env_prefix="CASEMGR_", env_file=".env", env_ignore_empty=True, extra="ignore")

    environment: Literal["production", "development", "demo", "test"] = Field(
        "development", description="What this installation is. Only `production` insists on secrets and safe cookies."
    )
    database_url: str = Field(
        "sqlite:///var/casemgr.sqlite3",
        repr=False,
        description="`sqlite:///path` or `postgresql+psycopg://user:password@host:port/name`.",
    )
    database_pooler: bool = Field(
        False, description="PgBouncer in transaction mode stands between: no prepared statements are kept from one transaction to the next."
    )
    copy_dir: Path | None = Field(
        None, description="SQLite only: a folder on another disk that gets every commit and file before it is acknowledged. Empty: none."
    )
    data_dir: Path = Field(Path("var"), description="Folder of the attachments and of other files the programme keeps.")
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs sessions and forms; 32 characters or more. Secret.",
        json_schema_extra={"secret": True},
    )
    secret_key_fallbacks: SecretStr = Field(
        SecretStr(""),
        description="Earlier signing keys, parted by commas: what they signed is still read, nothing new is signed with them. Secret.",
        json_schema_extra={"secret": True},
    )
    data_keys: SecretStr = Field(
        SecretStr(""),
        description="Keys that seal phones, ID numbers and addresses: `id:base64 of 32 bytes`, several parted by commas. "
        "The first seals, all of them open. Secret; losing one loses what it sealed.",
        json_schema_extra={"secret": True},
    )
    blind_index_key: SecretStr = Field(
        SecretStr(""),
        description="Base64 of 32 bytes: finds sealed numbers again by a keyed digest. Secret.",
        json_schema_extra={"secret": True},
    )
    blind_index_fallbacks: SecretStr = Field(
        SecretStr(""),
        description="Earlier keys of that digest, parted by commas: numbers are searched for under all of them. Secret.",
        json_schema_extra={"secret": True},
    )

    host: str = Field("127.0.0.1", description="Address the pages listen on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the pages listen on.")
    base_url: str = Field("http://127.0.0.1:8000", description="Address people reach the pages at; stands in mails.")
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="How many reverse proxies in front set X-Forwarded-For, -Proto and -Host."
    )
    web_workers: int = Field(2, ge=1, le=64, description="Processes serving pages.")
    web_threads: int = Field(8, ge=1, le=64, description="Threads in each of them.")
    max_upload_mb: int = Field(20, ge=1, le=1024, description="Largest request, in megabytes.")

    default_locale: Literal["zh_Hans", "en"] = Field("zh_Hans", description="Language until a person chooses.")
    timezone: str = Field("Asia/Shanghai", description="Zone in which times are shown and entered.")

    door_enabled: bool = Field(True, description="Whether the residents' door is open: reports and following without an account.")
    door_url: str = Field(
        "",
        description="Address of a host that is the residents' door alone, such as `https://door.example.org`. Empty: `/door` of the "
        "address above.",
    )

    idle_minutes: int = Field(30, ge=1, le=480, description="A log-in ends after so long without a click, in minutes.")
    session_hours: int = Field(12, ge=1, le=72, description="A log-in ends after so long in any case, in hours.")
    password_min_length: int = Field(8, ge=8, le=128, description="Shortest password, in characters.")
    password_min_classes: int = Field(
        3, ge=1, le=4, description="Of small, capital, digit and sign, so many must occur."
    )
    password_max_days: int = Field(
        90, ge=0, le=3650, description="A password must be changed after so many days (0: never)."
    )
    password_history: int = Field(5, ge=0, le=24, description="So many former passwords may not be taken again.")
    lockout_failures: int = Field(5, ge=3, le=50, description="Wrong passwords in a row that lock an account.")
    lockout_minutes: int = Field(15, ge=1, le=1440, description="How long it stays locked, in minutes.")
    login_free_failures: int = Field(
        20, ge=3, le=1000, description="So many wrong log-ins from one network address go without waiting; then each waits longer."
    )
    login_longest_wait_seconds: int = Field(60, ge=1, le=3600, description="The longest of these waits, in seconds.")
    login_forget_minutes: int = Field(
        15, ge=1, le=1440, description="After so long without a wrong log-in an address is forgotten, in minutes."
    )
    second_factor_roles: str = Field(
        "system_admin,security_admin,audit_admin",
        description="Roles whose log-in needs a second factor, parted by commas; empty: nobody's. Others may set one up.",
    )
    second_factor_grace_days: int = Field(
        14, ge=0, le=365, description="So many days from the first log-in on they may go without one."
    )
    oidc_issuer: str = Field("", description="Address of an OpenID Connect service to log in with. Empty: none.")
    oidc_client_id: str = Field("", description="What this installation is called there.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="And its secret. Secret.", json_schema_extra={"secret": True}
    )
    oidc_name: str = Field("", description="What people call that service: it stands on the button.")
    oidc_scope: str = Field("openid profile", description="What is asked of it.")
    oidc_match: Literal["subject", "login"] = Field(
        "subject",
        description="How an account is found: by the subject the security administrator linked, or by a claim that is its login.",
    )
    oidc_claim: str = Field(
        "preferred_username", description="The claim that is the login. Only one that people cannot change themselves."
    )
    oidc_checks_factor: bool = Field(False, description="That service asks for a second factor itself: it is not asked for here.")
    local_login: Literal["everybody", "administrators"] = Field(
        "everybody", description="Who may log in with a password where an outside service is set."
    )
    argon2_memory_kib: int = Field(65536, ge=8, description="Memory of one password hash, in KiB.")
    argon2_time_cost: int = Field(3, ge=1, le=20, description="Rounds of one password hash.")
    argon2_parallelism: int = Field(4, ge=1, le=16, description="Lanes of one password hash.")

    smtp_host: str = Field("", description="Mail server. Empty: no mails, the inbox of the pages alone.")
    smtp_port: int = Field(25, ge=1, le=65535, description="Its port.")
    smtp_user: str = Field("", description="Its user, if it asks for one.")
    smtp_password: SecretStr = Field(
        SecretStr(""), description="And the password. Secret.", json_schema_extra={"secret": True}
    )
    smtp_starttls: bool = Field(False, description="Encrypt the connection with STARTTLS; a failure is an error.")
    smtp_from: str = Field("casemgr@localhost", description="Sender of the mails.")
    smtp_timeout_seconds: int = Field(
        20, ge=1, le=300, description="Give up on the mail server after so long, in seconds."
    )

    mail_enabled: bool = Field(True, description="Off: no mail leaves, all of them wait. The inbox of the pages goes on.")
    mail_quiet_from: time = Field(
        time(20, 30), description="From this local time on only urgent mails and robot messages are sent …"
    )
    mail_quiet_to: time = Field(time(8, 0), description="… until this time. The same time twice: no quiet hours.")
    mail_hourly_cap: int = Field(
        20, ge=2, le=100_000, description="Messages to one person by one channel in an hour; what is more comes as one."
    )
    mail_attempts: int = Field(8, ge=1, le=50, description="A message is given up after so many failures.")

    api_requests_per_minute: int = Field(
        300, ge=10, le=1_000_000, description="Requests to the API that one token may make in a minute."
    )

    heavy_per_minute: int = Field(
        30, ge=0, le=1_000_000,
        description="Papers, workbooks and other work that costs much, of one account in a minute (0: no limit).",
    )
    search_per_minute: int = Field(
        120, ge=0, le=1_000_000, description="Searches and suggestions of one account in a minute (0: no limit)."
    )
    open_per_minute: int = Field(
        600, ge=0, le=1_000_000,
        description="Pages that are open without a log-in, the residents' door among them, for one network address in a minute "
        "(0: no limit).",
    )

    robots_enabled: bool = Field(True, description="Off: nothing goes to robots of chat groups; messages to them wait.")
    dingtalk_base: str = Field(
        "https://oapi.dingtalk.com/robot/send?access_token=",
        description="What the address of a DingTalk robot begins with, up to its token. Empty: none can be entered.",
    )
    wecom_base: str = Field(
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=", description="The same for WeCom."
    )
    feishu_base: str = Field("https://open.feishu.cn/open-apis/bot/v2/hook/", description="The same for Feishu.")
    webhook_origins: str = Field(
        "",
        description="Where webhooks may go: origins such as `https://hooks.example.org`, parted by commas. Empty: nowhere.",
    )
    webhook_attempts: int = Field(12, ge=1, le=50, description="A webhook's delivery is given up after so many failures.")
    outbound_proxy: str = Field("", description="Proxy for robots and webhooks, `http://host:port`. Empty: none.")
    outbound_ca_file: str = Field(
        "", description="File of certificates that robots' and webhooks' servers are checked with. Empty: the usual ones."
    )
    outbound_timeout_seconds: int = Field(
        10, ge=1, le=60, description="Give up on a robot's or webhook's server after so long, in seconds."
    )
    feeds_enabled: bool = Field(True, description="Whether a person may make a calendar address of their deadlines.")

    jobs_sweep_seconds: int = Field(20, ge=1, le=3600, description="How often due rungs are looked for, in seconds.")
    jobs_outbox_seconds: int = Field(20, ge=1, le=3600, description="How often waiting messages are sent, in seconds.")
    jobs_lease_seconds: int = Field(
        30, ge=3, le=600, description="A dead scheduler's timetable is taken over after so long, in seconds."
    )

    backup_dir: Path | None = Field(
        None, description="Folder where the backups arrive; `flask inspect` says how old the newest file in it is. Empty: not looked at."
    )
    backup_hours: int = Field(26, ge=1, le=8760, description="A newest backup older than so many hours is a fault.")
    metrics_host: str = Field("127.0.0.1", description="Address the numbers for Prometheus are read from; nothing of the pages is on it.")
    metrics_port: int = Field(0, ge=0, le=65535, description="Port of the pages' numbers, on each web host. 0: none.")
    jobs_metrics_port: int = Field(0, ge=0, le=65535, description="Port of a scheduler's numbers. 0: none.")

    export_days: int = Field(3, ge=1, le=90, description="Workbooks of lists are removed after so many days.")

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="How much is logged.")

    @field_validator("database_url")
    @classmethod
    def known_database(cls, value: str) -> str:
        """Only the two databases the programme is tested on, PostgreSQL with its driver spelt out."""
        if value.startswith("postgresql://"):
            value = value.replace("postgresql://", "postgresql+psycopg://", 1)
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
        return value

    @field_validator("door_url")
    @classmethod
    def whole_address(cls, value: str) -> str:
        """A scheme and a host, and nothing after it."""
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/")):
            raise ValueError("must be http:// or https:// and a host, without a path")
        return value

    @field_validator("second_factor_roles")
    @classmethod
    def known_roles(cls, value: str) -> str:
        """Only roles that there are."""
        if unknown := {role.strip() for role in value.split(",") if role.strip()} - POST_ROLES.keys():
            raise ValueError(f"has no roles {', '.join(sorted(unknown))}; there are {', '.join(sorted(POST_ROLES))}")
        return value

    @property
    def oidc_label(self) -> str:
        """What stands on the button of the outside log-in; "" where there is none."""
        return self.oidc_name or urlsplit(self.oidc_issuer).hostname or ""

    @property
    def factor_roles(self) -> tuple[str, ...]:
        """The roles whose log-in needs a second factor."""
        return tuple(role.strip() for role in self.second_factor_roles.split(",") if role.strip())

    @field_validator("blind_index_fallbacks")
    @classmethod
    def readable_fallbacks(cls, value: SecretStr) -> SecretStr:
        """Earlier keys of the right form and length."""
        for key in parted(value):
            decode_key(key)
        return value

    @field_validator("data_keys", "blind_index_key")
    @classmethod
    def readable_keys(cls, value: SecretStr, info: Any) -> SecretStr:
        """Keys of the right form and length, or none."""
        if value.get_secret_value():
            (parse_keys if info.field_name == "data_keys" else decode_key)(value.get_secret_value())
        return value

    @cached_property
    def sealing_keys(self) -> dict[str, bytes]:
        """Key id (one letter or digit) -> 32 bytes; the first one seals, all of them open."""
        return parse_keys(self.data_keys.get_secret_value())

    @cached_property
    def index_key(self) -> bytes:
        """The 32 bytes under which sealed numbers are found again."""
        return decode_key(self.blind_index_key.get_secret_value())

    @cached_property
    def earlier_index_keys(self) -> tuple[bytes, ...]:
        """Keys under which some numbers may still be kept."""
        return tuple(decode_key(key) for key in parted(self.blind_index_fallbacks))

    @property
    def earlier_secret_keys(self) -> list[str]:
        """Signing keys that were in use before."""
        return parted(self.secret_key_fallbacks)

    @property
    def files_dir(self) -> Path:
        """Where the files of matters lie, and nothing else."""
        return self.data_dir / "files"

    @property
    def exports_dir(self) -> Path:
        """Where workbooks of lists lie until they are removed."""
        return self.data_dir / "exports"

    @property
    def is_production(self) -> bool:
        """True where real people's matters are kept."""
        return self.environment == "production"


def parted(value: SecretStr) -> list[str]:
    """The secrets of a setting that holds several, parted by commas."""
    return [part.strip() for part in value.get_secret_value().split(",") if part.strip()]


def decode_key(text: str) -> bytes:
    """32 bytes from base64. Raises ValueError with a sentence that does not repeat the key."""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("is not base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"must be {KEY_BYTES} bytes, not {len(key)}")
    return key


def parse_keys(text: str) -> dict[str, bytes]:
    """`2:BASE64,1:BASE64` -> {"2": bytes, "1": bytes}, in that order. Raises ValueError."""
    keys: dict[str, bytes] = {}
    for part in text.split(","):
        name, _, key = part.strip().partition(":")
        if not KEY_NAME.fullmatch(name) or name in keys:
            raise ValueError("must be `id:base64`, parted by commas, each id one letter or digit and used once")
        keys[name] = decode_key(key)
    return keys


def new_secrets() -> dict[str, str]:
    """Fresh random values for the three secrets."""
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    index = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return {"secret_key": secrets.token_urlsafe(48), "data_keys": f"1:{key}", "blind_index_key": index}


def local_secrets(folder: Path) -> dict[str, str]:
    """The secrets of a development or demo installation: made once, kept in its data folder, readable by its owner."""
    path = folder / LOCAL_SECRETS
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(new_secrets()), encoding="utf-8")
        try:
            os.link(draft, path)  # the first process wins; the others read what it wrote
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return dict(json.loads(path.read_text(encoding="utf-8")))


def load_settings(**given: Any) -> Settings:
    """The settings from the environment; `given` goes before it. Raises BadSettings naming everything that is wrong."""
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise BadSettings("\n".join(sentence(fault) for fault in error.errors())) from None
    if settings.is_production and settings.oidc_issuer and not settings.oidc_issuer.startswith("https://"):
        raise BadSettings("CASEMGR_OIDC_ISSUER must begin with https:// in production.")
    if bool(settings.oidc_issuer) != bool(settings.oidc_client_id):
        raise BadSettings("CASEMGR_OIDC_ISSUER and CASEMGR_OIDC_CLIENT_ID belong together: set both or neither.")
    missing = [name for name in SECRETS if not getattr(settings, name).get_secret_value()]
    if missing and settings.is_production:
        raise BadSettings("\n".join(f"CASEMGR_{name.upper()} is not set. {NEEDED}" for name in missing))
    if settings.is_production:
        refuse_weak(settings)
    if missing:
        own = local_secrets(settings.data_dir)
        return load_settings(**{**given, **{name: own[name] for name in missing}})
    return settings


def settings_or_exit() -> Settings:
    """The settings, or the end of the process with the sentences that say why: for the outermost entry points."""
    try:
        return load_settings()
    except BadSettings as error:
        sys.exit(str(error))


def refuse_weak(settings: Settings) -> None:
    """Production does not start with a guessable signing key."""
    if len(settings.secret_key.get_secret_value()) < KEY_BYTES:
        raise BadSettings(f"CASEMGR_SECRET_KEY is too short: production wants {KEY_BYTES} characters or more.")


def sentence(fault: Any) -> str:
    """One fault of one setting, without the value: it may be a secret."""
    name = "_".join(str(part) for part in fault["loc"]).upper()
    return f"CASEMGR_{name}: {fault['msg'].removeprefix('Value error, ')}."


def describe() -> str:
    """docs/configuration.md: a row for every setting."""
    rows = [row(name, field) for name, field in Settings.model_fields.items()]
    return HEAD + "\n".join(rows) + "\n" + TAIL


def row(name: str, field: Any) -> str:
    """One line of the table."""
    secret = bool((field.json_schema_extra or {}).get("secret"))
    default = "" if secret or field.default in ("", None) else f"`{field.default}`"
    allowed = [word for word in getattr(field.annotation, "__args__", ()) if isinstance(word, str)]
    choice = f" One of {', '.join(f'`{word}`' for word in allowed)}." if allowed else ""
    return f"| `CASEMGR_{name.upper()}` | {default} | {field.description}{choice} |"


HEAD = """# Settings

Written from `casemgr/config.py` by `make settings`; a test keeps them equal.
Values come from the environment or from a file `.env` in the working folder. A wrong value stops the start
with one sentence that names the setting.

| Setting | Default | Meaning |
|---|---|---|
"""
TAIL = """
## Secrets

`make secrets` prints fresh values for the three secrets. In production all three must be given. In
`development` and `demo` missing ones are made once and kept in `local-secrets.json` in the data folder.

To change the sealing key, put the new one first and keep the old ones: `CASEMGR_DATA_KEYS=2:NEW,1:OLD`.
"""


def secrets_file() -> str:
    """Fresh secrets as lines for a file `.env`."""
    return "".join(f"CASEMGR_{name.upper()}={value}\n" for name, value in new_secrets().items())
