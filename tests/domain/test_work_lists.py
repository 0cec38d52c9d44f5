"""A work list is read as its notice says: who leads, which deadlines count, whose parts tick, what is asked again."""

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.checklists import (
    Checklist,
    ChecklistItem,
    Directory,
    Hearer,
    Reading,
    Slot,
    UnitRole,
    WorkListRule,
    as_ruled,
    cadence_of,
    coordinator_of,
    hearers_of,
    parts_of,
    reminders_of,
)
from gateway.domain.kinds import Role
from gateway.domain.notices import read_work_list
from gateway.domain.packs import Pack
from gateway.policies.glossaries import load_glossary
from gateway.policies.loader import load_pack

ZONE = ZoneInfo("Asia/Shanghai")
IMPORTED = datetime(2020, 12, 31, 9, 30, tzinfo=UTC)
NOTICE = (Path(__file__).parents[1] / "notices" / "dongpo-2020-12.txt").read_text(encoding="utf-8")


@cache
def pack() -> Pack:
    return load_pack("dp-2020-12")


def rule() -> WorkListRule:
    found = pack().checklist
    assert found is not None
    return found


@cache
def dongpo() -> Checklist:
    return as_ruled(read_work_list(NOTICE, load_glossary()), rule())


def item(number: str) -> ChecklistItem:
    return next(one for one in dongpo().items if one.dotted == number)


def times(number: str) -> list[str]:
    reminders = reminders_of(item(number), IMPORTED, ZONE, cadence=cadence_of(rule(), pack().ladders), reviews=2)
    return [f"{one.at.astimezone(ZONE):%m-%d %H:%M}" for one in reminders]


@pytest.mark.rule("DP-0-a")
def test_the_unit_named_first_leads_and_is_the_one_that_is_chased() -> None:
    plan = item("1.16")
    lead = coordinator_of(plan, Directory())
    assert lead is not None, "nobody leads"
    assert lead.name == "区卫健局"
    assert [one.role for one in plan.units] == [UnitRole.LEAD, UnitRole.CO_RESPONSIBLE]
    first = reminders_of(plan, IMPORTED, ZONE)[0]
    heard = hearers_of(plan, first, [], Directory())
    assert ([u.name for u in heard.to], [u.name for u in heard.cc]) == (["区卫健局"], ["区指挥部办公室"])


@pytest.mark.rule("DP-0-b")
def test_eleven_items_are_due_on_issue_twelve_on_the_tenth_and_one_goes_on() -> None:
    on = [one.deadline.on if one.deadline else None for one in dongpo().items]
    assert (on.count(date(2020, 12, 31)), on.count(date(2021, 1, 10)), on.count(None)) == (11, 12, 1)
    assert times("1.1") == ["12-31 17:30", "01-01 09:00", "01-03 09:00"]
    assert times("1.2") == [
        "01-03 09:00",
        "01-07 09:00",
        "01-09 09:00",
        "01-10 09:00",
        "01-10 17:00",
        "01-11 09:00",
        "01-13 09:00",
    ]


@pytest.mark.rule("DP-1.7-b")
def test_each_of_nine_units_ticks_its_own_part_of_the_key_places() -> None:
    parts = parts_of(item("1.7"), Directory())
    assert len(parts) == 9
    assert next(part for part in parts if part.unit.name == "区民政局").places == ("养老机构",)
    assert not any(part.awaits_members for part in parts)


@pytest.mark.rule("DP-1.9-a")
def test_ongoing_work_is_asked_about_every_thursday() -> None:
    assert times("1.9") == ["01-07 09:00", "01-14 09:00"]
    reminders = reminders_of(item("1.9"), IMPORTED, ZONE, cadence=cadence_of(rule(), pack().ladders))
    assert [(one.slot, one.to) for one in reminders] == [(Slot.REVIEW, (Hearer.LEAD,))]


def test_an_inspection_reads_what_is_overdue() -> None:
    inspection = rule().inspection
    assert inspection is not None
    assert inspection.reads is Reading.OVERDUE
    assert Role.SUPERVISION in inspection.by


def test_what_a_notice_does_not_say_of_its_list_is_not_done() -> None:
    silent = WorkListRule(source=("DEFAULT",), notice="")
    read = as_ruled(read_work_list(NOTICE, load_glossary()), silent)
    by_number = {one.dotted: one for one in read.items}
    cadence = cadence_of(silent, pack().ladders)
    assert by_number["1.2"].lead is None
    assert by_number["1.7"].assignments == ()
    assert reminders_of(by_number["1.2"], IMPORTED, ZONE, cadence=cadence) == ()
    assert reminders_of(by_number["1.9"], IMPORTED, ZONE, cadence=cadence) == ()
