"""Officials come in by invitations that work once and for a week, and sign in by links that work once."""

from datetime import timedelta

import pytest

from bot.errors import InvitationExpired, InvitationUsed, NotFound
from gateway.domain.kinds import Role
from gateway.errors import Forbidden
from gateway.services.officials import SignInFailed
from gateway.town import Town


async def invited(town: Town, area: str = "370102001") -> str:
    _, token = await town.house.officials.invite(name="陈医生", roles=(Role.DOCTOR,), area=area, by=None)
    return token


async def test_an_invited_official_hears_alerts_in_the_chat_the_link_was_opened_in(town: Town) -> None:
    chat = str(town.talking.pages.new_chat())
    official = await town.client.acting_for(f"webchat:{chat}").enrol(await invited(town))
    assert (official.name, official.roles) == ("陈医生", [Role.DOCTOR])

    resident = await town.resident("王芳", area="370102001")
    await resident.reports_symptoms("fever", temperature=38.2)

    assert [said.handle for said in town.said if "症状报告" in said.text] == [chat]


async def test_a_used_invitation_opens_nothing_more(town: Town) -> None:
    token = await invited(town)
    await town.client.acting_for("webchat:7000000000001").enrol(token)
    with pytest.raises(InvitationUsed):
        await town.client.acting_for("webchat:7000000000002").enrol(token)


async def test_an_invitation_expires_after_a_week(town: Town) -> None:
    token = await invited(town)
    town.clock.move_to(town.clock.now() + timedelta(days=7))
    with pytest.raises(InvitationExpired):
        await town.client.acting_for("webchat:7000000000001").enrol(token)


async def test_a_guessed_invitation_is_not_known(town: Town) -> None:
    with pytest.raises(NotFound):
        await town.client.acting_for("webchat:7000000000001").enrol("guessed-guessed-guessed")


async def test_nobody_invites_beyond_the_own_area(town: Town) -> None:
    desk = await town.official("区指挥部郑", Role.COUNTY, "370102")
    with pytest.raises(Forbidden):
        await town.house.officials.invite(name="x", roles=(Role.DOCTOR,), area="370202001", by=desk.official)


async def test_a_login_link_signs_in_once_and_for_a_quarter_of_an_hour(town: Town) -> None:
    desk = await town.official("区指挥部郑", Role.COUNTY, "370102")
    officials = town.house.officials
    first, late = await officials.login_link(desk.official.id), await officials.login_link(desk.official.id)

    _, cookie = await officials.sign_in_by_link(first)
    _, signed_in = await officials.session(cookie)

    assert signed_in.id == desk.official.id
    with pytest.raises(SignInFailed):
        await officials.sign_in_by_link(first)
    town.clock.move_to(town.clock.now() + timedelta(minutes=15))
    with pytest.raises(SignInFailed):
        await officials.sign_in_by_link(late)


async def test_an_idle_session_ends(town: Town) -> None:
    desk = await town.official("区指挥部郑", Role.COUNTY, "370102")
    officials = town.house.officials
    _, cookie = await officials.sign_in_by_link(await officials.login_link(desk.official.id))
    town.clock.move_to(town.clock.now() + timedelta(hours=12))
    with pytest.raises(SignInFailed):
        await officials.session(cookie)


async def test_self_harm_words_are_shown_only_to_those_told_of_them(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    police = await town.official("公安值班", Role.POLICE, "370102")
    health = await town.official("卫生值班", Role.HEALTH, "370102")
    site = await town.official("采样点", Role.SITE, "370102")
    expert = await town.official("专家", Role.EXPERT, "370102")

    await resident.gateway.heard("我不想活了", language="zh_Hans_CN", key="a-key-of-its-own")
    await town.quiet()

    assert len(await police.open_alerts()) == len(await health.open_alerts()) == 1
    assert await site.open_alerts() == await expert.open_alerts() == []
