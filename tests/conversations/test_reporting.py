"""From the first hello to a finished report, in both languages, with every slip of the finger on the way."""

from uuid import UUID

import pytest

from bot.buttons import CheckInButton
from bot.errors import NotDelivered
from tests.conversations.chat import Chat, Gateway, MemoryDrafts, Screen, agreed


@pytest.fixture
def chat() -> Chat:
    return Chat()


@pytest.fixture
def resident(chat: Chat) -> Chat:
    chat.gateway.residents[chat.address] = agreed()
    return chat


async def test_a_newcomer_consents_tells_who_they_are_and_reports_everything_in_chinese(chat: Chat) -> None:
    await chat.says("/start")
    chat.sees("请选择语言")
    await chat.presses("简体中文")
    chat.sees("您同意吗")
    await chat.presses("是")
    chat.sees("姓名")
    for answer in ("张桂兰", "138 0013 8000", "济南"):
        await chat.says(answer)
    chat.sees("请再写上区")
    await chat.says("济南市历下区")
    await chat.presses("跳过", "跳过", "跳过", "保存")
    chat.sees("已经保存")
    assert chat.gateway.residents[chat.address]["name"] == "张桂兰"

    await chat.presses("菜单", "旅行史", "是")
    await chat.says("长春市绿园区")
    await chat.presses("山东省济南市历下区")
    await chat.says("1月5日")
    await chat.says("前天下午三点半")
    await chat.presses("火车")
    await chat.says("G1234")
    await chat.presses("跳过", "跳过", "否")
    chat.sees("2021年1月5日星期二")
    await chat.presses("发送")
    chat.sees("实行14天居家健康管理")
    leg = chat.report.answers["legs"][0]
    assert (leg["origin"]["area"], leg["destination"]["area"]) == ("220106", "370102")
    assert (leg["departed_on"], leg["arrived_at"], leg["number"]) == (
        "2021-01-05",
        "2021-01-10T15:30:00+08:00",
        "G1234",
    )

    await chat.presses("菜单", "居住史", "山东省济南市历下区", "自己家")
    await chat.says("上周二")
    await chat.presses("是", "否", "发送")
    assert chat.report.form == "residence"

    await chat.presses("菜单", "接触史", "否", "发送")
    assert chat.report.answers == {"contacts": []}

    await chat.presses("菜单", "身体情况", "发热", "咳嗽", "选好了")
    await chat.says("38度2")
    await chat.says("昨天")
    await chat.presses("跳过", "发送")
    chat.sees("发热门诊")
    chat.sees("已经告诉网格员")
    assert chat.report.answers["symptoms"] == ["fever", "cough"]
    assert (chat.report.answers["temperature"], chat.report.answers["onset"]) == (38.2, "2021-01-11")
    assert len(chat.gateway.reports) == 4


async def test_the_same_in_english() -> None:
    chat = Chat(language_code="en")
    await chat.says("/start")
    await chat.presses("English")
    chat.sees("Do you agree?")
    await chat.presses("Yes")
    for answer in ("Anna Wang", "+44 7700 900123", "Lixia 历下"):
        await chat.says(answer)
    await chat.presses("Skip", "Skip", "Skip", "Save")
    chat.sees("Thank you, Anna Wang")

    await chat.presses("Menu", "Journeys", "Yes")
    for answer in ("Changchun", "Jinan", "last Tuesday", "yesterday at 3:30 pm", "by train", "G1234", "5 12A"):
        await chat.says(answer)
    await chat.presses("Skip", "No")
    chat.sees("Tuesday, January 5, 2021")
    await chat.presses("Send")
    chat.sees("has arrived. Reference: R-0001")

    await chat.presses("Menu", "How I feel")
    await chat.says("cough and fever")
    for answer in ("100.8 F", "two days ago", "I feel weak"):
        await chat.says(answer)
    await chat.presses("Send")
    assert chat.report.answers == {
        "symptoms": ["fever", "cough"], "temperature": 38.2, "onset": "2021-01-10", "words": "I feel weak",
    }  # fmt: skip


async def test_free_words_open_the_right_form_and_are_confirmed(resident: Chat) -> None:
    await resident.says("发烧38.2,咳嗽两天,上周去过中风险地区")
    await resident.presses("跳过")
    resident.sees("38.2 ℃")
    resident.sees("2021年1月10日星期日")
    await resident.presses("发送", "说说行程")

    assert resident.report.said == "发烧38.2,咳嗽两天,上周去过中风险地区"
    assert resident.report.answers["temperature"] == 38.2
    resident.sees("最近14天,有没有离开过本区县".replace(",", "，"))


