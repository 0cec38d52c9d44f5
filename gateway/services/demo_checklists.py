"""The demo's work list: a real notice, given to the demo district, its dates moved to the present."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid5

from gateway.clock import Clock
from gateway.domain.checklists import Checklist, ChecklistItem
from gateway.domain.kinds import OfficialId, Role
from gateway.domain.scopes import Official, Scope
from gateway.record.officials import Shift
from gateway.services.checklists import ChecklistKnown, ChecklistService, fingerprint
from gateway.services.transactions import Transactions

NOTICE = Path(__file__).resolve().parents[2] / "demo" / "dongpo-2020-12.txt"

_SPACE = UUID("0b0c8e9e-7d6a-4a33-8a53-3b8f0a7a5f11")
#: The list seems to have been issued this long ago: some items are overdue, others are still ahead.
_AGO = timedelta(days=2)
_COORDINATORS = {"1.7": "区卫健局", "1.9": "区应急指挥部办公室"}
_TOWNS = ("各镇人民政府(街道办事处)", ("解放路街道", "千佛山街道", "趵突泉街道"))
#: Who of the units has somebody in the demo, and which items they have ticked.
_OFFICES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("韩卫健", "区卫健局", ("1.3", "1.7")),
    ("曹宣传", "区委宣传部", ("1.7",)),
    ("严交通", "区交通运输局", ("1.7", "1.6")),
    ("华经信", "区经信局", ("1.7",)),
    ("金文旅", "区文广旅局", ("1.7",)),
    ("魏商务", "区商务博览局", ("1.7",)),
    ("陶市监", "区市场监管局", ("1.7",)),
    ("姜机关", "区机关事务中心", ("1.7",)),
    ("戚民政", "区民政局", ()),
    ("谢指办", "区应急指挥部办公室", ("1.1",)),
    ("邹纪委", "区纪委", ()),
)


@dataclass(frozen=True, slots=True)
class DemoChecklists:
    transactions: Transactions
    checklists: ChecklistService
    clock: Clock
    area: str

    async def load(self, _: Official) -> None:
        """Import the list and tick some of it; a second time adds nothing."""
        text = NOTICE.read_text(encoding="utf-8")
        today = self.clock.now().astimezone(self.checklists.zone).date()
        try:
            await self.checklists.import_(
                moved(self.checklists.read(text), to=today - _AGO),
                area=self.area,
                official=None,
                source_hash=fingerprint(text),
                coordinators=_COORDINATORS,
            )
        except ChecklistKnown:
            return
        group, members = _TOWNS
        group_id = await self.checklists.open_unit(group, area=self.area, official=None)
        await self.checklists.add_members(group_id, members, official=None)
        for name, unit, numbers in _OFFICES:
            official = await self._contact(name, unit)
            parts = {part.item_no: part for part in await self.checklists.waiting_for(official)}
            for number in numbers:
                if number in parts:
                    await self.checklists.tick(parts[number].id, official=official)

    async def _contact(self, name: str, unit: str) -> Official:
        unit_id = await self.checklists.open_unit(unit, area=self.area, official=None)
        official = Official(
            OfficialId(uuid5(_SPACE, name)), name, "zh_Hans_CN", (Role.UNIT_CONTACT,), self.area, unit_id
        )
        now = self.clock.now()
        async with self.transactions.begin(Scope.of_work("demo")) as work:
            if await work.officials.find(official.id) is None:
                await work.officials.add(official, now=now)
                await work.officials.add_shift(
                    Shift(uuid5(_SPACE, f"shift:{name}"), Role.UNIT_CONTACT, self.area, official.id, now, None, unit_id)
                )
        return official


def moved(checklist: Checklist, *, to: date) -> Checklist:
    """The same list as if issued on that day."""
    if checklist.issued is None:
        return checklist
    span = to - checklist.issued

    def later(item: ChecklistItem) -> ChecklistItem:
        if item.deadline is None or item.deadline.on is None:
            return item
        on = item.deadline.on + span
        return replace(item, deadline=replace(item.deadline, on=on, raw=f"{item.deadline.raw} → {on}"))

    sections = tuple(
        replace(section, items=tuple(later(item) for item in section.items)) for section in checklist.sections
    )
    return replace(checklist, issued=to, sections=sections)
