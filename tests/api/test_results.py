"""Results over the API: who may hand them in, what counts, and what happens to rows that are not right."""

import hashlib
import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx2
import pytest
import xlsxwriter

from gateway.bootstrap import build_api
from gateway.domain.follow_ups import FollowUp
from gateway.domain.kinds import AlertKind, ReportKind, Role
from gateway.domain.scopes import Scope
from gateway.services.officials import OfficialService
from gateway.town import Neighbour, Town
from tests.journeys.test_plans import at, desks_of, included

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def api(town: Town) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=build_api(town.house)), base_url="http://gateway")


async def token(town: Town, *, area: str = "370102", role: Role = Role.SITE) -> dict[str, str]:
    officials: OfficialService = town.house.officials
    secret = await officials.create_token(name="laboratory", area=area, role=role)
    return {"Authorization": f"Bearer {secret}"}


def sample(**given: object) -> dict[str, object]:
    return {"test": "nat", "sampled_at": "2021-01-15T07:00:00+08:00", "site": "历下区采样点", **given}


async def followed_up(town: Town) -> tuple[Neighbour, FollowUp]:
    resident = await town.resident("王芳", phone="13800138000")
    follow_up = await included(town, resident, f"{town.clock.now().astimezone(ZONE):%Y-%m-%d %H:%M}")
    assert follow_up is not None
    return resident, follow_up


async def plan_states(resident: Neighbour) -> list[str]:
    (plan,) = (await resident.gateway.plans()).plans
    return [item.state for item in plan.items]


async def test_without_a_good_token_nothing_is_taken(town: Town, api: httpx2.AsyncClient) -> None:
    resident = await town.resident("王芳")
    body = sample(resident_id=str(resident.id))
    assert (await api.post("/v1/results", json=body)).status_code == 401
    wrong = {"Authorization": "Bearer wrong"}
    assert (await api.post("/v1/results", json=body, headers=wrong)).status_code == 401
    unit = await token(town, role=Role.SUPERVISION)
    assert (await api.post("/v1/results", json=body, headers=unit)).status_code == 403


async def test_a_person_of_another_area_is_not_there(town: Town, api: httpx2.AsyncClient) -> None:
    resident, follow_up = await followed_up(town)
    foreign = await token(town, area="110101")
    answer = await api.post("/v1/results", json=sample(resident_id=str(resident.id)), headers=foreign)
    assert answer.status_code == 404
    county = await token(town, area="110101", role=Role.COUNTY)
    assert (await api.get(f"/v1/residents/{resident.id}/follow-ups", headers=county)).status_code == 404
    confirmation = await api.put(f"/v1/follow-ups/{follow_up.id}/confirmation", headers=county)
    assert confirmation.status_code == 404
    # By phone it fits nobody there, and says nothing about who lives elsewhere.
    by_phone = await api.post("/v1/results", json=sample(phone="13800138000"), headers=foreign)
    assert by_phone.json()["matched"] is False


async def test_the_same_request_again_gets_the_same_answer_and_another_body_is_refused(
    town: Town, api: httpx2.AsyncClient
) -> None:
    resident = await town.resident("王芳", phone="13800138000")
    headers = {**await token(town), "Idempotency-Key": "sheet-7-row-3"}
    body = sample(phone="13800138000", value="negative")
    first = await api.post("/v1/results", json=body, headers=headers)
    again = await api.post("/v1/results", json=body, headers=headers)
    other = await api.post("/v1/results", json={**body, "value": "positive"}, headers=headers)

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json() and first.json()["resident_id"] == str(resident.id)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert other.status_code == 422 and "same-key-other-body" in other.json()["type"]

    health = {**await token(town, role=Role.HEALTH, area="37"), "Idempotency-Key": "case-7"}
    patient = {"resident_id": str(resident.id), "positive_on": "2021-01-14"}
    opened = [await api.post("/v1/cases", json=patient, headers=health) for _ in range(2)]
    assert [one.status_code for one in opened] == [201, 201] and opened[0].json() == opened[1].json()
    assert opened[1].headers["Idempotent-Replayed"] == "true"


