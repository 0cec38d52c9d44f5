"""The town: both halves in one process, real engines, a clock that is held. Stories and drills play here.

Residents speak through the web chat's own inputs, or hand in forms through the API as the bot does; officials hear on
an in-memory channel and act through the API. Time moves only when everything is quiet.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2

from bot import bootstrap as bot_bootstrap
from bot.errors import BotError
from bot.gateway_client import GatewayClient
from bot.settings import Settings as BotSettings
from bot.transports.keyring import Seals
from gateway.access.house import House
from gateway.bootstrap import ZONE, Foundations, build_api, build_house, redis_of, transcript_seal
from gateway.channels.memory import MemoryChannel
from gateway.channels.receipts import Channel, Outgoing, Receipt
from gateway.channels.webchat import WebChatChannel
from gateway.clock import HeldClock
from gateway.domain.kinds import AddressId, ChannelName, OfficialId, ReportKind, ResidentId, Role
from gateway.domain.people import Address, Identity, Resident
from gateway.domain.scopes import Official, Scope
from gateway.record.officials import Shift
from gateway.record.record import Record
from gateway.record.vault import Vault
from gateway.schemas.alerts import AlertOut
from gateway.schemas.people import ProfileIn
from gateway.schemas.reports import ReportIn, ReportOut
from gateway.services.residents import managing_area
from gateway.wire import markup
from gateway.worker.agenda import AgendaLoop
from gateway.worker.rounds import handlers, sweeps, together
from gateway.worker.sweeps import Sweep

CONSENT = "1"
#: The gateway did not do what somebody asked through the bot.
Refused = BotError
QUIET_AFTER = 20.0
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

#: Sweeps a town does without: nobody else watches it, and its stories ask for these when they are about them.
_LEFT_OUT = ("heartbeat", "audit", "streams")
#: What is kept for weeks is gone through once a day: time jumps from stop to stop, and many stories last a month.
_DAILY = ("retention",)


class NotQuiet(AssertionError):
    """Something is still going on after a patience far longer than it should take."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message that reached somebody: when, by which channel, to which handle."""

    at: datetime
    channel: ChannelName
    handle: str
    text: str
    buttons: tuple[tuple[str, str], ...] = ()


@dataclass
class Ear:
    """A channel that also remembers what passed and when."""

    channel: Channel
    clock: HeldClock
    heard: list[Said]

    @property
    def name(self) -> ChannelName:
        return self.channel.name

    async def send(self, outgoing: Outgoing) -> Receipt:
        receipt = await self.channel.send(outgoing)
        buttons = tuple(button for row in outgoing.buttons for button in row)
        self.heard.append(Said(self.clock.now(), self.name, outgoing.address, outgoing.plain, buttons))
        return receipt

    async def close(self) -> None:
        await self.channel.close()


@dataclass(frozen=True)
class Person:
    """Somebody of the town and what they have heard."""

    town: "Town"
    name: str
    channel: ChannelName
    handle: str

    @property
    def messages(self) -> list[Said]:
        return [said for said in self.town.said if (said.channel, said.handle) == (self.channel, self.handle)]

    def heard(self, words: str, *, at: datetime | str | None = None) -> Said:
        """The first message with these words (at that local time); AssertionError tells what was heard instead."""
        moment = self.town.moment(at) if at is not None else None
        for said in self.messages:
            if words in said.text and (moment is None or said.at == moment):
                return said
        heard = "\n".join(f"  {said.at.astimezone(ZONE):%m-%d %H:%M} {said.text!r}" for said in self.messages)
        raise AssertionError(
            f"{self.name} did not hear {words!r}{f' at {at}' if at else ''}; heard:\n{heard or '  nothing'}"
        )

    def heard_nothing(self, words: str = "", *, since: datetime | str | None = None) -> None:
        first = self.town.moment(since) if since is not None else None
        found = [said for said in self.messages if words in said.text and (first is None or said.at >= first)]
        if found:
            raise AssertionError(f"{self.name} heard {found[0].text!r} at {found[0].at.astimezone(ZONE):%m-%d %H:%M}")

    def times(self, words: str) -> list[str]:
        """When messages with these words came, as local `MM-DD HH:MM`."""
        return [f"{said.at.astimezone(ZONE):%m-%d %H:%M}" for said in self.messages if words in said.text]

    @property
    def gateway(self) -> GatewayClient:
        return self.town.client.acting_for(f"{self.channel}:{self.handle}")

    async def calls(self, method: str, path: str, content: Mapping[str, Any]) -> httpx2.Response:
        """Ask the API as this person, with a body or, for GET, a query; whatever it answers."""
        headers = {
            "Authorization": f"Bearer {self.town.client.token}",
            "X-Shaodian-Address": f"{self.channel}:{self.handle}",
            "Idempotency-Key": uuid4().hex,
        }
        given: dict[str, Any] = {"params" if method == "GET" else "json": dict(content)}
        if method == "DELETE":
            given = {}
        answer = await self.gateway.http.request(method, path, headers=headers, **given)
        await self.town.quiet()
        return answer


