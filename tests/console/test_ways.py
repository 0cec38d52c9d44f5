"""On a resident's page: reported upwards, left hospital, travelled on, what they work as, and who manages them."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from httpx2 import ASGITransport, AsyncClient

from gateway.bootstrap import build_api
from gateway.domain.kinds import AlertKind, ClockKind, FollowUpState, Occupation, ResultValue, Role
from gateway.domain.scopes import Scope
from gateway.town import Desk, Town
from tests.console.conftest import Browser, SignIn
from tests.journeys.test_clocks import at, desks_of, placed, plans_in, recorded


async def test_the_number_of_the_national_report_is_written_down_where_the_person_is(
    town: Town, sign_in: SignIn
) -> None:
    resident, desks = await town.resident("王芳"), await desks_of(town)
    await town.until("2021-01-15 16:00")
    result = await recorded(town, desks[Role.SITE], resident, "2021-01-15 09:00", ResultValue.POSITIVE)
    await town.until("2021-01-15 16:40")
    health = await sign_in(desks[Role.HEALTH])

    waiting = await health.opens("/console/results")
    assert f'/console/residents/{resident.id}"' in waiting.text and "2021年1月15日" not in waiting.url.path
    page = await health.opens(f"/console/residents/{resident.id}")
    (action,) = re.findall(r'action="(/console/results/[^"]+/direct-report)"', page.text)
    done = await health.sends(
        action, resident=str(resident.id), filed_as="370102-2021-0007", reported_at="2021-01-15T16:35"
    )

    assert "已登记网络直报" in done.text and "/direct-report" not in done.text
    assert "/direct-report" not in (await health.opens("/console/results")).text
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        (kept,) = await work.clocks.of_subject(result.id, ClockKind.DIRECT_REPORT)
        assert (kept.done_at, kept.late(town.clock.now())) == (at("2021-01-15 16:35"), False)
    community = await sign_in(desks[Role.COMMUNITY])
    assert "/direct-report" not in (await community.opens(f"/console/residents/{resident.id}")).text


async def test_who_left_hospital_and_who_drove_home_is_said_on_the_page(town: Town, sign_in: SignIn) -> None:
    resident, desks = await town.resident("王芳"), await desks_of(town)
    await town.until("2021-01-15 10:00")
    page = f"/console/residents/{resident.id}"
    county = await sign_in(desks[Role.COUNTY])
    assert "治愈出院" in (await county.opens(page)).text

    drove = {"transport": "car", "arrived_at": "2021-01-14T20:00"}
    assert (await county.sends(f"{page}/transfers", **drove)).status_code == 409, "nobody knows the release"
    asked = await county.sends(f"{page}/transfers", **drove, released_on="2021-01-13")
    assert "不符合规定" in asked.text
    assert AlertKind.TRANSFER_TO_DECIDE in [alert.kind for alert in await desks[Role.COUNTY].open_alerts()]
    bus = await county.sends(
        f"{page}/transfers", transport="point_to_point", arrived_at="2021-01-14T20:00", released_on="2021-01-13"
    )
    assert "已登记返程方式" in bus.text

    back = await county.sends(f"{page}/discharges", leaving="brought_back", left_at="2021-01-14T09:00")
    assert back.status_code == 422, "when they came back is needed"
    left = await county.sends(f"{page}/discharges", leaving="discharged", left_at="2021-01-13T09:00")
    assert "超过报送时限" in left.text
    assert (await plans_in(town, resident))["discharged"] is FollowUpState.ACTIVE


@pytest.mark.rule("SP-2.2.2-a", "SD-3.3.3-f2")
async def test_what_somebody_works_as_is_set_and_ended_and_puts_a_returnee_first(town: Town, sign_in: SignIn) -> None:
    resident, later = await town.resident("王芳"), await town.resident("赵强")
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    page = f"/console/residents/{resident.id}"
    desk = await sign_in(doctor)
    asked = (await desk.opens(page)).text
    assert "外卖快递" in asked and "无防护状态下" in asked and "SD-3.3.3-f2" in asked  # who counts as of the cold chain
    await town.activate("sp-2021-01", area="370102")

    after = await desk.sends(f"{page}/occupations", occupation="cold_chain")
    assert 'name="holds" value="no"' in after.text
    assert await town.house.gates.occupations_of(resident.id, official=doctor.official) == (Occupation.COLD_CHAIN,)
    # of those who came home to the village, whoever works in the cold chain is looked after first
    first = await placed(town, doctor, resident, "returnee_rural", arrival=town.clock.now())
    await town.wait(timedelta(minutes=1))
    await placed(town, doctor, later, "returnee_rural", arrival=town.clock.now())
    assert await listed(desk) == [resident.id, later.id]
    more = (await desk.opens(f"/console/follow-ups?after={first.id}")).text
    assert str(later.id) in more and str(resident.id) not in more
    ended = await desk.sends(f"{page}/occupations", occupation="cold_chain", holds="no")
    assert await listed(desk) == [later.id, resident.id]
    assert 'name="holds" value="no"' not in ended.text


async def listed(desk: Browser) -> list[UUID]:
    page = (await desk.opens("/console/follow-ups")).text
    return [UUID(one) for one in re.findall(r'class="line-link" href="/console/residents/([0-9a-f-]+)"', page)]


async def test_a_person_is_handed_over_after_a_look_at_what_it_means(town: Town, sign_in: SignIn) -> None:
    desks = await desks_of(town)
    resident = await town.resident("王芳", area="370202001")  # at home in Qingdao, looked after in Jinan
    await town.house.residents.move(resident.id, "370102001", official=(await qingdao(town)).official)
    await placed(town, desks[Role.COUNTY], resident, "key_area", included_at=at("2021-01-15 07:20"))
    page = f"/console/residents/{resident.id}"
    county = await sign_in(desks[Role.COUNTY])
    await county.opens(page)

    looked = await county.opens(f"{page}/move?area=370202001")
    assert "1项安排将按当地要求重新制定" in looked.text and "不再看到其信息" in looked.text
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        assert (await work.residents.get(resident.id)).area.startswith("370102"), "looking moves nobody"
    assert (await county.opens(f"{page}/move?area=999999")).status_code == 422
    moved = await county.sends(f"{page}/move", area="370202001")
    assert moved.url.path == "/console/residents" and "已移交管理" in moved.text
    assert (await county.opens(page)).status_code == 404
    site = await sign_in(desks[Role.SITE])
    assert (await site.opens(f"{page}/move?area=370202001")).status_code in (403, 404)


async def qingdao(town: Town) -> Desk:
    return await town.official("青岛医生", Role.DOCTOR, "370202001")


async def test_a_partner_system_hands_a_person_over(town: Town) -> None:
    resident = await town.resident("王芳")
    tokens = town.house.officials
    county = await tokens.create_token(name="区平台", role=Role.COUNTY, area="370102")
    site = await tokens.create_token(name="站点", role=Role.SITE, area="370102")
    path = f"/v1/residents/{resident.id}/managing-area"
    transport = ASGITransport(app=build_api(town.house))
    async with AsyncClient(transport=transport, base_url="http://gateway") as client:
        by = {"Authorization": f"Bearer {county}"}
        assert (await client.put(path, json={"area": "999999001"}, headers=by)).status_code == 422
        refused = await client.put(path, json={"area": "370202001"}, headers={"Authorization": f"Bearer {site}"})
        assert refused.status_code == 403
        moved = await client.put(path, json={"area": "370202001"}, headers=by)
        assert (moved.status_code, moved.json()["area"]) == (200, "370202001")
        assert moved.json()["area_name"]


async def test_dates_that_never_were_and_places_nobody_manages_are_refused_with_a_sentence(
    town: Town, sign_in: SignIn
) -> None:
    resident, desks = await town.resident("王芳"), await desks_of(town)
    page = f"/console/residents/{resident.id}"
    county = await sign_in(desks[Role.COUNTY])
    await county.opens(page)
    left = {"leaving": "brought_back", "left_at": "2021-01-14T09:00"}
    drove = {"transport": "car", "arrived_at": "2021-01-14T20:00"}
    for path, fields in (
        ("discharges", left | {"came_back_at": "昨天"}),
        ("discharges", left | {"left_at": "0001-01-01T00:00"}),
        ("transfers", drove | {"released_on": "2021-02-31"}),
        ("transfers", drove | {"arrived_at": "0001-01-01T00:00"}),
        ("move", {"area": "37"}),
        ("move", {"area": "3701020011"}),
        ("move", {"area": "３７０１０２００１"}),
    ):
        assert (await county.sends(f"{page}/{path}", **fields)).status_code == 422, (path, fields)
