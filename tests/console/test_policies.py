"""A pack on its pages and over the API: brought as a file, looked at, put in force by name, plans decided about."""

import re
from datetime import date

import pytest
from httpx2 import ASGITransport, AsyncClient

from gateway.bootstrap import build_api
from gateway.domain.kinds import ActivationId, Role
from gateway.services.policy_changes import AlreadyInForce
from gateway.town import Town
from tests.console.conftest import SignIn
from tests.journeys.test_policy_changes import activated, brought, jinan, placed


def with_its_own_sentence(content: bytes) -> bytes:
    """A city's notice that no catalogue knows: the pack brings the sentence it was read from."""
    said = "quotes: {JN-1-a: {document: jinan-2021-01, clause: 一, quote: 密切接触者集中隔离10天, english: Ten days}}\n"
    cited = content.replace(b"{days: 10}", b"{source: [JN-1-a], days: 10}")
    assert cited != content
    return cited + said.encode()


async def test_a_file_becomes_a_preview_and_then_the_rules_in_force(town: Town, sign_in: SignIn) -> None:
    city = await town.official("市指挥部", Role.CITY, "3701")
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    resident, _ = await placed(town, doctor, "王芳", since="2021-01-10 09:00")
    desk = await sign_in(city)
    await desk.opens("/console/policies")

    sent = await desk.client.post(
        "/console/policies",
        data={"csrf": desk.csrf},
        files={"file": ("jn-2021-01.yaml", with_its_own_sentence(jinan(10)), "application/yaml")},
        headers={"Origin": "http://127.0.0.1:8000"},
        follow_redirects=True,
    )
    assert sent.status_code == 200, sent.text
    assert "<svg" in sent.text and "1月24日星期日" in sent.text and "1月20日星期三" in sent.text
    assert "preboard.cert_hours" in sent.text, "what stays off is named"
    path = sent.url.path
    off = re.findall(r'name="accepts_off" value="([^"]+)"', sent.text)
    refused = await desk.sends(f"{path}/activation", accepts_off=off[:-1])
    assert "逐项确认" in refused.text
    done = await desk.sends(f"{path}/activation", accepts_off=off)
    assert "已启用" in done.text and "济南市2021年1月要求" in done.text
    await town.quiet()

    doctors = await sign_in(doctor)
    waiting = await doctors.opens("/console/policy-decisions")
    (change,) = re.findall(r'name="changes" value="([^"]+)"', waiting.text)
    assert "王*" in waiting.text or "王＊" in waiting.text, "masked"
    after = await doctors.sends("/console/policy-decisions", changes=[change], decision="confirm", reason="三次阴性")
    assert "已确认" in after.text and 'name="changes"' not in after.text
    plan = (await resident.calls("GET", "/v1/me/plan", {})).json()["plans"][-1]
    why = plan["periods"][0]["rules"]
    assert [(one["id"], one["quote"]) for one in why] == [("JN-1-a", "密切接触者集中隔离10天")], (
        "its own, word for word"
    )
    assert (await doctors.opens("/console/policies")).status_code == 200
    assert (await doctors.opens(path)).status_code == 403

    # What is to come into force later can be taken back until then; what is in force cannot.
    later = await brought(town, city, jinan(7, version=2))
    coming = await activated(town, city, later, since=date(2021, 1, 17))
    page = await desk.opens("/console/policies")
    assert f"/console/policy-activations/{coming.id}/withdrawal" in page.text
    assert (await doctors.sends(f"/console/policy-activations/{coming.id}/withdrawal")).status_code == 403
    back = await desk.sends(f"/console/policy-activations/{coming.id}/withdrawal")
    assert "已撤回，该规定不会生效" in back.text and "市指挥部" in back.text
    await town.until("2021-01-17 00:01")
    now_in_force = await town.house.packs.in_force_at("370102001")
    assert (now_in_force.id, now_in_force.version) == ("jn-2021-01", 1)
    standing = await town.house.policy_changes.standing(official=city.official)
    first = next(one for one in standing if one.activation.pack_version == "1" and one.activation.area == "3701")
    with pytest.raises(AlreadyInForce):
        await town.house.policy_changes.withdraw(ActivationId(first.activation.id), official=city.official)


async def test_the_api_previews_activates_and_lists_what_waits(town: Town) -> None:
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    await placed(town, doctor, "王芳", since="2021-01-10 09:00")
    officials = town.house.officials
    tokens = {
        "city": await officials.create_token(name="市平台", role=Role.CITY, area="3701"),
        "doctor": await officials.create_token(name="社区平台", role=Role.DOCTOR, area="370102001"),
    }
    by = {name: {"Authorization": f"Bearer {token}"} for name, token in tokens.items()}
    app = build_api(town.house)
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://gateway/v1/policy") as client:
        bad = await client.post("packs", params={"name": "x.yaml"}, content=b"pack: {id: x", headers=by["city"])
        assert bad.status_code == 422
        assert (await client.post("packs", params={"name": "x"}, content=b"", headers=by["doctor"])).status_code == 403
        version = (await client.post("packs", params={"name": "jn.yaml"}, content=jinan(10), headers=by["city"])).json()
        preview = (await client.post("previews", json={"pack": version["hash"]}, headers=by["city"])).json()
        assert (preview["plans"], preview["changed"], preview["waiting"], preview["told"]) == (1, 1, 1, 0)
        refused = await client.post("activations", json={"pack": version["hash"]}, headers=by["city"])
        assert refused.status_code == 409 and "preboard.cert_hours" in refused.text
        off = [one["value"] for one in preview["off"]]
        body = {"pack": version["hash"], "accept_off": off}
        made = await client.post("activations", json=body, headers=by["city"] | {"Idempotency-Key": "1"})
        again = await client.post("activations", json=body, headers=by["city"] | {"Idempotency-Key": "1"})
        assert (made.status_code, again.json()["id"]) == (201, made.json()["id"])
        assert made.json()["figures"]["shortens"] == 1
        (one,) = (await client.get("decisions", headers=by["doctor"])).json()
        decision = {"changes": [one["id"]], "confirm": False, "reason": "等待结果"}
        assert (await client.post("decisions", json=decision, headers=by["doctor"])).json() == {"decided": 1}
        assert (await client.get("decisions", headers=by["doctor"])).json() == []


async def test_an_english_reader_finds_the_same_pages(town: Town, sign_in: SignIn) -> None:
    city = await town.official("City", Role.CITY, "3701", language="en")
    doctor = await town.official("Doctor", Role.DOCTOR, "370102001", language="en")
    await placed(town, doctor, "Wang", since="2021-01-10 09:00")
    await activated(town, city, await brought(town, city, jinan(21)))
    page = await (await sign_in(city)).opens("/console/policies")

    assert "Rules in force" in page.text and "1 plan · 1 moved · 1 person told" in page.text
    assert "code:" not in page.text
