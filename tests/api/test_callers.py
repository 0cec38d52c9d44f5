"""Who may call: without a token 401, beyond the own area 404, and every refusal is a problem with a stable type."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import pytest

from gateway.bootstrap import build_api
from gateway.domain.kinds import Role
from gateway.town import Town


@pytest.fixture
async def api(town: Town) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=build_api(town.house), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


async def token(town: Town, role: Role, area: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {await town.house.officials.create_token(name='script', role=role, area=area)}"}


async def test_without_a_token_nothing_is_told(api: httpx2.AsyncClient) -> None:
    for path in ("/v1/alerts", "/v1/reports", "/v1/me", "/v1/duty", "/v1/places?q=x"):
        answer = await api.get(path)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:shaodian:problem:bad-credentials"


async def test_a_wrong_or_odd_token_is_refused_with_401(api: httpx2.AsyncClient) -> None:
    for secret in ("nonsense", "sd_" + "x" * 43, "\xff\xfe"):
        answer = await api.get("/v1/alerts", headers={b"Authorization": b"Bearer " + secret.encode("latin-1")})
        assert answer.status_code == 401


async def test_an_alert_of_another_area_does_not_exist(town: Town, api: httpx2.AsyncClient) -> None:
    resident = await town.resident("王芳", area="370102001")
    await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    await resident.reports_symptoms("fever", temperature=38.2)
    own, foreign = await token(town, Role.COUNTY, "370102"), await token(town, Role.COUNTY, "370202")

    (alert,) = (await api.get("/v1/alerts", headers=own)).json()
    assert (await api.get("/v1/alerts", headers=foreign)).json() == []
    for method, path in (
        ("GET", ""),
        ("PUT", "/acknowledgement"),
        ("POST", "/escalation"),
    ):
        answer = await api.request(method, f"/v1/alerts/{alert['id']}{path}", headers=foreign)
        assert answer.status_code == 404
        assert answer.json()["type"] == "urn:shaodian:problem:alert-not-found"
    assert (await api.put(f"/v1/alerts/{alert['id']}/acknowledgement", headers=own)).json()["status"] == "acknowledged"


async def test_the_bot_acts_only_for_the_address_it_presents(town: Town, api: httpx2.AsyncClient) -> None:
    first, second = await town.resident("王芳"), await town.resident("赵六")
    bot = {"Authorization": f"Bearer {town.house.bot_token}", "X-Shaodian-Address": f"webchat:{first.handle}"}
    report = {
        "instance_id": str(uuid4()),
        "form": "symptoms",
        "form_version": 1,
        "about": str(second.id),
        "answers": {"temperature": 36.5},
    }
    answer = await api.post("/v1/reports", headers=bot, json=report)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:shaodian:problem:not-your-family")
    assert (await api.get("/v1/alerts", headers=bot)).status_code == 401


async def test_wrong_answers_are_named_field_by_field_and_nothing_is_kept(town: Town, api: httpx2.AsyncClient) -> None:
    resident = await town.resident("王芳")
    bot = {"Authorization": f"Bearer {town.house.bot_token}", "X-Shaodian-Address": f"webchat:{resident.handle}"}
    place = {"text": "绿园区", "area": "220106", "detail": ""}
    leg = {
        "origin": place,
        "destination": place,
        "transport": "train",
        "departed_on": "2021-02-20",
        "arrived_at": "2021-01-01",
    }
    body = {"instance_id": str(uuid4()), "form": "travel", "form_version": 1, "answers": {"legs": [leg]}}

    answer = await api.post("/v1/reports", headers=bot, json=body)

    assert answer.status_code == 422
    assert [error["where"] for error in answer.json()["errors"]] == [
        "answers.legs.0.departed_on",
        "answers.legs.0.arrived_at",
    ]
    assert (await api.get("/v1/reports", headers=await token(town, Role.COUNTY, "370102"))).json() == []


async def test_the_same_form_instance_is_one_report(town: Town, api: httpx2.AsyncClient) -> None:
    resident = await town.resident("王芳")
    bot = {"Authorization": f"Bearer {town.house.bot_token}", "X-Shaodian-Address": f"webchat:{resident.handle}"}
    body = {"instance_id": str(uuid4()), "form": "symptoms", "form_version": 1, "answers": {"symptoms": ["fever"]}}

    first, again = [await api.post("/v1/reports", headers=bot, json=body) for _ in range(2)]

    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["id"], first.json()["outcome"]) == (again.json()["id"], again.json()["outcome"])
    assert again.json()["duplicate"] is True
    assert len((await api.get("/v1/reports", headers=await token(town, Role.COUNTY, "370102"))).json()) == 1
