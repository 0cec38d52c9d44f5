"""What the worker does by itself: handlers for due things, sweeps for what a handler missed."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from gateway.access.house import House
from gateway.domain.kinds import AlertId
from gateway.worker.agenda import Handler
from gateway.worker.sweeps import Sweep


def handlers(house: House) -> Mapping[str, Handler]:
    async def alert(alert_id: str) -> None:
        await house.alerts.step_due(AlertId(UUID(alert_id)))

    async def deliveries(_: str) -> None:
        while await house.deliveries.send_due():
            pass

    async def unseen(_: str) -> None:
        await house.deliveries.pass_on_unseen()

    async def unreached(alert_id: str) -> None:
        await house.alerts.unreached(AlertId(UUID(alert_id)))

    return {"alert": alert, "deliveries": deliveries, "unseen": unseen, "unreached": unreached}


def sweeps(house: House, process: str) -> tuple[Sweep, ...]:
    async def ladders() -> None:
        for alert in await house.alerts.due():
            await house.alerts.step_due(alert)

    async def deliveries() -> None:
        while await house.deliveries.send_due():
            pass
        await house.deliveries.pass_on_unseen()

    async def beat() -> None:
        await house.operations.beat(process)
        await house.operations.watch(process)

    return (
        Sweep("ladders", timedelta(seconds=2), ladders),
        Sweep("deliveries", timedelta(seconds=5), deliveries),
        Sweep("heal", timedelta(seconds=5), house.operations.heal),
        Sweep("audit", timedelta(seconds=1), house.operations.seal_audit),
        Sweep("retention", timedelta(hours=1), house.retention.purge),
        Sweep("heartbeat", timedelta(seconds=10), beat),
    )
