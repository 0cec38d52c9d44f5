"""Risk lists on their way from a file to the people concerned, and windows that move (SD-3.3.2-m, F-12)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from gateway.domain.exposures import SourceKind
from gateway.domain.kinds import AlertKind, DeliveryState, ListState, MatchKind, ReportKind, RiskLevel, Role
from gateway.domain.scopes import Scope
from gateway.record.risk_lists import REGISTER_LOCK
from gateway.schemas.plans import PlanOut
from gateway.schemas.reports import ReportOut
from gateway.services.broadcasts import ContentChanged, NotYours, Said, SecondPersonNeeded
from gateway.services.risk_lists import Confirmed, CorrectionWrong, RiskListNotDraft
from gateway.town import Desk, Neighbour, Town

LISTS = Path(__file__).parents[1] / "risk_lists"
NAMES = (
    "2022041511-b38a8084",
    "2022041518-4e719d68",
    "2022041520-f04a1ad0",
    "2022041612-96ba6adb",
    "2022041700-b0920c7d",
    "2022041708-48997ed9",
)
LIXIA = "370102001"
CHANGCHUN, LUYUAN, CHONGMING = "2201", "220106", "310151"
CHANGXING, CHENGQIAO = "310151116", "310151101"
AREA_A = "130104"  # 石家庄市桥西区


def place(text: str, area: str, detail: str = "") -> dict[str, Any]:
    return {"text": text, "area": area, "detail": detail, "country": None}


JINAN = place("济南市历下区", "370102")


async def came_from(person: Neighbour, origin: Mapping[str, Any], on: str, arrived: str | None = None) -> ReportOut:
    """One leg by train from there to Jinan."""
    leg = {
        "origin": origin,
        "destination": JINAN,
        "departed_on": on,
        "arrived_at": arrived or on,
        "transport": "train",
    }
    return await person.reports(ReportKind.TRAVEL, {"legs": [leg]})


def advice(out: ReportOut) -> set[str]:
    """What was said about places; a household is asked for its arrivals besides."""
    return {one.code for one in out.outcome.advice} - {"declare_household"}


class Offices:
    """Who decides on lists, and who looks after the households of Lixia."""

    owner: Desk
    publisher: Desk
    grid: Desk
    community: Desk

    @classmethod
    async def open(cls, town: Town) -> "Offices":
        offices = cls()
        offices.owner = await town.official("名单负责人孙", Role.LIST_OWNER, "37")
        offices.publisher = await town.official("发布人钱", Role.PUBLISHER, "37")
        offices.grid = await town.official("网格员李", Role.GRID_WORKER, "37010200100001")
        offices.community = await town.official("社区周", Role.COMMUNITY, LIXIA)
        return offices


async def confirmed(town: Town, offices: Offices, name: str) -> Confirmed:
    content = (LISTS / f"{name}.json").read_bytes()
    draft = await town.house.risk_lists.import_(f"{name}.json", content, official=offices.owner.official)
    done = await town.house.risk_lists.confirm(draft.row.id, official=offices.owner.official)
    await town.quiet()
    return done


async def matches_of(town: Town, person: Neighbour) -> set[MatchKind]:
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        return {row.kind for row in await work.exposures.matches(resident=person.id)}


async def plans_of(town: Town, person: Neighbour) -> list[PlanOut]:
    speaker = await town.house.residents.speaker(person.channel, person.handle)
    return await town.house.follow_ups.plans_of(speaker)


async def to_april_2022(town: Town) -> None:
    town.clock.move_to(town.moment("2022-04-15 11:30"))
    await town.house.operations.rebuild()


# -- acceptance 7


async def test_the_six_national_lists_in_order_change_what_they_say(town: Town) -> None:
    await to_april_2022(town)
    offices = await Offices.open(town)
    changed = []
    for name in NAMES:
        summary = (await confirmed(town, offices, name)).summary
        changed.append(tuple(summary.changed.values()))
        await town.wait(timedelta(hours=1))

    assert changed == [
        (203, 0, 0, 0, 0),
        (0, 0, 0, 4, 0),
        (0, 0, 0, 8, 0),
        (7, 0, 0, 6, 0),
        (0, 0, 1, 7, 0),
        (5, 0, 0, 0, 0),
    ]


@pytest.mark.parametrize(
    ("said", "area", "detail", "kind"),
    [
        ("吉林省长春市绿园区", LUYUAN, "", MatchKind.POSSIBLE),
        ("上海市崇明区长兴镇长明村21队", CHANGXING, "长明村21队", MatchKind.DEFINITE),
        ("上海市崇明区长兴镇长明村二十一队", CHANGXING, "长明村二十一队", MatchKind.DEFINITE),
        ("上海市崇明区长兴镇长明村", CHANGXING, "长明村", MatchKind.POSSIBLE),
        ("上海市崇明区长兴镇", CHANGXING, "", MatchKind.POSSIBLE),
        ("上海市崇明区城桥镇", CHENGQIAO, "", MatchKind.POSSIBLE),
    ],
)
async def test_a_journey_told_before_the_list_is_found_when_the_list_comes(
    town: Town, said: str, area: str, detail: str, kind: MatchKind
) -> None:
    await to_april_2022(town)
    offices = await Offices.open(town)
    resident = await town.resident("王芳", area=LIXIA)
    out = await came_from(resident, place(said, area, detail), "2022-04-14")
    assert advice(out) == set()

    done = await confirmed(town, offices, NAMES[0])

    assert kind in await matches_of(town, resident)
    assert kind is MatchKind.DEFINITE or MatchKind.DEFINITE not in await matches_of(town, resident)
    assert (done.rematched.definite, done.rematched.possible) == ((1, 0) if kind is MatchKind.DEFINITE else (0, 1))
    offices.grid.heard("风险区域", at="2022-04-15 11:30")
    offices.community.heard("风险区域", at="2022-04-15 11:30")
    resident.heard("风险区域", at="2022-04-15 11:30")


async def test_a_journey_told_after_the_list_is_found_at_once(town: Town) -> None:
    await to_april_2022(town)
    offices = await Offices.open(town)
    await confirmed(town, offices, NAMES[0])
    resident = await town.resident("王芳", area=LIXIA)

    possible = await came_from(resident, place("吉林省长春市绿园区", LUYUAN), "2022-04-14")
    sure = await came_from(resident, place("上海市崇明区长兴镇长明村21队", CHANGXING, "长明村21队"), "2022-04-14")
    elsewhere = await came_from(resident, place("浙江省杭州市西湖区", "330106"), "2022-04-14")

    assert advice(possible) == {"possible_match"}
    assert "provisional_plan" in advice(sure)
    assert advice(elsewhere) == set()
    heard = offices.grid.heard("风险区域").text
    assert "长春市绿园区" in heard
    assert "日期取自名单" in heard


async def test_a_journey_long_before_or_after_is_no_match(town: Town) -> None:
    await to_april_2022(town)
    offices = await Offices.open(town)
    resident = await town.resident("王芳", area=LIXIA)
    await came_from(resident, place("上海市崇明区长兴镇长明村21队", CHANGXING, "长明村21队"), "2022-04-04")
    assert (await confirmed(town, offices, NAMES[0])).rematched.definite == 0

    boundary = await town.resident("李强", area=LIXIA)
    out = await came_from(boundary, place("上海市崇明区长兴镇长明村21队", CHANGXING, "长明村21队"), "2022-04-05")
    assert "provisional_plan" in advice(out)


# -- draft, confirmed, published


async def test_a_draft_changes_nothing_and_the_same_file_is_recognised(town: Town) -> None:
    await to_april_2022(town)
    offices = await Offices.open(town)
    resident = await town.resident("王芳", area=LIXIA)
    await came_from(resident, place("吉林省长春市绿园区", LUYUAN), "2022-04-14")
    lists, content = town.house.risk_lists, (LISTS / f"{NAMES[0]}.json").read_bytes()

    first = await lists.import_("list.json", content, official=offices.owner.official)
    again = await lists.import_("copy.json", content, official=offices.owner.official)

    assert (first.row.state, first.entries, first.duplicate) == (ListState.DRAFT, 203, False)
    assert first.counts == {RiskLevel.HIGH: 15, RiskLevel.MEDIUM: 188}
    assert (again.row.id, again.duplicate) == (first.row.id, True)
    reach = await lists.reach(first.row.id, official=offices.owner.official)
    assert (reach.definite, reach.possible, reach.people) == (0, 1, 1)
    assert await matches_of(town, resident) == set()
    assert (await lists.public()).number is None
    unheard = await lists.on_day("长春市绿园区", date(2022, 4, 15))
    assert (unheard.days, unheard.silent) == ((), True), "that nothing is confirmed is no all-clear"


async def test_only_a_second_person_publishes_and_only_what_was_read(town: Town) -> None:
    await to_april_2022(town)
    offices = await Offices.open(town)
    lists = town.house.risk_lists
    chief = await town.official("管理员", Role.ADMINISTRATOR, "37")
    content = (LISTS / f"{NAMES[0]}.json").read_bytes()
    draft = await lists.import_("list.json", content, official=chief.official)
    with pytest.raises(NotYours):
        await lists.confirm(draft.row.id, official=offices.publisher.official)
    done = await lists.confirm(draft.row.id, official=chief.official)
    with pytest.raises(RiskListNotDraft):
        await lists.confirm(draft.row.id, official=offices.owner.official)

    with pytest.raises(SecondPersonNeeded):
        await lists.publish(draft.row.id, done.content_hash, official=chief.official)
    with pytest.raises(NotYours):
        await lists.publish(draft.row.id, done.content_hash, official=offices.owner.official)
    with pytest.raises(ContentChanged):
        await lists.publish(draft.row.id, "0" * 64, official=offices.publisher.official)
    assert (await lists.public()).number is None

    published = await lists.publish(draft.row.id, done.content_hash, official=offices.publisher.official)

    assert published.summary.row.state is ListState.PUBLISHED
    public = await lists.public()
    assert (public.number, len(public.places)) == (1, 203)
    assert [len(one.changes) for one in await lists.feed()] == [203]


async def test_a_published_list_is_told_to_everybody_concerned_in_their_language(town: Town) -> None:
    await to_april_2022(town)
    offices = await Offices.open(town)
    chinese = await town.resident("王芳", area=LIXIA)
    english = await town.resident("Mira Lind", area=LIXIA, language="en")
    neighbour = await town.resident("孙老", area=CHANGXING)
    untouched = await town.resident("赵六", area=LIXIA)
    for person in (chinese, english):
        await came_from(person, place("上海市崇明区长兴镇长明村21队", CHANGXING, "长明村21队"), "2022-04-14")
    done = await confirmed(town, offices, NAMES[0])
    neighbour.heard_nothing()

    await town.wait(timedelta(hours=1))
    published = await town.house.risk_lists.publish(
        done.summary.row.id, done.content_hash, official=offices.publisher.official
    )
    await town.quiet()

    assert published.told == 3
    assert "上海市崇明区长兴镇长明村21队 · 中风险" in chinese.heard("风险地区有调整", at="2022-04-15 12:30").text
    assert "medium" in english.heard("Risk areas have changed", at="2022-04-15 12:30").text.lower()
    assert "长明村21队" in neighbour.heard("风险地区有调整").text
    untouched.heard_nothing()
    view = await town.house.risk_lists.view(done.summary.row.id, official=offices.publisher.official)
    assert sum(view.copies.values()) == 3
    assert set(view.copies) <= {DeliveryState.SENT, DeliveryState.SEEN}


async def test_a_text_of_ones_own_goes_to_an_area_after_a_second_look(town: Town) -> None:
    county = await town.official("区指挥部郑", Role.COUNTY, "370102")
    publisher = await town.official("发布人钱", Role.PUBLISHER, "370102")
    here, there = await town.resident("王芳", area=LIXIA), await town.resident("赵六", area="370103002")
    words = {"zh_Hans_CN": Said("停水通知", "今晚停水。"), "en": Said("Water", "No water tonight.")}

    draft = await town.house.broadcasts.draft(words, area="370102", official=county.official)
    await town.house.broadcasts.approve(draft.id, draft.content_hash, official=publisher.official)
    await town.quiet()

    account = await town.house.broadcast_runs.account(draft.id, official=county.official)
    assert account.recipients == 1
    here.heard("停水通知")
    there.heard_nothing()


async def test_the_register_answers_for_every_day_and_for_what_was_known_then(town: Town) -> None:
    await to_april_2022(town)
    offices = await Offices.open(town)
    await confirmed(town, offices, NAMES[3])  # 延江街道江山帝景小区: high
    known_then = town.clock.now()
    await town.until("2022-04-17 00:30")
    await confirmed(town, offices, NAMES[4])  # … medium

    newest = (await town.house.risk_lists.listed(official=offices.owner.official))[0]
    (lowered,) = (await town.house.risk_lists.view(newest.row.id, official=offices.owner.official)).changes.lowered
    code = lowered.place.area
    assert code is not None

    async def levels(on: date, **known: Any) -> set[RiskLevel]:
        found = await town.house.risk_lists.on_day(code, on, **known)
        return {one.level for one in found.days if "江山帝景" in one.name}

    assert await levels(date(2022, 4, 14)) == set()
    assert await levels(date(2022, 4, 16)) == {RiskLevel.HIGH}
    assert await levels(date(2022, 4, 18)) == {RiskLevel.MEDIUM}
    assert await levels(date(2022, 4, 18), known_at=known_then) == {RiskLevel.HIGH}


# -- windows


@pytest.mark.rule("SD-3.3.2-m")
async def test_a_window_moves_and_people_are_matched_backwards(town: Town) -> None:
    """F-12: Li on the boundary in, Zhao a day before it out, Wang out and then in."""
    offices = await Offices.open(town)
    area = place("石家庄市桥西区", AREA_A)
    await town.house.risk_lists.set_outbreak(
        AREA_A, first_case_on=date(2021, 1, 2), last_case_on=date(2021, 1, 10), official=offices.owner.official
    )
    li, zhao = await town.resident("李强", area=LIXIA), await town.resident("赵六", area=LIXIA)
    assert "provisional_plan" in advice(await came_from(li, area, "2020-12-23"))
    assert advice(await came_from(zhao, area, "2020-12-22")) == set()
    await town.until("2021-01-27 15:00")
    wang = await town.resident("王芳", area=LIXIA)
    assert advice(await came_from(wang, area, "2021-01-27")) == set()
    wang.heard_nothing()
    of_li, of_zhao = len(li.messages), len(zhao.messages)

    await town.until("2021-01-29 11:00")
    of_li = len(li.messages)
    done = await town.house.risk_lists.set_outbreak(
        AREA_A, first_case_on=date(2021, 1, 2), last_case_on=date(2021, 1, 29), official=offices.owner.official
    )
    await town.quiet()

    assert (done.rematched.definite, done.rematched.no_longer) == (1, 0)
    wang.heard("风险区域", at="2021-01-29 11:00")
    offices.grid.heard("风险区域", at="2021-01-29 11:00")
    assert (len(li.messages), len(zhao.messages)) == (of_li, of_zhao)
    (plan,) = await plans_of(town, wang)
    nat = next(item for item in plan.items if item.test == "nat")
    assert nat.due_at == town.moment("2021-01-30 11:00")
    assert {rule.id for rule in nat.rules} >= {"SD-3.3.2-n"}


async def test_somebody_whose_exposure_disappears_is_not_released_silently(town: Town) -> None:
    offices = await Offices.open(town)
    await town.house.risk_lists.set_outbreak(
        AREA_A, first_case_on=date(2021, 1, 2), last_case_on=date(2021, 1, 10), official=offices.owner.official
    )
    li = await town.resident("李强", area=LIXIA)
    await came_from(li, place("石家庄市桥西区", AREA_A), "2020-12-23")
    alerts = {alert.kind for alert in await offices.grid.open_alerts()}

    done = await town.house.risk_lists.set_outbreak(
        AREA_A, first_case_on=date(2021, 1, 5), last_case_on=date(2021, 1, 10), official=offices.owner.official
    )
    await town.quiet()

    assert done.rematched.no_longer == 1
    assert {alert.kind for alert in await offices.grid.open_alerts()} - alerts == {AlertKind.GROUNDS_CHANGED}
    assert len(await plans_of(town, li)) == 1


async def test_case_dates_take_the_place_of_the_days_in_a_list(town: Town) -> None:
    await to_april_2022(town)
    offices = await Offices.open(town)
    await confirmed(town, offices, NAMES[0])
    early = await town.resident("李强", area=LIXIA)
    listed = place("上海市崇明区长兴镇长明村21队", CHANGXING, "长明村21队")
    assert advice(await came_from(early, listed, "2022-04-01")) == set()

    done = await town.house.risk_lists.set_outbreak(
        CHONGMING, first_case_on=date(2022, 4, 10), last_case_on=date(2022, 4, 14), official=offices.owner.official
    )
    await town.quiet()

    assert done.rematched.definite == 1
    assert "日期取自名单" not in offices.grid.heard("风险区域").text
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        kinds = {row.source_kind for row in await work.exposures.matches(resident=early.id)}
    assert kinds == {SourceKind.OUTBREAK, SourceKind.LISTED}


async def test_the_same_list_confirmed_changes_nothing_for_somebody_already_told(town: Town) -> None:
    await to_april_2022(town)
    offices = await Offices.open(town)
    resident = await town.resident("王芳", area=LIXIA)
    await came_from(resident, place("吉林省长春市绿园区", LUYUAN), "2022-04-14")
    await confirmed(town, offices, NAMES[0])
    told = len(resident.messages)
    await town.wait(timedelta(hours=1))
    await confirmed(town, offices, NAMES[5])
    assert len(resident.messages) == told


async def test_a_journey_on_its_way_in_keeps_the_register_still(town: Town) -> None:
    """A report that is being accepted and a list that is being confirmed at the same moment cannot miss each other."""
    alone = text("SELECT pg_try_advisory_xact_lock(:lock)")
    scope = Scope.of_work("test")
    async with town.house.transactions.begin(scope) as reporting:
        await reporting.risk_lists.read_register()
        async with town.house.transactions.begin(scope) as confirming:
            assert not (await confirming.connection.execute(alone, {"lock": REGISTER_LOCK})).scalar_one()
    async with town.house.transactions.begin(scope) as confirming:
        await confirming.risk_lists.hold_register()


async def test_a_resident_beyond_every_jurisdiction_is_matched_too(town: Town) -> None:
    await to_april_2022(town)
    offices = await Offices.open(town)
    grid = await town.official("网格员吴", Role.GRID_WORKER, "33010600200001")
    resident = await town.resident("吴敏", area="330106002")
    await came_from(resident, place("上海市崇明区长兴镇长明村21队", CHANGXING, "长明村21队"), "2022-04-15")

    assert (await confirmed(town, offices, NAMES[0])).rematched.definite == 1

    resident.heard("风险区域")
    grid.heard("风险区域", at="2022-04-15 11:30")
    assert await plans_of(town, resident) == []


# -- corrections


WRONG = "province,city,county,place,level\n河北省,石家庄市,桥西区,明珠小区5号楼,medium\n".encode()


async def test_a_wrong_entry_is_withdrawn_for_all_of_its_time_and_nobody_is_released_silently(town: Town) -> None:
    await to_april_2022(town)
    offices = await Offices.open(town)
    wang, zhao = await town.resident("王芳", area=LIXIA), await town.resident("赵六", area=LIXIA)
    await came_from(wang, place("石家庄市桥西区明珠小区5号楼", AREA_A, "明珠小区5号楼"), "2022-04-14")
    await came_from(zhao, place("石家庄市桥西区", AREA_A), "2022-04-14")
    lists = town.house.risk_lists
    draft = await lists.import_("list.csv", WRONG, official=offices.owner.official)
    await lists.confirm(draft.row.id, official=offices.owner.official)
    await town.quiet()
    known_then, asked = town.clock.now(), date(2022, 4, 15)
    (listed,) = (await lists.on_day(AREA_A, asked)).days
    (plan,) = await plans_of(town, wang)
    await town.wait(timedelta(hours=1))

    done = await lists.correct(listed.place_id, reason="名单误录,应为另一小区", official=offices.owner.official)
    await town.quiet()

    assert done.rematched.no_longer == 2
    assert AlertKind.GROUNDS_CHANGED in {alert.kind for alert in await offices.grid.open_alerts()}
    assert [one.state for one in await plans_of(town, wang)] == [plan.state], "it stands until somebody decides"
    zhao.heard("不再是", at="2022-04-15 12:30")
    assert (await lists.on_day(AREA_A, asked)).days == ()
    assert len((await lists.on_day(AREA_A, asked, known_at=known_then)).days) == 1, "what we knew stays on record"

    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        (follow_up,) = await work.follow_ups.of_resident(wang.id)
    await town.house.follow_ups.close(follow_up.id, official=offices.community.official, reason="名单已更正")
    await town.quiet()
    assert await plans_of(town, wang) == []


async def test_a_correction_is_public_only_after_a_second_person_and_says_why(town: Town) -> None:
    await to_april_2022(town)
    offices = await Offices.open(town)
    done = await confirmed(town, offices, NAMES[0])
    lists = town.house.risk_lists
    await lists.publish(done.summary.row.id, done.content_hash, official=offices.publisher.official)
    wrong = (await lists.on_day("上海市崇明区长兴镇长明村21队", date(2022, 4, 15))).days[0]
    corrected = await lists.correct(wrong.place_id, reason="名单误录", official=offices.owner.official)
    assert len((await lists.public()).places) == 203

    with pytest.raises(NotYours):
        await lists.publish_correction(corrected.correction.id, official=offices.owner.official)
    await lists.publish_correction(corrected.correction.id, official=offices.publisher.official)

    public = await lists.public()
    assert len(public.places) == 202
    assert [(one.reason, one.level) for one in public.corrections] == [("名单误录", wrong.level)]


async def test_corrected_days_of_an_entry_are_followed_in_both_directions(town: Town) -> None:
    await to_april_2022(town)
    offices = await Offices.open(town)
    lists, owner = town.house.risk_lists, offices.owner.official
    people = {}
    for name, on in (("孙早", "2022-02-10"), ("王芳", "2022-03-05"), ("赵六", "2022-03-25"), ("李强", "2022-04-14")):
        people[name] = await town.resident(name, area=LIXIA)
        await came_from(people[name], place("石家庄市桥西区明珠小区5号楼", AREA_A, "明珠小区5号楼"), on)
    draft = await lists.import_("list.csv", WRONG, official=owner)
    since_march = await lists.confirm(draft.row.id, official=owner, in_force_from=town.moment("2022-03-01 00:00"))
    await town.quiet()
    before = town.clock.now()
    (listed,) = (await lists.on_day(AREA_A, date(2022, 4, 15))).days
    assert since_march.rematched.definite == 3

    async def days(*asked: str, known_at: datetime | None = None) -> list[int]:
        return [len((await lists.on_day(AREA_A, date.fromisoformat(on), known_at=known_at)).days) for on in asked]

    async def corrects(**said: Any) -> tuple[int, int]:
        await town.wait(timedelta(hours=1))
        done = await lists.correct(listed.place_id, reason="日期误录", official=owner, **said)
        await town.quiet()
        return done.rematched.definite, done.rematched.no_longer

    for wrong, sentence in (
        ({"from_on": date(2022, 4, 14), "to_on": date(2022, 4, 13)}, "before the first"),
        ({"from_on": date(2022, 4, 16)}, "days to come"),
        ({"to_on": date(2022, 4, 15)}, "before today"),
        ({"to_on": date(2022, 2, 28)}, "in no list"),
        ({"set_to": RiskLevel.MEDIUM}, "from which day"),
        ({"from_on": date(2022, 4, 1), "set_to": RiskLevel.MEDIUM}, "says so already"),
        ({"from_on": date(2022, 4, 15), "set_to": RiskLevel.HIGH}, "said by a list"),
    ):
        with pytest.raises(CorrectionWrong, match=sentence):
            await lists.correct(listed.place_id, reason="日期误录", official=owner, **wrong)

    # Never so in the middle: whoever came then is told, and stays until an official lets them go.
    (plan,) = await plans_of(town, people["赵六"])
    assert await corrects(from_on=date(2022, 3, 6), to_on=date(2022, 4, 9)) == (0, 1)
    people["赵六"].heard("依据可能有变化", at="2022-04-15 12:30")
    for name in ("王芳", "李强"):
        people[name].heard_nothing("依据可能有变化")
    assert [one.state for one in await plans_of(town, people["赵六"])] == [plan.state]
    (alert,) = [one for one in await offices.grid.open_alerts() if one.kind is AlertKind.GROUNDS_CHANGED]
    assert alert.resident_id == people["赵六"].id
    assert await days("2022-03-05", "2022-03-06", "2022-04-09", "2022-04-10") == [1, 0, 0, 1]
    assert await days("2022-03-20", known_at=before) == [1], "what we knew stays on record"
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        (follow_up,) = await work.follow_ups.of_resident(people["赵六"].id)
    await town.house.follow_ups.close(follow_up.id, official=offices.community.official, reason="名单日期已更正")
    assert await plans_of(town, people["赵六"]) == []

    # It began later; it had been one before, at another level; and it ended earlier, which brings nobody in or out.
    assert await corrects(to_on=date(2022, 4, 9)) == (0, 1)
    people["王芳"].heard("依据可能有变化", at="2022-04-15 13:30")
    assert await corrects(from_on=date(2022, 2, 12), to_on=date(2022, 2, 14), set_to=RiskLevel.HIGH) == (1, 0)
    people["孙早"].heard("风险区域", at="2022-04-15 14:30")
    assert await plans_of(town, people["孙早"]) != []
    assert await corrects(from_on=date(2022, 4, 13)) == (0, 0)
    assert await days("2022-02-11", "2022-02-12", "2022-02-14", "2022-04-12", "2022-04-13") == [0, 1, 1, 1, 0]
    # A correction can be wrong itself: the list in force says that it stands.
    assert await corrects(from_on=date(2022, 4, 13), set_to=RiskLevel.MEDIUM) == (0, 0)
    assert await days("2022-04-13", "2022-04-15") == [1, 1]
    assert [one.from_on for one in await lists.corrections(official=owner)][:2] == [date(2022, 4, 13)] * 2


@pytest.mark.rule("DP-2.2-b")
async def test_a_returnee_to_a_county_that_asks_for_it_is_asked_to_declare(town: Town) -> None:
    await town.activate("dp-2020-12")
    await to_april_2022(town)
    offices = await Offices.open(town)
    home, elsewhere = await town.resident("刘洋", area="511402001"), await town.resident("王芳", area=LIXIA)
    for person in (home, elsewhere):
        await came_from(person, place("上海市崇明区长兴镇长明村21队", CHANGXING, "长明村21队"), "2022-04-15")

    await confirmed(town, offices, NAMES[0])

    assert "请尽快报备" in home.heard("风险区域").text
    assert "请尽快报备" not in elsewhere.heard("风险区域").text


# -- asked in chat


async def test_was_it_a_risk_area_is_answered_in_chat_in_both_languages(town: Town) -> None:
    await to_april_2022(town)
    offices = await Offices.open(town)
    await confirmed(town, offices, NAMES[0])
    resident = await town.resident("王芳", area=LIXIA)
    english = await town.resident("Mira Lind", area=LIXIA, language="en")

    await resident.types("4月15日上海市崇明区长兴镇长明村21队是风险区吗")
    assert "是。" in (await resident.sees())[-1]
    assert "中风险" in (await resident.sees())[-1]
    await resident.types("4月1日上海市崇明区长兴镇长明村21队是风险区吗?")
    assert "无法回答" in (await resident.sees())[-1], "before the first list nobody knows"
    await resident.types("石家庄桥西区今天是不是高风险地区")
    assert "不是。" in (await resident.sees())[-1]
    await english.types("Was Luyuan District, Changchun a risk area on 15 April?")
    assert "Not all of it" in (await english.sees())[-1]
    await resident.types("鼓楼区是风险区吗")
    assert "哪一个" in (await resident.sees())[-1]


@pytest.mark.rule("DL-3.3-e")
async def test_every_arrival_from_a_key_area_is_tracked_in_three_states(town: Town) -> None:
    await town.activate("dl-2020-05", since=date(2020, 5, 11))
    offices = await Offices.open(town)
    city = await town.official("市疫情办于", Role.CITY, "2102")
    resident = await town.resident("王芳", area="210202001")
    await town.house.risk_lists.set_outbreak(
        AREA_A, first_case_on=date(2021, 1, 2), last_case_on=date(2021, 1, 10), official=offices.owner.official
    )
    await came_from(resident, place("石家庄市桥西区", AREA_A), "2021-01-05")

    (tracked,) = await town.house.area_levels.tracked(official=city.official)
    assert dict(tracked.states) == {"monitored": False, "tracked": True, "screened": False}

    levels = town.house.area_levels
    values = {"area": "2102", "code": "cold_chain", "title": "冷链从业人员", "official": city.official}
    await levels.set_population(**values, valid_from=date(2021, 1, 1), valid_to=None)
    known_then = town.clock.now()
    await town.wait(timedelta(days=1))
    await levels.set_population(**values, valid_from=date(2021, 1, 1), valid_to=date(2021, 1, 10))
    on = {"official": city.official, "on": date(2021, 1, 15)}
    assert await levels.populations(**on) == []
    assert [one.code for one in await levels.populations(**on, known_at=known_then)] == ["cold_chain"]