async def test_an_announced_journey_is_looked_up_and_confirmed(resident: Chat) -> None:
    await resident.says("我22号下午三点半坐高铁从鼓楼区回济南")
    resident.sees("好几个地方")
    await resident.presses("福建省福州市鼓楼区")
    await resident.presses("跳过", "跳过", "发送")

    answers = resident.report.answers
    assert resident.report.form == "arrival"
    assert (answers["origin"]["area"], answers["destination"]["area"]) == ("350102", "3701")
    assert (answers["arrives_at"], answers["transport"]) == ("2021-01-22T15:30:00+08:00", "train")


async def test_home_at_last_needs_one_tap(resident: Chat) -> None:
    await resident.says("到家了")
    await resident.presses("发送")

    assert resident.report.form == "arrived"
    assert resident.report.answers == {"at": "2021-01-12T10:00:00+08:00"}


async def test_all_well_needs_one_tap(resident: Chat) -> None:
    await resident.says("/checkin")
    await resident.presses("是")

    assert resident.report.answers["well"] is True
    resident.sees("R-0001")


async def test_words_said_before_consent_are_taken_up_after_it(chat: Chat) -> None:
    await chat.says("我发烧38.5")
    chat.sees("您同意吗")
    await chat.presses("是")

    chat.sees("从哪一天开始")


async def test_whoever_does_not_agree_leaves_nothing_behind(chat: Chat) -> None:
    await chat.says("/start")
    await chat.presses("简体中文", "否")

    chat.sees("什么都没有保存")
    assert not chat.gateway.residents and not chat.drafts.kept


async def test_a_double_tap_and_a_redelivered_update_make_one_report(resident: Chat) -> None:
    await resident.says("/checkin")
    await resident.presses("否", "咳嗽", "选好了", "跳过")
    data, number = resident.button("发送")
    press = resident.press_of(data, number)

    await resident.feed(press)
    await resident.feed(press)
    await resident.feed(resident.press_of(data, number))

    assert len(resident.gateway.reports) == 1
    assert len(resident.gateway.called("/v1/reports")) == 1
    assert "R-0001" in resident.session.toasts[-1]


async def test_a_report_whose_answer_was_lost_is_sent_again_as_the_same_report(resident: Chat) -> None:
    await resident.says("/checkin")
    await resident.presses("否", "咳嗽", "选好了", "跳过")
    resident.drafts.overtaken = 1  # the answer could not be kept: as after a crash, the update is worked again
    await resident.presses("发送")

    assert len(resident.gateway.called("/v1/reports")) == 2
    assert len(resident.gateway.reports) == 1
    resident.sees("R-0001")


async def test_every_update_twice_gives_the_same_answers(resident: Chat) -> None:
    for text in ("/checkin",):
        await resident.says(text)
    for label in ("否", "咳嗽", "选好了"):
        data, number = resident.button(label)
        press = resident.press_of(data, number)
        await resident.feed(press)
        await resident.feed(press)
        await resident.feed(resident.press_of(data, number))
    said = resident.message(text="37.9")
    await resident.feed(said)
    await resident.feed(said)
    await resident.presses("发送")

    assert resident.report.answers == {"well": False, "symptoms": ["cough"], "temperature": 37.9}


async def test_an_unfinished_form_goes_on_after_a_restart_of_everything(resident: Chat) -> None:
    await resident.says("/checkin")
    await resident.presses("否", "咳嗽")
    resident.restarts()
    await resident.presses("选好了")
    resident.restarts()
    await resident.says("37.9")
    resident.sees("37.9 ℃")


async def test_an_unfinished_form_is_offered_again_in_the_menu(resident: Chat) -> None:
    await resident.says("/checkin")
    await resident.presses("否", "咳嗽")
    await resident.says("/menu")
    await resident.presses("继续填")

    resident.sees("有哪些不舒服")
    await resident.presses("选好了")
    resident.sees("体温是多少")


async def test_an_old_button_changes_nothing(resident: Chat) -> None:
    await resident.says("/checkin")
    old, number = resident.button("否")
    await resident.presses("否", "咳嗽", "选好了")

    await resident.feed(resident.press_of(old, number))

    assert "已经过去" in resident.session.toasts[-1]
    resident.sees("体温是多少")


