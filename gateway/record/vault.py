"""Keys and sealed fields: AES-256-GCM, one data key per person, wrapped by a key that never stands in the database.

The keyring is a 0600 JSON file: {"active": id, "keys": {id: base64}, "index": base64, "transcripts": base64}, each key
32 bytes long.
Sealed bytes are: 1 byte version, 12 bytes nonce, ciphertext. The associated data binds table, column and row, so that a
sealed value moved elsewhere does not open.
"""

import base64
import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import Unavailable

_VERSION = b"\x01"


class KeyringMissing(Unavailable):
    """There is no keyring; without it nothing sealed can be read."""


class KeyringUnsafe(Unavailable):
    """The keyring can be read by others; allow its owner alone (chmod 600)."""


class SealBroken(Unavailable):
    """A sealed value does not open: wrong key, or the value was moved or changed."""


def create_keyring(path: Path) -> None:
    """Write a new keyring; an existing one is never overwritten. Raises FileExistsError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    key_id = secrets.token_hex(4)
    content = {"active": key_id, "keys": {key_id: _random()}, "index": _random(), "transcripts": _random()}
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())


def add_key(path: Path) -> str:
    """Put one more wrapping key on the ring and make it the active one; older ones still open. Its id.

    The new file replaces the old one in one step, so that no reader ever finds half a ring.
    """
    content = json.loads(path.read_text())
    key_id = secrets.token_hex(4)
    content["keys"][key_id] = _random()
    content["active"] = key_id
    beside = path.with_suffix(".new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    os.chown(beside, path.stat().st_uid, path.stat().st_gid)
    beside.replace(path)
    return key_id


def _random() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


@dataclass(frozen=True, slots=True)
class DataKey:
    """A person's own key as kept in the record: wrapped, with the id of the wrapping key."""

    wrapped: bytes
    key_id: str


@dataclass(frozen=True)
class Vault:
    active: str
    keys: dict[str, bytes]
    index_key: bytes
    transcript_key: bytes
    path: Path | None = None
    _opened: dict[bytes, bytes] = field(default_factory=dict, repr=False)

    @classmethod
    def from_file(cls, path: Path) -> "Vault":
        if not path.exists():
            raise KeyringMissing(f"no keyring at {path.name}; set SHAODIAN_KEYRING to the file that holds the keys")
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeyringUnsafe(f"{path.name} can be read by others; run: chmod 600 {path.name}")
        content = json.loads(path.read_text())
        decode = base64.b64decode
        return cls(
            active=content["active"],
            keys={name: decode(key) for name, key in content["keys"].items()},
            index_key=decode(content["index"]),
            transcript_key=decode(content["transcripts"]),
            path=path,
        )

    # a person's key

    def new_data_key(self) -> DataKey:
        key = secrets.token_bytes(32)
        wrapped = self._encrypt(self.keys[self.active], key, b"data-key|" + self.active.encode())
        self._opened[wrapped] = key
        return DataKey(wrapped, self.active)

    def rewrap(self, data_key: DataKey) -> DataKey:
        """The same data key under the active wrapping key."""
        key = self._unwrap(data_key)
        return DataKey(self._encrypt(self.keys[self.active], key, b"data-key|" + self.active.encode()), self.active)

    def _unwrap(self, data_key: DataKey) -> bytes:
        known = self._opened.get(data_key.wrapped)
        if known is not None:
            return known
        key = self._decrypt(
            self._wrapping_key(data_key.key_id), data_key.wrapped, b"data-key|" + data_key.key_id.encode()
        )
        if len(self._opened) > 50_000:
            self._opened.clear()
        self._opened[data_key.wrapped] = key
        return key

    def _wrapping_key(self, key_id: str) -> bytes:
        """A key of the ring; one that another process added since is read from the file."""
        if key_id not in self.keys and self.path is not None:
            self.keys.update(Vault.from_file(self.path).keys)
        if key_id not in self.keys:
            raise KeyringMissing(f"the keyring has no key {key_id}")
        return self.keys[key_id]

    # fields

    def seal(self, data_key: DataKey | None, table: str, column: str, row: UUID, value: Any) -> bytes | None:
        """Seal a JSON value for one field of one row; None stays None. Without a data key: under the house's own."""
        if value is None:
            return None
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return self._encrypt(self._key_of(data_key, table), plain, f"{table}|{column}|{row}".encode())

    def open(self, data_key: DataKey | None, table: str, column: str, row: UUID, sealed: bytes | None) -> Any:
        """The value again; None for None. Raises SealBroken."""
        if sealed is None:
            return None
        return json.loads(self._decrypt(self._key_of(data_key, table), sealed, f"{table}|{column}|{row}".encode()))

    def _key_of(self, data_key: DataKey | None, table: str) -> bytes:
        if data_key is not None:
            return self._unwrap(data_key)
        return hmac.digest(self.index_key, b"house|" + table.encode(), "sha256")

    # look-ups

    def index(self, column: str, value: str | None) -> bytes | None:
        """A keyed blind index of a normalised value: equal values meet, nothing else can be learnt without the key."""
        if not value:
            return None
        return hmac.digest(self.index_key, f"{column}|{value}".encode(), "sha256")[:16]

    def place_token(self, level: str) -> bytes:
        """One keyed token of one place level below the township (gateway.domain.places.place_levels)."""
        return hmac.digest(self.index_key, b"place|" + level.encode(), "sha256")[:12]

    @staticmethod
    def token_hash(token: str) -> bytes:
        """High-entropy secrets (invitations, sessions, API tokens) are kept as plain SHA-256."""
        return sha256(token.encode()).digest()

    @staticmethod
    def _encrypt(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
        nonce = secrets.token_bytes(12)
        return _VERSION + nonce + AESGCM(key).encrypt(nonce, plain, bound_to)

    @staticmethod
    def _decrypt(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        try:
            return AESGCM(key).decrypt(sealed[1:13], sealed[13:], bound_to)
        except InvalidTag as broken:
            raise SealBroken from broken
