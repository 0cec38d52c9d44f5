"""Broadcasts as they go out: the snapshot is gathered and the copies are written portion by portion.

Every portion is one transaction that leaves the account whole, so a worker may die between any two and another goes
on; nobody is written twice. Only a window of copies waits in the senders' queue, so that a pause takes hold at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.broadcasts import (
    ERASED,
    STOPPED_EARLY,
    Audience,
    Figures,
    Hole,
    Schedule,
    filled,
    goes_at,
    holes,
    lines_for,
    outcome,
    rings,
)
from gateway.domain.controls import LEVEL_OF_ROLE, TOWNSHIP_DIGITS, told_changes
from gateway.domain.escalations import LadderStep
from gateway.domain.guidance import Reach
from gateway.domain.kinds import (
    AlertKind,
    AlertStatus,
    BroadcastId,
    BroadcastState,
    ChannelName,
    DeliveryState,
    MessageId,
    RecipientState,
    Role,
    Severity,
)
from gateway.domain.people import Identity, Resident
from gateway.domain.scopes import PEOPLE_ROLES, Official, Scope
from gateway.errors import Conflict, Forbidden
from gateway.messages.words import Words, closest_language, spoken_day
from gateway.record.audiences import Found
from gateway.record.broadcasts import Broadcast, BroadcastRecipient, Call
from gateway.record.record import Work
from gateway.services.alerts import AlertService, Raising
from gateway.services.broadcasts import BROADCAST, Content, NotYours, ReasonNeeded, held, over_all
from gateway.services.outbox import QUIET, Copy, Outbox
from gateway.services.packs import PackService
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("broadcasts")
#: How long until the senders are looked at again.
LOOK_AGAIN = timedelta(seconds=2)
LOOK_AT_SLEEPERS = timedelta(minutes=15)
"""Whoever chose quiet hours of their own hears it when these end: nothing can be seen of that for a while."""
#: Townships whose officials are asked to acknowledge; more of them are the county's to tell.
MOST_TOWNSHIPS = 60
STEERING = (Role.PUBLISHER, Role.COUNTY, Role.CITY, Role.PROVINCE)
CALLED = ("told", "visited", "not_found")


class NotRunning(Conflict):
    """This broadcast is not under way."""


class NotPaused(Conflict):
    """This broadcast is not paused."""


class NotYourCalls(Forbidden):
    """Your role does not phone residents."""


@dataclass(frozen=True, slots=True)
class Account:
    """What became of a broadcast: the account of its people, why, and how many copies stand in which state."""

    broadcast: Broadcast
    figures: Figures
    copies: Mapping[DeliveryState, int] = field(default_factory=dict)
    reasons: Mapping[tuple[RecipientState, str | None], int] = field(default_factory=dict)
    channels: Mapping[tuple[ChannelName, DeliveryState], int] = field(default_factory=dict)
    acknowledged: tuple[int, int] = (0, 0)
    ready_at: datetime | None = None

    @property
    def recipients(self) -> int:
        return self.figures.snapshot

    @property
    def to_call(self) -> int:
        """Whom no channel reached, as far as is known: the phone list."""
        return self.figures.failed + self.figures.uncertain


@dataclass(frozen=True, slots=True)
class Calling:
    """A line of the phone list. Unmasked only where somebody gave a reason."""

    call: Call
    identity: Identity
    title: str


@dataclass(frozen=True, slots=True)
class BroadcastRunService:
    transactions: Transactions
    outbox: Outbox
    alerts: AlertService
    packs: PackService
    words: Words
    clock: Clock
    #: People found by one transaction, copies written by one, and copies that wait in the senders' queue at most.
    gathered: int = 2000
    written: int = 500
    window: int = 4000

    # the clock's part

    async def due(self) -> list[BroadcastId]:
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            return [one for one, at in await work.broadcasts.waiting() if at <= now]

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        """What the agenda is rebuilt from."""
        return [(f"{BROADCAST}:{one}", at) for one, at in await work.broadcasts.waiting()]

    async def carry_on(self, broadcast_id: BroadcastId) -> None:
        """One portion of whatever comes next. Called again as long as there is more."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            before = await work.broadcasts.take(broadcast_id)
            if before is None or before.next_at is None or before.next_at > now:
                return
            after = await self._portion(work, before, now)
            await work.broadcasts.save(after, before)
            if after.next_at is not None:
                work.wake(BROADCAST, broadcast_id, after.next_at)

    async def _portion(self, work: Work, broadcast: Broadcast, now: datetime) -> Broadcast:
        if broadcast.state is BroadcastState.STOPPED:
            return await self._leave_out(work, broadcast, now)
        if broadcast.state is BroadcastState.PAUSED:
            await work.broadcasts.hold_copies(broadcast.id)  # one in the air may have come back to be tried again
            settled, moving, _ = await self._settle(work, broadcast)
            return replace(settled, next_at=now + LOOK_AGAIN if moving else None)
        if broadcast.state is BroadcastState.APPROVED:
            broadcast = replace(broadcast, state=BroadcastState.RUNNING, started_at=now)
        if broadcast.state is not BroadcastState.RUNNING:
            return replace(broadcast, next_at=None)
        if broadcast.gathered_at is None:
            return await self._gather(work, broadcast, now)
        manners = self.outbox.manners
        at = goes_at(
            Schedule.of_json(broadcast.schedule),
            now,
            quiet_from=manners.quiet_from,
            quiet_to=manners.quiet_to,
            zone=manners.zone,
        )
        broadcast, moving, sleeping = await self._settle(work, broadcast)
        if at > now:  # the quiet hours have begun: what is queued goes, the rest waits for the morning
            return replace(broadcast, next_at=at)
        room = min(self.written, self.window - moving)
        recipients = await work.broadcasts.next_recipients(broadcast.id, limit=max(room, 1))
        if recipients and room > 0:
            broadcast = await self._write(work, broadcast, recipients, now)
            full = len(recipients) < room or moving + len(recipients) >= self.window
            return replace(broadcast, next_at=now + LOOK_AGAIN if full else now)
        if recipients or moving:
            return replace(broadcast, next_at=now + LOOK_AGAIN)
        if sleeping:
            return replace(broadcast, next_at=now + LOOK_AT_SLEEPERS)
        await work.audit.add("broadcast.sent", "broadcast", broadcast.id, at=now, **broadcast.figures)
        return replace(
            broadcast,
            state=BroadcastState.SENT,
            finished_at=now,
            next_at=None,
            trail=[*broadcast.trail, {"what": "sent", "at": now.isoformat(), "by": None}],
        )

    # the snapshot

    async def _gather(self, work: Work, broadcast: Broadcast, now: datetime) -> Broadcast:
        audience = Audience.of_json(broadcast.audience)
        found = await work.audiences.after(audience, rings(audience), broadcast.cursor, limit=self.gathered)
        lines = await self._lines(work, audience, found, now) if audience.places else {}
        recipients = [
            BroadcastRecipient(
                id=MessageId(work.new_id()),
                broadcast_id=broadcast.id,
                area=one.area,
                ring=one.ring,
                resident_id=one.resident_id,
                official_id=one.official_id,
                lines=lines.get(one.cursor, ()),
            )
            for one in found
            if not audience.places or one.cursor in lines
        ]
        added = await work.broadcasts.add_recipients(recipients)
        figures = Figures.of_json(broadcast.figures).gathered(added)
        gathered = replace(broadcast, figures=figures.as_json(), snapshot=figures.snapshot, next_at=now)
        if len(found) == self.gathered:
            return replace(gathered, cursor=found[-1].cursor)
        await self._ask_officials(work, gathered, now)
        await work.audit.add("broadcast.gathered", "broadcast", broadcast.id, at=now, people=figures.snapshot)
        return replace(gathered, gathered_at=now, cursor=None)

    async def _lines(
        self, work: Work, audience: Audience, found: Sequence[Found], now: datetime
    ) -> dict[UUID, tuple[str, ...]]:
        """Which listed places each hears of, of the kinds of change that are told where they are managed (DP-2.2-b).
        Whom nothing concerns that is told there is left out."""
        ids = [one.resident_id for one in found if one.resident_id is not None]
        matched: dict[UUID, list[str]] = {}
        for row in await work.exposures.matches(residents=ids):
            if str(row.source_id) in audience.places:
                matched.setdefault(row.resident_id, []).append(str(row.source_id))
        changes = [place.change for place in audience.places.values() if place.change]
        told: dict[str, frozenset[str]] = {}
        lines: dict[UUID, tuple[str, ...]] = {}
        for one in found:
            if one.area not in told:
                pack = await self.packs.for_area(work, one.area, now)
                told[one.area] = frozenset(told_changes(pack.lists, changes))
            concerned = lines_for(audience, one.homes[:2], matched.get(one.cursor, ()))
            here = tuple(
                key for key in concerned if (change := audience.places[key].change) is None or change in told[one.area]
            )
            if here or not concerned:
                lines[one.cursor] = here
        return lines

    # the copies

    async def _write(
        self, work: Work, broadcast: Broadcast, recipients: Sequence[BroadcastRecipient], now: datetime
    ) -> Broadcast:
        content, audience = Content.of_json(broadcast.content), Audience.of_json(broadcast.audience)
        residents = await work.exposures.residents([one.resident_id for one in recipients if one.resident_id])
        officials = await work.officials.by_ids([one.official_id for one in recipients if one.official_id])
        open_holes = frozenset(
            hole for said in content.words.values() for text in (said.title, said.text) for hole in holes(text)
        )
        named = await work.residents.identities(list(residents)) if Hole.NAME in open_holes else {}
        outcomes: dict[MessageId, Any] = {}
        copies = []
        for one in recipients:
            reader = residents.get(one.resident_id) if one.resident_id else officials.get(one.official_id)  # type: ignore[arg-type]
            if reader is None:
                outcomes[one.id] = (RecipientState.SUPPRESSED, ERASED, None)
                continue
            copies.append(Copy(one.id, reader, self._values(content, one, reader, named.get(reader.id), now)))
        outcomes |= await self.outbox.copies(
            work,
            copies,
            broadcast=broadcast.id,
            now=now,
            duty=broadcast.risk_list_id is not None,
            everywhere=audience.reach is Reach.ALL,
            once=not open_holes and not any(one.lines for one in recipients),
            wakes=Schedule.of_json(broadcast.schedule).wakes,
        )
        await work.broadcasts.settle(outcomes)
        at_once = [state for state, _, _ in outcomes.values() if state is not RecipientState.QUEUED]
        return replace(broadcast, figures=Figures.of_json(broadcast.figures).settled(at_once).as_json())

    def _values(
        self,
        content: Content,
        recipient: BroadcastRecipient,
        reader: Resident | Official,
        identity: Identity | None,
        now: datetime,
    ) -> dict[str, Any]:
        language, said = content.said_to(reader.language)
        ours = closest_language(language)

        def own(hole: Hole) -> str | None:
            if hole is Hole.NAME:
                return reader.name if isinstance(reader, Official) else identity.name if identity else None
            if hole is Hole.AREA:
                return self.words.area(reader.area, ours) if reader.area.strip("0") else None
            return spoken_day(now.astimezone(self.words.zone).date(), ours)

        return {
            "title": filled(said.title, language, own),
            "text": filled(said.text, language, own),
            "areas": [content.lines[key][ours] for key in recipient.lines],
        }

    async def _settle(self, work: Work, broadcast: Broadcast) -> tuple[Broadcast, int, int]:
        """What the senders brought to an end is entered; how many are still with them, and how many wait for the end
        of somebody's own quiet hours: those hold up nobody else."""
        under_way = await work.broadcasts.under_way(broadcast.id)
        ended = {one: found for one, copies in under_way.items() if (found := outcome(copies)) is not None}
        await work.broadcasts.settle({one: (found.state, found.why, None) for one, found in ended.items()})
        figures = Figures.of_json(broadcast.figures).settled(found.state for found in ended.values())
        left = [
            all(state is DeliveryState.PENDING and why == QUIET for state, why in copies)
            for one, copies in under_way.items()
            if one not in ended and any(state is not DeliveryState.HELD for state, _ in copies)
        ]
        return replace(broadcast, figures=figures.as_json()), len(left) - sum(left), sum(left)

    async def _leave_out(self, work: Work, broadcast: Broadcast, now: datetime) -> Broadcast:
        """It was stopped: who heard nothing yet is entered as such, so that the account closes."""
        await work.broadcasts.suppress_copies(broadcast.id, STOPPED_EARLY)
        broadcast, moving, _ = await self._settle(work, broadcast)
        left_out = await work.broadcasts.suppress_waiting(broadcast.id, STOPPED_EARLY, limit=5 * self.gathered)
        figures = Figures.of_json(broadcast.figures).settled([RecipientState.SUPPRESSED] * left_out)
        broadcast = replace(broadcast, figures=figures.as_json())
        if left_out:
            return replace(broadcast, next_at=now)
        if moving:
            return replace(broadcast, next_at=now + LOOK_AGAIN)
        return replace(broadcast, next_at=None, finished_at=now)

    async def _ask_officials(self, work: Work, broadcast: Broadcast, now: datetime) -> None:
        """Who works with the people that hear it says that it was read, in an hour at most (E-B)."""
        if not Schedule.of_json(broadcast.schedule).acknowledged:
            return
        words = Content.of_json(broadcast.content).words
        zh = words.get("zh_Hans_CN") or next(iter(words.values()))
        titles = {"zh": zh.title, "en": (words.get("en") or zh).title}
        townships = await work.broadcasts.townships(broadcast.id, TOWNSHIP_DIGITS, limit=MOST_TOWNSHIPS)
        for area, people in townships.items():
            pack = await self.packs.for_area(work, area, now)
            policy = pack.climbed_by(AlertKind.BROADCAST_NOTICE)
            first = [LadderStep(LEVEL_OF_ROLE[role], (role,), now) for role in (Role.GRID_WORKER, Role.COMMUNITY)]
            await self.alerts.raise_(
                work,
                Raising(
                    kind=AlertKind.BROADCAST_NOTICE,
                    severity=Severity.HIGH,
                    area=area,
                    dedup_key=f"broadcast:{broadcast.id}:{area}",
                    facts={"title": titles, "people": people, "broadcast": str(broadcast.id)},
                    rules=(),
                    policy_code=policy.code,
                    ladder=(*first, *(step for step in policy.freeze(now) if step.at > now)),
                    resolve_within=policy.resolve_within,
                    repeat_every=policy.repeat_every,
                    ignores_quiet_hours=policy.ignores_quiet_hours,
                    subject_kind=BROADCAST,
                    subject_id=broadcast.id,
                ),
            )

    # officials' part

    async def pause(self, broadcast_id: BroadcastId, *, official: Official) -> Broadcast:
        """Nothing more leaves; what is in the air lands."""
        async with self.transactions.begin(over_all(official)) as work:
            before = await self._steered(work, broadcast_id, official)
            if before.state not in (BroadcastState.APPROVED, BroadcastState.RUNNING):
                raise NotRunning
            await work.broadcasts.hold_copies(before.id)
            return await self._changed(
                work, before, official, "paused", state=BroadcastState.PAUSED, next_at=self.clock.now() + LOOK_AGAIN
            )

    async def resume(self, broadcast_id: BroadcastId, *, official: Official) -> Broadcast:
        now = self.clock.now()
        async with self.transactions.begin(over_all(official)) as work:
            before = await self._steered(work, broadcast_id, official)
            if before.state is not BroadcastState.PAUSED:
                raise NotPaused
            released = await work.broadcasts.release_copies(before.id, now)
            if released:
                work.wake("deliveries", f"{int(now.timestamp() * 1000)}", now)
            begun = before.started_at is not None
            send_at = Schedule.of_json(before.schedule).send_at
            return await self._changed(
                work,
                before,
                official,
                "resumed",
                state=BroadcastState.RUNNING if begun else BroadcastState.APPROVED,
                next_at=now if begun or send_at is None else max(now, send_at),
            )

    async def stop(self, broadcast_id: BroadcastId, reason: str, *, official: Official) -> Broadcast:
        """For good. Who heard nothing yet never will by this one."""
        if not reason.strip():
            raise ReasonNeeded
        async with self.transactions.begin(over_all(official)) as work:
            before = await self._steered(work, broadcast_id, official)
            if before.state not in (BroadcastState.APPROVED, BroadcastState.RUNNING, BroadcastState.PAUSED):
                raise NotRunning
            await work.broadcasts.suppress_copies(before.id, STOPPED_EARLY)
            return await self._changed(
                work, before, official, "stopped", why=reason, state=BroadcastState.STOPPED, next_at=self.clock.now()
            )

    @staticmethod
    async def _steered(work: Work, broadcast_id: BroadcastId, official: Official) -> Broadcast:
        before = await held(work, broadcast_id, official)
        if not official.may(*STEERING):
            raise NotYours
        return before

    async def _changed(
        self, work: Work, before: Broadcast, by: Official, what: str, *, why: str = "", **changed: Any
    ) -> Broadcast:
        now = self.clock.now()
        step = {"what": what, "at": now.isoformat(), "by": str(by.id)} | ({"why": why.strip()[:500]} if why else {})
        after = replace(before, trail=[*before.trail, step], **changed)
        await work.broadcasts.save(after, before)
        await work.audit.add(f"broadcast.{what}", "broadcast", before.id, at=now)
        if after.next_at is not None:
            work.wake(BROADCAST, before.id, after.next_at)
        return after

    # the account

    async def account(self, broadcast_id: BroadcastId, *, official: Official) -> Account:
        async with self.transactions.begin(over_all(official)) as work:
            broadcast = await held(work, broadcast_id, official, lock=False)
            if broadcast.started_at is None:
                return Account(broadcast, Figures.of_json(broadcast.figures))
            asked = await work.alerts.listed(statuses=tuple(AlertStatus), subject=broadcast.id, limit=MOST_TOWNSHIPS)
            return Account(
                broadcast,
                Figures.of_json(broadcast.figures),
                await work.broadcasts.deliveries(broadcast.id),
                await work.broadcasts.reasons(broadcast.id),
                await work.broadcasts.channels(broadcast.id),
                (sum(one.status is not AlertStatus.RAISED for one in asked), len(asked)),
                self._ready_at(broadcast),
            )

    async def pulse(self, broadcast_id: BroadcastId, *, official: Official) -> dict[str, object]:
        """What an open page watches: one row, however many people."""
        async with self.transactions.begin(over_all(official)) as work:
            broadcast = await held(work, broadcast_id, official, lock=False)
        return {"state": broadcast.state.value, "gathered": broadcast.gathered_at is not None, **broadcast.figures}

    def _ready_at(self, broadcast: Broadcast) -> datetime | None:
        """When the rest will be done at the pace so far; None while nobody can know."""
        figures = Figures.of_json(broadcast.figures)
        done = figures.snapshot - figures.waiting
        if broadcast.state is not BroadcastState.RUNNING or not done or broadcast.gathered_at is None:
            return None
        now = self.clock.now()
        return now + (now - broadcast.gathered_at) * figures.waiting / done

    # the phone list

    async def calls(
        self,
        *,
        official: Official,
        broadcast: BroadcastId | None = None,
        done: bool = False,
        reason: str | None = None,
        limit: int = 200,
    ) -> list[Calling]:
        """Whom nothing reached in the official's own area. With a reason, which stands on record, unmasked."""
        if not official.may(*PEOPLE_ROLES):
            raise NotYourCalls
        if reason is not None and not reason.strip():
            raise ReasonNeeded
        async with self.transactions.begin(official.scope) as work:
            found = await work.broadcasts.calls(broadcast=broadcast, done=done, limit=limit)
            people = await work.residents.identities([one.resident_id for one in found])
            if reason is not None:
                for one in found:
                    said = work.vault.seal(None, "audit", "reason", one.resident_id, reason.strip()[:200]) or b""
                    await work.audit.add(
                        "resident.reveal", "resident", one.resident_id, at=self.clock.now(), reason=said.hex()
                    )
        # A broadcast of the county lies above a grid worker's scope; its title was public with it.
        async with self.transactions.begin(_WORK) as work:
            titles = await work.broadcasts.titles({one.broadcast_id for one in found})
        return [
            Calling(one, people.get(one.resident_id, Identity()), titles.get(one.broadcast_id, "")) for one in found
        ]

    async def call(self, recipient_id: MessageId, result: str | None, *, official: Official) -> None:
        """Ticked off with what came of it; None puts it back."""
        if not official.may(*PEOPLE_ROLES):
            raise NotYourCalls
        async with self.transactions.begin(official.scope) as work:
            call = await work.broadcasts.call(recipient_id)
            now = self.clock.now()
            await work.broadcasts.called(call.id, result, by=official.id, at=now)
            await work.audit.add("broadcast.called", "resident", call.resident_id, at=now, result=result or "undone")