async def test_somebody_elses_button_changes_nothing(resident: Chat) -> None:
    other = Chat(gateway=resident.gateway, drafts=resident.drafts, user_id=77)
    other.gateway.residents[other.address] = agreed("李强")
    await other.says("/checkin")
    theirs, number = other.button("是")
    await resident.says("/checkin")

    await resident.feed(resident.press_of(theirs, number))

    assert "另一份表" in resident.session.toasts[-1]
    assert not resident.gateway.reports


@pytest.mark.parametrize("data", ["f:zzz", "f:00000000:x:yes", "zz:1", "al:ack:nonsense", "m:nothing", "p:why:x:"])
async def test_a_button_nobody_drew_is_answered_kindly(resident: Chat, data: str) -> None:
    await resident.says("/menu")
    await resident.feed(resident.press_of(data, max(resident.session.messages)))

    assert resident.session.toasts[-1]


async def test_one_tap_says_that_all_is_well_and_leaves_an_open_form_alone(resident: Chat) -> None:
    await resident.says("/help")
    reminder = max(resident.session.messages)
    await resident.says("/checkin")
    await resident.presses("否")
    for _ in range(2):  # a trembling finger
        await resident.feed(resident.press_of("ci:", reminder))
    assert "已经收到" in resident.session.messages[reminder].text
    assert [kept["report"].answers for kept in resident.gateway.reports.values()] == [{"well": True}]

    await resident.presses("咳嗽")
    resident.sees("请点选所有符合的")
    await resident.feed(resident.press_of("ci:nobody", reminder))
    assert len(resident.gateway.reports) == 1 and resident.session.toasts[-1]


async def test_a_photo_where_words_are_expected(resident: Chat) -> None:
    await resident.says("/checkin")
    await resident.presses("否", "咳嗽", "选好了")
    await resident.sends_photo()

    resident.sees("看不了图片")
    resident.sees("体温是多少")
    await resident.says("/cancel")
    await resident.sends_photo()
    resident.sees("现在不需要照片")
    assert not resident.gateway.called("/v1/me/attachments")  # it stays where it is


async def test_a_photo_of_the_slip_belongs_to_the_result(resident: Chat) -> None:
    await resident.says("/menu")
    await resident.presses("更多", "检测结果", "核酸")
    await resident.says("昨天上午9点")
    await resident.presses("阴性", "跳过")
    await resident.sends_photo(b"GIF89a")
    resident.sees("这张图片打不开")
    await resident.sends_photo()
    await resident.presses("发送")

    assert resident.gateway.called("/v1/me/attachments") == [b"GIF89a", b"\xff\xd8\xffjpeg"]
    assert UUID(resident.report.answers["photo"].removeprefix("attachment:"))
    assert resident.report.answers["sampled_at"] == "2021-01-11T09:00:00+08:00"


@pytest.mark.parametrize("said", ["字" * 4097, "😀😀", "\x00\x07", "a\ud83d", "{name} {0}", "/nonsense", "%s"])
async def test_strange_words_never_end_the_conversation(resident: Chat, said: str) -> None:
    await resident.says(said)
    await resident.says("/profile")
    await resident.says(said)
    await resident.presses("取消")

    resident.sees("已取消")


async def test_back_change_and_cancel(resident: Chat) -> None:
    await resident.says("/checkin")
    await resident.presses("否", "咳嗽", "选好了", "返回")
    resident.sees("有哪些不舒服")
    await resident.presses("发热", "选好了")
    await resident.says("37.0")
    await resident.presses("✏️ 体温")
    await resident.says("38.0")
    resident.sees("38 ℃")
    resident.sees("症状：发热、咳嗽")
    await resident.presses("取消")

    resident.sees("什么都没有发送")
    assert not resident.gateway.reports and not resident.drafts.kept


async def test_for_whom_switches_to_a_family_member(resident: Chat) -> None:
    await resident.says("/family")
    await resident.says("李奶奶")
    await resident.presses("爷爷奶奶", "跳过", "跳过", "保存")
    await resident.says("/checkin")
    resident.sees("为谁填的")
    await resident.presses("李奶奶", "是")

    assert str(resident.report.about) == resident.gateway.residents[resident.address]["family"][0]["id"]


async def test_danger_is_answered_before_the_form_goes_on(resident: Chat) -> None:
    await resident.says("/checkin")
    await resident.presses("否", "咳嗽", "选好了")
    before = max(resident.session.messages)
    await resident.says("我不想活了")

    assert resident.session.messages[before + 1].text == "热线 12320"
    resident.sees("体温是多少")


async def test_danger_outside_a_form_gets_no_small_talk(resident: Chat) -> None:
    await resident.says("我不想活了")

    assert resident.screen.text == "热线 12320"


