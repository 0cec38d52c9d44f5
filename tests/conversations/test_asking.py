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