async def test_while_the_first_request_is_at_work_the_second_waits(town: Town, api: httpx2.AsyncClient) -> None:
    resident = await town.resident("王芳")
    headers = {**await token(town), "Idempotency-Key": "k"}
    official = await town.house.officials.bearer(headers["Authorization"][7:])
    assert official is not None
    body = sample(resident_id=str(resident.id))
    request = api.build_request("POST", "/v1/results", json=body, headers=headers)
    async with town.house.transactions.begin(Scope(actor="test")) as work:
        await work.credentials.keep_key(
            f"official:{official.id}", "k", hashlib.sha256(request.content).digest(), town.clock.now()
        )
    assert (await api.post("/v1/results", json=body, headers=headers)).status_code == 409
    await town.until("2021-01-15 07:22")
    assert (await api.post("/v1/results", json=body, headers=headers)).status_code == 201, "that request had died"


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"sampled_at": "2021-01-15T07:00:00"}, "offset"),
        ({"sampled_at": "2021-02-15T07:00:00+08:00"}, "sampled_at"),
        ({"resulted_at": "2021-01-14T07:00:00+08:00"}, "resulted_at"),
        ({"test": "astrology"}, "test"),
        ({"value": "maybe"}, "value"),
        ({"site": ""}, "site"),
        ({"phone": None}, "name the person"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_place(
    town: Town, api: httpx2.AsyncClient, wrong: dict[str, object], where: str
) -> None:
    body = {**sample(phone="13800138000", value="negative"), **wrong}
    answer = await api.post("/v1/results", json=body, headers=await token(town))
    assert answer.status_code == 422
    assert where in answer.text


async def test_a_sample_that_came_too_soon_is_kept_as_refused(town: Town, api: httpx2.AsyncClient) -> None:
    resident, _ = await followed_up(town)
    headers = await token(town)
    person = {"resident_id": str(resident.id)}
    await town.until("2021-01-15 09:00")
    first = await api.post(
        "/v1/results", json=sample(**person, sampled_at="2021-01-15T09:00:00+08:00"), headers=headers
    )
    assert first.status_code == 201
    await town.until("2021-01-16 08:30")
    soon = await api.post("/v1/results", json=sample(**person, sampled_at="2021-01-16T08:30:00+08:00"), headers=headers)
    assert (soon.status_code, soon.json()["refused"]) == (200, "23 h 30 min, need 24 h")
    assert (await plan_states(resident))[:2] == ["done", "pending"]


async def test_what_a_resident_claims_changes_nothing(town: Town) -> None:
    resident, _ = await followed_up(town)
    before = await plan_states(resident)
    out = await resident.reports(
        ReportKind.RESULT, {"test": "nat", "sampled_at": at("2021-01-15 07:00").isoformat(), "value": "negative"}
    )
    assert [advice.code for advice in out.outcome.advice] == ["result_claimed"]
    assert await plan_states(resident) == before
    assert "pending" in before and "done" not in before


async def test_a_result_that_fits_nobody_or_several_waits_for_somebody_who_knows(
    town: Town, api: httpx2.AsyncClient
) -> None:
    resident, _ = await followed_up(town)
    await town.resident("王芬", phone="13800138000")
    desks = await desks_of(town)
    headers = await token(town)
    both = await api.post("/v1/results", json=sample(phone="13800138000", value="positive"), headers=headers)
    again = await api.post("/v1/results", json=sample(phone="13800138000", value="positive"), headers=headers)
    await town.quiet()

    assert both.json()["matched"] is False and again.json()["id"] == both.json()["id"]
    desks[Role.HEALTH].heard("请尽快核实是谁")
    (waiting,) = (await api.get("/v1/results/unmatched", headers=headers)).json()
    assert waiting["person"] == {"phone": "13800138000"}
    matched = await api.put(
        f"/v1/results/{waiting['id']}/resident", json={"resident_id": str(resident.id)}, headers=headers
    )
    await town.quiet()
    assert matched.json()["resident_id"] == str(resident.id)
    assert (await api.get("/v1/results/unmatched", headers=headers)).json() == []
    assert (await resident.gateway.plans()).plans[0].state == "held"
    desks[Role.HEALTH].heard("王*")
    resident.heard("会就这次检测给您打电话")
    second = await api.put(
        f"/v1/results/{waiting['id']}/resident", json={"resident_id": str(resident.id)}, headers=headers
    )
    assert second.status_code == 409


def sheet(*rows: tuple[object, ...]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet()
        time = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    page.write_datetime(number, column, cell, time)
                else:
                    page.write(number, column, cell)
    return buffer.getvalue()


async def test_a_sheet_is_taken_row_by_row_and_wrong_rows_are_named(town: Town, api: httpx2.AsyncClient) -> None:
    resident, _ = await followed_up(town)
    taken = at("2021-01-15 07:00").replace(tzinfo=None)  # a cell knows no zone
    content = sheet(
        ("历下区采样登记表",),
        ("姓名", "手机号", "检测类型", "采样时间", "结果", "采样点"),
        ("王芳", 13800138000, "核酸", taken, "阴性", "历下"),
        ("王芳", "13800138000", "核酸", "昨天", "阴性", "历下"),
        ("王芳", "13800138000", "血型", taken, "阴性", "历下"),
        ("李四", "13900139000", "核酸", taken + timedelta(minutes=5), "", "历下"),
        ("李四", "13800138000", "核酸", taken + timedelta(minutes=6), "", "历下"),
    )
    answer = await api.post("/v1/results/files", files={"file": ("a.xlsx", content)}, headers=await token(town))
    await town.quiet()

    assert answer.status_code == 201
    out = answer.json()
    assert (out["rows"], out["recorded"], out["unmatched"]) == (5, 3, 2)
    assert [fault["row"] for fault in out["rejected"]] == [4, 5]
    resident.heard("阴性")
    broken = await api.post("/v1/results/files", files={"file": ("a.xlsx", b"no sheet")}, headers=await token(town))
    assert broken.status_code == 422


async def test_an_official_places_a_person_over_the_api_with_a_reason(town: Town, api: httpx2.AsyncClient) -> None:
    resident = await town.resident("赵敏")
    body = {
        "resident_id": str(resident.id),
        "profile": "close_contact",
        "anchors": {"isolation_start": "2021-01-15T07:00:00+08:00", "last_exposure": "2021-01-14"},
        "reason": "同车厢",
    }
    site, county = await token(town), await token(town, role=Role.COUNTY)
    assert (await api.post("/v1/follow-ups", json=body, headers=site)).status_code == 403
    assert (await api.post("/v1/follow-ups", json={**body, "profile": "prince"}, headers=county)).status_code == 404
    no_anchor = {**body, "anchors": {"last_exposure": "2021-01-14"}}
    assert (await api.post("/v1/follow-ups", json=no_anchor, headers=county)).status_code == 422
    placed = await api.post("/v1/follow-ups", json=body, headers=county)
    assert placed.status_code == 201 and placed.json()["state"] == "active"
    assert (await api.post("/v1/follow-ups", json=body, headers=county)).status_code == 409
    released = await api.put(
        f"/v1/follow-ups/{placed.json()['follow_up_id']}/release", json={"reason": "判定有误"}, headers=county
    )
    assert released.json()["state"] == "closed"
    assert not [
        alert
        for alert in await (await desks_of(town))[Role.COUNTY].open_alerts()
        if alert.kind is AlertKind.MISSED_TEST
    ]


async def test_an_open_follow_up_keeps_the_data_from_being_erased(town: Town) -> None:
    resident, _ = await followed_up(town)
    out = await resident.gateway.erase(key="erase")
    assert out.erased is False and any("健康管理" in hold or "管理" in hold for hold in out.holds), out.holds
