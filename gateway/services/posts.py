"""Posts: who holds which duty where, and handing one on. What is open goes along, and the old access ends at once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.clock import Clock
from gateway.domain.alerts import Alert, AlertEvent
from gateway.domain.kinds import Lane, OfficialId, Role
from gateway.domain.scopes import Official, Scope
from gateway.errors import Conflict
from gateway.record.officials import OfficialNotFound, Shift
from gateway.record.record import Work
from gateway.record.rotas import Handover
from gateway.services.alerts import ALERT
from gateway.services.glances import glanced
from gateway.services.officials import may_invite
from gateway.services.outbox import Outbox, key_of
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("posts")
HANDED_ON = "post handed on"


class PostNotHeld(Conflict):
    """This official does not hold that post any more; look again."""


class PostElsewhere(Conflict):
    """This colleague has duties elsewhere. Hand the post to somebody of its own area, or invite them for it."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One post and one who holds it, now or in shifts to come; `in_hand`: open alerts that go along with it."""

    role: Role
    area: str
    official: Official
    shifts: tuple[Shift, ...]
    in_hand: int


@dataclass(frozen=True, slots=True)
class Moved:
    """What went along."""

    alerts: int
    shifts: int
    matters: int
    named: int
    has_left: bool


@dataclass(frozen=True, slots=True)
class PostService:
    transactions: Transactions
    outbox: Outbox
    clock: Clock

    @glanced()
    async def listed(self, area: str, *, official: Official) -> list[Holding]:
        """Every post inside the own area, and who holds it."""
        if official.scope.area is None or not area.startswith(official.area):
            raise OfficialNotFound
        now = self.clock.now()
        async with self.transactions.reading(_WORK) as work:
            known = {one.id: one for one in await work.officials.listed(area="")}
            shifts = [one for one in await work.officials.shifts(area=area, now=now) if one.official_id in known]
            in_hand = await work.alerts.in_hands([one.official_id for one in shifts])
        held: dict[tuple[str, Role, OfficialId], list[Shift]] = {}
        for shift in shifts:
            held.setdefault((shift.area, shift.role, shift.official_id), []).append(shift)
        return [
            Holding(
                role,
                place,
                known[who],
                tuple(sorted(own, key=lambda one: one.starts_at)),
                sum(one.startswith(place) for one in in_hand.get(who, ())),
            )
            for (place, role, who), own in sorted(held.items(), key=lambda item: (item[0][0], item[0][1]))
        ]

    async def hand_on(
        self, role: Role, area: str, *, leaving: OfficialId, taking: OfficialId, note: str, by: Official
    ) -> Moved:
        """From this moment the post is another's: shifts, what is open, what they are named for. Where it was the last
        one, whoever leaves has no access any more: sessions, pages and streams end with the next beat.

        Raises OfficialNotFound beyond the own area, PostNotHeld, PostElsewhere.
        """
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            old, new = await work.officials.get(leaving), await work.officials.get(taking)
            if not (may_invite(by, area) and old.area.startswith(by.area)) or old.id == new.id:
                raise OfficialNotFound
            mine = await work.rotas.shifts_between(now, _FAR, official=old.id, post=(role, area))
            if not mine:
                raise PostNotHeld
            new = await self._placed(work, new, role, area, now)
            await self._move_shifts(work, mine, new, now)
            others = await work.rotas.shifts_between(now, _FAR, official=old.id)
            left = tuple(one for one in old.roles if one is not role or any(shift.role is role for shift in others))
            has_left = not left  # an administrator keeps the access without a post
            within = "" if has_left else area
            alerts = [one for one in await work.alerts.in_hand_of(old.id) if one.area.startswith(within)]
            for alert in alerts:
                await self._move_alert(work, alert, old, new, note, now)
            matters = await work.matters.hand_on(old.id, new.id, within)
            named = await work.posts.hand_on(old.id, new.id, within, now=now, by=by.name, new_id=work.new_id)
            await work.deliveries.withhold(old.id, within, HANDED_ON)
            if has_left:
                await work.officials.end_shifts(old.id, now)
                await work.officials.end(old.id, now)
            else:
                await work.officials.change(replace(old, roles=left))
                await work.officials.end_sessions(old.id, now)
            text = f"{old.name} → {new.name}" + (f": {note}" if note else "")
            await work.rotas.hand_over(Handover(work.new_id(), area, role, new.id, now, text))
            values = {"role": role.value, "area": area, "name": old.name, "alerts": len(alerts), "note": note or None}
            await self.outbox.to_officials(work, [new], "post_handed_on", values, now=now, lane=Lane.REPLY)
            await work.audit.add(
                "post.hand_on",
                "official",
                old.id,
                at=now,
                by=str(by.id),
                to=str(new.id),
                role=role.value,
                area=area,
                alerts=len(alerts),
                left=has_left,
            )
        return Moved(len(alerts), len(mine), matters, named, has_left)

    async def _placed(self, work: Work, new: Official, role: Role, area: str, now: datetime) -> Official:
        """The one who takes over, with the role and an area that holds the post."""
        place = new.area
        if not area.startswith(new.area):
            busy = await work.rotas.shifts_between(now, _FAR, official=new.id)
            if busy and not new.area.startswith(area):
                raise PostElsewhere
            place = area
        roles = new.roles if role in new.roles else (*new.roles, role)
        placed = replace(new, area=place, roles=roles)
        if placed != new:
            await work.officials.change(placed)
        return placed

    @staticmethod
    async def _move_shifts(work: Work, shifts: Iterable[Shift], new: Official, now: datetime) -> None:
        for shift in shifts:
            await work.officials.end_shift(shift.id, now)
            await work.officials.add_shift(
                replace(
                    shift,
                    id=work.new_id(),
                    official_id=new.id,
                    starts_at=max(shift.starts_at, now),
                    unit_id=new.unit_id,
                    sequence=0,
                    cancelled_at=None,
                )
            )

    async def _move_alert(
        self, work: Work, alert: Alert, old: Official, new: Official, note: str, now: datetime
    ) -> None:
        """It stays taken, with its clock; who has it is another, and the timeline says so."""
        moved = alert.assign(new.id, now)
        await work.alerts.save(moved, alert)
        text = f"{old.name} → {new.name}" + (f": {note}" if note else "")
        event = AlertEvent(now, "handed_on", old.id, {"to": str(new.id)}, text)
        await work.alerts.note(moved, work.new_id(), event, await key_of(work, moved))
        if moved.next_step_at is not None:
            work.wake(ALERT, alert.id, moved.next_step_at)


#: Shifts without an end, and those of any rota, begin before this.
_FAR = datetime.fromisoformat("2999-01-01T00:00:00+00:00")
