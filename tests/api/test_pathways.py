"""One person's way through the work over the API: laboratories, classes, ways of travel, discharges, passes."""

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from gateway.bootstrap import build_api
from gateway.domain.kinds import Role
from gateway.town import Town
from tests.api.test_results import followed_up, sample, token

SITE_FORGOTTEN = "2021-01-15T07:05:00"


@pytest.fixture
async def api(town: Town) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=build_api(town.house)), base_url="http://gateway")


async def answered(call: Any) -> Any:
    response = await call
    assert response.status_code in (200, 201), response.text
    return response.json()


async def test_a_person_is_followed_from_the_sample_to_the_pass(town: Town, api: httpx2.AsyncClient) -> None:
    resident, follow_up = await followed_up(town)
    site: Mapping[str, str] = await token(town)
    county: Mapping[str, str] = await token(town, role=Role.COUNTY)
    person = f"/v1/residents/{resident.id}"

    taken = await answered(api.post("/v1/results", json=sample(resident_id=str(resident.id)), headers=site))
    receipt = {"received_at": "2021-01-15T07:10:00+08:00", "laboratory": "市疾控"}
    (clock,) = await answered(api.put(f"/v1/results/{taken['id']}/receipt", json=receipt, headers=site))
    assert (clock["key"], clock["rules"], clock["done_at"]) == ("result", ["DEFAULT"], None)
    assert await answered(api.get("/v1/results/clocks", headers=site)) == [clock]
    without_offset = {**receipt, "received_at": SITE_FORGOTTEN}
    refused = await api.put(f"/v1/results/{taken['id']}/receipt", json=without_offset, headers=site)
    assert refused.status_code == 422
    report = {"number": "7", "reported_at": "2021-01-15T07:20:00+08:00"}
    nothing_to_report = await api.put(f"/v1/results/{taken['id']}/direct-report", json=report, headers=site)
    assert nothing_to_report.status_code == 409

    (listed,) = await answered(api.get(f"{person}/tests-asked", headers=county))
    assert (listed["key"], listed["rules"]) == ("key_area", ["SD-3.3.3-a"])
    way = await answered(api.get(f"{person}/pathway", headers=county))
    assert [stage["key"] for stage in way["stages"]][-1] == "isolation" and way["moments"][2]["at"] is not None

    moved = {"profile": "general_contact", "reason": "专家组研判", "anchors": {"last_exposure": "2021-01-13"}}
    moved["anchors"]["placement"] = "2021-01-15T07:20:00+08:00"
    plan = await answered(api.put(f"/v1/follow-ups/{follow_up.id}/class", json=moved, headers=county))
    assert plan["profile"] == "general_contact"
    assert (await api.put(f"/v1/follow-ups/{follow_up.id}/class", json=moved, headers=site)).status_code == 403

    drove = {"transport": "car", "arrived_at": "2021-01-15T07:00:00+08:00"}
    assert (await api.post(f"{person}/transfers", json=drove, headers=county)).status_code == 409
    judged = await answered(
        api.post(f"{person}/transfers", json={**drove, "released_on": "2021-01-10"}, headers=county)
    )
    assert (judged["to_decide"], judged["profile"]) == (True, "overseas_violator")

    left = {"leaving": "discharged", "left_at": "2021-01-15T07:00:00+08:00"}
    discharged = await answered(api.post(f"{person}/discharges", json=left, headers=site))
    assert discharged["follow_up_id"] and discharged["late"] is False
    brought = await api.post(f"{person}/discharges", json={**left, "leaving": "brought_back"}, headers=site)
    assert brought.status_code == 422

    assert (await answered(api.get(f"{person}/pass-basis", headers=county)))["basis"] is None
    result = sample(resident_id=str(resident.id), value="negative")
    await answered(api.post("/v1/results", json=result, headers=site))
    passes = await answered(api.get("/v1/pass-codes", headers=county))
    assert passes == [{"resident_id": str(resident.id), "basis": "negative"}]
    foreign = await token(town, area="110101", role=Role.COUNTY)
    for path in ("pathway", "tests-asked", "pass-basis"):
        assert (await api.get(f"{person}/{path}", headers=foreign)).status_code == 404
    assert (await api.get(f"/v1/results/{taken['id']}/clocks", headers=foreign)).status_code == 404
