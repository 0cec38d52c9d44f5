"""Days and times as people say them, on Saturday 21 November 2026, ten in the morning in Jinan."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forms.dates import Doubt, Leaning, read_moments, read_time, unclear
from bot.forms.journey_words import JourneyKind, read_journey
from bot.forms.numerals import read_number

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def days(text: str, leaning: Leaning = Leaning.PAST) -> list[str]:
    return [f"{moment.day:%m-%d}" for moment in read_moments(text, now=NOW, leaning=leaning)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("今天", ["11-21"]), ("昨天", ["11-20"]), ("前天", ["11-19"]), ("大前天", ["11-18"]), ("两天前", ["11-19"]),
        ("上周二", ["11-10"]), ("这周二", ["11-17"]), ("周二", ["11-17"]), ("上上周五", ["11-06"]),
        ("上个月5号", ["10-05"]),
        ("三周前", ["10-31"]), ("11月3号", ["11-03"]), ("十一月三号", ["11-03"]), ("１１月３日", ["11-03"]),
        ("18号", ["11-18"]),
        ("2026年11月3日", ["11-03"]), ("2026-11-03", ["11-03"]), ("2026/11/3", ["11-03"]), ("25/10", ["10-25"]),
        ("yesterday", ["11-20"]), ("the day before yesterday", ["11-19"]), ("two days ago", ["11-19"]),
        ("Tuesday last week", ["11-10"]), ("3 Nov", ["11-03"]), ("Nov 3rd", ["11-03"]),
        ("3rd of November 2026", ["11-03"]), ("last night", ["11-20"]), ("a week ago", ["11-14"]),
    ],
)  # fmt: skip
def test_a_day_is_understood(said: str, expected: list[str]) -> None:
    assert days(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("05/11", ["05-11", "11-05"]),
        ("周六", ["11-21", "11-14"]),
        ("last Friday", ["11-20", "11-13"]),
        ("last Tuesday", ["11-17", "11-10"]),
        ("24号", ["10-24", "11-24"]),
        ("1月5日", ["01-05", "01-05"]),
    ],
)
def test_what_may_mean_two_days_gives_both(said: str, expected: list[str]) -> None:
    assert days(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [("22号", ["11-22"]), ("后天", ["11-23"]), ("下周一", ["11-23"]), ("1月5日", ["01-05"]), ("in 3 days", ["11-24"])],
)
def test_an_announced_day_lies_ahead(said: str, expected: list[str]) -> None:
    assert days(said, Leaning.FUTURE) == expected


@pytest.mark.parametrize("said", ["", "不知道", "2月30日", "foo", "13月1日", "2026-02-30", "someday", "38度2"])
def test_what_is_no_day_is_no_day(said: str) -> None:
    assert days(said) == []


@pytest.mark.parametrize(
    ("said", "doubt"),
    [
        ("2月30日", Doubt.IMPOSSIBLE), ("昨天25点", Doubt.IMPOSSIBLE), ("Feb 30", Doubt.IMPOSSIBLE),
        ("腊月二十三", Doubt.LUNAR), ("初五", Doubt.LUNAR), ("Spring Festival", Doubt.LUNAR),
        ("前几天", Doubt.VAGUE), ("5号到8号", None), ("大概三天前", Doubt.VAGUE), ("昨天下午两三点", Doubt.VAGUE),
        ("Friday week", Doubt.VAGUE), ("end of January", Doubt.VAGUE),
        ("昨天", None), ("不知道", None),
    ],
)  # fmt: skip
def test_why_a_day_cannot_be_told_is_known(said: str, doubt: Doubt | None) -> None:
    found = unclear(said, now=NOW)
    assert (found.doubt if found else None) is doubt


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("22号下午三点半", ["15:30"]), ("昨晚8点20", ["20:20"]), ("早上七点一刻", ["07:15"]), ("中午十二点", ["12:00"]),
        ("15:30", ["15:30"]), ("下午3:30", ["15:30"]), ("3.30 pm", ["15:30"]), ("9 am", ["09:00"]),
        ("14时05分", ["14:05"]),
        ("三点半", ["15:30", "03:30"]), ("1月5日", []), ("noon", ["12:00"]), ("凌晨12点", ["00:00"]), ("25:70", []),
    ],
)  # fmt: skip
def test_a_time_is_understood_or_asked_back(said: str, expected: list[str]) -> None:
    assert [f"{at:%H:%M}" for at in read_time(said)] == expected


def test_the_whole_sentence_gives_the_whole_moment() -> None:
    (moment,) = read_moments("我22号下午三点半坐高铁从A区回济南", now=NOW, leaning=Leaning.FUTURE)

    assert moment.in_zone_of(NOW).isoformat() == "2026-11-22T15:30:00+08:00"


@given(st.text(max_size=60), st.sampled_from(list(Leaning)))
def test_no_words_break_the_grammar(said: str, leaning: Leaning) -> None:
    for moment in read_moments(said, now=NOW, leaning=leaning):
        assert isinstance(moment.day, date)
    read_number(said)
    read_journey(said, now=NOW)


@pytest.mark.parametrize(
    ("said", "expected"),
    [("38.2", 38.2), ("38,2", 38.2), ("38度2", 38.2), ("三十八度二", 38.2), ("38度半", 38.5), ("３８．２℃", 38.2),
     ("100.4 F", 38.0), ("36.5 到 37", None), ("很烫", None)],
)  # fmt: skip
def test_a_temperature_is_understood(said: str, expected: float | None) -> None:
    assert read_number(said) == expected


@pytest.mark.parametrize(
    ("said", "kind", "origin", "destination"),
    [
        ("我22号下午三点半坐高铁从A区回济南", JourneyKind.ARRIVAL, "A区", "济南"),
        ("明天坐G1234从上海到济南西站", JourneyKind.ARRIVAL, "上海", "济南西站"),
        ("打算后天回家", JourneyKind.ARRIVAL, None, None),
        ("上周二从北京朝阳区坐飞机回来的", JourneyKind.TRAVEL, "北京朝阳区", None),
        ("我昨天去了青岛", JourneyKind.TRAVEL, None, "青岛"),
        ("我妈妈去过长春市绿园区,1月5号回来的", JourneyKind.TRAVEL, None, "长春市绿园区"),
        ("I came back from Shanghai yesterday by train", JourneyKind.TRAVEL, "Shanghai", None),
        ("I will arrive in Jinan on the 22nd from Beijing by train", JourneyKind.ARRIVAL, "Beijing", "Jinan"),
        ("到家了", JourneyKind.ARRIVED, None, None),
        ("我已经到家了。", JourneyKind.ARRIVED, None, None),
        ("I'm home", JourneyKind.ARRIVED, None, None),
    ],
)
def test_a_journey_is_heard(said: str, kind: JourneyKind, origin: str | None, destination: str | None) -> None:
    journey = read_journey(said, now=NOW)

    assert journey is not None
    assert (journey.kind, journey.origin, journey.destination) == (kind, origin, destination)


@pytest.mark.parametrize(
    "said", ["谢谢", "今天很好", "头疼得厉害", "要不要去医院", "Can I go to work?", "I am at work", "发烧38.2"]
)
def test_what_is_no_journey_opens_none(said: str) -> None:
    assert read_journey(said, now=NOW) is None
