"""A broadcast to many while the worker is killed, Redis is emptied and answers of Telegram are lost.

The Bot API server stands outside and is the oracle: what it took was said. The account of the broadcast must close,
must not claim what never arrived, and nobody may hear twice; whom it calls uncertain are at most those who were in the
air at a kill, and those whose answer was lost.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import aiohttp
from sqlalchemy import text

from gateway.access.house import House
from gateway.bootstrap import batch_at, redis_of
from gateway.domain.broadcasts import Audience, Schedule
from gateway.domain.kinds import BroadcastId, BroadcastState, ChannelName, RecipientState, Role
from gateway.domain.scopes import Scope
from gateway.record import tables as t
from gateway.record.recordsets import insert_rows
from gateway.services.broadcasts import Said, Writing
from tests.faults.kills import engines_of_our_own
from tests.faults.machines import Machine, until
from tests.support.fake_telegram import FakeTelegram

AREA, FIRST_CHAT = "370102", 10_000_000
WORDS = {
    "zh_Hans_CN": Said("核酸检测通知", "请于今天18:00前到就近的采样点检测。"),
    "en": Said("Testing today", "Please go to the nearest sampling site before 18:00."),
}
#: Nothing new for so long: it stands still. A claim that nobody ended is taken up again after 30 s.
STANDS_STILL = 120.0
HEALED_WITHIN = 30.0
_WORK = Scope.of_work("drill")


@dataclass(frozen=True)
class Plan:
    seed: int
    people: int = 10_000
    kills: int = 10
    flushes: int = 0
    lost: float = 0.01
    rate: float = 1000.0


@dataclass
class Figures:
    """What must be empty: `missing`, `doubled`, `claimed` (sent by the account, never arrived), `unexplained`."""

    seed: int
    people: int = 0
    arrived: int = 0
    account: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    kills: int = 0
    answers_lost: int = 0
    most_uncertain: int = 0
    uncertain_but_arrived: int = 0
    missing: list[int] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    claimed: list[int] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    healed_after: list[float] = field(default_factory=list)
    messages_per_second: float = 0.0
    rows_per_second: float = 0.0
    attempts_per_message: float = 0.0
    most_memory_of_worker: int = 0
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        late = any(one > HEALED_WITHIN for one in self.healed_after)
        return self.arrived > 0 and not (self.missing or self.doubled or self.claimed or self.unexplained or late)

    @property
    def verdict(self) -> str:
        return (
            f"{self.people} people: {len(self.missing)} missing, {len(self.doubled)} twice, {len(self.claimed)} claimed"
            f" in vain, {self.account.get('uncertain', 0)} uncertain (at most {self.most_uncertain});"
            f" {self.kills} kills, {self.answers_lost} answers lost, {len(self.healed_after)} flushes healed within"
            f" {max(self.healed_after, default=0):.1f} s: {'as it must be' if self.good else 'NOT AS IT MUST BE'}"
        )


@dataclass
class Drill:
    plan: Plan
    machine: Machine
    telegram: FakeTelegram
    house: House
    http: aiohttp.ClientSession
    say: Callable[[str], None]
    figures: Figures

    def __post_init__(self) -> None:
        self._random = random.Random(self.plan.seed)

    async def run(self) -> None:
        await self._settle_in()
        broadcast = await self._released()
        rows, began = await self._rows_written(), time.monotonic()
        self.machine.start("worker")
        await self.machine.ready(self.http, "worker")
        for what, arrived in self._moments():
            await self._told(arrived)
            await asyncio.sleep(self._random.uniform(0, 0.3))  # the moment itself, drawn from the seed
            await what()
        await self._sent(broadcast)
        self.figures.seconds = round(time.monotonic() - began, 2)
        self.figures.rows_per_second = round((await self._rows_written() - rows) / self.figures.seconds, 1)
        self._note_memory()
        await self._judge(broadcast)

    # before it begins

    async def _settle_in(self) -> None:
        created_at = datetime(2021, 1, 1, tzinfo=UTC)
        for first in range(0, self.plan.people, 2000):
            residents, addresses = [], []
            for number in range(first, min(first + 2000, self.plan.people)):
                key, resident = self.house.record.vault.new_data_key(), uuid4()
                residents.append(
                    {
                        "id": resident,
                        "language": "en" if number % 5 == 0 else "zh_Hans_CN",
                        "created_at": created_at,
                        "home_area": f"{AREA}001{number % 40:03}",
                        "managing_area": f"{AREA}001{number % 40:03}01",
                        "data_key": key.wrapped,
                        "data_key_id": key.key_id,
                    }
                )
                addresses.append(
                    {
                        "id": uuid4(),
                        "channel": ChannelName.TELEGRAM,
                        "handle": str(FIRST_CHAT + number),
                        "resident_id": resident,
                        "created_at": created_at,
                    }
                )
            async with self.house.transactions.begin(_WORK) as work:
                await insert_rows(work.connection, t.residents, residents)
                await insert_rows(work.connection, t.addresses, addresses)

    async def _released(self) -> BroadcastId:
        """Written by one, approved by another, as any other."""
        officials = self.house.officials
        author = await officials.bearer(await officials.create_token(name="钱科长", role=Role.COUNTY, area=AREA))
        second = await officials.bearer(await officials.create_token(name="孙主任", role=Role.PUBLISHER, area=AREA))
        assert author is not None and second is not None
        writing = Writing(WORDS, Audience(areas=(AREA,)), Schedule())
        draft = await self.house.broadcasts.write(writing, official=author)
        await self.house.broadcasts.approve(draft.id, draft.content_hash, official=second)
        return draft.id

    # what goes wrong

    def _moments(self) -> list[tuple[Callable[[], object], int]]:
        """Kills and flushes, and how many have been told by then: spread over the whole of it."""
        faults = [self._kill] * self.plan.kills + [self._flush] * self.plan.flushes
        self._random.shuffle(faults)
        return [(fault, self.plan.people * at // (len(faults) + 1)) for at, fault in enumerate(faults, start=1)]

    async def _kill(self) -> None:
        self._note_memory()
        worker = self.machine.processes["worker"]
        worker.kill()
        self.figures.kills += 1
        self.say(f"kill -9 {self.figures.kills}: {self._arrived()} told")
        worker.start()

    async def _flush(self) -> None:
        redis = redis_of(self.machine.redis_url)
        try:
            await redis.flushall()
            began = time.monotonic()
            await until(self.house.agenda.is_whole, "the index stands again", patience=2 * HEALED_WITHIN)
            self.figures.healed_after.append(round(time.monotonic() - began, 2))
        finally:
            await redis.aclose()
        self.say(f"FLUSHALL: healed after {self.figures.healed_after[-1]:.1f} s, {self._arrived()} told")

    # how far it is

    def _arrived(self) -> int:
        return len(self.telegram.accepted)

    async def _told(self, people: int) -> None:
        await self._moving(lambda: self._arrived() >= people, self._arrived, f"{people} are told")

    async def _sent(self, broadcast: BroadcastId) -> None:
        async def state() -> BroadcastState:
            async with self.house.transactions.begin(_WORK) as work:
                return (await work.broadcasts.get(broadcast)).state

        deadline = time.monotonic() + STANDS_STILL
        told = -1
        while await state() is not BroadcastState.SENT:
            if told != self._arrived():
                told, deadline = self._arrived(), time.monotonic() + STANDS_STILL
            assert time.monotonic() < deadline, f"it stands still: {self.machine.processes['worker'].words()}"
            await asyncio.sleep(0.25)

    async def _moving(self, true: Callable[[], bool], so_far: Callable[[], int], what: str) -> None:
        """As long as it comes nearer it may take its time."""
        deadline, before = time.monotonic() + STANDS_STILL, so_far()
        while not true():
            if so_far() != before:
                deadline, before = time.monotonic() + STANDS_STILL, so_far()
            assert time.monotonic() < deadline, f"{what}: {self.machine.processes['worker'].words()}"
            await asyncio.sleep(0.02)

    def _note_memory(self) -> None:
        held = self.machine.processes["worker"].most_memory()
        self.figures.most_memory_of_worker = max(held, self.figures.most_memory_of_worker)

    async def _rows_written(self) -> int:
        query = "SELECT tup_inserted + tup_updated FROM pg_stat_database WHERE datname = current_database()"
        async with self.house.transactions.begin(_WORK) as work:
            return int((await work.connection.execute(text(query))).scalar_one())

    # what Telegram took against what the account says

    async def _judge(self, broadcast: BroadcastId) -> None:
        figures, plan = self.figures, self.plan
        took = Counter(one.chat for one in self.telegram.accepted if one.method == "sendMessage")
        query = (
            "SELECT a.handle, r.state, r.why FROM broadcast_recipients r JOIN addresses a ON a.resident_id ="
            " r.resident_id WHERE r.broadcast_id = :broadcast"
        )
        async with self.house.transactions.begin(_WORK) as work:
            rows = (await work.connection.execute(text(query), {"broadcast": broadcast})).all()
            account = await work.broadcasts.get(broadcast)
        stands = {int(handle): (RecipientState(state), why) for handle, state, why in rows}
        counted = Counter(state for state, _ in stands.values())
        figures.people, figures.arrived = plan.people, len(took)
        figures.account = {name: int(count) for name, count in account.figures.items()}
        figures.reasons = dict(Counter(f"{state}: {why}" for state, why in stands.values() if why))
        figures.missing = [chat for chat in range(FIRST_CHAT, FIRST_CHAT + plan.people) if chat not in stands]
        figures.doubled = [chat for chat, times in took.items() if chat is not None and times > 1]
        figures.claimed = [
            chat for chat, (state, _) in stands.items() if state is RecipientState.SENT and not took[chat]
        ]
        unsure = {chat for chat, (state, _) in stands.items() if state is RecipientState.UNCERTAIN}
        figures.answers_lost = len(self.telegram.lost)
        figures.most_uncertain = figures.answers_lost + figures.kills * batch_at(plan.rate)
        figures.uncertain_but_arrived = sum(chat in took for chat in unsure)
        figures.messages_per_second = round(self._arrived() / figures.seconds, 1)
        figures.attempts_per_message = round(self.telegram.calls.count("sendMessage") / max(1, len(took)), 3)
        for name, count in figures.account.items():
            if count != counted.get(RecipientState(name), 0):
                figures.unexplained.append(f"{name}: the account says {count}, {counted[RecipientState(name)]} are")
        if sum(figures.account.values()) != plan.people or account.snapshot != plan.people:
            figures.unexplained.append(f"the account comes to {sum(figures.account.values())} of {account.snapshot}")
        if len(unsure) > figures.most_uncertain:
            figures.unexplained.append(f"{len(unsure)} uncertain")
        waits = counted[RecipientState.WAITING] + counted[RecipientState.QUEUED] + counted[RecipientState.FAILED]
        if waits:
            figures.unexplained.append(f"{waits} neither told nor uncertain, though nobody had blocked the bot")


async def drill(
    plan: Plan, home: Path, database_url: str, redis_url: str, *, say: Callable[[str], None] = lambda _: None
) -> Figures:
    """The whole of it on a migrated, empty database and an empty store."""
    figures = Figures(plan.seed)
    async with FakeTelegram(loses=plan.lost, seed=plan.seed) as telegram, aiohttp.ClientSession() as http:
        machine = Machine(home, database_url, redis_url, telegram.url, telegram.token)
        machine.processes["worker"].environment["TELEGRAM_PER_SECOND"] = str(plan.rate)
        await machine.prepare()
        try:
            async with machine.house() as house:
                await Drill(plan, machine, telegram, house, http, say, figures).run()
        finally:
            machine.stop()
    return figures


def main(plan: Plan, *, as_json: bool) -> int:
    def say(words: str) -> None:
        sys.stderr.write(f"{words}\n")
        sys.stderr.flush()

    say(f"seed {plan.seed}: {plan.people} people, {plan.kills} kills, {plan.flushes} flushes, {plan.lost:.1%} lost")
    with engines_of_our_own() as (home, database_url, redis_url):
        figures = asyncio.run(drill(plan, home, database_url, redis_url, say=say))
    known = vars(figures) | {"good": figures.good}
    told = json.dumps(known) if as_json else "\n".join(f"{name:<22} {value}" for name, value in known.items())
    sys.stdout.write(f"{told}\n{figures.verdict}\n")
    return 0 if figures.good else 1
