"""Broadcasts: one message to everybody it concerns, in each one's language, exactly as a second person approved it."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.clock import Clock
from gateway.domain.guidance import Reach
from gateway.domain.kinds import BroadcastId, DeliveryState, Lane, ResidentId, RiskListId, Role
from gateway.domain.people import Resident
from gateway.domain.releases import findings
from gateway.domain.scopes import Official, Scope
from gateway.errors import Conflict, Fault, Forbidden, Invalid
from gateway.messages.words import LANGUAGES, closest_language
from gateway.record.broadcasts import Broadcast
from gateway.record.record import Work
from gateway.services.outbox import Outbox
from gateway.services.packs import PackService
from gateway.services.transactions import Transactions

DRAFT = "draft"
SENT = "sent"
#: Who may write to everybody in an area; a publisher releases it.
WRITING = (Role.PUBLISHER, Role.LIST_OWNER, Role.COUNTY, Role.CITY, Role.PROVINCE)


class BroadcastAlreadySent(Conflict):
    """This broadcast was approved already; it is sent once."""


class ContentChanged(Conflict):
    """This is not the text you read; read it again and approve what stands there now."""


class SecondPersonNeeded(Forbidden):
    """Whoever wrote or confirmed this cannot release it too: a second person must."""


class IdentityFound(Invalid):
    """The text shows who somebody is; nobody may be recognised by it."""


class NotYours(Forbidden):
    """Your role does not allow this."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is said in one language."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Content:
    """Every word of a broadcast. `lines` are told only to those whom each concerns, by key and language."""

    words: Mapping[str, Said]
    lines: Mapping[str, Mapping[str, str]]

    def as_json(self) -> dict[str, Any]:
        return {
            "words": {language: {"title": said.title, "text": said.text} for language, said in self.words.items()},
            "lines": {key: dict(line) for key, line in self.lines.items()},
        }

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> "Content":
        words = {language: Said(said["title"], said["text"]) for language, said in content["words"].items()}
        return cls(words, content["lines"])


@dataclass(frozen=True, slots=True)
class Recipient:
    resident: Resident
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """What became of a broadcast: for how many it was, and how many copies stand in which state."""

    broadcast: Broadcast
    recipients: int
    copies: Mapping[DeliveryState, int]

    @property
    def without_address(self) -> int:
        """Whom no channel reaches: the grid worker's phone list."""
        return max(0, self.recipients - sum(self.copies.values()))


