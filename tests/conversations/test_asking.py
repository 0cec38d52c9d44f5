"""Questions to the gates in chat, on the real page transport, through the real gateway."""

import pytest

from gateway.domain.kinds import Occupation, Role
from gateway.town import Town
from tests.conversations.test_in_town import Phone

LIXIA = "370102001"


@pytest.mark.rule("SD-3.3.5-b", "SD-3.3.5-g")
async def test_a_resident_asks_in_her_own_words_and_with_buttons(town: Town) -> None:
    community = await town.official("社区周", Role.COMMUNITY, LIXIA)
    owner = await town.official("名单负责人孙", Role.LIST_OWNER, "37")
    listed = "province,city,county,place,level\n河北省,石家庄市,桥西区,友谊街道甲小区,medium\n"
    draft = await town.house.risk_lists.import_("list.csv", listed.encode(), official=owner.official)
    await town.house.risk_lists.confirm(draft.row.id, official=owner.official)
    resident = await town.resident("王芳", area=LIXIA)
    phone = Phone(town, int(resident.handle))

    await phone.types("我今天可以上班吗")
    await phone.sees("您的工作属于下面哪一类吗")
    await phone.presses("冷链食品")
    await phone.sees("不得上岗工作")
    await town.house.gates.set_occupation(resident.id, Occupation.COLD_CHAIN, holds=True, official=community.official)
    await phone.types("今天能上岗吗")
    await phone.sees("⛔ 不可以")

    await phone.types("我可以去石家庄桥西区吗")
    await phone.sees("尽量避免前往中、高风险地区")
    await phone.presses("确有必要")
    await phone.sees("回来前先报备")
    await phone.types("能聚餐吗")
    await phone.sees("减少外出活动和人群聚集")
    await phone.types("隔离结束了吗")
    await phone.sees("您没有登记在隔离或健康监测中")


@pytest.mark.rule("SP-2.3.1-a", "SP-2.3.1-d")
async def test_an_organiser_asks_and_applies_in_the_chat(town: Town) -> None:
    await town.activate("sp-2021-01", area="3701")
    county = await town.official("区社防办周", Role.COUNTY, "370102")
    resident = await town.resident("李强", area=LIXIA, language="en")
    phone = Phone(town, int(resident.handle))

    await phone.types("Can we hold a wedding for 49 guests?")
    await phone.sees("✅ Yes")
    await phone.types("能办50人的婚礼吗")
    await phone.sees("needs the approval of the county level")
    await phone.presses("Ask to hold it")
    await phone.types("13 February")
    await phone.presses("Lixia")
    await phone.presses("No")
    await phone.types("Li Qiang")
    await phone.presses("Skip", "Send")
    await phone.sees("waiting for a decision")
    county.heard("婚礼", at="2021-01-15 07:20")


async def test_my_plan_says_which_test_is_next_and_who_pays(town: Town) -> None:
    county = await town.official("区指挥部郑", Role.COUNTY, "370102")
    for name, language, list_said, next_said, payer in (
        ("王芳", "zh_Hans_CN", "您在应检人员名单中", "下次：核酸检测", "费用由政府承担"),
        (
            "Anna",
            "en",
            "You are on the list of people to be tested",
            "Next: Nucleic acid test (swab)",
            "The government pays",
        ),
    ):
        resident = await town.resident(name, area=LIXIA, language=language)
        phone = Phone(town, int(resident.handle))
        await town.house.follow_ups.place(
            resident.id,
            profile="key_area",
            anchors={"included_at": town.clock.now()},
            reason="登记",
            official=county.official,
        )
        await phone.types("/plan")
        await phone.sees(list_said)
        await phone.sees(next_said)
        await phone.sees(payer)


async def test_who_comes_by_plane_from_abroad_says_when_the_certificate_was_sampled(town: Town) -> None:
    resident = await town.resident("李强", area=LIXIA, language="en")
    phone = Phone(town, int(resident.handle))
    await phone.types("I will arrive in Lixia tomorrow at 3:30 pm from Changchun by plane")
    await phone.presses("Skip")
    await phone.sees("when was the sample taken for the certificate")
    await phone.types("yesterday at 9 am")
    await phone.presses("Skip", "Send")
    await phone.sees("has arrived. Reference")
    community = await town.official("社区周", Role.COMMUNITY, LIXIA)
    (report,) = await town.house.reports.of_resident(resident.id, official=community.official)
    assert report.body is not None and report.body["answers"]["certificate_at"].startswith("2021-01-14T09:00")
