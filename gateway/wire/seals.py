"""Sealing of what may stand in Redis only encrypted: transcripts, inputs, drafts.

Both halves derive the same keys from the keyring, one per purpose, so that a draft's key opens no transcript.
"""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHAT, DRAFT, SESSION, ORGANISATION = "chat", "draft", "session", "organisation"
_NONCE = 12
_KEY_ID = 4


class Seal(Protocol):
    def seal(self, plain: bytes, *, about: str) -> bytes:
        """Encrypted, and bound to what it is about: a value moved to another place no longer opens."""
        ...

    def open(self, sealed: bytes, *, about: str) -> bytes:
        """Raises `Unsealable`."""
        ...


class Unsealable(Exception):
    """Sealed with a key that is gone, for another place, or damaged."""


def derive(root: bytes, purpose: str) -> bytes:
    return hmac.digest(root, b"shaodian wire 1|" + purpose.encode(), "sha256")


class KeySeal:
    """AES-GCM. `roots` maps key ids to root keys of the keyring; new values use `current`, older ones still open."""

    def __init__(self, roots: Mapping[str, bytes], current: str, *, purpose: str) -> None:
        self._ciphers = {_short(name): AESGCM(derive(root, purpose)) for name, root in roots.items()}
        self._current = _short(current)

    @classmethod
    def of(cls, root: bytes, *, purpose: str) -> "KeySeal":
        """With the keyring's one `transcripts` key."""
        return cls({"transcripts": root}, "transcripts", purpose=purpose)

    def seal(self, plain: bytes, *, about: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return self._current + nonce + self._ciphers[self._current].encrypt(nonce, plain, about.encode())

    def open(self, sealed: bytes, *, about: str) -> bytes:
        cipher = self._ciphers.get(sealed[:_KEY_ID])
        if cipher is None:
            raise Unsealable
        try:
            return cipher.decrypt(sealed[_KEY_ID : _KEY_ID + _NONCE], sealed[_KEY_ID + _NONCE :], about.encode())
        except (InvalidTag, ValueError) as error:
            raise Unsealable from error


def _short(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()[:_KEY_ID]


def transcripts_key(keyring: Path) -> bytes:
    """The one key of the keyring that both halves read. The bot has no use for the others and keeps none of them."""
    return base64.b64decode(json.loads(keyring.read_text())["transcripts"])
