"""An official's chat: enrolment, alerts taken and closed by buttons, checklist parts ticked."""

from uuid import UUID, uuid4

import pytest

from bot.buttons import alert_button, done_button
from tests.conversations.chat import Chat, an_alert, official


@pytest.fixture
def doctor() -> Chat:
    chat = Chat()
    chat.gateway.officials[chat.address] = official("王医生")
    return chat


async def test_an_invitation_enrols_once() -> None:
    chat = Chat()
    await chat.says("/start good-token-1")
    chat.sees("欢迎您，王医生")

    await chat.says("/start good-token-1")
    chat.sees("已经用过")
    await chat.says("/start made-up-token")
    chat.sees("邀请无效")


async def test_a_group_gives_its_code_and_is_heard_for_nothing_else(doctor: Chat) -> None:
    group = {"chat": {"id": -1005, "type": "supergroup"}, "message_thread_id": 7, "is_topic_message": True}

    await doctor.feed(doctor.message(text="/start good-code-1", **group))
    doctor.sees("已绑定：区指挥部群（历下区）")
    assert doctor.gateway.keys["good-code-1"] == "-1005/7"
    for text, words in (
        ("/start good-code-1", "已经绑定"),
        ("/start no", "绑定码无效"),
        ("/start made-up-1", "绑定码无效"),
    ):
        await doctor.feed(doctor.message(text=text, **group))
        doctor.sees(words)
    doctor.gateway.officials.clear()
    await doctor.feed(doctor.message(text="/start good-code-2", **group))
    doctor.sees("您还没有登记为工作人员")
    said = len(doctor.session.messages)
    await doctor.feed(doctor.message(text="今天发热38.5度", **group))
    assert len(doctor.session.messages) == said


async def test_an_alert_is_opened_taken_noted_and_closed(doctor: Chat) -> None:
    alert = an_alert()
    doctor.gateway.alerts[alert["id"]] = alert
    await doctor.says("/duty")
    await doctor.presses("历下区")
    doctor.sees("发热 38.2")
    doctor.sees("12 分钟后通知社区")
    await doctor.presses("我来处理")
    assert "由您处理" in "".join(doctor.session.toasts)
    await doctor.presses("备注")
    await doctor.says("10:20已电话联系")
    await doctor.presses("保存")
    assert alert["timeline"][0]["text"] == "10:20已电话联系"

    await doctor.presses("✅ 关闭", "已送发热门诊", "跳过", "关闭警报")
    doctor.sees("警报已关闭")
    assert (alert["status"], alert["outcome"]) == ("resolved", "sent_to_clinic")


async def test_a_closed_alert_says_so(doctor: Chat) -> None:
    alert = an_alert() | {"status": "resolved"}
    doctor.gateway.alerts[alert["id"]] = alert
    await doctor.says("/duty")
    await doctor.feed(doctor.press_of(alert_button("ack", UUID(alert["id"])), doctor.session.latest))

    assert "已经关闭" in doctor.session.toasts[-1]


async def test_an_alert_out_of_reach_is_not_found(doctor: Chat) -> None:
    await doctor.says("/duty")
    await doctor.feed(doctor.press_of(alert_button("ack", uuid4()), doctor.session.latest))

    assert "找不到" in doctor.session.toasts[-1]


async def test_assign_and_escalate(doctor: Chat) -> None:
    alert = an_alert()
    doctor.gateway.alerts[alert["id"]] = alert
    await doctor.says("/duty")
    await doctor.presses("历下区", "交给我", "通知上一级")

    me = doctor.gateway.officials[doctor.address]["id"]
    assert doctor.gateway.called(f"/v1/alerts/{alert['id']}/assignee") == [{"official_id": me}]
    assert doctor.gateway.called(f"/v1/alerts/{alert['id']}/escalation")


async def test_a_checklist_part_is_ticked_and_the_tick_taken_back(doctor: Chat) -> None:
    part = uuid4()
    await doctor.says("/duty")
    await doctor.feed(doctor.press_of(done_button(part), doctor.session.latest))
    doctor.sees("标记为完成")
    await doctor.presses("撤销")

    calls = [method for method, path, _, _ in doctor.gateway.calls if "checklist" in path]
    assert calls == ["PUT", "DELETE"]


async def test_the_way_into_the_console_comes_into_the_officials_own_chat(doctor: Chat) -> None:
    await doctor.says("/duty")
    await doctor.presses("控制台")

    doctor.sees("http://gateway/console/sign-in?token=x")


async def test_duty_is_for_officials() -> None:
    chat = Chat()
    await chat.says("/duty")

    chat.sees("值班人员")


def test_alert_buttons_keep_the_wire_format() -> None:
    alert_id = UUID("0b5c1d2e-3f40-4a5b-8c6d-7e8f90a1b2c3")

    assert alert_button("up", alert_id) == "al:up:0b5c1d2e3f404a5b8c6d7e8f90a1b2c3"
    assert done_button(alert_id) == "ck:done:0b5c1d2e3f404a5b8c6d7e8f90a1b2c3"
