"""A change of packs over many plans, killed in the middle: all of it happened, or nothing did; and nobody hears twice.

The activation runs in a process of its own. Parent and child meet only in the database.
"""

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from json import dumps
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from sqlalchemy import text

from gateway.access.house import House
from gateway.bootstrap import Foundations, build_house, redis_of
from gateway.clock import HeldClock
from gateway.domain.follow_ups import FollowUp, kept, next_look
from gateway.domain.kinds import ChannelName, FollowUpId, FollowUpState, PlanItemId, ResidentId
from gateway.domain.packs import Pack
from gateway.domain.people import Resident
from gateway.domain.plans import make_plan
from gateway.domain.scopes import Scope
from gateway.engines import Postgres, Valkey, ends_with_its_parent
from gateway.memory import collect_seldom
from gateway.record import tables as t
from gateway.record.follow_ups import item_state_of, state_of
from gateway.record.migrate import migrate
from gateway.record.record import Record
from gateway.record.recordsets import insert_rows
from gateway.record.reminders import PENDING, PLAN_ITEM
from gateway.record.vault import Vault, create_keyring
from gateway.services.follow_ups import REMINDER_TEMPLATES
from gateway.services.policy_changes import AT_ONCE

ROOT = Path(__file__).parents[2]
NOW = datetime(2021, 1, 20, 4, 0, tzinfo=UTC)
JURISDICTION = "37"
PATIENCE = 120.0
_WORK = Scope.of_work("drill")


@dataclass
class Figures:
    """What must be zero: `half_done`, `told_twice`, `left_behind`, `shortened`."""

    plans: int = 0
    kills: int = 0
    killed_before_the_end: int = 0
    half_done: int = 0
    told: int = 0
    told_twice: int = 0
    left_behind: int = 0
    waiting: int = 0
    shortened: int = 0
    preview_seconds: float = 0.0
    activation_seconds: float = 0.0

    @property
    def good(self) -> bool:
        return not (self.half_done or self.told_twice or self.left_behind or self.shortened)

    def lines(self) -> list[str]:
        return [f"{name.replace('_', ' '):<22} {value}" for name, value in asdict(self).items()]


@asynccontextmanager
async def house_on(database_url: str, redis_url: str, keyring: Path, *, at_once: int = AT_ONCE) -> AsyncIterator[House]:
    record = Record(database_url, Vault.from_file(keyring), uuid4, pool=3)
    redis = redis_of(redis_url)
    house = build_house(Foundations(record, redis, HeldClock(NOW), {}, "nobody's token"))
    collect_seldom()  # as every process does
    try:
        yield replace(house, policy_changes=replace(house.policy_changes, at_once=at_once))
    finally:
        await redis.aclose()
        await record.close()


# people with plans


def next_version(pack: Pack) -> Pack:
    """Two more days of central isolation for close contacts, four days less at home for general ones."""
    days = {"close_contact": 16, "general_contact": 10}
    profiles = dict(pack.profiles)
    for name, first in days.items():
        periods = profiles[name].periods
        profiles[name] = replace(profiles[name], periods=(replace(periods[0], days=first), *periods[1:]))
    return replace(pack, version=2, profiles=profiles)


async def settle_in(house: House, plans: int) -> tuple[str, str]:
    """Close contacts in isolation since different days, every tenth a general contact at home; hashes of the pack they
    follow and of its next version."""
    pack = await house.packs.activate("sd-2020-09", by=None, overlays=("demo",), effective_from=date(2020, 9, 1))
    async with house.transactions.begin(_WORK) as work:
        old = await house.packs.keep(work, pack)
    new = await house.policy_changes.keep(next_version(pack), by="drill")
    for first in range(0, plans, 1000):
        await _people(house, pack, old, range(first, min(first + 1000, plans)))
    return old, new.hash


