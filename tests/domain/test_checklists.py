"""The Dongpo work list, from its text to the last reminder; other notices' spellings; damaged notices."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.commands.import_checklists import as_json
from gateway.domain.checklists import (
    Checklist,
    ChecklistItem,
    Deadline,
    DeadlineKind,
    Directory,
    Every,
    Hearer,
    Slot,
    UnitName,
    UnitRole,
    hearers_of,
    next_review,
    outstanding,
    parts_of,
    reminders_of,
)
from gateway.domain.notices import chinese_number, read_deadline, read_notice, split_units
from gateway.policies.glossaries import load_glossary

NOTICES = Path(__file__).parents[1] / "notices"
DONGPO = (NOTICES / "dongpo-2020-12.txt").read_text(encoding="utf-8")
SHANGHAI = ZoneInfo("Asia/Shanghai")
GLOSSARY = load_glossary()
ISSUED = date(2020, 12, 31)
EDITORIAL = {"title_en", "topic", "product_class", "deliverables", "related_rules", "supervise_gaps_note"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def when(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def dongpo(text: str = DONGPO) -> Checklist:
    return read_notice(text, GLOSSARY)


def item(dotted: str, text: str = DONGPO) -> ChecklistItem:
    return next(one for one in dongpo(text).items if one.dotted == dotted)


IMPORTED = at("2020-12-31T17:30")
HQ = GLOSSARY.units["区应急指挥部办公室"]
SUPERVISORS = tuple(GLOSSARY.units[name] for name in ("区纪委", "区委督查室", "区政府督查室"))
TOWNS = tuple(UnitName(name) for name in ("大石桥街道", "苏祠街道", "思蒙镇"))
DIRECTORY = Directory(
    members={"各镇人民政府(街道办事处)": TOWNS},
    coordinators={"1.7": GLOSSARY.units["区卫健局"], "1.9": GLOSSARY.units["区委宣传部"]},
    hq_offices=(HQ,),
    supervisors=SUPERVISORS,
)


# --- reading ------------------------------------------------------------------------------------------------


def test_the_dongpo_list_is_read_without_a_difference() -> None:
    expected = json.loads((NOTICES / "dongpo-2020-12.json").read_text(encoding="utf-8"))
    found = as_json(dongpo(), GLOSSARY)

    differences = [
        (wanted["id"], key)
        for wanted_section, section in zip(expected["sections"], found["sections"], strict=True)
        for wanted, shown in zip(wanted_section["items"], section["items"], strict=True)
        for key in wanted.keys() - EDITORIAL
        if wanted[key] != shown.get(key)
    ]
    assert differences == []
    assert found["counts"]["items"] == 24
    assert found["counts"]["by_deadline"] == expected["counts"]["by_deadline"]
    assert found["counts"]["by_lead_unit"] == expected["counts"]["by_lead_unit"]
    assert found["counts"]["supervise_assignments"] == 9
    assert found["not_understood"] == []
    for key in ("title_zh", "issuer_zh", "issued", "addressees_zh"):
        assert found["document"][key] == expected["document"][key]
    assert found["lead_rule"]["quote_zh"] == expected["lead_rule"]["quote_zh"]
    for wanted_section, section in zip(expected["sections"], found["sections"], strict=True):
        assert {key: section[key] for key in ("section_no", "section_no_zh", "title_zh")} == {
            key: wanted_section[key] for key in ("section_no", "section_no_zh", "title_zh")
        }


def test_every_deliverable_is_a_quote_of_its_task() -> None:
    for one in dongpo().items:
        assert one.deliverables, one.dotted
        assert all(deliverable in one.task for deliverable in one.deliverables)


def test_full_width_punctuation_reads_the_same() -> None:
    wide = DONGPO.translate({ord(half): ord(half) + 0xFEE0 for half in "(),:;"})
    assert [one.deadline and one.deadline.on for one in dongpo(wide).items] == [
        one.deadline and one.deadline.on for one in dongpo().items
    ]
    assert [[u.unit.key for u in one.units] for one in dongpo(wide).items] == [
        [u.unit.key for u in one.units] for one in dongpo().items
    ]
    assert len(item("1.7", wide).assignments) == 9
    assert dongpo(wide).not_understood == ()


@pytest.mark.parametrize("removed", [n for n, line in enumerate(DONGPO.splitlines()) if line.startswith("完成时限")])
def test_a_missing_deadline_is_reported_and_not_guessed(removed: int) -> None:
    lines = DONGPO.splitlines()
    kept = dongpo("\n".join(line for number, line in enumerate(lines) if number != removed))

    without = [one for one in kept.items if one.deadline is None]
    assert len(kept.items) == 24
    assert len(without) == 1
    assert [(doubt.item, doubt.line) for doubt in kept.not_understood] == [(without[0].dotted, without[0].line)]
    assert "none was guessed" in kept.not_understood[0].why
    assert reminders_of(without[0], IMPORTED, SHANGHAI) == ()


@pytest.mark.parametrize("removed", [n for n, line in enumerate(DONGPO.splitlines()) if line.startswith("责任单位")])
def test_missing_units_are_reported(removed: int) -> None:
    lines = DONGPO.splitlines()
    kept = dongpo("\n".join(line for number, line in enumerate(lines) if number != removed))

    assert len(kept.items) == 24
    assert [doubt.why for doubt in kept.not_understood] == ["no responsible unit is stated (责任单位)"]


def test_a_lost_heading_is_noticed() -> None:
    text = "\n".join(line for line in DONGPO.splitlines() if not line.startswith("(六)"))
    whys = [doubt.why for doubt in dongpo(text).not_understood]

    assert "number 6 is missing before this one" in whys
    assert "a second line of responsible units in one item" in whys
    assert "a second deadline in one item; the first was kept" in whys


def test_labels_in_the_paragraph_and_in_brackets_are_read() -> None:
    text = "\n".join(
        [
            "某区疫情防控重点任务",
            "1.加强预检分诊。规范设置发热门诊。(牵头单位:区卫健局;配合单位:区医保局、区财政局;完成时限:2021年3月底前)",
            "2.排查返乡人员。逐户登记。责任单位:区公安分局和各镇人民政府,区发展和改革局。完成时间:2021-02-05",
            "3.落实亮码通行。责任单位:区市场监管局(牵头)、区商务局。时限:长期坚持。",
            "4.开展宣传教育。责任单位:由区委宣传部牵头,区教体局、区融媒体中心配合。",
            "完成时限:",
            "即日起至2021年2月26日。",
            "某区应急指挥部",
            "2021年1月20日",
        ]
    )
    read = dongpo(text)

    assert [[(u.unit.name, u.role.value) for u in one.units] for one in read.items] == [
        [("区卫健局", "lead"), ("区医保局", "co-responsible"), ("区财政局", "co-responsible")],
        [("区公安分局", "lead"), ("各镇人民政府", "co-responsible"), ("区发展和改革局", "co-responsible")],
        [("区市场监管局", "lead"), ("区商务局", "co-responsible")],
        [("区委宣传部", "lead"), ("区教体局", "co-responsible"), ("区融媒体中心", "co-responsible")],
    ]
    assert [one.deadline and (one.deadline.kind.value, one.deadline.on) for one in read.items] == [
        ("date", date(2021, 3, 31)),
        ("date", date(2021, 2, 5)),
        ("ongoing", None),
        ("date", date(2021, 2, 26)),
    ]
    assert read.items[0].task == "规范设置发热门诊。"
    assert (read.issuer, read.issued) == ("某区应急指挥部", date(2021, 1, 20))
    assert read.not_understood == ()


def test_numbered_steps_inside_an_item_stay_its_words() -> None:
    text = "\n".join(
        [
            "一、社区防控",
            "(一)加强排查。按以下要求落实。",
            "1.逐户登记。",
            "2.每日更新。",
            "责任单位:各街道办事处。",
            "完成时限:2021年2月底。",
            "(二)储备物资。",
            "责任单位:区经信局。",
            "完成时限:持续推进。",
        ]
    )
    read = dongpo(text)

    assert [one.dotted for one in read.items] == ["1.1", "1.2"]
    assert read.items[0].task.splitlines()[-2:] == ["1.逐户登记。", "2.每日更新。"]
    assert read.items[0].units[0].unit.is_group


def test_a_person_named_beside_the_units_is_shown_not_dropped() -> None:
    text = "一、全员培训。\n责任单位:区卫健局。责任人:王某某。\n完成时限:2021年1月10日。"
    assert [doubt.why for doubt in dongpo(text).not_understood] == ["names a person, not a unit"]


@pytest.mark.parametrize("name", ["shandong-2020-09", "bayannur-2020-10", "dalian-2020-05", "speech-2021-01"])
def test_a_notice_that_is_no_work_list_has_no_items(name: str) -> None:
    assert dongpo((NOTICES / f"{name}.txt").read_text(encoding="utf-8")).items == ()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_disorder_of_the_lines_makes_reading_fail(data: st.DataObject) -> None:
    lines = DONGPO.splitlines()
    kept = data.draw(st.lists(st.sampled_from(lines), max_size=60))
    read = dongpo("\n".join(kept))
    for one in read.items:
        assert one.deadline is not None or any(doubt.item == one.dotted for doubt in read.not_understood)
        assert one.units or any(doubt.item == one.dotted for doubt in read.not_understood)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="一二十(（)）1.、。;:：责任单位完成时限牵头区局年月日底前至 \n2021", max_size=120))
def test_no_text_makes_reading_fail(text: str) -> None:
    dongpo(text)
    read_deadline(text, ISSUED)


# --- deadlines ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2020年12月底", "2020-12-31"),
        ("2020年12月底前", "2020-12-31"),
        ("2021年2月底", "2021-02-28"),
        ("2024年2月末", "2024-02-29"),
        ("2021年1月10日前完成", "2021-01-10"),
        ("于2021年1月10日前落实到位", "2021-01-10"),
        ("2021-01-10", "2021-01-10"),
        ("2021.1.10前", "2021-01-10"),
        ("2021/1/10", "2021-01-10"),
        ("2021年1月10日(星期日)", "2021-01-10"),
        ("二〇二一年一月十日", "2021-01-10"),
        ("\uff12\uff10\uff12\uff11年\uff11月\uff11\uff10日", "2021-01-10"),
        ("2021年第一季度", "2021-03-31"),
        ("2021年二季度末前", "2021-06-30"),
        ("2021年上半年", "2021-06-30"),
        ("2021年底前", "2021-12-31"),
        ("2021年1月上旬", "2021-01-10"),
        ("2021年1月中旬", "2021-01-20"),
        ("2021年1月下旬", "2021-01-31"),
        ("2021年1月", "2021-01-31"),
        ("即日起至2021年1月10日", "2021-01-10"),
        ("2021年1月1日至1月10日", "2021-01-10"),
    ],
)
def test_a_written_day_is_read(written: str, day: str) -> None:
    deadline = read_deadline(written, ISSUED)
    assert not isinstance(deadline, str), deadline
    assert (deadline.kind, deadline.on, deadline.assumes) == (DeadlineKind.DATE, date.fromisoformat(day), "")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1月10日前", "2021-01-10"),
        ("12月底", "2020-12-31"),
        ("年底前", "2020-12-31"),
        ("本月底", "2020-12-31"),
        ("印发之日起10日内", "2021-01-10"),
    ],
)
def test_what_the_words_leave_open_is_said(written: str, day: str) -> None:
    deadline = read_deadline(written, ISSUED)
    assert not isinstance(deadline, str), deadline
    assert deadline.on == date.fromisoformat(day)
    assert deadline.assumes
    assert isinstance(read_deadline(written, None), str), "without a day of issue nothing is assumed"


@pytest.mark.parametrize("written", ["持续推进", "长期坚持", "即日起", "即日起,长期坚持", "常态化推进", "长期"])
def test_ongoing_work_has_no_day(written: str) -> None:
    deadline = read_deadline(written, ISSUED)
    assert not isinstance(deadline, str), deadline
    assert (deadline.kind, deadline.on) == (DeadlineKind.ONGOING, None)


@pytest.mark.parametrize(
    "written",
    ["", "立即", "元旦前", "15个工作日内", "2021年2月30日", "2021年13月1日", "2021年", "每天", "尽快",
     "2020年12月底前完成整改,2021年1月10日前报送"],
)  # fmt: skip
def test_an_unclear_deadline_is_refused_with_a_reason(written: str) -> None:
    assert isinstance(read_deadline(written, ISSUED), str)


def test_a_deadline_before_the_day_of_issue_is_pointed_out() -> None:
    text = DONGPO.replace("完成时限:2021年1月10日", "完成时限:2020年1月10日", 1)
    assert [doubt.why for doubt in dongpo(text).not_understood] == ["the deadline lies before the day of issue"]


def test_chinese_numbers() -> None:
    written = ["一", "十", "十六", "二十", "二十一", "一百零三", "二〇二一", "12", "", "甲"]
    assert [chinese_number(one) for one in written] == [1, 10, 16, 20, 21, 103, 2021, 12, None, None]


def test_and_inside_a_name_does_not_split_it() -> None:
    assert split_units("区卫健局和区公安分局、区发展和改革局,各镇(街道、园区)") == [
        "区卫健局",
        "区公安分局",
        "区发展和改革局",
        "各镇(街道、园区)",
    ]


# --- reminders (F-19) ---------------------------------------------------------------------------------------


def test_items_due_on_the_day_of_issue_are_pushed_once_and_then_reported() -> None:
    due_now = [one for one in dongpo().items if one.due_on_issue]
    assert len(due_now) == 11
    for one in due_now:
        assert [(reminder.slot, when(reminder.at)) for reminder in reminders_of(one, IMPORTED, SHANGHAI)] == [
            (Slot.IMMEDIATE, "2020-12-31 17:30"),
            (Slot.OVERDUE, "2021-01-01 09:00"),
            (Slot.SUPERVISION, "2021-01-03 09:00"),
        ]


def test_items_due_later_are_reminded_from_seven_days_before() -> None:
    later = [one for one in dongpo().items if one.deadline and one.deadline.on == date(2021, 1, 10)]
    assert len(later) == 12
    for one in later:
        assert [when(reminder.at) for reminder in reminders_of(one, IMPORTED, SHANGHAI)] == [
            "2021-01-03 09:00",
            "2021-01-07 09:00",
            "2021-01-09 09:00",
            "2021-01-10 09:00",
            "2021-01-10 17:00",
            "2021-01-11 09:00",
            "2021-01-13 09:00",
        ]


def test_ongoing_work_is_reviewed_every_thursday() -> None:
    reviews = reminders_of(item("1.9"), IMPORTED, SHANGHAI, reviews=3)
    assert [when(review.at) for review in reviews] == ["2021-01-07 09:00", "2021-01-14 09:00", "2021-01-21 09:00"]
    assert {review.slot for review in reviews} == {Slot.REVIEW}
    assert when(next_review(at("2021-01-05T12:00"), SHANGHAI)) == "2021-01-07 09:00"


def test_a_list_imported_in_between_keeps_what_is_still_ahead() -> None:
    reminders = reminders_of(item("1.2"), at("2021-01-08T10:00"), SHANGHAI)
    assert [(reminder.label, when(reminder.at)) for reminder in reminders][:3] == [
        ("import", "2021-01-08 10:00"),
        ("T-1", "2021-01-09 09:00"),
        ("T 09:00", "2021-01-10 09:00"),
    ]


def test_a_list_imported_long_after_its_deadline_gives_the_lead_a_day_first() -> None:
    assert [when(reminder.at) for reminder in reminders_of(item("1.2"), at("2021-02-01T15:00"), SHANGHAI)] == [
        "2021-02-01 15:00",
        "2021-02-02 09:00",
        "2021-02-04 09:00",
    ]


@given(st.integers(0, 90 * 24 * 60))
@settings(max_examples=80, deadline=None)
def test_whenever_it_is_imported_nothing_is_sent_into_the_past_and_nobody_is_skipped(minutes: int) -> None:
    imported_at = at("2020-12-01T00:00") + timedelta(minutes=minutes)
    reminders = reminders_of(item("1.2"), imported_at, SHANGHAI)
    assert all(reminder.at >= imported_at for reminder in reminders)
    assert sum(reminder.slot is Slot.IMMEDIATE for reminder in reminders) <= 1
    assert [reminder.slot for reminder in reminders][-2:] == [Slot.OVERDUE, Slot.SUPERVISION]
    assert len({reminder.label for reminder in reminders}) == len(reminders)


# --- ticks --------------------------------------------------------------------------------------------------


def overdue(one: ChecklistItem) -> tuple[str, ...]:
    reminder = next(r for r in reminders_of(one, IMPORTED, SHANGHAI) if r.slot is Slot.OVERDUE)
    parts = parts_of(one, DIRECTORY)
    hearers = hearers_of(one, reminder, [part.key for part in parts if part.unit.name != "区民政局"], DIRECTORY)
    return tuple(unit.name for unit in hearers.to)


def test_the_parent_stays_open_until_the_ninth_unit_has_ticked() -> None:
    places = item("1.7")
    parts = parts_of(places, DIRECTORY)
    eight = [part.key for part in parts if part.unit.name != "区民政局"]

    assert len(parts) == 9
    assert len(eight) == 8
    assert [part.unit.name for part in outstanding(parts, eight)] == ["区民政局"]
    assert overdue(places) == ("区民政局", "区卫健局", "区应急指挥部办公室")
    assert not outstanding(parts, [part.key for part in parts])


def test_a_unit_named_twice_in_one_item_ticks_once() -> None:
    text = DONGPO.replace("区民政局负责督导养老机构", "区卫健局负责督导养老机构").replace(
        "责任单位:各行业主管部门。", "责任单位:各行业主管部门、区经信局、区财政局。"
    )
    parts = parts_of(item("1.7", text), DIRECTORY)

    assert [part.unit.name for part in parts].count("区卫健局") == 1
    assert [part.unit.name for part in parts].count("区经信局") == 1
    assert next(part for part in parts if part.unit.name == "区卫健局").places == ("各级各类医疗机构", "养老机构")
    assert parts[-1].unit.name == "区财政局"


def test_a_group_is_done_when_each_member_has_ticked() -> None:
    towns = item("1.9")
    parts = parts_of(towns, DIRECTORY)
    assert [part.unit.name for part in parts] == [town.name for town in TOWNS]
    assert {part.role for part in parts} == {UnitRole.LEAD}
    assert [part.unit.name for part in outstanding(parts, [TOWNS[0].key, TOWNS[1].key])] == ["思蒙镇"]

    review = reminders_of(towns, IMPORTED, SHANGHAI)[0]
    chased = hearers_of(towns, review, [TOWNS[0].key, TOWNS[1].key], DIRECTORY)
    assert [unit.name for unit in chased.to] == ["思蒙镇", "区委宣传部"]


def test_a_group_nobody_has_listed_waits_as_a_whole() -> None:
    parts = parts_of(item("1.2"), DIRECTORY)
    assert [(part.unit.name, part.awaits_members) for part in parts] == [("区卫健局", False), ("区级相关部门", True)]


def test_a_lead_that_has_ticked_hears_only_as_co_ordinator_and_the_missing_unit_is_chased() -> None:
    plan = item("1.16")
    lead_time = reminders_of(plan, IMPORTED, SHANGHAI)[0]

    before = hearers_of(plan, lead_time, [], DIRECTORY)
    assert ([u.name for u in before.to], [u.name for u in before.cc]) == (["区卫健局"], ["区指挥部办公室"])
    after = hearers_of(plan, lead_time, ["区卫健局"], DIRECTORY)
    assert [u.name for u in after.to] == ["区指挥部办公室", "区卫健局"]
    assert hearers_of(plan, lead_time, ["区卫健局", "HQ_OFFICE"], DIRECTORY).to == ()


def test_the_headquarters_office_is_one_unit_under_both_names() -> None:
    assert GLOSSARY.units["区应急指挥部办公室"].key == GLOSSARY.units["区指挥部办公室"].key == "HQ_OFFICE"


def test_the_due_day_goes_to_the_lead_alone_and_earlier_reminders_copy_the_others() -> None:
    reminders = reminders_of(item("1.2"), IMPORTED, SHANGHAI)
    assert {r.cc for r in reminders if r.slot is Slot.LEAD_TIME} == {(Hearer.CO_UNITS,)}
    assert {r.cc for r in reminders if r.slot is Slot.DUE_DAY} == {()}
    assert reminders[-2].to == (Hearer.LEAD, Hearer.HQ_OFFICE)
    assert reminders[-2].at - reminders[-3].at == timedelta(hours=16)


@pytest.mark.parametrize(
    ("written", "since", "first", "following"),
    [
        ("每周五", date(2021, 1, 6), date(2021, 1, 8), date(2021, 1, 15)),
        ("每周五前", date(2021, 1, 8), date(2021, 1, 8), date(2021, 1, 15)),
        ("每周日", date(2021, 1, 11), date(2021, 1, 17), date(2021, 1, 24)),
        ("每月25日前", date(2021, 1, 26), date(2021, 2, 25), date(2021, 3, 25)),
        ("每月31日", date(2021, 2, 1), date(2021, 2, 28), date(2021, 3, 31)),
        ("每月底", date(2021, 12, 31), date(2021, 12, 31), date(2022, 1, 31)),
        ("每季度末", date(2021, 11, 2), date(2021, 12, 31), date(2022, 3, 31)),
    ],
)
def test_what_recurs_is_due_on_its_day_of_each_period(written: str, since: date, first: date, following: date) -> None:
    read = read_deadline(written, since)
    assert isinstance(read, Deadline)
    assert (read.kind, read.on, read.assumes) == (DeadlineKind.RECURRING, first, "")
    assert read.every is not None
    assert Every.read(str(read.every)) == read.every
    assert read.every.on_or_after(first + timedelta(days=1)) == following


def test_the_end_of_february_is_not_looked_for_in_a_leap_year() -> None:
    read = read_deadline("2月底前", date(2021, 1, 12))
    assert isinstance(read, Deadline)
    assert read.on == date(2021, 2, 28)
    after = read_deadline("2月底", date(2021, 3, 1))
    assert isinstance(after, Deadline)
    assert after.on == date(2022, 2, 28)
