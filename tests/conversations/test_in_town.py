"""The whole conversation on the real page transport, through the real gateway into the real record."""

from dataclasses import dataclass
from uuid import uuid4

from gateway.domain.kinds import ResultValue, Role, TestKind
from gateway.schemas.results import ResultIn
from gateway.town import Town


@dataclass
class Phone:
    """Somebody new at the page; presses the newest button whose label contains the words."""

    town: Town
    chat: int

    async def types(self, *texts: str) -> None:
        for text in texts:
            await self._submit(kind="text", text=text)

    async def presses(self, *labels: str) -> None:
        for label in labels:
            await self._press(label)

    async def _press(self, label: str) -> None:
        _, shown = await self.town.talking.pages.snapshot(self.chat)
        for message in reversed(shown):
            for button in (button for row in message.get("buttons") or () for button in row):
                if label in button["label"]:
                    await self._submit(kind="press", message=message["message"], data=button["data"])
                    return
        raise AssertionError(f"no button {label!r}: {shown[-1]}")

    async def _submit(self, **given: object) -> None:
        await self.town.talking.pages.submit(self.chat, client_id=uuid4().hex, **given)
        await self.town.quiet()

    async def screen(self) -> str:
        _, shown = await self.town.talking.pages.snapshot(self.chat)
        return "\n---\n".join(str(message["html"]) for message in shown[-4:])

    async def sees(self, words: str) -> None:
        seen = await self.screen()
        assert words in seen, seen


async def newcomer(town: Town, language: str) -> Phone:
    phone = Phone(town, town.talking.pages.new_chat())
    await phone.types("/start")
    await phone.presses(language)
    return phone


async def test_a_newcomer_tells_everything_on_the_page_and_the_doctor_hears_of_it(town: Town) -> None:
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    phone = await newcomer(town, "简体中文")
    await phone.presses("是")
    await phone.types("张桂兰", "13800138000", "济南市历下区解放路街道")
    await phone.sees("几号楼几室")
    await phone.presses("跳过", "跳过", "跳过", "保存")
    await phone.sees("已经保存")

    await phone.presses("菜单", "旅行史", "是")
    await phone.types("吉林省长春市绿园区", "济南市历下区", "前天", "昨天下午三点半")
    await phone.presses("火车")
    await phone.types("G1234")
    await phone.presses("跳过", "跳过", "否", "发送")
    await phone.sees("谢谢您")

    await phone.presses("菜单", "居住史")
    await phone.types("济南市历下区")
    await phone.presses("自己家")
    await phone.types("上周二")
    await phone.presses("是", "否", "发送")
    await phone.sees("谢谢您")
    await phone.presses("菜单", "接触史", "否", "发送")
    await phone.sees("谢谢您")

    await phone.types("发烧38.2,咳嗽两天")
    await phone.presses("跳过", "发送")
    await phone.sees("发热门诊")
    doctor.heard("症状报告")


async def test_an_arrival_is_announced_in_english(town: Town) -> None:
    phone = await newcomer(town, "English")
    await phone.presses("Yes")
    await phone.types("Anna Wang", "13800138001", "济南市历下区解放路街道")
    await phone.presses("Skip", "Skip", "Skip", "Save")
    await phone.types("I will arrive in Jinan tomorrow at 3:30 pm from Changchun by train")
    await phone.sees("Coming back or coming here")
    await phone.presses("Skip", "Skip", "Send")
    await phone.sees("has arrived. Reference")


async def test_danger_is_answered_first_and_home_is_reported_with_one_tap(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    phone = Phone(town, int(resident.handle))
    await phone.types("我不想活了")
    assert "没太听懂" not in await phone.screen()

    await phone.types("到家了")
    await phone.presses("发送")
    await phone.sees("谢谢您")
    await phone.types("/stop")
    await phone.presses("停止发消息")
    await phone.sees("不会再主动给您发消息")


async def test_every_test_is_read_in_the_chat_and_ones_own_word_is_marked_as_that(town: Town) -> None:
    site = await town.official("采样点赵", Role.SITE, "370102")
    resident = await town.resident("王芳", area="370102001")
    phone = Phone(town, int(resident.handle))
    await phone.types("我的检测结果")
    await phone.sees("还没有检测记录")

    for day, value in enumerate([ResultValue.NEGATIVE] * 9 + [None], start=1):
        await town.house.results.record(
            ResultIn(
                resident_id=resident.id,
                test=TestKind.NAT,
                sampled_at=town.moment(f"2021-01-{day:02} 09:00"),
                value=value,
                site="历下区人民医院",
            ),
            official=site.official,
        )
    await town.quiet()
    await phone.types("我昨天下午三点做了核酸，结果是阴性")
    await phone.presses("跳过", "跳过", "发送")
    await phone.presses("菜单", "我的安排", "我的检测结果")
    seen = await phone.screen()
    assert seen.index("尚未确认") < seen.index("结果未出") < seen.index("阴性 · 历下区人民医院")
    await phone.presses("更多")
    await phone.sees("1月1日")
