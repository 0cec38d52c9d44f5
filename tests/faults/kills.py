"""kill -9 of bot, api and worker while residents report on both transports; then what they were told, and the record.

The driver stands outside: residents answer what they see, and keep what they were told. At the end the record is read
through the API with a script's token. A report is *accepted* when its resident saw the reference; it must be on record
exactly once. A form whose last button was pressed must never be on record twice, whatever was told. Every report of
symptoms must have raised exactly one alert, and the doctor must have heard of it.

Half of the kills aim at the moments after somebody pressed "Send", where accepting, committing and answering happen.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from gateway.engines import Postgres, Valkey
from gateway.record.migrate import migrate
from tests.faults.machines import COMMANDS, Machine, TookTooLong, until
from tests.faults.residents import FORMS, LONG, Resident, TelegramPhone, WebPhone, with_patience
from tests.support.fake_telegram import FakeTelegram

DOCTOR = 900_001
ONE_FORM = 240.0


@dataclass(frozen=True)
class Plan:
    seed: int
    kills: int
    telegram: int
    web: int
    at_least: int = 4
    """Forms each resident fills, however soon the kills are over."""
    slowest: float = 1.5
    """The longest pause before a kill, once everything runs."""
    together: float = 0.2
    """So often two processes are killed in the same moment."""
    switch_modes: bool = True
    """Each start of the bot changes between polling and webhook."""


def smoke(seed: int) -> Plan:
    """Small enough for every run of the tests."""
    return Plan(seed, kills=2, telegram=2, web=2, at_least=1, slowest=0.4, together=0.9)


@dataclass
class Figures:
    """All lists must be empty. `unfinished`: the last button was pressed, a reference never told; `swallowed`: a press
    of it was confirmed as handled, and nothing came of it."""

    seed: int
    residents: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    kills_at_send: int = 0
    starts_by_mode: dict[str, int] = field(default_factory=dict)
    accepted: int = 0
    accepted_by_transport: dict[str, int] = field(default_factory=dict)
    recorded: int = 0
    missing: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    swallowed: list[str] = field(default_factory=list)
    cards_doubled: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    not_understood: int = 0
    symptom_reports: int = 0
    alerts: int = 0
    alerts_missing: list[str] = field(default_factory=list)
    alerts_doubled: list[str] = field(default_factory=list)
    alerts_unheard: list[str] = field(default_factory=list)
    alerts_heard_again: int = 0
    long_waits: list[str] = field(default_factory=list)
    slowest_form: float = 0.0
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        bad = (self.missing, self.doubled, self.unfinished, self.swallowed, self.stuck, self.cards_doubled)
        return not any((*bad, self.alerts_missing, self.alerts_doubled, self.alerts_unheard)) and self.accepted > 0

    def lines(self) -> Iterator[str]:
        yield f"seed                 {self.seed}"
        yield f"residents            {self.residents} ({_pairs(self.accepted_by_transport)} reports)"
        yield f"kill -9              {_pairs(self.kills)}; {self.kills_at_send} of them aimed at a Send"
        yield f"the bot's starts     {_pairs(self.starts_by_mode)}"
        yield f"accepted             {self.accepted}"
        yield f"recorded             {self.recorded}"
        yield f"missing              {len(self.missing)} {' '.join(self.missing)}"
        yield f"doubled              {len(self.doubled)} {' '.join(self.doubled)}"
        yield f"pressed, never told  {len(self.unfinished)} {' '.join(self.unfinished)}"
        yield f"confirmed, unworked  {len(self.swallowed)} {' '.join(self.swallowed)}"
        yield f"stuck                {len(self.stuck)} {' '.join(self.stuck)}"
        yield f"begun again          {self.not_understood} (answers to a question nobody asked any more)"
        yield f"result cards doubled {len(self.cards_doubled)} {' '.join(self.cards_doubled)}"
        yield (
            f"alerts               {self.alerts} for {self.symptom_reports} reports of symptoms; "
            f"missing {len(self.alerts_missing)}, doubled {len(self.alerts_doubled)}, "
            f"unheard {len(self.alerts_unheard)} (heard again after a kill: {self.alerts_heard_again})"
        )
        yield f"slowest form         {self.slowest_form:.0f} s; acts of {LONG:.0f} s or more: {len(self.long_waits)}"
        yield f"took                 {self.seconds:.0f} s: {'as it must be' if self.good else 'NOT AS IT MUST BE'}"


def _pairs(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


@dataclass
class Drill:
    plan: Plan
    machine: Machine
    telegram: FakeTelegram
    http: aiohttp.ClientSession
    say: Callable[[str], None]
    figures: Figures
    residents: dict[Resident, str] = field(default_factory=dict)
    over: bool = False

    def __post_init__(self) -> None:
        self._random = random.Random(self.plan.seed)
        self._sends = asyncio.Event()
        self._began = time.monotonic()

    async def run(self) -> None:
        began = self._began = time.monotonic()
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {self.machine.token}"}) as oracle:
            async with asyncio.TaskGroup() as group:
                phones = [await self._opened(number, group) for number in range(self.plan.telegram + self.plan.web)]
                people = [group.create_task(self._live(resident)) for resident in self.residents]
                await self._kill_all()
                self.over = True
                await asyncio.gather(*people)
                for listening, phone in phones:
                    if listening is not None and isinstance(phone, WebPhone):
                        listening.cancel()
                        await phone.closes()
            await self.machine.ready(self.http)
            await self._judge(oracle)
        self.figures.seconds = time.monotonic() - began

    # residents

    async def _opened(self, number: int, group: asyncio.TaskGroup) -> tuple[asyncio.Task[None] | None, Any]:
        language = "zh" if number % 2 == 0 else "en"
        dice = random.Random(f"{self.plan.seed}:{number}")
        listening = None
        phone: TelegramPhone | WebPhone
        if number < self.plan.telegram:
            phone, transport = TelegramPhone(self.telegram, 7000 + number, language), "telegram"
        else:
            phone, transport = WebPhone(self.machine.bot_url, language), "web chat"
            await phone.opens()
            listening = group.create_task(phone.listens())
        resident = Resident(
            f"{transport} {number} ({language})", phone, language, dice, 0.3, self._somebody_sends, self._somebody_waits
        )
        self.residents[resident] = transport
        return listening, phone

    def _somebody_sends(self) -> None:
        self._sends.set()

    def _somebody_waits(self, words: str) -> None:
        self.figures.long_waits.append(words)
        self.say(f"{time.monotonic() - self._began:5.0f} s  {words}")

    async def _live(self, resident: Resident) -> None:
        try:
            await self._reports(resident)
        except TookTooLong as stuck:
            self.figures.stuck.append(str(stuck))

    async def _reports(self, resident: Resident) -> None:
        await with_patience(resident, "the profile", resident.registers(), seconds=ONE_FORM)
        done, order = 0, resident.random.sample(list(FORMS), len(FORMS))
        while not self.over or done < self.plan.at_least:
            form = order[done % len(order)]
            began = time.monotonic()
            await with_patience(resident, form, resident.reports(form), seconds=ONE_FORM)
            self.figures.slowest_form = max(self.figures.slowest_form, time.monotonic() - began)
            done += 1

    # kills

    async def _kill_all(self) -> None:
        left = Counter(dict.fromkeys(COMMANDS, self.plan.kills))
        number = 0
        while +left:
            await self.machine.ready(self.http)
            victims = [self._random.choice(sorted(left.elements()))]
            others = sorted(set((+left).keys()) - set(victims))
            if others and self._random.random() < self.plan.together:
                victims.append(self._random.choice(others))
            aimed, pause = self._random.random() < 0.5, self._random.uniform(0, self.plan.slowest)
            if aimed:
                pause = pause / self.plan.slowest * 0.25
                self._sends.clear()
                await self._within(self._sends.wait(), seconds=20)
            await asyncio.sleep(pause)  # the moment itself, drawn from the seed: nothing waits for it
            for victim in victims:
                number += 1
                self.machine.processes[victim].kill()
                left[victim] -= 1
                self.figures.kills_at_send += aimed
                when = f"{pause * 1000:.0f} ms after {'a Send' if aimed else 'everything ran'}"
                self.say(f"{time.monotonic() - self._began:5.0f} s  kill -9 {number:>3}: {victim:<6} {when}")
            for victim in victims:
                self._restart(victim)
        self.figures.kills = {name: process.deaths for name, process in self.machine.processes.items()}

    def _restart(self, name: str) -> None:
        if name == "bot" and self.plan.switch_modes:
            self.machine.next_mode = "webhook" if self.machine.next_mode == "polling" else "polling"
        self.machine.start(name)
        if name == "bot":
            mode = self.machine.next_mode
            self.figures.starts_by_mode[mode] = self.figures.starts_by_mode.get(mode, 0) + 1

    async def _within(self, waiting: Any, *, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await waiting
        except TimeoutError:
            return

    # what was told against what is on record

    async def _judge(self, oracle: aiohttp.ClientSession) -> None:
        figures = self.figures
        reports = await reports_on_record(oracle, self.machine.api_url)
        figures.residents, figures.recorded = len(self.residents), len(reports)
        by_reference = Counter(report["reference"] for report in reports)
        by_form = Counter(report["instance_id"].replace("-", "")[:8] for report in reports)
        kinds = {report["reference"]: report["kind"] for report in reports}
        pressed: set[str] = set()
        for resident, transport in self.residents.items():
            told_forms = {carried for _, _, carried in resident.told}
            for reference, form, carried in resident.told:
                figures.accepted += 1
                figures.accepted_by_transport[transport] = figures.accepted_by_transport.get(transport, 0) + 1
                if by_reference[reference] != 1 or kinds[reference] != form or by_form[carried] < 1:
                    figures.missing.append(f"{reference} ({form}, {resident.name})")
                if resident.phone.cards(reference) != 1:
                    figures.cards_doubled.append(f"{reference} ({resident.phone.cards(reference)} cards)")
            figures.unfinished += [
                f"{carried} ({form})" for carried, form in resident.sent.items() if carried not in told_forms
            ]
            figures.not_understood += resident.confused
            figures.swallowed += resident.swallowed
            pressed |= set(resident.sent)
        figures.doubled += [f"{form} x{count}" for form, count in by_form.items() if count > 1 or form not in pressed]
        figures.doubled += [f"{reference} x{count}" for reference, count in by_reference.items() if count > 1]
        await self._judge_alerts(oracle)

    async def _judge_alerts(self, oracle: aiohttp.ClientSession) -> None:
        figures = self.figures
        alerts = await alerts_on_record(oracle, self.machine.api_url)
        told = [ref for resident in self.residents for ref, form, _ in resident.told if form == "symptoms"]
        figures.symptom_reports, figures.alerts = len(told), len(alerts)
        for reference in told:
            raised = [alert for alert in alerts if reference in alert["summary"]]
            if not raised:
                figures.alerts_missing.append(reference)
            elif len(raised) > 1:
                figures.alerts_doubled.append(reference)
        known = {alert["id"].replace("-", "") for alert in alerts if any(ref in alert["summary"] for ref in told)}
        strangers = len(alerts) - len(known)
        figures.alerts_doubled += [f"{strangers} without a report that was told"] if strangers else []
        await self._within(until(lambda: known <= self._heard().keys(), "the doctor hears", patience=60), seconds=61)
        heard = self._heard()
        figures.alerts_unheard = sorted(known - heard.keys())
        figures.alerts_heard_again = sum(heard[alert] - 1 for alert in known & heard.keys())

    def _heard(self) -> Counter[str]:
        """Which alerts' buttons the doctor's chat was sent, and how often."""
        return Counter(
            button["callback_data"].removeprefix("al:ack:")
            for sent in self.telegram.sent_to(DOCTOR)
            for row in _rows(sent.get("reply_markup"))
            for button in row
            if button.get("callback_data", "").startswith("al:ack:")
        )


def _rows(markup: Any) -> list[list[dict[str, str]]]:
    value = json.loads(markup) if isinstance(markup, str) else markup or {}
    rows: list[list[dict[str, str]]] = value.get("inline_keyboard", [])
    return rows


async def reports_on_record(oracle: aiohttp.ClientSession, api_url: str) -> list[dict[str, Any]]:
    """Every report in scope, page by page."""
    found: list[dict[str, Any]] = []
    while True:
        after = {"after": found[-1]["id"]} if found else {}
        async with oracle.get(f"{api_url}/v1/reports", params={"limit": "500", **after}) as answer:
            answer.raise_for_status()
            page = await answer.json()
        found += page
        if len(page) < 500:
            return found


async def alerts_on_record(oracle: aiohttp.ClientSession, api_url: str) -> list[dict[str, Any]]:
    """Every alert about symptoms that nobody has acknowledged."""
    async with oracle.get(f"{api_url}/v1/alerts", params={"limit": "500", "status": "raised"}) as answer:
        answer.raise_for_status()
        alerts = await answer.json()
    assert len(alerts) < 500, "more alerts than one answer holds: take fewer residents"
    return [alert for alert in alerts if alert["kind"] == "symptoms"]


@asynccontextmanager
async def running(machine: Machine, telegram: FakeTelegram) -> Any:
    """All three processes up, the doctor enrolled in the own chat; yields a client for health questions."""
    try:
        await machine.prepare()
        async with aiohttp.ClientSession() as http:
            machine.start()
            await machine.ready(http)
            doctor = telegram.resident(DOCTOR)
            await telegram.until_confirmed(await doctor.types(f"/start {machine.invitation}"), patience=60)
            await until(lambda: any("陈医生" in words for words in doctor.hears), "the doctor is enrolled")
            yield http
    finally:
        machine.stop()


async def drill(
    plan: Plan, home: Path, database_url: str, redis_url: str, *, say: Callable[[str], None] = lambda _: None
) -> Figures:
    """The whole of it on a migrated, empty database and an empty store."""
    async with FakeTelegram(duplicate_updates=True) as telegram:
        machine = Machine(home, database_url, redis_url, telegram.url, telegram.token)
        figures = Figures(plan.seed, starts_by_mode={machine.next_mode: 1})
        async with running(machine, telegram) as http:
            await Drill(plan, machine, telegram, http, say, figures).run()
        return figures


@contextmanager
def engines_of_our_own() -> Iterator[tuple[Path, str, str]]:
    """A home, a migrated database and a store that nobody needs afterwards."""
    room = TemporaryDirectory(prefix="shaodian-", dir="/tmp")
    with room as home, Postgres.for_tests() as postgres, Valkey.for_tests() as valkey:
        url = postgres.create_database("faults")
        asyncio.run(migrate(url))
        yield Path(home), url, valkey.url()


def main(plan: Plan, *, as_json: bool) -> int:
    def say(words: str) -> None:
        sys.stderr.write(f"{words}\n")
        sys.stderr.flush()

    say(
        f"seed {plan.seed}: {plan.kills} kills of each process, {plan.telegram} on Telegram, {plan.web} on the web chat"
    )
    with engines_of_our_own() as (home, database_url, redis_url):
        figures = asyncio.run(drill(plan, home, database_url, redis_url, say=say))
    out = json.dumps(vars(figures) | {"good": figures.good}) if as_json else "\n".join(figures.lines())
    sys.stdout.write(f"{out}\n")
    return 0 if figures.good else 1
