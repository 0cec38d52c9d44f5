"""F-19: the Dongpo work list, imported on its issue day, reminded to the minute, ticked unit by unit."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import true

from gateway.domain.kinds import Role
from gateway.record.checklists import Checklists
from gateway.record.vault import Vault
from gateway.schemas.alerts import DutyAssignmentOut
from gateway.services.checklist_views import ChecklistView, ItemState, ItemView
from gateway.services.checklists import ChecklistKnown, NotYourPart, fingerprint
from gateway.services.demo_checklists import DemoChecklists
from gateway.town import Desk, Town, open_town

NOTICE = (Path(__file__).parents[1] / "notices" / "dongpo-2020-12.txt").read_text(encoding="utf-8")
AREA = "511402"
HEALTH, CIVIL, HQ = "区卫健局", "区民政局", "区应急指挥部办公室"
SUPERVISORS = ("区纪委", "区委督查室", "区政府督查室")
TOWNS = "各镇人民政府(街道办事处)"
NINE = (
    "区委宣传部",
    "区卫健局",
    "区交通运输局",
    "区经信局",
    "区文广旅局",
    "区商务博览局",
    "区市场监管局",
    "区机关事务中心",
    "区民政局",
)
LEADS = (*NINE, HQ, TOWNS, "区公安分局", "区纪委")


@pytest.fixture
async def dongpo(database_url: str, redis: Redis, redis_url: str, vault: Vault) -> AsyncIterator[Town]:
    """Dongpo on 31 December 2020, 17:30."""
    async with open_town(database_url, redis_url, vault, starts_at=datetime(2020, 12, 31, 9, 30, tzinfo=UTC)) as opened:
        yield opened


async def offices(town: Town, *names: str) -> dict[str, Desk]:
    """Somebody in each of these units, reached in memory."""
    desks = {}
    for name in dict.fromkeys(names):
        unit = await town.house.checklists.open_unit(name, area=AREA, official=None)
        desks[name] = await town.official(f"{name}的联络员", Role.UNIT_CONTACT, AREA, unit_id=unit)
    return desks


async def import_(town: Town, text: str = NOTICE) -> None:
    await town.house.checklists.import_(
        town.house.checklists.read(text),
        area=AREA,
        official=None,
        source_hash=fingerprint(text),
        coordinators={"1.7": HEALTH},
    )
    await town.quiet()


async def shown(town: Town, desk: Desk) -> ChecklistView:
    return (await town.house.checklists.listed(official=desk.official))[0]


async def item(town: Town, desk: Desk, number: str) -> ItemView:
    return next(one for one in (await shown(town, desk)).items if one.item_no == number)


async def waiting(desk: Desk, number: str) -> DutyAssignmentOut:
    return next(part for part in (await desk.gateway.duty()).assignments if part.item_no == number)


async def ticks(town: Town, desk: Desk, *numbers: str) -> None:
    for number in numbers:
        await desk.gateway.tick((await waiting(desk, number)).id)
    await town.quiet()


async def test_the_dongpo_list_is_reminded_to_the_minute(dongpo: Town) -> None:
    desks = await offices(dongpo, *LEADS, *SUPERVISORS)
    await import_(dongpo)
    await dongpo.until("2021-01-14 12:00")

    health = desks[HEALTH]
    assert health.times("项待办") == [
        "12-31 17:30",
        "01-03 09:00",
        "01-07 09:00",
        "01-09 09:00",
        "01-10 09:00",
        "01-10 17:00",
    ]
    for name in ("区委宣传部", "区交通运输局", "区文广旅局", "区商务博览局", "区机关事务中心", CIVIL):
        assert len([said for said in desks[name].messages if said.at == dongpo.moment("2020-12-31 17:30")]) == 1, name
    assert health.times("项已逾期") == ["01-01 09:00", "01-11 09:00"]
    assert desks[HQ].times("已逾期") == ["01-01 09:00", "01-11 09:00"]
    for name in SUPERVISORS:
        assert desks[name].times("转督查") == ["01-03 09:00", "01-13 09:00"]
    assert [said.text.split("\n")[0] for said in desks["区委督查室"].messages if "转督查" in said.text] == [
        "区委督查室: 11项逾期未办，转督查",
        "区委督查室: 12项逾期未办，转督查",
    ]
    assert desks[TOWNS].times("持续推进") == ["01-07 09:00", "01-14 09:00"]


async def test_twelve_items_are_due_on_the_tenth_and_eleven_on_the_day_of_issue(dongpo: Town) -> None:
    county = await dongpo.official("区领导", Role.COUNTY, AREA)
    await import_(dongpo)
    view = await shown(dongpo, county)

    assert len(view.items) == 24
    assert sum(one.due_on_issue for one in view.items) == 11
    assert [str(one.due_on) for one in view.items].count("2021-01-10") == 12
    assert [one.item_no for one in view.items if one.state is ItemState.ONGOING] == ["1.9"]
    await dongpo.until("2021-01-01 00:00")
    assert (await shown(dongpo, county)).count(ItemState.OVERDUE) == 11


async def test_with_eight_of_nine_complete_only_the_ninth_and_the_coordinator_are_chased(dongpo: Town) -> None:
    desks = await offices(dongpo, *NINE, HQ, *SUPERVISORS)
    await import_(dongpo)
    for name in NINE:
        if name != CIVIL:
            await ticks(dongpo, desks[name], "1.7")

    parent = await item(dongpo, desks[HEALTH], "1.7")
    assert (parent.done, parent.total, parent.missing, parent.coordinator) == (8, 9, (CIVIL,), HEALTH)
    assert parent.state is not ItemState.DONE

    await dongpo.until("2021-01-01 09:00")
    chased = [name for name, desk in desks.items() if any("1.7" in said.text for said in desk.messages[1:])]
    assert sorted(chased) == sorted([CIVIL, HEALTH, HQ])
    assert "尚缺：区民政局" in desks[HEALTH].heard("1.7", at="2021-01-01 09:00").text

    await ticks(dongpo, desks[CIVIL], "1.7")
    assert (await item(dongpo, desks[HEALTH], "1.7")).state is ItemState.DONE
    desks[HEALTH].heard("各单位均已完成", at="2021-01-01 09:00")
    await dongpo.until("2021-01-03 09:00")
    assert not any("1.7" in said.text for said in desks["区纪委"].messages if "转督查" in said.text)


async def test_a_unit_ticks_under_the_message_and_takes_it_back(dongpo: Town) -> None:
    desks = await offices(dongpo, CIVIL, HEALTH)
    await import_(dongpo)
    said = desks[CIVIL].heard("1.7", at="2020-12-31 17:30")
    part = await waiting(desks[CIVIL], "1.7")
    assert ("本单位已完成", f"ck:done:{part.id.hex}") in said.buttons

    await desks[CIVIL].gateway.tick(part.id)
    await desks[CIVIL].gateway.tick(part.id)
    assert (await item(dongpo, desks[HEALTH], "1.7")).done == 1
    assert [one.item_no for one in (await desks[CIVIL].gateway.duty()).assignments] == []
    await desks[CIVIL].gateway.untick(part.id)
    assert (await item(dongpo, desks[HEALTH], "1.7")).done == 0


async def test_a_tick_taken_back_too_late_is_chased_again(dongpo: Town) -> None:
    desks = await offices(dongpo, "区委宣传部", HQ, *NINE)
    await import_(dongpo)
    for name in NINE:
        await ticks(dongpo, desks[name], "1.7")
    await dongpo.until("2021-01-05 12:00")
    assert not any("1.7" in said.text for said in desks[HQ].messages)

    part = next(one for one in (await item(dongpo, desks[HEALTH], "1.7")).parts if one.unit == CIVIL)
    await desks[CIVIL].gateway.untick(part.id)
    await dongpo.until("2021-01-08 10:00")
    assert "尚缺：区民政局" in desks[HQ].heard("1.7", at="2021-01-06 09:00").text


async def test_a_unit_sees_only_its_own_parts(dongpo: Town) -> None:
    desks = await offices(dongpo, CIVIL, HEALTH, "区经信局")
    county = await dongpo.official("区领导", Role.COUNTY, AREA)
    elsewhere = await dongpo.official("别区", Role.COUNTY, "370102")
    await import_(dongpo)

    assert [(one.item_no, [part.unit for part in one.parts]) for one in (await shown(dongpo, desks[CIVIL])).items] == [
        ("1.7", [CIVIL])
    ]
    assert len((await shown(dongpo, county)).items) == 24
    assert await dongpo.house.checklists.listed(official=elsewhere.official) == []

    foreign = next(part for part in (await item(dongpo, county, "1.7")).parts if part.unit == "区经信局")
    assert (await ask(desks[CIVIL], "PUT", f"/v1/checklist-assignments/{foreign.id}/completion")).status_code == 404
    with pytest.raises(NotYourPart):
        await dongpo.house.checklists.tick(foreign.id, official=desks[HEALTH].official)
    await county.gateway.tick(foreign.id)
    assert (await item(dongpo, county, "1.7")).done == 1


async def test_the_same_text_again_is_recognised_and_nothing_is_doubled(dongpo: Town) -> None:
    desks = await offices(dongpo, CIVIL)
    county = await dongpo.official("区领导", Role.COUNTY, AREA)
    await import_(dongpo)
    with pytest.raises(ChecklistKnown):
        await import_(dongpo, NOTICE.replace("\n", "\r\n"))
    await dongpo.quiet()

    assert len(await dongpo.house.checklists.listed(official=county.official)) == 1
    assert desks[CIVIL].times("1.7") == ["12-31 17:30"]


async def test_whom_nobody_could_tell_is_told_to_the_county_and_stays_visible(dongpo: Town) -> None:
    county = await dongpo.official("区领导", Role.COUNTY, AREA)
    await import_(dongpo)

    assert CIVIL in county.heard("无人可通知", at="2020-12-31 17:30").text
    await dongpo.until("2021-01-01 09:00")
    county.heard("项已逾期", at="2021-01-01 09:00")
    view = (await dongpo.house.checklists.listed(official=county.official))[0]
    told = await dongpo.house.checklists.get(view.id, official=county.official)
    assert any(event.kind == "unreached" and event.unit == CIVIL for event in told.events)


async def test_a_group_is_listed_and_each_member_ticks(dongpo: Town) -> None:
    county = await dongpo.official("区领导", Role.COUNTY, AREA)
    await import_(dongpo)
    group = next(one for one in await dongpo.house.checklists.units(official=county.official) if one.name == TOWNS)
    await dongpo.house.checklists.add_members(group.id, ["大石桥街道", "思蒙镇"], official=county.official)
    desks = await offices(dongpo, "大石桥街道", "思蒙镇")

    assert [part.unit for part in (await item(dongpo, county, "1.9")).parts] == ["大石桥街道", "思蒙镇"]
    await dongpo.until("2021-01-07 09:00")
    desks["思蒙镇"].heard("1.9", at="2021-01-07 09:00")
    await ticks(dongpo, desks["思蒙镇"], "1.9")
    assert (await item(dongpo, county, "1.9")).missing == ("大石桥街道",)
    await dongpo.until("2021-01-14 09:00")
    desks["思蒙镇"].heard("1.9", at="2021-01-14 09:00")


async def test_an_item_without_a_deadline_is_never_reminded_until_one_is_set(dongpo: Town) -> None:
    desks = await offices(dongpo, *LEADS)
    county = await dongpo.official("区领导", Role.COUNTY, AREA)
    lines = NOTICE.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("完成时限"))
    await import_(dongpo, "\n".join(line for number, line in enumerate(lines) if number != first))

    one = await item(dongpo, county, "1.1")
    assert (one.state, one.next_reminder_at) == (ItemState.UNDATED, None)
    assert [doubt["item"] for doubt in (await shown(dongpo, county)).not_understood] == ["1.1"]
    await dongpo.house.checklists.set_deadline(
        one.id, datetime(2021, 1, 20, tzinfo=UTC).date(), official=county.official
    )
    await dongpo.until("2021-01-13 09:00")
    desks[HQ].heard("1.1", at="2021-01-13 09:00")


async def test_a_flushed_store_changes_nothing(dongpo: Town) -> None:
    desks = await offices(dongpo, CIVIL)
    await import_(dongpo)
    await dongpo.house.agenda._redis.flushall()
    await dongpo.until("2021-01-01 09:00")
    assert desks[CIVIL].times("1.7") == ["12-31 17:30", "01-01 09:00"]


async def test_a_notice_comes_in_over_the_api(dongpo: Town) -> None:
    county = await dongpo.official("区领导", Role.COUNTY, AREA)
    grid = await dongpo.official("网格员", Role.GRID_WORKER, "511402001")
    body = {"text": NOTICE, "area": AREA, "coordinators": {"1.7": HEALTH}}

    preview = (await ask(county, "POST", "/v1/checklists", body)).json()
    assert preview["created"] is None
    assert preview["preview"]["counts"]["items"] == 24
    assert (await ask(county, "GET", "/v1/checklists")).json() == []
    first = await ask(county, "POST", "/v1/checklists?commit=true", body, key="the same request")
    again = await ask(county, "POST", "/v1/checklists?commit=true", body, key="the same request")
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    created = first.json()["created"]
    assert (created["items"], created["without_coordinator"]) == (24, ["1.9"])
    listed = (await ask(county, "GET", "/v1/checklists")).json()
    assert [len(one["items"]) for one in listed] == [24]
    assert (await ask(grid, "POST", "/v1/checklists?commit=true", body)).status_code == 403
    assert (await ask(county, "POST", "/v1/checklists?commit=true", body)).status_code == 409
    assert (await ask(county, "POST", "/v1/checklists", {"text": "今天天气很好。"})).status_code == 422


async def test_one_message_is_enough_however_often_the_clock_comes_round(dongpo: Town) -> None:
    desks = await offices(dongpo, CIVIL)
    await import_(dongpo)
    checklist = (await dongpo.house.checklists.listed(official=desks[CIVIL].official))[0]
    await dongpo.house.checklists.remind_due(checklist.id)
    await dongpo.quiet()
    assert desks[CIVIL].times("1.7") == ["12-31 17:30"]


async def test_two_workers_at_the_same_moment_send_one_digest(dongpo: Town) -> None:
    desks = await offices(dongpo, HEALTH)
    county = await dongpo.official("区领导", Role.COUNTY, AREA)
    await import_(dongpo)
    dongpo.clock.move_to(dongpo.moment("2021-01-03 09:00"))
    (checklist,) = await dongpo.house.checklists.listed(official=county.official)
    await asyncio.gather(*(dongpo.house.checklists.remind_due(checklist.id) for _ in range(4)))
    await dongpo.quiet()
    assert desks[HEALTH].times("11项待办") == ["01-03 09:00"]


async def ask(
    desk: Desk, verb: str, path: str, body: dict[str, Any] | None = None, *, key: str | None = None
) -> httpx2.Response:
    gateway = desk.gateway
    headers = {"Authorization": f"Bearer {gateway.token}", "X-Shaodian-Address": gateway.address}
    return await gateway.http.request(verb, path, json=body, headers=headers | {"Idempotency-Key": key or uuid4().hex})


async def test_the_demo_shows_the_list_half_done_and_loading_it_again_adds_nothing(dongpo: Town) -> None:
    county = await dongpo.official("区领导", Role.COUNTY, "370102")
    load = DemoChecklists(dongpo.house.transactions, dongpo.house.checklists, dongpo.clock, "370102").load
    await load(county.official)
    await load(county.official)
    await dongpo.quiet()

    view = await shown(dongpo, county)
    places = await item(dongpo, county, "1.7")
    assert (places.done, places.missing, str(places.due_on)) == (8, (CIVIL,), "2020-12-29")
    assert view.count(ItemState.OVERDUE) > 5
    assert view.count(ItemState.OPEN) == 12
    assert len(await dongpo.house.checklists.listed(official=county.official)) == 1


async def test_without_the_repositorys_filter_a_unit_still_sees_no_foreign_part(
    dongpo: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    desks = await offices(dongpo, CIVIL)
    elsewhere = await dongpo.official("别区", Role.COUNTY, "370102")
    await import_(dongpo)
    for wall in ("_parts", "_items", "_lists", "_events"):
        monkeypatch.setattr(Checklists, wall, lambda *_: true())

    assert [len(one.parts) for one in (await shown(dongpo, desks[CIVIL])).items] == [1]
    assert await dongpo.house.checklists.listed(official=elsewhere.official) == []


@pytest.mark.rule("DP-1.15-a")
async def test_an_inspection_reads_which_unit_is_late_with_what(dongpo: Town) -> None:
    desks = await offices(dongpo, "区纪委")
    inspector = await dongpo.official("督查员", Role.SUPERVISION, AREA)
    grid = await dongpo.official("网格员", Role.GRID_WORKER, f"{AREA}001")
    await import_(dongpo)
    assert await dongpo.house.checklists.inspection(official=inspector.official) == []

    await dongpo.until("2021-01-02 10:00")
    lines = await dongpo.house.checklists.inspection(official=inspector.official)

    assert {line.item_no for line in lines} == {
        "1.1",
        "1.3",
        "1.4",
        "1.5",
        "1.6",
        "1.7",
        "1.8",
        "1.10",
        "1.12",
        "1.13",
        "1.14",
    }
    assert "区民政局" in {line.unit for line in lines if line.item_no == "1.7"}
    assert {line.days_late for line in lines} == {1}
    assert await dongpo.house.checklists.inspection(official=grid.official) == []
    assert (
        await dongpo.house.checklists.inspection(official=desks["区纪委"].official) == []
    )  # a unit sees its own parts
