"""Quiet hours as people say them; what is not clear is asked back."""

from datetime import time

import pytest

from bot.forms.wishes import Wish, read_quiet_hours, read_wish


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("晚上9点到早上8点别打扰我", (time(21), time(8))),
        ("22点至7点不要发消息", (time(22), time(7))),
        ("晚上12点到早上6点免打扰", (time(0), time(6))),
        ("晚上10点半到第二天早上7点免打扰", (time(22, 30), time(7))),
        ("quiet from 9 pm to 8 am", (time(21), time(8))),
        ("don't message me between 22:00 and 7:30", (time(22), time(7, 30))),
        ("quiet hours from 9 to 8", None),  # in the morning or in the evening?
        ("晚上不要吵我", None),
        ("do not disturb", None),
    ],
)
def test_hours_that_are_clear_are_taken_and_others_asked(said: str, hours: tuple[time, time] | None) -> None:
    assert read_wish(said) is Wish.QUIET
    assert read_quiet_hours(said) == hours


@pytest.mark.parametrize("said", ["别再发消息了", "stop sending me messages", "发烧38.2,晚上睡不着", "我晚上8点到济南"])
def test_other_words_are_not_taken_for_quiet_hours(said: str) -> None:
    assert read_wish(said) is not Wish.QUIET
