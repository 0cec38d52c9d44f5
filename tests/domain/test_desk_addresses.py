"""When a group is spoken to, how much at once, and what administrators may paste."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.deliveries import in_parts, utf8_size
from gateway.domain.desk_addresses import SPREAD, DeskAddress, fitting, robot_pasted, spread
from gateway.domain.kinds import AddressId, ChannelName, Hears, Role

NOON = datetime(2021, 1, 15, 4, tzinfo=UTC)
KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"


def desk(**more: object) -> DeskAddress:
    given = {"robots": 1, **more}
    return DeskAddress(
        AddressId(UUID(int=1)),
        "370102",
        ChannelName.WECOM,
        "x",
        "群",
        "zh_Hans_CN",
        (Role.COUNTY,),
        (Hears.ALERTS,),
        NOON,
        **given,  # type: ignore[arg-type]
    )


@given(st.text(max_size=300), st.integers(12, 60))
def test_parts_fit_and_joined_are_the_text(text: str, room: int) -> None:
    parts = in_parts(text, room)
    assert "".join(parts) == text
    assert all(utf8_size(part) <= room for part in parts)


def test_a_text_is_cut_at_line_ends_and_never_inside_a_character() -> None:
    assert in_parts("一二\n三四\n五六", 14) == ["一二\n三四\n", "五六"]
    assert in_parts("👩‍⚕️" * 2, 14) == ["👩‍⚕️", "👩‍⚕️"]


def test_a_group_hears_the_first_at_once_and_the_rest_together_but_what_is_urgent_at_the_robots_pace() -> None:
    assert desk().next_turn(urgent=False) is None
    spoken = desk().spoken(NOON, left_over=False)
    assert spoken.next_turn(urgent=False) == NOON + timedelta(minutes=1)
    urgent, crowded = spoken.next_turn(urgent=True), desk().spoken(NOON, left_over=True).next_turn(urgent=False)
    assert urgent == crowded == NOON + timedelta(seconds=3.4)
    pool = desk(robots=2).spoken(NOON, left_over=True).next_turn(urgent=True)
    assert pool == NOON + timedelta(seconds=1.7)
    until = NOON + timedelta(minutes=10)
    assert spoken.refused("130101", NOON, until=until).next_turn(urgent=True) == until


def test_a_message_takes_as_many_lines_as_fit_and_at_least_one() -> None:
    assert fitting(["甲" * 10] * 5, 70) == ["甲" * 10] * 2
    (cut,) = fitting(["甲" * 100], 30)
    assert cut.endswith("…") and utf8_size(cut) <= 30


def test_daily_reports_are_spread_the_same_way_every_time() -> None:
    days = [spread(AddressId(UUID(int=one)), date(2021, 1, 15)) for one in range(50)]
    assert days == [spread(AddressId(UUID(int=one)), date(2021, 1, 15)) for one in range(50)]
    assert len(set(days)) > 30 and timedelta(0) <= min(days) and max(days) < SPREAD


@pytest.mark.parametrize(
    ("channel", "pasted", "to", "secret"),
    [
        ("dingtalk", f"https://oapi.dingtalk.com/robot/send?access_token={KEY}", KEY, None),
        ("dingtalk", f"  https://oapi.dingtalk.com/robot/send?access_token={KEY}  SEC123 ", KEY, "SEC123"),
        ("wecom", f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}", KEY, None),
        ("feishu", f"https://open.feishu.cn/open-apis/bot/v2/hook/{KEY} s3cret", KEY, "s3cret"),
        ("wecom", KEY, KEY, None),
        ("email", "desk@gateway.test", "desk@gateway.test", None),
        ("sms", "+8613800000000", "+8613800000000", None),
        ("apprise", "ntfy://example.test/topic", "ntfy://example.test/topic", None),
    ],
)
def test_what_a_product_shows_can_be_pasted_as_it_is(channel: str, pasted: str, to: str, secret: str | None) -> None:
    robot = robot_pasted(ChannelName(channel), pasted)
    assert robot is not None and (robot.to, robot.secret) == (to, secret)
    assert to not in repr(robot)


@pytest.mark.parametrize(
    ("channel", "pasted"),
    [
        ("dingtalk", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abcdefgh"),
        ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=../../x"),
        ("feishu", "https://open.feishu.cn/"),
        ("email", "desk@gateway.test,other@gateway.test"),
        ("email", "desk@gateway.test\tsecret"),
        ("sms", "police"),
        ("apprise", "not a service"),
        ("telegram", "-100500"),
        ("wecom", ""),
    ],
)
def test_what_it_does_not_show_is_not_taken(channel: str, pasted: str) -> None:
    assert robot_pasted(ChannelName(channel), pasted) is None
