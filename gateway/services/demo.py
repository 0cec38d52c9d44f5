"""The demo town: a district of Jinan with officials on duty, residents, and something going on. Invented throughout."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid5

from gateway.clock import Clock
from gateway.domain.kinds import ChannelName, OfficialId, ReportKind, Role
from gateway.domain.scopes import Official, Scope
from gateway.record.officials import Shift
from gateway.schemas.reports import ReportIn
from gateway.services.officials import OfficialService
from gateway.services.packs import PackService
from gateway.services.reports import ReportService
from gateway.services.residents import Profile, ResidentService
from gateway.services.transactions import Transactions

#: Ids of the demo are derived from names, so that loading it again after an interruption finds what is there.
_SPACE = UUID("6f1d7a52-9e1c-4b8e-9a55-2d5a3f1c0e77")

COUNTY = "370102"
TOWNSHIPS = ("370102001", "370102003")

OFFICIALS: tuple[tuple[str, tuple[Role, ...], str], ...] = (
    ("李网格", (Role.GRID_WORKER,), "37010200100001"),
    ("赵网格", (Role.GRID_WORKER,), "37010200300001"),
    ("陈医生", (Role.DOCTOR,), "370102001"),
    ("孙医生", (Role.DOCTOR,), "370102003"),
    ("周社区", (Role.COMMUNITY,), "370102001"),
    ("钱社区", (Role.COMMUNITY,), "370102003"),
    ("吴街道", (Role.TOWNSHIP,), "370102001"),
    ("冯街道", (Role.TOWNSHIP,), "370102003"),
    ("郑县区", (Role.COUNTY, Role.LIST_OWNER), COUNTY),
    ("王发布", (Role.PUBLISHER, Role.COUNTY), COUNTY),
    ("卫生值班", (Role.HEALTH,), COUNTY),
    ("公安值班", (Role.POLICE,), COUNTY),
    ("督查", (Role.SUPERVISION,), COUNTY),
    ("采样点", (Role.SITE,), COUNTY),
)

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
GIVEN = ("芳", "伟", "娜", "敏", "静", "强", "磊", "洋", "艳", "勇")

Progress = Callable[[int, int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class DemoService:
    transactions: Transactions
    residents: ResidentService
    reports: ReportService
    officials: OfficialService
    packs: PackService
    clock: Clock
    more: tuple[tuple[str, Callable[[Official], Awaitable[object]]], ...] = ()

    async def load(self, progress: Progress, *, people: int = 24) -> None:
        """Load what is missing of the demo; calling it again adds nothing twice."""
        steps = 2 + len(OFFICIALS) + people + len(self.more)
        done = 0

        async def step() -> None:
            nonlocal done
            done += 1
            await progress(done, steps)

        await progress(0, steps)
        if not await self._active():
            await self.packs.activate("sd-2020-09", by=None, overlays=("demo",), effective_from=date(2020, 9, 1))
        await step()
        administrator = await self.officials.administrator()
        await step()
        for name, roles, area in OFFICIALS:
            await self._official(name, roles, area)
            await step()
        for number in range(people):
            await self._resident(number)
            await step()
        for _, load in self.more:
            await load(administrator)
            await step()

    async def _active(self) -> bool:
        async with self.transactions.begin(Scope.of_work("demo")) as work:
            return bool(await work.activations.around(["37"]))

    async def _official(self, name: str, roles: tuple[Role, ...], area: str) -> None:
        official = Official(OfficialId(uuid5(_SPACE, f"official:{name}")), name, "zh_Hans_CN", roles, area)
        now = self.clock.now()
        async with self.transactions.begin(Scope.of_work("demo")) as work:
            if await work.officials.find(official.id) is not None:
                return
            await work.officials.add(official, now=now)
            for role in roles:
                shift = Shift(uuid5(_SPACE, f"shift:{name}:{role}"), role, area, official.id, now)
                await work.officials.add_shift(shift)

    async def _resident(self, number: int) -> None:
        """One household head on a web chat nobody has open, with a profile; some have something to report."""
        handle = str(8_000_000_000_000 + number)
        speaker = await self.residents.speaker(ChannelName.WEBCHAT, handle)
        if speaker.resident is None:
            language = "en" if number % 6 == 5 else "zh_Hans_CN"
            await self.residents.consent(speaker, version="1", language=language)
            speaker = await self.residents.speaker(ChannelName.WEBCHAT, handle)
        if speaker.resident is not None and speaker.resident.home_area is None:
            name = f"{SURNAMES[number % len(SURNAMES)]}{GIVEN[number % len(GIVEN)]}"
            area = TOWNSHIPS[number % len(TOWNSHIPS)]
            await self.residents.set_profile(
                speaker, Profile(name=name, phone=f"1380013{number:04}", home_area=area, grid="1")
            )
            speaker = await self.residents.speaker(ChannelName.WEBCHAT, handle)
        if number % 8 == 3:
            report = ReportIn(
                instance_id=uuid5(_SPACE, f"report:{number}"),
                form=ReportKind.SYMPTOMS,
                form_version=1,
                answers={
                    "temperature": 37.9,
                    "symptoms": ["fever", "cough"],
                    "onset": (self.clock.now().date() - timedelta(days=1)).isoformat(),
                    "words": "从昨天开始咳嗽",
                },
            )
            await self.reports.accept(speaker, report)
