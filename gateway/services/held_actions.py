"""Acting on several alerts at once, with ten seconds to take it back.

Nobody is told anything before the time is over: what was undone has never happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.alert_lists import AlertFilter
from gateway.domain.kinds import AlertId, AlertStatus, OfficialId
from gateway.domain.scopes import Official, Scope
from gateway.errors import Conflict, Invalid, ShaodianError
from gateway.record.alerts import AlertNotFound
from gateway.record.desks import HeldAction, HeldState
from gateway.record.record import Work
from gateway.services.alerts import AlertService
from gateway.services.transactions import Transactions

HELD = "held_action"
UNDO_WITHIN = timedelta(seconds=10)
MOST_AT_ONCE = 200
_WORK = Scope.of_work("held actions")


class BulkAction(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    ASSIGN = "assign"
    ESCALATE = "escalate"


class NothingChosen(Invalid):
    """Mark at least one line first, and at most 200."""


class TooLateToUndo(Conflict):
    """The ten seconds are over; it has been done."""


@dataclass(frozen=True, slots=True)
class HeldActionService:
    transactions: Transactions
    alerts: AlertService
    clock: Clock

    async def hold(
        self,
        action: BulkAction,
        alerts: Sequence[AlertId],
        *,
        official: Official,
        outcome: str | None = None,
        to: OfficialId | None = None,
    ) -> HeldAction:
        """Ask it of these alerts; it is done in ten seconds. Raises AlertNotFound when one of them is not there."""
        chosen = tuple(dict.fromkeys(alerts))
        if not chosen or len(chosen) > MOST_AT_ONCE:
            raise NothingChosen
        now = self.clock.now()
        facts = {"outcome": outcome, "to": str(to) if to else None}
        wanted = AlertFilter(tuple(AlertStatus), ids=chosen)
        async with self.alerts.reading(official, wanted.statuses) as (work, reader, told):
            if await work.alert_lists.count(reader, told, wanted, now) != len(chosen):
                raise AlertNotFound
        async with self.transactions.begin(official.scope) as work:
            held = HeldAction(
                work.new_id(), official.id, action, chosen, facts, HeldState.HELD, now, now + UNDO_WITHIN, {}
            )
            await work.desks.hold(held)
            work.wake(HELD, held.id, held.due_at)
        return held

    async def get(self, held_id: UUID, *, official: Official) -> HeldAction:
        async with self.transactions.reading(official.scope) as work:
            return await work.desks.held(held_id, official=official.id)

    async def undo(self, held_id: UUID, *, official: Official) -> None:
        """Raises TooLateToUndo."""
        async with self.transactions.begin(official.scope) as work:
            held = await work.desks.held(held_id, official=official.id, lock=True)
            if held.state is HeldState.DONE or self.clock.now() >= held.due_at:
                raise TooLateToUndo
            await work.desks.settle(held_id, HeldState.UNDONE, {})
            work.forget(HELD, held_id)

    async def fire(self, held_id: UUID) -> None:
        """The ten seconds are over. Each alert is a transaction of its own; what one refuses holds up none.

        Cut short and done again, an alert that was already taken or closed says so.
        """
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            held = await work.desks.held(held_id)
            if held.state is not HeldState.HELD:
                return
            if held.due_at > now:
                work.wake(HELD, held_id, held.due_at)
                return
            official = await work.officials.find(held.official_id)
        if official is None:  # ended meanwhile: nothing is done in the name of somebody who is no official any more
            await self._settle(held_id, HeldState.UNDONE, {})
            return
        results = {str(one): await self._do(held, AlertId(one), official) for one in held.subjects}
        await self._settle(held_id, HeldState.DONE, results)

    async def _settle(self, held_id: UUID, state: HeldState, results: dict[str, str | None]) -> None:
        async with self.transactions.begin(_WORK) as work:
            await work.desks.settle(held_id, state, results)

    async def _do(self, held: HeldAction, alert_id: AlertId, official: Official) -> str | None:
        """None when it was done, else the name of what stood against it."""
        try:
            match BulkAction(held.action):
                case BulkAction.ACKNOWLEDGE:
                    await self.alerts.acknowledge(alert_id, official=official)
                case BulkAction.RESOLVE:
                    await self.alerts.resolve(alert_id, str(held.facts["outcome"]), official=official)
                case BulkAction.ASSIGN:
                    await self.alerts.assign(alert_id, OfficialId(UUID(held.facts["to"])), official=official)
                case BulkAction.ESCALATE:
                    await self.alerts.escalate(alert_id, official=official)
        except ShaodianError as error:
            return error.type_name
        return None

    async def due(self) -> list[UUID]:
        async with self.transactions.begin(_WORK) as work:
            return await work.desks.due(self.clock.now())

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        return [(f"{HELD}:{one}", at) for one, at in await work.desks.waiting()]
