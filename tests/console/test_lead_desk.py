"""The lead desk and a case's contacts in the browser: shown in both languages, and worked with few presses."""

from datetime import date

from gateway.domain.kinds import LeadPush, LeadState, Role
from gateway.schemas.contacts import ContactListIn, ContactRowIn
from gateway.schemas.leads import LeadListIn, LeadRowIn
from gateway.town import Town
from tests.console.conftest import SignIn

LIXIA = "370102001"


async def test_the_lead_desk_is_worked_from_its_pages(town: Town, sign_in: SignIn) -> None:
    police = await town.official("公安刘", Role.POLICE, "370102")
    known = {"destination": LIXIA, "grid": "1", "hukou": "local"}
    rows = [LeadRowIn(name="赵一", phone="13900001111", **known), LeadRowIn(name="无号", **known)]
    await town.house.leads.take(LeadListIn(push=LeadPush.BATCH, sender="市公安局", rows=rows), official=police.official)
    (lead,) = await town.house.leads.listed(official=police.official)
    browser = await sign_in(police)

    for language, wrong in (("zh_Hans_CN", "既没有手机号"), ("en", "neither a phone nor an ID number")):
        page = await browser.opens(f"/console/leads?lang={language}")
        assert "市公安局" in page.text
        assert "赵一" not in page.text  # the name stands on the lead's own page
        assert wrong in page.text
        assert "赵一" in (await browser.opens(f"/console/leads/{lead.lead.id}?lang={language}")).text

    answer = await browser.sends(f"/console/leads/{lead.lead.id}/outcome", outcome="reached", note="电话联系")
    assert answer.status_code == 200
    (closed,) = await town.house.leads.listed(official=police.official, states=(LeadState.CLOSED,))
    assert closed.lead.resident_id is not None
    assert "电话联系" in (await browser.opens(f"/console/leads/{lead.lead.id}")).text


async def test_a_case_s_contacts_are_marked_from_its_page(town: Town, sign_in: SignIn) -> None:
    health = await town.official("疾控钱", Role.HEALTH, "370102")
    patient = await town.resident("患者甲")
    case = await town.house.contacts.open_case(
        patient.id, positive_on=date(2021, 1, 15), onset_on=None, official=health.official
    )
    row = ContactRowIn(name="赵一", phone="13900001111")
    await town.house.contacts.list_contacts(case.id, ContactListIn(rows=[row]), official=health.official)
    await town.house.contacts.add_place(case.id, "泉城农贸市场", date(2021, 1, 12), official=health.official)
    (contact,) = (await town.house.contacts.case(case.id, official=health.official)).contacts
    browser = await sign_in(health)

    for language in ("zh_Hans_CN", "en"):
        assert "0/1" in (await browser.opens(f"/console/cases?lang={language}")).text
        page = await browser.opens(f"/console/cases/{case.id}?lang={language}")
        assert "泉城农贸市场" in page.text
        assert "赵*" in page.text

    answer = await browser.sends(f"/console/cases/{case.id}/contacts/{contact.contact.id}/measures", measure="traced")
    assert answer.status_code == 200
    (contact,) = (await town.house.contacts.case(case.id, official=health.official)).contacts
    assert contact.contact.traced_at == town.clock.now()
