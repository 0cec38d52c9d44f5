"""The events desk and the gates' look-up page, as an official uses them."""

import re

from gateway.domain.kinds import Role
from gateway.town import Town
from tests.console.conftest import SignIn

LIXIA = "370102001"


async def test_an_application_is_entered_decided_by_name_and_a_gate_is_asked(town: Town, sign_in: SignIn) -> None:
    await town.activate("sp-2021-01", area="3701")
    desk = await town.official("区社防办周", Role.COUNTY, "370102")
    await town.resident("王芳", area=LIXIA, phone="13800001234")
    browser = await sign_in(desk)
    assert "没有等待决定的申请" in (await browser.opens("/console/applications")).text

    entered = await browser.sends(
        "/console/applications", kind="wedding", on="2021-02-13", place="370102001", people="60", host="<b>李强</b>"
    )
    assert "等待审批" in entered.text and "经县级以上社防部门同意" in entered.text
    assert "&lt;b&gt;李强" in entered.text
    found = re.search(r"/console/applications/[0-9a-f-]{36}", str(entered.url))
    assert found
    listed = (await browser.opens("/console/applications")).text
    assert found[0] in listed and "60人" in listed

    own = {"verdict": "approve", "reason": "已查看场地", "filing_authority": "区卫健局郑"}
    assert "决定已记录" not in (await browser.sends(f"{found[0]}/decision", **own)).text
    colleague = await sign_in(await town.official("区社防办吴", Role.COUNTY, "370102"))
    unnamed = await colleague.sends(f"{found[0]}/decision", verdict="approve", reason="已查看场地")
    assert unnamed.status_code == 422
    approved = await colleague.sends(f"{found[0]}/decision", **own)
    assert "决定已记录" in approved.text and "区卫健局郑" in approved.text

    assert (await browser.opens("/console/gates")).status_code == 200
    answer = await browser.sends("/console/gates", question="work", number="13800001234", occupation="cold_chain")
    assert answer.status_code == 200
    travel = await browser.sends("/console/gates", question="travel", place="石家庄市", cadre="yes")
    assert "向单位负责同志报备批准" in travel.text
    english = await browser.opens("/console/applications?state=all", headers={"Cookie": "language=en"})
    assert english.status_code == 200
