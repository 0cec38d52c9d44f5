"""A report type made in the console: asked in chat and on the page, rung about, corrected, chased and renewed."""

import re
from uuid import UUID, uuid4

from httpx2 import Response

from gateway.domain.kinds import AddressId, AlertKind, ChannelName, Role
from gateway.domain.people import Address
from gateway.domain.report_types import TypeState
from gateway.domain.scopes import Scope
from gateway.services.duties import Told
from gateway.town import Desk, Neighbour, Town
from tests.console.conftest import Browser, SignIn

TOWNSHIP = "370102001"
LIXIA = "370102"
EDITOR = {
    "next_key": "3",
    "zh": "晨午检异常情况",
    "en": "",
    "cadence": "daily",
    "days": ["1", "2", "3", "4", "5", "6", "7"],
    "due": "16:00",
    "zero": "1",
    "ladder": "E-D-unit",
    "informs": ["township"],
    "named": "实验小学\n第二小学",
    "f.0.key": "f1",
    "f.0.kind": "count",
    "f.0.zh": "发热学生数",
    "f.0.en": "Pupils with fever",
    "f.0.event": "1",
    "f.0.owed": "1",
    "f.0.rings": "E-X",
    "f.0.from": "3",
    "f.1.key": "f2",
    "f.1.kind": "number",
    "f.1.zh": "剩余口罩",
    "f.1.unit_zh": "箱",
    "f.1.prefill": "last",
}
ROW = ("unit_en", "options", "below", "rings", "from", "event", "owed", "prefill", "unit_zh", "zh", "en")


def sheet(**changed: object) -> dict[str, object]:
    filled = {**EDITOR, **changed}
    numbers = {name.split(".")[1] for name in filled if name.startswith("f.")}
    return {**{f"f.{number}.{name}": "" for number in numbers for name in ROW}, **filled}


async def chatting(town: Town, desk: Desk) -> Neighbour:
    """The same official with a phone in hand."""
    chat = str(town.talking.pages.new_chat())
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        address = Address(AddressId(uuid4()), ChannelName.WEBCHAT, chat, official_id=desk.official.id)
        await work.addresses.add(address, now=town.clock.now())
    return Neighbour(town, desk.name, ChannelName.WEBCHAT, chat, None)  # type: ignore[arg-type]


async def put_in_force(browser: Browser, shown: Response) -> UUID:
    """The press under a preview: the version in force from then on."""
    version = UUID(str(shown.url).split("/report-types/")[1].split("/")[0])
    mark = re.search(r'name="mark" value="(\w+)"', shown.text)
    assert mark, shown.text
    answer = await browser.sends(f"/console/report-types/{version}/force", mark=mark.group(1))
    assert "已启用" in answer.text
    return version


