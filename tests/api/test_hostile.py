"""Unusual callers: roles that have no business with people's health, accounts that ended, dates no calendar has."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import pytest

from gateway.bootstrap import build_api
from gateway.domain.kinds import Role
from gateway.errors import Forbidden
from gateway.town import Neighbour, Town


@pytest.fixture
async def api(town: Town) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=build_api(town.house), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


async def token(town: Town, role: Role, area: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {await town.house.officials.create_token(name='script', role=role, area=area)}"}


def bot(town: Town, resident: Neighbour) -> dict[str, str]:
    return {"Authorization": f"Bearer {town.house.bot_token}", "X-Shaodian-Address": f"webchat:{resident.handle}"}


@pytest.mark.parametrize(
    "role", [Role.PUBLISHER, Role.LIST_OWNER, Role.UNIT_CONTACT, Role.SUPERVISION, Role.SITE, Role.POLICE]
)
async def test_a_role_without_residents_reads_nobodys_health(town: Town, api: httpx2.AsyncClient, role: Role) -> None:
    resident = await town.resident("王芳", area="370102001")
    await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    await resident.reports_symptoms("fever", temperature=38.2)
    caller = await token(town, role, "370102")

    (
        await api.post(
            "/v1/results",
            headers=await token(town, Role.HEALTH, "370102"),
            json={
                "phone": "13999999999",
                "name": "李四",
                "test": "nat",
                "sampled_at": "2021-01-14T08:00:00+08:00",
                "site": "x",
                "value": "positive",
            },
        )
    ).raise_for_status()

    alerts = await api.get("/v1/alerts", headers=caller)
    assert alerts.status_code in (401, 403) or alerts.json() == []
    for path in ("/v1/reports", f"/v1/residents/{resident.id}/follow-ups", "/v1/results/unmatched"):
        answer = await api.get(path, headers=caller)
        if role is Role.SITE and not path.endswith("reports"):
            continue  # a site records samples, and is told who is placed with it
        assert answer.status_code in (401, 403, 404) or answer.json() == [], (path, answer.text)


async def test_a_token_of_somebody_who_left_opens_nothing(town: Town, api: httpx2.AsyncClient) -> None:
    headers = await token(town, Role.COUNTY, "370102")
    city = await town.official("市指挥部", Role.CITY, "3701")
    (script,) = [one for one in await town.house.officials.listed(official=city.official) if one.name == "script"]
    assert (await api.get("/v1/alerts", headers=headers)).status_code == 200
    await town.house.officials.end(script.id, by=city.official)
    assert (await api.get("/v1/alerts", headers=headers)).status_code == 401


async def test_only_administrators_name_administrators(town: Town) -> None:
    desk = await town.official("街道吴", Role.TOWNSHIP, "370102001")
    with pytest.raises(Forbidden):
        await town.house.officials.invite(name="x", roles=(Role.ADMINISTRATOR,), area="370102001", by=desk.official)


PLACE = {"text": "绿园区", "area": "220106"}
LEG = {"origin": PLACE, "destination": PLACE, "transport": "train"}


@pytest.mark.parametrize(
    ("form", "answers"),
    [
        ("arrived", {"at": "9999-12-31T23:59:59-12:00"}),
        ("arrived", {"at": "0001-01-01T00:00:00+14:00"}),
        ("arrival", {**LEG, "arrives_at": "9999-12-31T23:59:59-12:00"}),
        ("travel", {"legs": [{**LEG, "departed_on": "2021-01-01", "arrived_at": "9999-12-31T23:59:59-12:00"}]}),
        ("travel", {"legs": [{**LEG, "departed_on": "2021-01-01", "arrived_at": "0001-01-01T00:00:00+14:00"}]}),
        ("travel", {"legs": [{**LEG, "departed_on": "2021-01-01", "arrived_at": "9999-12-31"}]}),
        ("result", {"test": "nat", "sampled_at": "0001-01-01T00:00:00+14:00"}),
        ("symptoms", {"temperature": 38, "symptoms": ["fever"], "words": "a\u0000b"}),
        ("symptoms", {"temperature": "NaN", "symptoms": ["fever"]}),
        ("symptoms", {"symptoms": ["fever"] * 5000}),
    ],
)
async def test_a_date_beyond_every_calendar_is_refused_or_kept_but_never_a_fault_of_ours(
    town: Town, api: httpx2.AsyncClient, form: str, answers: dict[str, object]
) -> None:
    resident = await town.resident("王芳")
    body = {"instance_id": str(uuid4()), "form": form, "form_version": 1, "said": "x", "answers": answers}
    answer = await api.post("/v1/reports", headers=bot(town, resident), json=body)
    assert answer.status_code in (201, 422), answer.text