def content_hash(content: Mapping[str, Any]) -> str:
    """Names a text: whoever approves the hash approves these words and no others."""
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class BroadcastService:
    transactions: Transactions
    outbox: Outbox
    clock: Clock
    packs: PackService | None = None

    async def draft(self, words: Mapping[str, Said], *, area: str, official: Official) -> Broadcast:
        """A text for everybody who lives in an area, in every language of the house. It waits for a second person."""
        if not official.may(*WRITING):
            raise NotYours
        if not area.startswith(official.area):
            raise Forbidden("this area lies outside your own")
        faults = tuple(
            Fault(language, "title and text are needed in this language")
            for language in LANGUAGES
            if language not in words or not words[language].title.strip() or not words[language].text.strip()
        )
        if faults:
            raise Invalid(faults=faults)
        async with self.transactions.begin(official.scope) as work:
            await self._look_through(work, area, words)
            return await self.compose(work, Content(words, {}), audience={"area": area}, area=area, by=official)

    async def _look_through(self, work: Work, area: str, words: Mapping[str, Said]) -> None:
        """What identifies a person is released to nobody where the pack has texts looked through (DP-3.4-a)."""
        if self.packs is None:
            return
        pack = await self.packs.for_area(work, area, self.clock.now())
        found = findings(pack.release, [text for said in words.values() for text in (said.title, said.text)])
        if found:
            raise IdentityFound(faults=tuple(Fault(one.kind.value, one.shown) for one in found))

    async def compose(
        self,
        work: Work,
        content: Content,
        *,
        audience: dict[str, Any],
        area: str,
        by: Official,
        risk_list: RiskListId | None = None,
    ) -> Broadcast:
        plain = content.as_json()
        broadcast = Broadcast(
            id=BroadcastId(work.new_id()),
            title=next(iter(content.words.values())).title,
            template="broadcast",
            content=plain,
            audience=audience,
            state=DRAFT,
            content_hash=content_hash(plain),
            area=area,
            created_at=self.clock.now(),
            created_by=by.id,
            risk_list_id=risk_list,
        )
        await work.broadcasts.add(broadcast)
        await work.audit.add("broadcast.draft", "broadcast", broadcast.id, at=broadcast.created_at)
        return broadcast

    async def approve(self, broadcast_id: BroadcastId, approved_hash: str, *, official: Official) -> Account:
        """Release a broadcast to an area. A risk list's broadcast is released by publishing the list."""
        if not official.may(Role.PUBLISHER):
            raise NotYours
        async with self.transactions.begin(official.scope) as work:
            broadcast = await work.broadcasts.get(broadcast_id, lock=True)
            if "area" not in broadcast.audience:
                raise Conflict("this broadcast goes out when its risk list is published")
            residents = await work.exposures.residents(await work.exposures.living_in([broadcast.audience["area"]]))
            people = [Recipient(one) for one in residents.values()]
            sent = await self.release(work, broadcast, people, approved_hash=approved_hash, by=official)
            return await self._account(work, sent)

    async def release(
        self, work: Work, broadcast: Broadcast, people: Sequence[Recipient], *, approved_hash: str, by: Official
    ) -> Broadcast:
        """Inside the caller's transaction: the audience is counted now and every copy is written with it."""
        if broadcast.state != DRAFT:
            raise BroadcastAlreadySent
        if broadcast.created_by == by.id:
            raise SecondPersonNeeded
        if approved_hash != broadcast.content_hash or content_hash(broadcast.content) != broadcast.content_hash:
            raise ContentChanged
        now = self.clock.now()
        content = Content.of_json(broadcast.content)
        for recipient in people:
            language = closest_language(recipient.resident.language)
            said = content.words[language]
            await self.outbox.to_resident(
                work,
                recipient.resident,
                broadcast.template,
                {
                    "title": said.title,
                    "text": said.text,
                    "areas": [content.lines[line][language] for line in recipient.lines],
                },
                now=now,
                lane=Lane.BROADCAST,
                dedup=f"broadcast:{broadcast.id}",
                broadcast=broadcast.id,
                heeds_quiet_hours=False,
                duty=broadcast.risk_list_id is not None,
                everywhere=broadcast.audience.get("reach") == Reach.ALL,
            )
        sent = replace(broadcast, state=SENT, approved_by=by.id, approved_at=now, finished_at=now, snapshot=len(people))
        await work.broadcasts.save(sent, broadcast)
        await work.audit.add(
            "broadcast.approve", "broadcast", broadcast.id, at=now, hash=broadcast.content_hash, people=len(people)
        )
        return sent

    async def account(self, broadcast_id: BroadcastId, *, official: Official) -> Account:
        async with self.transactions.begin(official.scope) as work:
            return await self._account(work, await work.broadcasts.get(broadcast_id))

    async def listed(self, *, official: Official) -> list[Account]:
        async with self.transactions.begin(official.scope) as work:
            return [await self._account(work, one) for one in await work.broadcasts.listed()]

    @staticmethod
    async def _account(work: Work, broadcast: Broadcast) -> Account:
        return Account(broadcast, broadcast.snapshot or 0, await work.broadcasts.deliveries(broadcast.id))


def over_all(official: Official) -> Scope:
    """What an authority's list decides reaches everybody it concerns, wherever they are managed; the act stays on
    record under the official's own name."""
    return Scope(actor=official.scope.actor, everything=True)


def in_order(matched: Iterable[ResidentId], living: Iterable[ResidentId]) -> list[ResidentId]:
    """Those whose journeys are concerned first, then the neighbourhood (E-B); nobody twice."""
    return list(dict.fromkeys([*matched, *living]))