@dataclass(frozen=True)
class Neighbour(Person):
    """A resident, on the web chat."""

    id: ResidentId

    async def types(self, text: str) -> None:
        await self._submit(kind="text", text=text)

    async def presses(self, label: str) -> None:
        """Press the button with this label under the newest message that has one."""
        _, shown = await self.town.talking.pages.snapshot(int(self.handle))
        for message in reversed(shown):
            for row in message.get("buttons") or ():
                for button in row:
                    if button["label"] == label:
                        await self._submit(kind="press", message=message["message"], data=button["data"])
                        return
        raise AssertionError(f"{self.name} sees no button {label!r}; sees {await self.sees()!r}")

    async def _submit(self, **given: Any) -> None:
        await self.town.talking.pages.submit(int(self.handle), client_id=uuid4().hex, **given)
        await self.town.quiet()

    async def sees(self) -> list[str]:
        """The chat as it stands, message by message."""
        _, shown = await self.town.talking.pages.snapshot(int(self.handle))
        return [markup.of_html(str(message.get("html", ""))).text for message in shown]

    async def looks(self) -> None:
        """Open the page: every message on it is seen."""
        _, shown = await self.town.talking.pages.snapshot(int(self.handle))
        for message in shown:
            if message.get("delivery"):
                await self.gateway.seen(UUID(str(message["delivery"])))
        await self.town.quiet()

    async def reports(
        self, form: ReportKind, answers: Mapping[str, Any], *, said: str | None = None, about: UUID | None = None
    ) -> ReportOut:
        """Hand in a finished form, as the bot does."""
        report = ReportIn(instance_id=uuid4(), form=form, form_version=1, about=about, said=said, answers=dict(answers))
        out = await self.gateway.report(report)
        await self.town.quiet()
        return out

    async def reports_symptoms(
        self, *symptoms: str, temperature: float | None = None, said: str | None = None
    ) -> ReportOut:
        return await self.reports(
            ReportKind.SYMPTOMS, {"temperature": temperature, "symptoms": list(symptoms), "words": said}, said=said
        )


@dataclass(frozen=True)
class Desk(Person):
    """An official, reached in memory."""

    official: Official

    async def open_alerts(self) -> list[AlertOut]:
        return (await self.gateway.duty()).alerts

    async def acknowledges(self, alert: AlertOut | None = None) -> AlertOut:
        chosen = alert or (await self.open_alerts())[0]
        out = await self.gateway.acknowledge(chosen.id)
        await self.town.quiet()
        return out

    async def resolves(self, outcome: str, alert: AlertOut | None = None, note: str | None = None) -> None:
        chosen = alert or (await self.open_alerts())[0]
        await self.gateway.resolve(chosen.id, outcome=outcome, note=note)
        await self.town.quiet()


