"""The one key of the keyring the bot reads, and what is derived from it."""

from dataclasses import dataclass
from pathlib import Path

from bot.errors import BotError
from gateway.wire import push_keys, seals
from gateway.wire.seals import KeySeal


class KeyringNotReadable(BotError):
    """There is no keyring the bot could read; set SHAODIAN_KEYRING."""


@dataclass(frozen=True)
class Seals:
    chat: KeySeal
    draft: KeySeal
    session_key: bytes
    push_key: str

    @classmethod
    def of(cls, transcripts: bytes) -> "Seals":
        return cls(
            chat=KeySeal.of(transcripts, purpose=seals.CHAT),
            draft=KeySeal.of(transcripts, purpose=seals.DRAFT),
            session_key=seals.derive(transcripts, seals.SESSION),
            push_key=push_keys.public_key(transcripts),
        )

    @classmethod
    def from_file(cls, path: Path) -> "Seals":
        try:
            return cls.of(seals.transcripts_key(path))
        except (OSError, ValueError, KeyError) as error:
            raise KeyringNotReadable(f"no readable keyring at {path.name}: {type(error).__name__}") from None
