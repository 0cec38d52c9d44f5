"""A copy of everything about a person, for that person: a link in their own chat that runs out after a day.

Whoever opens it says the last digits of the phone on record, so that a link passed on shows nothing. The ZIP holds a
page to read, the same as JSON, and the photos that were sent.
"""

import asyncio
import base64
import binascii
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.kinds import ResidentId
from gateway.domain.people import Speaker
from gateway.domain.scopes import Scope
from gateway.errors import Invalid, NotFound
from gateway.record.residents import ResidentErased, ResidentNotFound
from gateway.services.transactions import Transactions
from gateway.wire.seals import KeySeal, Unsealable

_WORK = Scope.of_work("copies")
ABOUT = "copy"
HOLDS = timedelta(days=1)  # DEFAULT
TRIES = 5
DIGITS = 4
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}


class NoCopy(NotFound):
    """There is no such copy, or its time is over: ask for a new one in the chat."""


class WrongDigits(Invalid):
    """These are not the last four digits of the phone number on record."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What is told. `tables` as the record names them; `photos` by the name they have in the ZIP."""

    made_at: datetime
    tables: Mapping[str, list[dict[str, Any]]]
    photos: Mapping[str, bytes]

    async def zipped(self, page: str) -> bytes:
        """With the page that shows it."""
        return await asyncio.to_thread(self._zipped, page)

    def _zipped(self, page: str) -> bytes:
        file = io.BytesIO()
        told = {"made_at": self.made_at, **self.tables}
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("index.html", page)
            archive.writestr("data.json", json.dumps(told, ensure_ascii=False, indent=1, default=_plain))
            for name, content in self.photos.items():
                archive.writestr(name, content)
        return file.getvalue()


@dataclass(frozen=True, slots=True)
class CopyService:
    transactions: Transactions
    seal: KeySeal
    public_url: str
    clock: Clock

    async def link(self, speaker: Speaker) -> tuple[str, datetime]:
        """Where the speaker's own copy waits, and until when. Raises NoCopy where nothing is held."""
        if speaker.resident is None:
            raise NoCopy
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            copy_id = work.new_id()
            await work.audit.add("copy.link", "resident", speaker.resident.id, at=now, copy=copy_id.hex)
        token = {"who": str(speaker.resident.id), "copy": copy_id.hex, "until": (now + HOLDS).isoformat()}
        code = base64.urlsafe_b64encode(self.seal.seal(json.dumps(token).encode(), about=ABOUT)).decode().rstrip("=")
        return f"{self.public_url.rstrip('/')}/public/copies/{code}", now + HOLDS

    async def waits(self, code: str) -> datetime:
        """Until when this link holds; nothing is shown yet. Raises NoCopy."""
        return self._read(code)[2]

    async def open(self, code: str, digits: str) -> Copy:
        """Raises NoCopy, WrongDigits; after a few wrong tries the link is dead."""
        person, copy_id, _ = self._read(code)
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            try:
                key = await work.residents.key(person)
            except (ResidentNotFound, ResidentErased):
                raise NoCopy from None
            if await work.copies.refusals(person, copy_id) >= TRIES:
                raise NoCopy
            phone = (await work.residents.identity(person)).phone or ""
            fits = not phone or phone[-DIGITS:] == digits.strip()
            await work.audit.add("copy.open" if fits else "copy.refused", "resident", person, at=now, copy=copy_id)
            tables = await work.copies.of(person, key) if fits else {}
        if not fits:
            raise WrongDigits
        photos = {}
        for number, row in enumerate(tables["attachments"], start=1):
            content = row.pop("content", None)
            if content:
                row["file"] = f"photos/{number}.{_ENDINGS.get(row['media_type'], 'bin')}"
                photos[row["file"]] = base64.b64decode(content)
        return Copy(now, tables, photos)

    def _read(self, code: str) -> tuple[ResidentId, str, datetime]:
        try:
            sealed = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
            token = json.loads(self.seal.open(sealed, about=ABOUT))
        except (Unsealable, ValueError, binascii.Error):
            raise NoCopy from None
        until = datetime.fromisoformat(token["until"])
        if until <= self.clock.now():
            raise NoCopy
        return ResidentId(UUID(token["who"])), str(token["copy"]), until


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
