"""What a work list says when something of it is due: to whom, in how many messages, and who could not be told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gateway.domain.checklists import Cadence, Slot, hearers_of, outstanding, reminders_of, worth_saying
from gateway.domain.kinds import AssignmentId, ChecklistItemId, Lane, Role
from gateway.domain.scopes import Official
from gateway.record.checklists import Assignment, DueReminder, KeptChecklist, KeptItem, Unit
from gateway.record.record import Work
from gateway.services.outbox import Outbox
from gateway.services.unit_desks import UnitDesk, desk_of, overseers, remember

#: A digest names this many items at most; longer ones come in several messages.
DIGEST = 25


class Tone(StrEnum):
    """How a message about items speaks."""

    REMINDER = "reminder"
    OVERDUE = "overdue"
    SUPERVISION = "supervision"


@dataclass(frozen=True, slots=True)
class _Mention:
    """One item as one unit hears of it."""

    kept: KeptItem
    role: str
    part: AssignmentId | None
    missing: tuple[str, ...]
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChecklistVoice:
    outbox: Outbox
    zone: ZoneInfo

    async def say(
        self, work: Work, kept: KeptChecklist, due: Sequence[DueReminder], now: datetime, cadence: Cadence
    ) -> None:
        items = {one.id: one for one in await work.checklists.items([kept.id])}
        await self._next_reviews(
            work, [items[one.item_id] for one in due if one.reminder.slot is Slot.REVIEW], now, cadence
        )
        parts = await work.checklists.assignments(items)
        desk = await desk_of(work, kept.area, items.values())
        said: dict[tuple[Tone, str], list[_Mention]] = {}
        of_item: dict[ChecklistItemId, list[DueReminder]] = {}
        for one in due:
            of_item.setdefault(one.item_id, []).append(one)
        for item_id in sorted(of_item, key=lambda one: items[one].position):
            item, own = items[item_id], parts.get(item_id, [])
            ticked = [part.key for part in own if part.done_at is not None]
            for reminder in worth_saying(one.reminder for one in of_item[item_id]):
                hearers = hearers_of(item.item, reminder, ticked, desk.directory)
                for named in (*hearers.to, *hearers.cc):
                    mention = _mention(item, desk.unit(named), own, desk, ticked)
                    said.setdefault((_tone(reminder.slot), named.key), []).append(mention)
        last = max(one.reminder.at for one in due)
        await self._tell(work, kept, said, desk, now, mark=f"{kept.id}:{int(last.timestamp())}")

    async def _next_reviews(self, work: Work, items: Iterable[KeptItem], now: datetime, cadence: Cadence) -> None:
        """Ongoing work is asked about anew: last week's ticks are in the timeline, and the next review is set."""
        for one in items:
            parts = (await work.checklists.assignments([one.id])).get(one.id, [])
            await work.checklists.reopen([part.id for part in parts if part.done_at is not None])
            for reminder in reminders_of(one.item, now, self.zone, cadence=cadence):
                await work.checklists.plan(one, work.new_id(), reminder)

    async def _tell(
        self,
        work: Work,
        kept: KeptChecklist,
        said: Mapping[tuple[Tone, str], list[_Mention]],
        desk: UnitDesk,
        now: datetime,
        *,
        mark: str,
    ) -> None:
        unreached: dict[str, list[str]] = {}
        heard: dict[Tone, set[str]] = {tone: set() for tone in Tone}
        about: dict[Tone, dict[UUID, _Mention]] = {tone: {} for tone in Tone}
        for (tone, key), mentions in said.items():
            unit = desk.units[key]
            officials = await work.officials.of_unit([unit.id])
            reached = await self._send(work, officials, tone, unit.name, mentions, now, f"{mark}:{tone}:{unit.id}")
            about[tone] |= {one.kept.id: one for one in mentions}
            numbers = [one.kept.item.dotted for one in mentions]
            facts = {"tone": tone, "items": numbers, "reached": reached}
            await remember(work, kept, "reminded" if reached else "unreached", now=now, unit=unit.id, facts=facts)
            if reached:
                heard[tone].add(unit.kind)
                continue
            unreached.setdefault(unit.name, []).extend(numbers)
        overseer = overseers(kept.area)
        stand_ins = (
            (Tone.OVERDUE, "hq_office", (overseer,)),
            (Tone.SUPERVISION, "supervision", (Role.SUPERVISION, overseer)),
        )
        for tone, kind, roles in stand_ins:
            if about[tone] and kind not in heard[tone]:
                mentions = [replace(one, role="told", part=None) for one in about[tone].values()]
                await self._send_to_duty(work, kept, roles, tone, mentions, now, f"{mark}:{tone}:duty")
        if unreached:
            await self._tell_unreached(work, kept, unreached, desk, now, mark)

    async def _send(
        self,
        work: Work,
        officials: Iterable[Official],
        tone: Tone,
        unit: str,
        mentions: Sequence[_Mention],
        now: datetime,
        mark: str,
    ) -> int:
        """One message, or a digest, to each of them; how many have an address."""
        everybody = list(officials)
        if len(mentions) == 1:
            template = "checklist_reminder" if tone is Tone.REMINDER else "checklist_overdue"
            values = [{"unit": unit, "tone": tone, **self._values(mentions[0], now, tone)}]
        else:
            template = "checklist_digest"
            told = [self._values(one, now, tone) for one in mentions]
            values = [
                {"unit": unit, "tone": tone, "items": told[start : start + DIGEST]}
                for start in range(0, len(told), DIGEST)
            ]
        reached = 0
        for number, one in enumerate(values):
            reached = await self.outbox.to_officials(
                work, everybody, template, one, now=now, lane=Lane.REMINDER, dedup=f"checklist:{mark}:{number}"
            )
        return reached

    async def _send_to_duty(
        self,
        work: Work,
        kept: KeptChecklist,
        roles: Iterable[Role],
        tone: Tone,
        mentions: Sequence[_Mention],
        now: datetime,
        mark: str,
    ) -> None:
        """Nobody of the office itself could be told: whoever has the duty is, the first of these roles with anybody."""
        for role in roles:
            holders = (await work.officials.on_call([role], kept.area, now)).get(role, [])
            if await self._send(work, holders, tone, kept.title, mentions, now, mark):
                return

    async def _tell_unreached(
        self,
        work: Work,
        kept: KeptChecklist,
        unreached: Mapping[str, Sequence[str]],
        desk: UnitDesk,
        now: datetime,
        mark: str,
    ) -> None:
        """That nobody of these units could be told: to the HQ office, else to the area's duty."""
        offices = [unit.id for unit in desk.units.values() if unit.kind == "hq_office"]
        role = overseers(kept.area)
        duty = (await work.officials.on_call([role], kept.area, now)).get(role, [])
        values = {
            "title": kept.title,
            "units": [{"unit": unit, "item_nos": list(dict.fromkeys(items))} for unit, items in unreached.items()],
        }
        for officials in (await work.officials.of_unit(offices), duty):
            if await self.outbox.to_officials(
                work,
                officials,
                "checklist_unreached",
                values,
                now=now,
                lane=Lane.REMINDER,
                dedup=f"checklist:{mark}:unreached",
            ):
                return

    def _values(self, mention: _Mention, now: datetime, tone: Tone) -> dict[str, Any]:
        item = mention.kept.item
        due_on = item.deadline.on if item.deadline else None
        values: dict[str, Any] = {
            "assignment_id": str(mention.part) if mention.part else None,
            "item_no": item.dotted,
            "title": item.title,
            "role": mention.role,
            "due_on": due_on.isoformat() if due_on else None,
            "missing": list(mention.missing) if tone is not Tone.REMINDER or mention.role == "coordinator" else [],
        }
        if tone is Tone.REMINDER:
            days_left = (due_on - now.astimezone(self.zone).date()).days if due_on else None
            values |= {
                "places": list(mention.places),
                "task": _cut(item.task),
                "days_left": days_left,
                "on_issue": item.due_on_issue,
            }
        return values


def _tone(slot: Slot) -> Tone:
    return {Slot.OVERDUE: Tone.OVERDUE, Slot.SUPERVISION: Tone.SUPERVISION}.get(slot, Tone.REMINDER)


def _mention(
    kept: KeptItem, unit: Unit, parts: Sequence[Assignment], desk: UnitDesk, ticked: Sequence[str]
) -> _Mention:
    """What this unit is to the item: it owes a part, keeps the item together, or is only told."""
    own = next((part for part in parts if part.unit_id == unit.id and part.done_at is None), None)
    missing = tuple(part.unit.name for part in outstanding(desk.parts(kept), ticked))
    if own is not None:
        return _Mention(kept, own.role, own.id, missing, own.places)
    keeper = desk.keeper(kept)
    if keeper is not None and keeper.id == unit.id:
        kept_part = next((part for part in parts if part.awaits_members and part.done_at is None), None)
        return _Mention(kept, "coordinator", kept_part.id if kept_part else None, missing)
    return _Mention(kept, "told", None, missing)


def _cut(text: str, most: int = 900) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