async def _people(house: House, pack: Pack, hash_: str, numbers: Sequence[int]) -> None:
    residents, addresses, follow_ups, items, reminders = [], [], [], [], []
    vault = house.record.vault
    for number in numbers:
        profile = "close_contact" if number % 10 else "general_contact"
        started_at = NOW - timedelta(days=number % 9, hours=number % 24)
        resident = Resident(ResidentId(uuid4()), "zh_Hans_CN", started_at, managing_area=f"3701020{number % 10:02}000")
        key = vault.new_data_key()
        residents.append(
            {name: getattr(resident, name) for name in ("id", "language", "created_at", "managing_area")}
            | {"data_key": key.wrapped, "data_key_id": key.key_id}
        )
        addresses.append(
            {
                "id": uuid4(),
                "channel": ChannelName.WEBCHAT,
                "handle": str(9_000_000 + number),
                "resident_id": resident.id,
                "created_at": started_at,
            }
        )
        began = "isolation_start" if number % 10 else "placement"
        anchors = {began: started_at, "last_exposure": started_at.date()}
        plan = make_plan(pack, profile, anchors, made_at=started_at)
        follow_up = FollowUp(
            id=FollowUpId(uuid4()),
            resident_id=resident.id,
            profile=profile,
            pack_id=pack.id,
            pack_version=str(pack.version),
            pack_overlays=("demo",),
            pack_hash=hash_,
            state=FollowUpState.ACTIVE,
            anchors=anchors,
            periods=plan.periods,
            sources=(),
            started_by="drill",
            rules=pack.profiles[profile].source,
            created_at=started_at,
        )
        rows = [kept(item, item.key, new_id=PlanItemId(uuid4()), follow_up=follow_up) for item in plan.items]
        follow_up = replace(follow_up, closes_at=next_look(follow_up, rows, NOW))
        follow_ups.append(
            {
                name: getattr(follow_up, name)
                for name in ("id", "resident_id", "profile", "pack_id", "pack_version", "pack_hash", "started_by")
            }
            | {"pack_overlays": ["demo"], "rules": list(follow_up.rules), "created_at": started_at}
            | state_of(follow_up)
        )
        for row, item in zip(rows, plan.items, strict=True):
            items.append(
                {name: getattr(row, name) for name in ("id", "follow_up_id", "resident_id", "key", "kind", "test")}
                | item_state_of(row)
            )
            reminders += [
                {
                    "id": uuid4(),
                    "subject_kind": PLAN_ITEM,
                    "subject_id": row.id,
                    "resident_id": resident.id,
                    "slot": at.astimezone(UTC).isoformat(),
                    "template": REMINDER_TEMPLATES[row.kind],
                    "due_at": at,
                    "state": PENDING,
                }
                for at in item.reminders
                if at > NOW
            ]
    async with house.transactions.begin(_WORK) as work:
        for table, written in (
            (t.residents, residents),
            (t.addresses, addresses),
            (t.follow_ups, follow_ups),
            (t.plan_items, items),
            (t.reminders, reminders),
        ):
            await insert_rows(work.connection, table, written)


# the process that is killed


@dataclass
class Child:
    process: asyncio.subprocess.Process

    @classmethod
    async def start(cls, where: Sequence[str], hash_: str, *, at_once: int) -> "Child":
        environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "tests.faults.activating",
            *where,
            hash_,
            JURISDICTION,
            str(at_once),
            NOW.isoformat(),
            cwd=ROOT,
            env=environment | {"PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            preexec_fn=ends_with_its_parent(signal.SIGKILL),
        )
        return cls(process)

    async def killed(self) -> bool:
        """kill -9, and no word beforehand. False when it had ended by then."""
        if self.process.returncode is not None:
            return False
        self.process.kill()
        return await self.process.wait() == -signal.SIGKILL


# what stands on record


async def one(house: House, query: str, **given: object) -> int:
    async with house.transactions.begin(_WORK) as work:
        return int((await work.connection.execute(text(query), given)).scalar_one() or 0)


