"""Whoever cannot be reached by any channel is somebody's to phone or visit: silence is never taken for an answer."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.clock import Clock
from gateway.domain.escalations import LadderStep
from gateway.domain.kinds import AlertKind, BroadcastId, Level, ResidentId, Role, Severity
from gateway.domain.scopes import Scope
from gateway.services.alerts import AlertService, Raising
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("reach")
_A_DAY = timedelta(days=1)
MORNING = time(8)


@dataclass(frozen=True, slots=True)
class ReachService:
    transactions: Transactions
    alerts: AlertService
    clock: Clock
    zone: ZoneInfo

    async def unreachable(self, resident_id: ResidentId) -> None:
        """Nothing reaches this resident: with tomorrow's 08:00 round the grid worker is asked to phone, the community a
        day later. One alert a day; it stands in the console at once."""
        now = self.clock.now()
        morning = datetime.combine(now.astimezone(self.zone).date() + _A_DAY, MORNING, self.zone)
        async with self.transactions.begin(_WORK) as work:
            resident = await work.residents.find(resident_id)
            if resident is None or resident.erased_at is not None:
                return
            await self.alerts.raise_(
                work,
                Raising(
                    kind=AlertKind.UNREACHABLE,
                    severity=Severity.ROUTINE,
                    area=resident.area,
                    dedup_key=f"unreachable:{resident_id}:{now:%Y%m%d}",
                    facts={},
                    rules=(),
                    policy_code="unreachable",
                    ladder=(
                        LadderStep(Level.L1, (Role.GRID_WORKER,), morning),
                        LadderStep(Level.L2, (Role.COMMUNITY,), morning + _A_DAY),
                    ),
                    resolve_within=_A_DAY,
                    subject_id=resident_id,
                    resident_id=resident_id,
                    repeat_every=_A_DAY,
                ),
            )

    async def uncalled(self, broadcast_id: BroadcastId, area: str) -> None:
        """People of this grid did not see a message to many: they stand on its phone list, and the round is
        asked once for all of them, however many there are."""
        now = self.clock.now()
        morning = datetime.combine(now.astimezone(self.zone).date() + _A_DAY, MORNING, self.zone)
        async with self.transactions.begin(_WORK) as work:
            titles = await work.broadcasts.titles({broadcast_id})
            await self.alerts.raise_(
                work,
                Raising(
                    kind=AlertKind.BROADCAST_UNSEEN,
                    severity=Severity.ROUTINE,
                    area=area,
                    dedup_key=f"uncalled:{broadcast_id}:{area}",
                    facts={"asks": "phone_list"},
                    rules=(),
                    policy_code="broadcast_unseen",
                    ladder=(
                        LadderStep(Level.L1, (Role.GRID_WORKER,), morning),
                        LadderStep(Level.L2, (Role.COMMUNITY,), morning + _A_DAY),
                    ),
                    resolve_within=_A_DAY,
                    subject_kind="broadcast",
                    subject_id=broadcast_id,
                    repeat_every=_A_DAY,
                    evidence=titles.get(broadcast_id),
                ),
            )

    async def reached(self, resident_id: ResidentId) -> None:
        """The resident has seen something: nobody needs to phone any more."""
        async with self.transactions.begin(_WORK) as work:
            for alert in await work.alerts.listed(kinds=(AlertKind.UNREACHABLE,), resident=resident_id):
                await self.alerts.settle(work, alert, "answered")
