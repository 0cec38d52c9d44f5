"""The lead desk: lists of people to be found, their clocks to the minute, and what comes of them (F-11)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from redis.asyncio import Redis

from gateway.domain.kinds import AlertKind, LeadOutcome, LeadPush, LeadState, LeadStep, Role
from gateway.errors import ShaodianError
from gateway.record.vault import Vault
from gateway.schemas.leads import LeadListIn, LeadListOut, LeadRowIn
from gateway.services.leads import LeadView, NoSlaConfigured
from gateway.town import Desk, Town, open_town

LIXIA = "370102001"
GRID = "37010200100001"
_numbers = count(13900000001)


@pytest.fixture
async def january(database_url: str, redis: Redis, redis_url: str, vault: Vault) -> AsyncIterator[Town]:
    """Jinan on 8 January 2021, 10:00, before any pack is in force."""
    starts_at = datetime(2021, 1, 8, 2, 0, tzinfo=UTC)
    async with open_town(database_url, redis_url, vault, starts_at=starts_at) as opened:
        yield opened


def row(name: str, hukou: str | None = "local", **given: Any) -> LeadRowIn:
    known = {"name": name, "phone": str(next(_numbers)), "destination": LIXIA, "grid": "1", "hukou": hukou}
    return LeadRowIn(**known | given)


async def pushes(town: Town, desk: Desk, how: LeadPush, *rows: LeadRowIn) -> LeadListOut:
    out = await town.house.leads.take(LeadListIn(push=how, sender="市公安局", rows=list(rows)), official=desk.official)
    await town.quiet()
    return out


async def desks(town: Town, county: str = "370102") -> dict[str, Desk]:
    township = f"{county}001"
    return {
        "L1": await town.official("网格员李", Role.GRID_WORKER, f"{township}00001"),
        "L2": await town.official("社区周", Role.COMMUNITY, township),
        "L3": await town.official("街道吴", Role.TOWNSHIP, township),
        "L4": await town.official("区指挥部郑", Role.COUNTY, county),
        "HL": await town.official("疾控钱", Role.HEALTH, county),
        "PL": await town.official("公安刘", Role.POLICE, county),
    }


async def lead_of(town: Town, desk: Desk, name: str) -> LeadView:
    for state in LeadState:
        for view in await town.house.leads.listed(official=desk.official, states=(state,)):
            whole = await town.house.leads.get(view.lead.id, official=desk.official)
            if whole.name == name:
                return whole
    raise AssertionError(f"nobody looks for {name}")


async def reaches(town: Town, desk: Desk, name: str) -> LeadView:
    lead = (await lead_of(town, desk, name)).lead
    await town.house.leads.conclude(lead.id, LeadOutcome.REACHED, official=desk.official)
    await town.quiet()
    return await lead_of(town, desk, name)


@pytest.mark.rule("SD-3.3.1-c", "SD-3.3.1-d", "SD-3.3.1-e")
async def test_leads_are_followed_up_by_the_clock_of_their_kind(january: Town) -> None:
    """F-11, with a fourth person whom nobody reaches."""
    town = january
    await town.activate("sd-2020-09")
    office = await desks(town)
    l1, l2, l3, l4, police = (office[level] for level in ("L1", "L2", "L3", "L4", "PL"))

    out = await pushes(town, police, LeadPush.BATCH, row("甲"), row("乙", "外省"), row("丁", "370100"))
    assert (out.taken, out.rejected) == (3, [])
    assert l1.times("新的排查线索") == ["01-08 10:00"] * 2
    a, b, d = [(await lead_of(town, l1, name)).lead for name in ("甲", "乙", "丁")]
    assert a.due_at == d.due_at == town.moment("2021-01-09 10:00")
    assert b.due_at == town.moment("2021-01-10 10:00")

    await town.until("2021-01-08 15:20")
    reached = await reaches(town, l1, "甲")
    assert reached.lead.state is LeadState.CLOSED
    assert reached.lead.resident_id is not None
    (plan,) = await town.house.follow_ups.of_resident(reached.lead.resident_id, official=l2.official)
    assert next(item for item in plan.items if item.test == "nat").due_at == town.moment("2021-01-09 15:20")
    assert plan.state == "active"

    await town.until("2021-01-08 16:40")
    await pushes(town, police, LeadPush.ROUTINE, row("丙"))
    assert (await lead_of(town, l1, "丙")).lead.due_at == town.moment("2021-01-09 00:00")

    await town.until("2021-01-10 09:00")
    late = await reaches(town, l1, "乙")
    assert late.lead.resident_id is not None
    (plan,) = await town.house.follow_ups.of_resident(late.lead.resident_id, official=l2.official)
    assert next(item for item in plan.items if item.test == "nat").due_at == town.moment("2021-01-11 09:00")

    soon = [when for when in l1.times("临近期限") if when < "01-10 09:00"]
    # 丙 at 18:00 and 21:00; 丁 at 50, 75 and 90 %; 乙 likewise; 甲's test too, which is another clock.
    for minute in ("01-08 18:00", "01-08 21:00", "01-08 22:00", "01-09 04:00", "01-09 07:36"):
        assert minute in soon
    for minute in ("01-09 10:00", "01-09 22:00", "01-10 05:12"):
        assert minute in soon
    assert "01-09 07:36" in l2.times("临近期限")
    assert "01-08 22:00" not in l2.times("临近期限")
    assert l3.times("超时")[0] == l4.times("超时")[0] == "01-09 00:00"
    assert "01-09 10:00" in l2.times("超时")
    assert "01-09 10:00" in l4.times("超时")


@pytest.mark.rule("SP-2.1.2-c")
async def test_the_speech_wants_screening_finding_and_testing_on_the_day_of_the_instruction(january: Town) -> None:
    town = january
    await town.activate("sp-2021-01", area="370102")
    office = await desks(town)
    await pushes(town, office["PL"], LeadPush.BATCH, row("甲"), row("乙", "other"))
    await town.until("2021-01-08 16:40")
    await pushes(town, office["PL"], LeadPush.INSTRUCTION, row("丙"))
    leads = [(await lead_of(town, office["L1"], name)).lead for name in ("甲", "乙", "丙")]
    assert {lead.due_at for lead in leads} == {town.moment("2021-01-09 00:00")}

    for lead in leads[:2]:
        await town.house.leads.mark(lead.id, LeadStep.SCREEN, official=office["L1"].official)
        await town.house.leads.conclude(lead.id, LeadOutcome.REACHED, official=office["L1"].official)
    assert (await lead_of(town, office["L1"], "甲")).lead.state is LeadState.OPEN
    await town.until("2021-01-08 20:00")
    done = await town.house.leads.mark(leads[0].id, LeadStep.TEST, official=office["L1"].official)
    assert done.state is LeadState.CLOSED
    assert set(done.steps) == {"screen", "find", "test"}

    await town.until("2021-01-09 00:30")
    assert office["L3"].times("超时") == ["01-09 00:00"] * 2  # 乙 was found, not tested; 丙 neither
    assert office["L4"].times("超时") == ["01-09 00:00"] * 2


@pytest.mark.rule("BN-2.1.4-a")
async def test_where_the_notice_gives_no_time_for_feedback_no_list_is_taken(january: Town) -> None:
    await january.house.packs.activate("bn-2020-10", by=None)
    office = await desks(january, "150802")
    with pytest.raises(NoSlaConfigured, match=r"no SLA configured \(BN-2\.1\.4-a\)"):
        await pushes(january, office["PL"], LeadPush.BATCH, row("甲", destination="150802001"))
    assert await january.house.leads.listed(official=office["PL"].official) == []


@pytest.mark.rule("BN-2.1.4-a")
async def test_where_a_time_was_given_a_lead_stays_open_until_what_was_found_went_back(january: Town) -> None:
    await january.activate("bn-2020-10")
    office = await desks(january, "150802")
    await pushes(january, office["PL"], LeadPush.POLICE, row("甲", destination="150802001"))
    reached = await reaches(january, office["L1"], "甲")
    assert (reached.lead.outcome, reached.lead.state) == (LeadOutcome.REACHED, LeadState.OPEN)
    answered = await january.house.leads.feed_back(reached.lead.id, "已居家,体温正常", official=office["L1"].official)
    assert (answered.state, answered.feedback_at) == (LeadState.CLOSED, january.clock.now())


@pytest.mark.rule("DL-3.2-a")
async def test_in_dalian_a_list_is_pushed_down_to_grid_and_community(january: Town) -> None:
    await january.activate("dl-2020-05")
    office = await desks(january, "210202")
    try:
        await pushes(
            january,
            office["PL"],
            LeadPush.BATCH,
            row("甲", destination="210202001"),
            row("乙", destination="210202001"),
        )
    except ShaodianError as refused:
        pytest.fail(f"the list was not taken: {refused}")
    assert office["L1"].times("新的排查线索") == office["L2"].times("新的排查线索") == ["01-08 10:00"]
    office["L4"].heard_nothing()
    assert (await lead_of(january, office["L1"], "甲")).lead.due_at is None


@pytest.mark.rule("DP-2.2-a")
async def test_police_health_and_community_each_acknowledge_a_shared_lead(january: Town) -> None:
    town = january
    await town.activate("dp-2020-12", since=datetime(2020, 12, 31, tzinfo=UTC).date())
    office = await desks(town, "511402")
    await pushes(town, office["L4"], LeadPush.POLICE, row("甲", destination="511402001"))
    for level in ("PL", "HL", "L2"):
        office[level].heard("重点人员线索", at="2021-01-08 10:00")
    lead = (await lead_of(town, office["PL"], "甲")).lead

    await town.until("2021-01-08 10:05")
    await town.house.leads.acknowledge(lead.id, official=office["PL"].official)
    view = await town.house.leads.acknowledge(lead.id, official=office["HL"].official)
    assert [(party.role, party.acknowledged_at is not None) for party in view.parties] == [
        (Role.POLICE, True),
        (Role.HEALTH, True),
        (Role.COMMUNITY, False),
    ]
    await town.until("2021-01-08 10:31")
    assert office["L3"].times("重点人员线索") == ["01-08 10:30"]  # for the community alone
    await town.house.leads.acknowledge(lead.id, official=office["L2"].official)
    await town.until("2021-01-08 11:30")
    office["L4"].heard_nothing("重点人员线索", since="2021-01-08 10:32")


async def test_a_row_nobody_can_take_is_kept_with_its_reason_and_a_person_named_twice_is_looked_for_once(
    january: Town,
) -> None:
    town = january
    await town.activate("sd-2020-09")
    office = await desks(town)
    twice = row("甲")
    out = await pushes(
        town,
        office["PL"],
        LeadPush.BATCH,
        twice,
        LeadRowIn(name="无名", destination=LIXIA),
        row("乙", destination="370202001"),
        row("丙", destination="鼓楼区"),
        row("丁", hukou="不详"),
        row("戊", hukou=None),
        twice,
    )
    assert (out.rows, out.taken, out.known) == (7, 2, 1)
    assert [fault.row for fault in out.rejected] == [2, 3, 4, 5]
    assert "neither a phone nor an ID number" in out.rejected[0].message
    assert "outside your area" in out.rejected[1].message
    (kept,) = await town.house.leads.to_put_right(official=office["PL"].official)
    assert [one["given"].get("name") for one in kept.rejected] == ["无名", "乙", "丙", "丁"]
    # Nobody said where 戊 is registered: the shorter clock holds.
    assert (await lead_of(town, office["L1"], "戊")).lead.due_at == town.moment("2021-01-09 10:00")
    assert (await lead_of(town, office["L1"], "甲")).lead.named_again == 1


async def test_somebody_not_found_is_still_to_be_found_and_the_police_hear_it(january: Town) -> None:
    town = january
    await town.activate("sd-2020-09")
    office = await desks(town)
    await pushes(town, office["L4"], LeadPush.BATCH, row("甲"), row("乙"))
    for name, outcome in (("甲", LeadOutcome.NOT_FOUND), ("乙", LeadOutcome.HANDED_OVER)):
        lead = (await lead_of(town, office["L1"], name)).lead
        to_area = "37010200200001" if outcome is LeadOutcome.HANDED_OVER else None
        await town.house.leads.conclude(
            lead.id,
            outcome,
            official=office["L3"].official if to_area is None else office["L4"].official,
            to_area=to_area,
        )
    await town.quiet()
    office["PL"].heard("新的排查线索")
    still = (await lead_of(town, office["L4"], "甲")).lead
    assert (still.state, still.outcome) == (LeadState.OPEN, LeadOutcome.NOT_FOUND)
    moved = (await lead_of(town, office["L4"], "乙")).lead
    assert (moved.area, moved.state) == ("37010200200001", LeadState.OPEN)
    assert AlertKind.LEAD in {alert.kind for alert in await office["L4"].open_alerts()}


async def test_a_child_named_with_its_mothers_phone_is_looked_for_beside_her(january: Town) -> None:
    town = january
    await town.activate("demo-county", area="370102")
    hands = await desks(town)
    mother = row("王芳", phone="13911112222", id_number="370102198501011234")
    child = row("王小明", phone="13911112222", id_number="370102201501011235")
    out = await pushes(town, hands["PL"], LeadPush.POLICE, mother, child, row("王小红", phone="13911112222"))
    assert (out.taken, out.known) == (3, 0)
    again = await pushes(town, hands["PL"], LeadPush.POLICE, mother, child)
    assert (again.taken, again.known) == (0, 2)


async def test_a_lead_for_a_child_is_not_taken_for_the_mother_whose_phone_it_names(january: Town) -> None:
    town = january
    await town.activate("demo-county", area="370102")
    hands = await desks(town)
    mother = await town.resident("王芳", area=LIXIA, phone="13911112222")
    await pushes(town, hands["PL"], LeadPush.POLICE, row("王小明", phone="13911112222"))
    found = await lead_of(town, hands["L3"], "王小明")
    assert found.lead.resident_id is None
    assert mother.name == "王芳"


async def test_a_lead_handed_to_a_grid_beyond_ones_own_area_rings_there(january: Town) -> None:
    town = january
    await town.activate("demo-county", area="3701")
    hands = await desks(town)
    other = await town.official("街道孙", Role.TOWNSHIP, "370102002")
    grid = await town.official("网格员孙", Role.GRID_WORKER, "37010200200001")
    await pushes(town, hands["PL"], LeadPush.POLICE, row("李四"))
    lead = (await lead_of(town, hands["L3"], "李四")).lead
    await town.house.leads.conclude(
        lead.id, LeadOutcome.HANDED_OVER, official=hands["L3"].official, to_area="37010200200001"
    )
    await town.quiet()
    assert (await lead_of(town, grid, "李四")).lead.area == "37010200200001"
    assert [view.lead.id for view in await town.house.leads.listed(official=other.official)] == [lead.id]
