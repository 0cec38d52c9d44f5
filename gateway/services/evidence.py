"""What proves that a part is done, what of it was delivered, why it is late; and deadlines as a calendar reads them."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from icalendar import Calendar, Event

from gateway.clock import Clock
from gateway.domain.kinds import AssignmentId
from gateway.domain.pictures import cleaned
from gateway.domain.scopes import Official, Scope
from gateway.errors import Conflict, NotFound
from gateway.record.evidence import Evidence, Feed
from gateway.services.checklist_views import ItemState, WaitingPart
from gateway.services.checklists import ChecklistService, NotYourPart
from gateway.services.glances import glanced
from gateway.services.transactions import Transactions
from gateway.services.unit_desks import is_mine, remember

_WORK = Scope.of_work("evidence")
MOST_FILES = 10


class TooManyFiles(Conflict):
    """Ten files prove a part; remove one first."""


class NoSuchCalendar(NotFound):
    """There is no such calendar, or its address was revoked."""


@dataclass(frozen=True, slots=True)
class EvidenceService:
    transactions: Transactions
    checklists: ChecklistService
    clock: Clock

    async def add(self, assignment_id: AssignmentId, content: bytes, *, name: str, official: Official) -> Evidence:
        """Keep a picture or paper, without where it was taken. Raises NotTaken, NotYourPart, TooManyFiles."""
        media_type, content = cleaned(content)
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            part = await work.checklists.assignment(assignment_id)
            if not is_mine(part, official):
                raise NotYourPart
            if len(await work.evidence.of_parts([assignment_id])) >= MOST_FILES:
                raise TooManyFiles
            one = Evidence(
                id=work.new_id(),
                assignment_id=assignment_id,
                media_type=media_type,
                size=len(content),
                name=name[:120],
                added_at=now,
                added_by=official.id,
            )
            await work.evidence.add(one, content)
            await work.audit.add("evidence.add", "assignment", assignment_id, at=now, size=len(content))
        async with self.transactions.begin(_WORK) as work:
            item = await work.checklists.item(part.item_id)
            kept = await work.checklists.get(item.checklist_id)
            await remember(work, kept, "evidence", now=now, item=item, unit=part.unit_id, official=official)
        return one

    async def of_parts(self, parts: list[AssignmentId], *, official: Official) -> dict[AssignmentId, list[Evidence]]:
        """The files of these parts, as far as they are in scope."""
        found: dict[AssignmentId, list[Evidence]] = {}
        async with self.transactions.reading(official.scope) as work:
            for one in await work.evidence.of_parts(parts):
                found.setdefault(one.assignment_id, []).append(one)
        return found

    async def open(self, evidence_id: UUID, *, official: Official) -> tuple[str, bytes]:
        """(media type, content); the look is on record."""
        async with self.transactions.begin(official.scope) as work:
            assignment_id, media_type, content = await work.evidence.content(evidence_id)
            await work.checklists.assignment(assignment_id)
            await work.audit.add("evidence.open", "assignment", assignment_id, at=self.clock.now())
        return media_type, content

    async def remove(self, evidence_id: UUID, *, official: Official) -> None:
        async with self.transactions.begin(official.scope) as work:
            assignment_id, _, _ = await work.evidence.content(evidence_id)
            if not is_mine(await work.checklists.assignment(assignment_id), official):
                raise NotYourPart
            await work.evidence.remove(evidence_id)
            await work.audit.add("evidence.remove", "assignment", assignment_id, at=self.clock.now())

    async def deliver(self, assignment_id: AssignmentId, delivered: list[str], *, official: Official) -> None:
        """Which of an item's deliverables are there; words that name none of them are passed over."""
        async with self.transactions.begin(official.scope) as work:
            part = await work.checklists.assignment(assignment_id, lock=True)
            if not is_mine(part, official):
                raise NotYourPart
            item = await work.checklists.item(part.item_id)
            known = [one for one in item.item.deliverables if one in delivered]
            await work.checklists.deliver(part, known)
            await work.audit.add(
                "checklist.deliver", "assignment", assignment_id, at=self.clock.now(), delivered=len(known)
            )

    async def explain(self, assignment_id: AssignmentId, reason: str, *, official: Official) -> None:
        """Why a part is late, in the unit's own words; it excuses nothing, and supervision reads it."""
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            part = await work.checklists.assignment(assignment_id, lock=True)
            if not is_mine(part, official):
                raise NotYourPart
            await work.checklists.explain_delay(part, reason, now)
            await work.audit.add("checklist.delay", "assignment", assignment_id, at=now)
        async with self.transactions.begin(_WORK) as work:
            item = await work.checklists.item(part.item_id)
            kept = await work.checklists.get(item.checklist_id)
            await remember(work, kept, "delayed", now=now, item=item, unit=part.unit_id, official=official)

    # calendars

    async def add_feed(self, *, official: Official) -> str:
        """The secret of a new address; kept as a hash alone, so it is shown once."""
        token = secrets.token_urlsafe(32)
        async with self.transactions.begin(official.scope) as work:
            feed = Feed(work.new_id(), official.id, self.clock.now())
            await work.evidence.add_feed(feed, token)
            await work.audit.add("checklist_feed.add", "official", official.id, at=feed.made_at)
        return token

    @glanced()
    async def feeds(self, *, official: Official) -> list[Feed]:
        async with self.transactions.reading(official.scope) as work:
            return await work.evidence.feeds(official.id)

    async def revoke_feed(self, feed_id: UUID, *, official: Official) -> None:
        async with self.transactions.begin(official.scope) as work:
            if not await work.evidence.revoke_feed(feed_id, official.id, self.clock.now()):
                raise NoSuchCalendar
            await work.audit.add("checklist_feed.revoke", "official", official.id, at=self.clock.now())

    async def calendar(self, token: str) -> bytes:
        """What waits, as iCalendar: the own unit's parts, or for whoever oversees every open item of the area.

        Raises NoSuchCalendar.
        """
        async with self.transactions.begin(_WORK) as work:
            reader = await work.evidence.reader(token)
            official = await work.officials.find(reader) if reader is not None else None
        if official is None:
            raise NoSuchCalendar
        entries: list[WaitingPart] = await self.checklists.waiting_for(official)
        calendar = Calendar()
        calendar.add("prodid", "-//Shaodian//checklists//")
        calendar.add("version", "2.0")
        calendar.add("method", "PUBLISH")
        calendar.add("x-wr-calname", "哨点 · 工作清单")
        stamp = self.clock.now()
        for part in entries:
            if part.due_on is not None:
                calendar.add_component(
                    _event(f"{part.id}", part.due_on, stamp, f"{part.item_no} {part.title}", part.unit)
                )
        if official.unit_id is None:
            for view in await self.checklists.listed(official=official, limit=50):
                for item in view.items:
                    if item.due_on is None or item.state is ItemState.DONE:
                        continue
                    words = f"{item.item_no} {item.title}"
                    told = f"{view.title}\n{'、'.join(item.missing)}"
                    calendar.add_component(_event(f"{item.id}", item.due_on, stamp, words, told))
        return bytes(calendar.to_ical())


def _event(uid: str, day: date, stamp: datetime, summary: str, words: str) -> Event:
    event = Event()
    event.add("uid", f"{uid}@shaodian")
    event.add("dtstamp", stamp)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", summary)
    event.add("description", words)
    event.add("transp", "TRANSPARENT")
    return event