async def test_two_schools_are_asked_what_no_notice_asks(town: Town, sign_in: SignIn) -> None:
    first = await town.unit("实验小学", area=f"{TOWNSHIP}005")
    second = await town.unit("第二小学", area=f"{TOWNSHIP}006")
    nurse = await town.official("校医", Role.UNIT_CONTACT, LIXIA, unit_id=first)
    other = await town.official("二小校医", Role.UNIT_CONTACT, LIXIA, unit_id=second)
    doctor = await town.official("社区医生", Role.DOCTOR, f"{TOWNSHIP}005")
    township = await town.official("街道值班", Role.TOWNSHIP, TOWNSHIP)
    county = await town.official("区指挥部", Role.COUNTY, LIXIA)
    phone = await chatting(town, nurse)
    desk = await sign_in(county)

    # what does not fit is said beside it, and nothing is kept; a row more is only drawn
    await desk.opens("/console/report-types/new")
    wrong = await desk.sends(
        "/console/report-types/new", press="save", **sheet(named="实验小学\n没有的学校", due="25:00", ladder="none")
    )
    assert wrong.status_code == 422 and "不是有效时间" in wrong.text
    wrong = await desk.sends("/console/report-types/new", press="save", **sheet(named="没有的学校", ladder="none"))
    assert "本地没有这条升级链" in wrong.text and "没有的学校" in wrong.text and "发热学生数" in wrong.text
    drawn = await desk.sends("/console/report-types/new", press="add", **sheet())
    assert drawn.text.count('id="question-') == 3 and 'value="f3"' in drawn.text
    assert "尚无自设报表" in (await desk.opens("/console/report-types")).text

    shown = await desk.sends("/console/report-types/new", press="preview", **sheet())
    assert "缺英文" in shown.text and "零报告" in shown.text and "发热学生数" in shown.text
    await put_in_force(desk, shown)
    assert "SD-3.4.1-b" in (await desk.opens("/console/report-types")).text  # the packs' own keep their rules

    # asked at the ladder's hours; one files by chat, over the threshold: the ladder rings at that minute
    await town.until("2021-01-15 08:01")
    town.clock.move_to(town.moment("2021-01-15 11:59"))
    await town.until("2021-01-15 12:30")
    assert other.times("晨午检") == ["01-15 08:00", "01-15 12:00"]
    await phone.presses("有情况")
    assert "发热学生数" in (await phone.sees())[-1]
    await phone.types("2.5")
    assert "整数" in (await phone.sees())[-1]
    await phone.types("5")
    await phone.types("12.5")
    await phone.types("跳过")
    assert "12.5 箱" in (await phone.sees())[-1]
    await phone.presses("✅ 发送")
    assert "报告已收到" in (await phone.sees())[-1]
    card = doctor.heard("发热学生数: 5", at="12:30").text
    assert "阈值3" in card.replace(" ", "") and "实验小学" in card

    # the other is silent to the cut-off of its own, and presses zero late
    town.clock.move_to(town.moment("2021-01-15 15:59"))
    await town.until("2021-01-15 16:01")
    town.clock.move_to(town.moment("2021-01-15 17:59"))
    await town.until("2021-01-15 18:05")
    assert other.times("晨午检")[2:] == ["01-15 16:00"]
    assert "第二小学" in township.heard("日报告未报", at="18:00").text
    late = await other.gateway.duty_reported(await key_of(town), zero=True, day=town.clock.now().date())
    assert late.late
    assert [one for one in await township.open_alerts() if one.kind is AlertKind.DUTY_MISSED] == []

    # the first corrects on the page, where its numbers stand; the old version stays with who and when
    school = await sign_in(nurse)
    page = (await school.opens("/console/duties")).text
    assert 'value="5"' in page and 'value="12.5"' in page
    key = await key_of(town)
    day = "2021-01-15"
    sent = {"told.f1": "2", "told.f2": "12.5", "day": day, "slot": ""}
    await school.sends(f"/console/duties/{key}/reports", **sent)
    bearer = re.search(
        rf"/console/duties/{key}/reports/([0-9a-f-]+)\?day", (await school.opens("/console/duties")).text
    )
    assert bearer
    history = (await school.opens(f"/console/duties/{key}/reports/{bearer.group(1)}?day={day}")).text
    assert "现行报告" in history and "已被替换" in history and history.count("校医") >= 2 and "第1版" in history
    town.clock.move_to(town.moment("2021-01-15 20:04"))
    await town.until("2021-01-15 20:05")
    assert "收到2/2，零报告1，有情况1" in township.heard("晨午检", at="20:05").text
    stranger = await sign_in(await town.official("青岛孙", Role.COUNTY, "370202"))
    assert (await stranger.opens(f"/console/duties/{key}/reports/{bearer.group(1)}?day={day}")).status_code == 404

    # a new version keeps what was reported, warns of the threshold that goes, and goes through only as it was shown
    desk = await sign_in(county)
    (version,) = await in_force(town)
    draft = await desk.sends(f"/console/report-types/{version}/renewal")
    second_version = UUID(str(draft.url).rsplit("/", 1)[-1])
    assert draft.text.count('id="question-') == 2
    changed = sheet(**{"f.0.key": "f2", "f.0.zh": "剩余口罩", "f.0.rings": "E-K", "f.0.from": "", "f.0.event": ""})
    changed |= {"f.0.kind": "number"}
    gone = {name: value for name, value in changed.items() if not name.startswith("f.1.")} | {"f.0.below": "10"}
    shown = await desk.sends(f"/console/report-types/{second_version}", press="preview", **gone)
    assert "原有报警阈值" in shown.text and "发热学生数" in shown.text
    stale = await desk.sends(f"/console/report-types/{second_version}/force", mark="0123456789abcdef")
    assert "重新预览" in stale.text and await in_force(town) == [version]
    mark = re.search(r'name="mark" value="(\w+)"', shown.text)
    assert mark
    await desk.sends(f"/console/report-types/{second_version}/force", mark=mark.group(1))
    assert await in_force(town) == [second_version]
    assert "发热学生数" in (await school.opens(f"/console/duties/{key}/reports/{bearer.group(1)}?day={day}")).text

    # next morning one press sends what was told last, as far as it is still asked
    town.clock.move_to(town.moment("2021-01-16 07:59"))
    await town.until("2021-01-16 08:05")
    await phone.presses("与上次相同")
    assert "与上次相同" in (await phone.sees())[-1]

    # and the county asks the missing by hand, each at most once an hour
    desk = await sign_in(county)
    answer = await desk.sends(f"/console/duties/{key}/nudge", day="2021-01-16", area=LIXIA)
    await town.quiet()
    assert "催报" in answer.text and other.times("晨午检")[-1] == "01-16 08:05"
    again = await desk.sends(f"/console/duties/{key}/nudge", day="2021-01-16", area=TOWNSHIP)
    assert "一小时内" in again.text
    await town.quiet()
    assert other.times("晨午检").count("01-16 08:05") == 1
    told = Told(key, values={"f2": 4})
    await town.house.duties.report_by_official(told, official=other.official)
    await town.quiet()
    assert "剩余口罩" in county.heard("力量储备不足", at="08:05").text
    drilled = (await desk.opens(f"/console/duties/{key}?day=2021-01-16&area={LIXIA}")).text
    assert "2 / 2" in drilled and "16.5" in drilled and TOWNSHIP in drilled

    # retired, it is asked for no more
    await desk.sends(f"/console/report-types/{second_version}/retirement")
    assert [one.duty for one in await other.gateway.duties()] == []
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        assert [one.next_at for one in await work.duties.rounds_of(key)] == [None]


async def key_of(town: Town) -> str:
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        return (await work.report_types.listed())[0].key


async def in_force(town: Town) -> list[UUID]:
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        return [one.id for one in await work.report_types.listed() if one.state is TypeState.IN_FORCE]