@dataclass(repr=False)
class Town:
    house: House
    talking: bot_bootstrap.TalkingHalf
    client: GatewayClient
    clock: HeldClock
    said: list[Said] = field(default_factory=list)
    _people: dict[str, Person] = field(default_factory=dict)
    _swept_at: dict[str, datetime] = field(default_factory=dict)
    _rested: tuple[datetime, int] | None = None

    # people

    async def resident(
        self,
        name: str,
        *,
        area: str = "370102001",
        grid: str | None = "1",
        language: str = "zh_Hans_CN",
        phone: str | None = None,
    ) -> Neighbour:
        chat = str(self.talking.pages.new_chat())
        gateway = self.client.acting_for(f"{ChannelName.WEBCHAT}:{chat}")
        await gateway.consent(version=CONSENT, language=language)
        await gateway.keep_profile(
            ProfileIn(name=name, phone=phone or f"138{len(self._people):08}", home_area=area, grid=grid)
        )
        me = (await gateway.me()).resident
        assert me is not None
        person = Neighbour(self, name, ChannelName.WEBCHAT, chat, ResidentId(me.id))
        self._people[name] = person
        return person

    async def crowd(self, name: str, people: int, *, area: str, grids: int = 1) -> list[Neighbour]:
        """So many residents at once, spread over the area's grids; they are reached in memory, as officials are."""
        now = self.clock.now()
        found, residents, addresses = [], [], []
        for number in range(people):
            resident_id, grid = ResidentId(uuid4()), str(number % grids + 1)
            person = Neighbour(self, f"{name}{number + 1}", ChannelName.MEMORY, resident_id.hex, resident_id)
            resident = Resident(
                id=resident_id,
                language="zh_Hans_CN",
                created_at=now,
                consent_version=CONSENT,
                consented_at=now,
                home_area=area,
                managing_area=managing_area(area, grid),
                grid=grid,
            )
            residents.append((resident, Identity(name=person.name, phone=f"139{len(self._people) + number:08}")))
            addresses.append(Address(AddressId(uuid4()), ChannelName.MEMORY, person.handle, resident_id=resident_id))
            found.append(person)
        async with self.house.transactions.begin(Scope.of_work("town")) as work:
            await work.residents.add_all(residents)
            await work.addresses.add_all(addresses, now=now)
        self._people.update({person.name: person for person in found})
        return found

    async def unit(self, name: str, *, area: str, kinds: Sequence[str] = ()) -> UUID:
        """A unit there; what packs ask of such kinds it owes."""
        return await self.house.duties.enrol_unit(name, kinds=kinds, area=area, official=None)

    async def works_at(self, person: Neighbour, unit_id: UUID) -> None:
        async with self.house.transactions.begin(Scope.of_work("town")) as work:
            await work.residents.work_at(person.id, unit_id)

    async def official(
        self, name: str, role: Role, area: str, *, language: str = "zh_Hans_CN", unit_id: UUID | None = None
    ) -> Desk:
        """An official on duty from now on, reached in memory."""
        now = self.clock.now()
        official = Official(OfficialId(uuid4()), name, language, (role,), area, unit_id)
        async with self.house.transactions.begin(Scope.of_work("town")) as work:
            await work.officials.add(official, now=now)
            await work.officials.add_shift(Shift(uuid4(), role, area, official.id, now, unit_id=unit_id))
            await work.addresses.add(
                Address(AddressId(uuid4()), ChannelName.MEMORY, official.id.hex, official_id=official.id), now=now
            )
        desk = Desk(self, name, ChannelName.MEMORY, official.id.hex, official)
        self._people[name] = desk
        return desk

    # time

    def moment(self, at: datetime | str) -> datetime:
        """A moment in UTC; text is local time, `2021-01-15 07:35` or, on the clock's own day, `07:35`."""
        if isinstance(at, datetime):
            return at
        if len(at) <= 5:
            at = f"{self.clock.now().astimezone(ZONE):%Y-%m-%d} {at}"
        return datetime.fromisoformat(at).replace(tzinfo=ZONE).astimezone(self.clock.now().tzinfo)

    async def wait(self, span: timedelta) -> None:
        await self.until(self.clock.now() + span)

    async def until(self, at: datetime | str) -> None:
        """Let time pass, stopping at everything due on the way."""
        target = self.moment(at)
        await self.quiet()
        while (following := await self._next()) is not None and following <= target:
            self.clock.move_to(max(following, self.clock.now()))
            await self.quiet()
        self.clock.move_to(target)
        await self.quiet()

    async def _next(self) -> datetime | None:
        return await self.house.agenda.next_at()

    async def quiet(self) -> None:
        """Work until nothing is left to do now: no input unhandled, nothing due, nothing unsent."""
        if await self._is_at_rest():
            return
        due = AgendaLoop(self.house.agenda, self.clock, handlers(self.house), together(self.house))
        for _ in range(200):
            await self._inputs_handled()
            if await due.run_once() or await self.talking.inputs.waiting():
                continue
            for sweep in sweeps(self.house, "town"):
                if sweep.name not in _LEFT_OUT and self._is_time_for(sweep):
                    await sweep.run()
            self._rested = (self.clock.now(), self.house.record.begun)
            if await self._is_at_rest():
                return
        raise NotQuiet("the town does not come to rest")

    async def _is_at_rest(self) -> bool:
        """Everything was swept at this very time, nobody touched the record since, and nothing is due or waiting."""
        if self._rested != (self.clock.now(), self.house.record.begun):
            return False
        following = await self._next()
        if following is not None and following <= self.clock.now():
            return False
        return await self.house.agenda.is_whole() and not await self.talking.inputs.waiting()

    def _is_time_for(self, sweep: Sweep) -> bool:
        """Time jumps from one thing due to the next; what is swept by the hour is not swept at each of them."""
        now = self.clock.now()
        pause = DAY if sweep.name in _DAILY else sweep.every
        if pause >= HOUR and now < self._swept_at.setdefault(sweep.name, now) + pause:
            return False
        self._swept_at[sweep.name] = now
        return True

    async def _inputs_handled(self) -> None:
        async with asyncio.timeout(QUIET_AFTER):
            while await self.talking.inputs.waiting():  # noqa: ASYNC110 - the consumers have no event to wait for
                await asyncio.sleep(0.002)

    async def activate(
        self,
        pack_id: str,
        *,
        area: str | None = None,
        overlays: tuple[str, ...] = ("demo",),
        since: date | None = None,
    ) -> None:
        await self.house.packs.activate(
            pack_id, by=None, area=area, overlays=overlays, effective_from=since or date(2020, 9, 1)
        )


