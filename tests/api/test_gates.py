"""Gates, leads and controls over HTTP, asked the wrong way."""

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


async def test_somebodys_number_is_posted_and_stands_in_no_address(town: Town, api: httpx2.AsyncClient) -> None:
    county = await token(town, Role.COUNTY, "370102")
    await town.resident("王芳", phone="13812345678")
    asked = {"number": "13812345678"}
    assert (await api.get("/v1/gates/work", headers=county, params=asked)).status_code == 422
    told = await api.post("/v1/gates/work", headers=county, json=asked)
    assert (told.status_code, told.json()["question"]) == (200, "work")


async def test_a_time_without_an_offset_and_a_nul_are_no_fault_of_ours(town: Town, api: httpx2.AsyncClient) -> None:
    county = await token(town, Role.COUNTY, "370102")
    naive = {"push": "police", "sender": "公安", "pushed_at": "2021-01-15T07:00:00", "rows": [{"phone": "13900000000"}]}
    assert (await api.post("/v1/lead-lists", headers=county, json=naive)).status_code == 422
    asked = {"boards_at": "2021-01-15T07:00:00+08:00", "certificate_at": "2021-01-14T07:00:00"}
    assert (await api.get("/v1/gates/come", headers=county, params=asked)).status_code == 422
    named = {"area": "370102001", "unit_kind": "building", "name": "明珠\x00小区5号楼"}
    made = await api.post("/v1/controls", headers=county, json=named)
    assert made.status_code < 500
    assert "\x00" not in made.text
