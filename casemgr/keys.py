"""Keys: sealing of phones, ID numbers and addresses (AES-GCM), and the keyed digests that find them again.

A sealed value is version byte, key id, nonce and ciphertext, bound to its column; it opens only there.
"""

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
NONCE = 12


class CannotOpen(ValueError):
    """A sealed value whose key is missing, or that was altered or moved."""


@dataclass(frozen=True)
class Keyring:
    """The keys of an installation: `data` maps a one-byte-long id text to 32 bytes; the first seals, all open."""

    data: Mapping[str, bytes]
    index: bytes

    def seal(self, value: str, column: str) -> bytes:
        """The value sealed for that column ("persons.phone")."""
        key_id, key = next(iter(self.data.items()))
        nonce = os.urandom(NONCE)
        head = VERSION + bytes([len(key_id)]) + key_id.encode()
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
        return hmac.new(self.index, f"{column}:{plain(value)}".encode(), hashlib.sha256).hexdigest()[:32]


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