@asynccontextmanager
async def open_town(database_url: str, redis_url: str, vault: Vault, *, starts_at: datetime) -> AsyncIterator[Town]:
    """A town on a migrated, empty database and an empty store of its own."""
    clock = HeldClock(starts_at)
    record = Record(database_url, vault, uuid4, pool=5)
    redis, blocking = redis_of(redis_url), redis_of(redis_url)
    said: list[Said] = []
    channels: dict[ChannelName, Channel] = {
        ChannelName.WEBCHAT: Ear(WebChatChannel(redis, transcript_seal(vault), clock), clock, said),
        ChannelName.MEMORY: Ear(MemoryChannel(), clock, said),
    }
    token = "the town's own bot"
    house = build_house(Foundations(record, redis, clock, channels, token))
    settings = BotSettings.model_validate(
        {
            "gateway_url": "http://gateway",
            "bot_gateway_token": token,
            "public_bot_url": "http://bot",
            "redis_url": redis_url,
        }
    )
    gateway = bot_bootstrap.open_gateway(settings, httpx2.ASGITransport(app=build_api(house)))
    talking = bot_bootstrap.build(
        settings,
        redis=redis,
        blocking=blocking,
        gateway=gateway,
        clock=clock,
        seals=Seals.of(vault.transcript_key),
    )
    town = Town(house, talking, GatewayClient(gateway, token), clock, said)
    try:
        async with talking.running():
            await house.operations.heal()
            yield town
    finally:
        await gateway.aclose()
        await blocking.aclose()
        await redis.aclose()
        await record.close()