_TRACES = (
    "SELECT (SELECT count(*) FROM follow_ups WHERE pack_hash = :new)"
    " + (SELECT count(*) FROM plan_changes)"
    " + (SELECT count(*) FROM messages WHERE template = 'policy_changed')"
    " + (SELECT count(*) FROM alerts WHERE kind = 'policy_change')"
    " + (SELECT count(*) FROM pack_activations WHERE pack_hash = :new)"
)
#: Seen from the locks: what other sessions do is hidden from a role that is no superuser.
_AT_WORK = (
    "SELECT count(*) FROM pg_locks WHERE relation = 'follow_ups'::regclass AND pid <> pg_backend_pid()"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_HELD_UP = "SELECT count(*) FROM pg_locks WHERE NOT granted"


async def until(house: House, query: str, wanted: bool, *, child: Child | None = None) -> bool:
    """Whether it came to that while the child lived."""
    deadline = time.monotonic() + PATIENCE
    while bool(await one(house, query)) is not wanted:
        if child is not None and child.process.returncode is not None:
            return False
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {query}"
        await asyncio.sleep(0.01)
    return True


async def count_after(house: House, figures: Figures, new: str) -> None:
    """Everybody has the new pack, but for those who wait; nobody's end came nearer; nobody heard twice."""
    figures.told = await one(house, "SELECT count(*) FROM messages WHERE template = 'policy_changed'")
    figures.told_twice = await one(
        house,
        "SELECT count(*) FROM (SELECT 1 FROM messages WHERE template = 'policy_changed' GROUP BY resident_id"
        " HAVING count(*) > 1) twice",
    )
    figures.waiting = await one(house, "SELECT count(*) FROM plan_changes WHERE decision = 'open'")
    figures.left_behind = await one(
        house,
        "SELECT count(*) FROM follow_ups f WHERE f.pack_hash <> :new AND NOT EXISTS"
        " (SELECT 1 FROM plan_changes c WHERE c.follow_up_id = f.id AND c.decision = 'open')",
        new=new,
    )
    figures.shortened = await one(
        house,
        "SELECT count(*) FROM plan_changes c JOIN follow_ups f ON f.id = c.follow_up_id"
        " WHERE c.decision = 'open' AND f.pack_hash = :new",
        new=new,
    )


async def small(database_url: str, redis_url: str, home: Path) -> Figures:
    """The test: held up by a lock between two steps of its writing, killed there, and begun again."""
    keyring = home / "keyring.json"
    create_keyring(keyring)
    figures = Figures(plans=20)
    where = (database_url, redis_url, str(keyring))
    async with house_on(database_url, redis_url, keyring) as house:
        _, new = await settle_in(house, figures.plans)
        async with house.transactions.begin(_WORK) as work:
            last = "SELECT id FROM follow_ups ORDER BY resident_id DESC LIMIT 1 FOR UPDATE"
            await work.connection.execute(text(last))
            child = await Child.start(where, new, at_once=5)
            assert await until(house, _HELD_UP, True, child=child)
            figures.kills = figures.killed_before_the_end = int(await child.killed())
        await until(house, _AT_WORK, False)
        figures.half_done = await one(house, _TRACES, new=new)
        await house.policy_changes.activate(new, official=None, area=JURISDICTION, effective_from=NOW.date())
        await count_after(house, figures, new)
    return figures


async def large(plans: int, kills: int, seed: int) -> Figures:
    chance = random.Random(seed)
    figures = Figures(plans=plans, kills=kills)
    with TemporaryDirectory() as folder, Postgres.for_tests() as postgres, Valkey.for_tests() as valkey:
        database_url, keyring = postgres.create_database("policy"), Path(folder) / "keyring.json"
        await migrate(database_url)
        create_keyring(keyring)
        where = (database_url, valkey.url(), str(keyring))
        async with house_on(*where[:2], keyring) as house:
            _, new = await settle_in(house, plans)
            began = time.monotonic()
            preview = await house.policy_changes.preview(
                new, official=None, area=JURISDICTION, effective_from=NOW.date()
            )
            figures.preview_seconds = round(time.monotonic() - began, 2)
            assert preview.summary.plans == plans
            span = max(0.5, figures.preview_seconds * 1.5)
            for _ in range(kills):
                child = await Child.start(where, new, at_once=AT_ONCE)
                assert await until(house, _AT_WORK, True, child=child)
                await asyncio.sleep(chance.uniform(0, span))
                if not await child.killed():
                    break
                await until(house, _AT_WORK, False)
                if not await one(house, "SELECT count(*) FROM pack_activations WHERE pack_hash = :new", new=new):
                    figures.killed_before_the_end += 1
                    figures.half_done += await one(house, _TRACES, new=new)
            if not await one(house, "SELECT count(*) FROM pack_activations WHERE pack_hash = :new", new=new):
                began = time.monotonic()
                await house.policy_changes.activate(new, official=None, area=JURISDICTION, effective_from=NOW.date())
                figures.activation_seconds = round(time.monotonic() - began, 2)
            await house.policy_changes.activate(new, official=None, area=JURISDICTION, effective_from=NOW.date())
            await count_after(house, figures, new)
    return figures


def main(*, plans: int, kills: int, seed: int, as_json: bool) -> int:
    figures = asyncio.run(large(plans, kills, seed))
    said = dumps(asdict(figures) | {"seed": seed}) if as_json else "\n".join((*figures.lines(), f"seed {seed}"))
    sys.stdout.write(f"{said}\n")
    return 0 if figures.good else 1
