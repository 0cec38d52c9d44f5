"""The process that is killed: it puts a pack in force and ends. It builds no doors, so that it starts quickly."""

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from gateway.clock import HeldClock
from gateway.record.record import Record
from gateway.record.vault import Vault
from gateway.schedule.agenda import Agenda
from gateway.services.alerts import AlertService
from gateway.services.list_changes import ListChangeService
from gateway.services.outbox import Manners, Outbox
from gateway.services.packs import PackService
from gateway.services.policy_changes import PolicyChangeService
from gateway.services.transactions import Transactions


async def activate(
    database_url: str, redis_url: str, keyring: str, pack_hash: str, area: str, at_once: str, now: str
) -> None:
    clock = HeldClock(datetime.fromisoformat(now))
    record = Record(database_url, Vault.from_file(Path(keyring)), uuid4, pool=2)
    redis: Redis = Redis.from_url(redis_url)
    transactions = Transactions(record, Agenda(redis), clock)
    packs, outbox = PackService(transactions, clock), Outbox(Manners(ZoneInfo("Asia/Shanghai")))
    alerts = AlertService(transactions=transactions, packs=packs, outbox=outbox, clock=clock)
    lists = ListChangeService(packs, outbox)
    changes = PolicyChangeService(transactions, packs, alerts, outbox, lists, clock, int(at_once))
    try:
        await changes.activate(pack_hash, official=None, area=area, effective_from=clock.now().date())
    finally:
        await redis.aclose()
        await record.close()


if __name__ == "__main__":
    asyncio.run(activate(*sys.argv[1:]))