async def test_every_free_word_is_heard_by_the_gateway(resident: Chat) -> None:
    await resident.says("今天天气不错")

    assert [heard["text"] for heard in resident.gateway.called("/v1/heard")] == ["今天天气不错"]
    resident.sees("没太听懂")


async def test_when_the_gateway_is_away_the_press_waits_and_the_person_is_told_once(resident: Chat) -> None:
    await resident.says("/checkin")
    await resident.presses("否", "咳嗽", "选好了", "跳过")
    press = resident.press_of(*resident.button("发送"))
    resident.gateway.fails = 6
    for _ in range(2):  # the transport keeps the update and works it again
        with pytest.raises(NotDelivered):
            await resident.feed(press)
    await resident.feed(press)

    assert len(resident.gateway.reports) == 1
    resident.sees("R-0001")


async def test_whoever_writes_while_the_gateway_is_away_is_told_once(resident: Chat) -> None:
    message = resident.message(text="我发烧38.2")
    resident.gateway.fails = 12
    for _ in range(2):
        with pytest.raises(NotDelivered):
            await resident.feed(message)
    resident.gateway.fails = 0
    await resident.feed(message)

    told = [screen for screen in resident.session.messages.values() if "什么都没有丢" in screen.text]
    assert len(told) == 1
    resident.sees("从哪一天开始")


async def test_a_report_the_gateway_stumbles_over_can_be_sent_again(resident: Chat) -> None:
    await resident.says("/checkin")
    await resident.presses("否", "咳嗽", "选好了", "跳过")
    resident.gateway.stumbles = 1
    await resident.presses("发送")
    resident.sees("暂时没有送达")
    await resident.presses("发送")

    assert len(resident.gateway.reports) == 1


async def test_a_short_interruption_is_not_even_noticed(resident: Chat) -> None:
    await resident.says("/checkin")
    resident.gateway.fails = 2
    await resident.presses("是")

    resident.sees("R-0001")


async def test_my_plan_says_what_when_and_why(resident: Chat) -> None:
    await resident.says("/plan")
    resident.sees("没有需要您做的事")
    await resident.says("/checkin")
    await resident.presses("是", "菜单", "我的安排")
    resident.sees("核酸检测")
    resident.sees("1月13日周三 18:00")
    resident.sees("暂定")
    resident.sees("您在应检人员名单中")
    resident.sees("下次：核酸检测")
    resident.sees("费用由政府承担")
    await resident.presses("为什么")

    resident.sees("实行14天居家健康管理")
    resident.sees("SD-3.3.2-m")


async def test_changing_the_language(resident: Chat) -> None:
    await resident.says("/language")
    await resident.presses("English")
    resident.sees("English")
    assert resident.gateway.residents[resident.address]["language"] == "en"


async def test_stopping_and_deleting(resident: Chat) -> None:
    await resident.says("/stop")
    await resident.presses("停止发消息")
    assert resident.gateway.called("/v1/me/stop")
    await resident.says("/stop")
    await resident.presses("删除我的数据", "全部删除")

    resident.sees("已删除")
    assert resident.address not in resident.gateway.residents


async def test_blocking_the_chat_is_reported_at_once(resident: Chat) -> None:
    user = {"id": 42, "is_bot": True, "first_name": "bot"}
    member = {"user": user, "status": "member"}
    moved = {
        "chat": {"id": 42, "type": "private"}, "from": resident._user(), "date": 1,
        "old_chat_member": member, "new_chat_member": {"user": user, "status": "kicked", "until_date": 0},
    }  # fmt: skip
    await resident.feed({"update_id": 900, "my_chat_member": moved})

    assert resident.gateway.called("/v1/addresses") == [{"channel": "telegram", "handle": "42", "state": "blocked"}]


async def test_the_web_chat_speaks_with_its_own_address() -> None:
    chat = Chat(gateway=Gateway(), drafts=MemoryDrafts(), channel="webchat", user_id=7000000123)
    await chat.says("/start")

    assert {address for _, _, address, _ in chat.gateway.calls} == {"webchat:7000000123"}


async def test_all_well_pressed_twice_on_one_reminder_is_one_report(resident: Chat) -> None:
    """Also where the second press comes from another phone, before the reminder was redrawn there."""
    said = len(resident.gateway.reports)
    for reminder in (501, 501, 502):
        resident.session.messages.setdefault(reminder, Screen("How are you today?", {}))
        await resident.feed(resident.press_of(CheckInButton().pack(), reminder))
    assert len(resident.gateway.reports) == said + 2
