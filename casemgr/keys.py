"""Keys: sealing of phones, ID numbers and addresses (AES-GCM), keyed digests that find them again, and the signature of files.

A sealed value is version byte, key id, nonce and ciphertext, bound to its column; it opens only there.
"""

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
NONCE = 12
SIGNING_KEY = "signing-key"  # in the data folder: 32 bytes, readable by its owner


class CannotOpen(ValueError):
    """A sealed value whose key is missing, or that was altered or moved."""


@dataclass(frozen=True)
class Keyring:
    """The keys of an installation: `data` maps a one-byte-long id text to 32 bytes; the first seals, all open.

    `index` makes digests; what was made with the `earlier` ones is still found.
    """

    data: Mapping[str, bytes]
    index: bytes
    earlier: tuple[bytes, ...] = ()

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return next(iter(self.data))

    def seal(self, value: str, column: str) -> bytes:
        """The value sealed for that column ("persons.phone")."""
        key_id, key = next(iter(self.data.items()))
        nonce = os.urandom(NONCE)
        head = head_of(key_id)
        return head + nonce + AESGCM(key).encrypt(nonce, value.encode(), head + column.encode())

    def open(self, sealed: bytes, column: str) -> str:
        """The value again. Raises CannotOpen."""
        try:
            length = sealed[1]
            head, rest = sealed[: 2 + length], sealed[2 + length :]
            key = self.data[head[2:].decode()]
            return AESGCM(key).decrypt(rest[:NONCE], rest[NONCE:], head + column.encode()).decode()
        except (KeyError, IndexError, InvalidTag, UnicodeDecodeError) as error:
            raise CannotOpen(column) from error

    def find(self, value: str, column: str) -> str:
        """The blind index of a number: the same number always gives the same digest, and only with the key."""
        return blind(self.index, value, column)

    def finds(self, value: str, column: str) -> list[str]:
        """The digests a number may be kept under: the present one first, then those of earlier keys."""
        return [blind(key, value, column) for key in (self.index, *self.earlier)]


def blind(key: bytes, value: str, column: str) -> str:
    """The digest of a number under one key."""
    return hmac.new(key, f"{column}:{plain(value)}".encode(), hashlib.sha256).hexdigest()[:32]


def head_of(key_id: str) -> bytes:
    """What everything sealed under a key begins with."""
    return VERSION + bytes([len(key_id)]) + key_id.encode()


def fingerprint(key: bytes, kind: str) -> str:
    """How a key of a kind ("data", "index", "signing") is named without telling it: 16 hexadecimal digits."""
    return hashlib.sha256(f"casemgr {kind} key:".encode() + key).hexdigest()[:16]


def plain(number: str) -> str:
    """A phone or ID number without spaces, dashes or country code, in capitals."""
    bare = re.sub(r"[\s\-()（）]", "", number).upper()
    return re.sub(r"^(\+?86)(?=1\d{10}$)", "", bare)


def mask_phone(number: str) -> str:
    """138****5678."""
    bare = plain(number)
    return f"{bare[:3]}****{bare[-4:]}" if len(bare) >= 7 else "****"


def mask_id(number: str) -> str:
    """110***********1234."""
    bare = plain(number)
    return f"{bare[:3]}{'*' * max(len(bare) - 7, 4)}{bare[-4:]}" if len(bare) >= 8 else "****"


def mask_name(name: str) -> str:
    """张* in lists."""
    return f"{name[:1]}*" if len(name) > 1 else name


# --- the signature of an installation


def signing_key(folder: Path) -> bytes:
    """The key that signs files of this installation, made once and kept in its data folder."""
    path = folder / SIGNING_KEY
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.{os.urandom(4).hex()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(os.urandom(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # the first process wins; the others read what it wrote
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()


def sign(key: bytes, message: bytes) -> bytes:
    """The Ed25519 signature, 64 bytes."""
    return Ed25519PrivateKey.from_private_bytes(key).sign(message)


def public_of(key: bytes) -> bytes:
    """The public half, 32 bytes: whoever has it can check signatures."""
    return Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether a signature belongs to a message and a public key."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
