"""Duties over HTTP: a partner system reports for its units, reads who is missing, and enters what it saw."""

from collections.abc import AsyncIterator

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
    return {"Authorization": f"Bearer {await town.house.officials.create_token(name=area, role=role, area=area)}"}


async def test_a_day_of_units_over_http(town: Town, api: httpx2.AsyncClient) -> None:
    county, foreign = await token(town, Role.COUNTY, "370102"), await token(town, Role.COUNTY, "370202")
    units = {}
    for name in ("实验小学", "第二小学"):
        body = {"name": name, "kinds": ["school"], "area": "370102001"}
        units[name] = (await api.put("/v1/duty-bearers", headers=county, json=body)).json()["id"]
        assert (await api.put("/v1/duty-bearers", headers=county, json=body)).json()["id"] == units[name]
        assert (await api.put("/v1/duty-bearers", headers=foreign, json=body)).status_code == 403

    first = {"zero": True, "unit_id": units["实验小学"]}
    answers = [
        await api.post("/v1/duties/school_daily/reports", headers={**county, "Idempotency-Key": "k"}, json=first)
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [201, 201] and answers[0].json() == answers[1].json()
    for wrong, status in (
        ({**first, "values": {"ill": -1}}, 422),
        ({**first, "day": "2021-02-01"}, 422),
        ({**first, "unit_id": "6f1c1d4e-8a3b-4a52-9b64-2f7a7c1d9e10"}, 404),
    ):
        assert (await api.post("/v1/duties/school_daily/reports", headers=county, json=wrong)).status_code == status
    assert (await api.post("/v1/duties/nothing/reports", headers=county, json=first)).status_code == 404
    assert (await api.post("/v1/duties/school_daily/reports", headers=foreign, json=first)).status_code == 404

    (day,) = [one for one in (await api.get("/v1/duties", headers=county)).json() if one["duty"] == "school_daily"]
    assert day["roll_up"] == {"received": 1, "total": 2, "zero": 1, "events": 0, "missing": ["第二小学"]}
    assert "SD-3.4.1-b" in day["rules"]
    assert (await api.get("/v1/duties/school_daily/missing", headers=county)).json() == ["第二小学"]
    assert (await api.get("/v1/duties", headers=foreign)).json() == []


async def test_signals_and_registers_over_http(town: Town, api: httpx2.AsyncClient) -> None:
    health, foreign = await token(town, Role.HEALTH, "370102"), await token(town, Role.HEALTH, "370202")
    county = await token(town, Role.COUNTY, "370102")
    body = {"name": "康乐药店", "kinds": ["pharmacy"], "area": "370102001"}
    unit = (await api.put("/v1/duty-bearers", headers=county, json=body)).json()["id"]
    person = {"name": "周客", "phone": "13800000001", "symptoms": ["cough"], "medicine": "退烧药", "unit_id": unit}
    entry = await api.post("/v1/registers/symptoms/entries", headers=health, json=person)
    assert entry.status_code == 201 and entry.json()["stream"] == "retail_pharmacy"
    assert (await api.post("/v1/registers/symptoms/entries", headers=foreign, json=person)).status_code == 404
    path = f"/v1/register-entries/{entry.json()['id']}"
    assert (await api.put(path, headers=foreign, json={"outcome": "x"})).status_code == 404

    signal = {"stream": "environment", "area": "370102001"}
    assert (await api.post("/v1/early-warnings/signals", headers=health, json=signal)).status_code == 201
    assert (await api.post("/v1/early-warnings/signals", headers=foreign, json=signal)).status_code == 403
    unknown = {**signal, "stream": "rumours"}
    assert (await api.post("/v1/early-warnings/signals", headers=health, json=unknown)).status_code == 422
    view = (await api.get("/v1/early-warnings?area=370102001", headers=health)).json()
    assert {one["stream"]: one["count"] for one in view["streams"]}["environment"] == 1
    assert (await api.get("/v1/early-warnings?area=370102001", headers=foreign)).status_code == 403
