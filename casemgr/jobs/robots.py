"""Robots of DingTalk, WeCom and Feishu: how a message is written, signed and judged by what the far end answers.

A message goes to the base address of the settings with the robot's token behind it, and nowhere else. The three answer
HTTP 200 when they refuse: what counts is the code in the body.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casemgr.clock import SystemClock
from casemgr.config import Settings
from casemgr.jobs import wire
from casemgr.jobs.mails import WORDS, Translate, named, paragraph, translations
from casemgr.jobs.parcels import Parcel, Rejected, Target, Throttled
from casemgr.keys import Keyring
from casemgr.models import Robot
from workflows.notice_words import notice_sentence

MOST_LINES = 8  # of a message that gathers many notices
MOST_BYTES = 2000  # WeCom takes 2048 of a text


@dataclass(frozen=True)
class Call:
    """One request to a robot: what is added to the address, and the body."""

    params: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """What differs between the three: `code` and `said` name the fields of the answer."""

    base: Callable[[Settings], str]
    call: Callable[[Target, str, datetime], Call]
    code: str
    said: str
    too_many: frozenset[int]
    final: frozenset[int]


def sign(key: str, message: str) -> str:
    """HMAC-SHA256 in base64; whoever sends it encodes it for the address, once."""
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()


def dingtalk(target: Target, text: str, at: datetime) -> Call:
    """The signature goes into the address: timestamp in milliseconds, a newline and the secret, under the secret."""
    params = {}
    if target.secret:
        stamp = str(int(at.timestamp() * 1000))
        params = {"timestamp": stamp, "sign": sign(target.secret, f"{stamp}\n{target.secret}")}
    return Call(params, {"msgtype": "text", "text": {"content": text}})


def wecom(target: Target, text: str, at: datetime) -> Call:
    """No signature: the key in the address is the secret."""
    return Call({}, {"msgtype": "text", "text": {"content": text}})


def feishu(target: Target, text: str, at: datetime) -> Call:
    """The signature goes into the body: nothing, under timestamp in seconds, a newline and the secret."""
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if target.secret:
        stamp = str(int(at.timestamp()))
        body |= {"timestamp": stamp, "sign": sign(f"{stamp}\n{target.secret}", "")}
    return Call({}, body)


KINDS = {
    "dingtalk": Kind(
        lambda settings: settings.dingtalk_base, dingtalk, "errcode", "errmsg",
        frozenset((130101, 410100, 90018)), frozenset((300001, 300005, 310000, 400101, 400102)),
    ),
    "wecom": Kind(
        lambda settings: settings.wecom_base, wecom, "errcode", "errmsg",
        frozenset((45009, 45033)), frozenset((93000, 40008, 40058)),
    ),
    "feishu": Kind(
        lambda settings: settings.feishu_base, feishu, "code", "msg",
        frozenset((11232, 9499, 99991400)), frozenset((19001, 19021, 19022, 19024)),
    ),
}  # fmt: skip


def compose(parcel: Parcel, settings: Settings, at: datetime, translate: Translate | None = None) -> tuple[Target, str]:
    """The message as plain text in the receiver's language: what, how urgent, what to do, where."""
    say = translate or translations(parcel.locale).gettext
    count = len(parcel.lines) + parcel.rest
    shown = parcel.lines[:MOST_LINES]
    parts = [say(WORDS["gathered"]) % {"count": count}] if count > 1 else []
    for line in shown:
        told = notice_sentence(line.code, line.params, line.number, say)
        words, about, link = paragraph(told, line, settings, say)
        listed = [sentence for sentence, _, _ in named(line, settings, say)]
        parts.append("\n".join(filter(None, (words, about, *listed, link))))
    if count > len(shown):
        parts.append(say(WORDS["more"]) % {"count": count - len(shown)} + f"\n{settings.base_url}/notices")
    assert isinstance(parcel.to, Target)  # noqa: S101 - the outbox packs by channel
    return parcel.to, "\n\n".join(parts)


def target_of(robot: Robot, keys: Keyring) -> Target:
    """A robot with its secrets opened."""
    secret = keys.open(robot.secret, "robots.secret") if robot.secret else ""
    return Target(robot.kind, keys.open(robot.token, "robots.token"), secret, robot.area_id is not None)


class Robots:
    """The carrier of one kind of robot."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __enter__(self) -> "Robots":
        return self

    def __exit__(self, *error: Any) -> None:
        """Nothing is kept open."""

    def send(self, message: tuple[Target, str]) -> None:
        """Hand over one message. Raises Unreachable, NoAnswer, Throttled or Rejected."""
        target, text = message
        kind = KINDS[target.kind]
        call = kind.call(target, text.encode()[:MOST_BYTES].decode(errors="ignore"), SystemClock().now())
        body = json.dumps(call.body, ensure_ascii=False).encode()
        judge(kind, wire.post(kind.base(self.settings) + target.token, body, self.settings, params=call.params))


def judge(kind: Kind, answer: wire.Answer) -> None:
    """Return when the message was taken, else raise why not."""
    if answer.status == wire.TOO_MANY:
        raise Throttled(f"HTTP {answer.status}", answer.wait)
    if answer.status != 200:
        raise Rejected(f"HTTP {answer.status}", final=300 <= answer.status < 500)
    try:
        said = json.loads(answer.body)
        code = int(said[kind.code])
    except (ValueError, KeyError, TypeError):
        raise Rejected("the answer cannot be read", final=False) from None
    if code in kind.too_many:
        raise Throttled(f"{kind.code} {code}", answer.wait)
    if code:
        raise Rejected(f"{kind.code} {code}: {str(said.get(kind.said, ''))[:120]}", final=code in kind.final)
