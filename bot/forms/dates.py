"""Dates and times as residents say them, in Chinese and English, on a given day in a given zone.

Nothing is guessed silently: what can mean two days is returned as two moments, likeliest first, and the form asks
which.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from bot.forms.numerals import arabic, english_number, plain


class Leaning(StrEnum):
    """Which way a question looks: an onset lies behind, an announced arrival lies ahead."""

    PAST = "past"
    FUTURE = "future"


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A day, and the time of day where one was said."""

    day: date
    at: time | None = None

    def in_zone_of(self, now: datetime) -> datetime:
        """The instant, in the zone of `now`; only for a moment with a time."""
        return datetime.combine(self.day, self.at or time(), tzinfo=now.tzinfo)


FAR = timedelta(days=200)  # a day without a year farther off than this may have been meant on the other side
NEAR = timedelta(days=7)

_WEEKDAYS_ZH = {"1": 0, "2": 1, "3": 2, "4": 3, "5": 4, "6": 5, "日": 6, "天": 6, "7": 6}
_WEEKDAYS_EN = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_RELATIVE = (
    # Longer words first: 大前天 contains 前天.
    *((words, -3) for words in ("大前天",)),
    *((words, 3) for words in ("大后天",)),
    *((words, -2) for words in ("前天", "前晚", "day before yesterday")),
    *((words, 2) for words in ("后天", "day after tomorrow")),
    *((words, -1) for words in ("昨天", "昨日", "昨晚", "昨夜", "yesterday", "last night")),
    *((words, 1) for words in ("明天", "明日", "明早", "明晚", "tomorrow")),
    *((words, 0) for words in ("今天", "今日", "今早", "今晚", "今晨", "现在", "刚才", "刚刚")),
    *((words, 0) for words in ("today", "this morning", "this afternoon", "this evening", "tonight", "just now")),
)
_MONTH_EN = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY_EN = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR_EN = r"(?:,?\s+(?P<year>(?:19|20)\d{2}))?"
_WEEKDAY_EN = r"(?P<weekday>mon|tue|wed|thu|fri|sat|sun)(?:day|s|sday|nesday|rsday|urday)?"

_FULL = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d{2})\s*(?:年|[-/.])\s*(?P<month>\d{1,2})\s*(?:月|[-/.])\s*(?P<day>\d{1,2})(?!\d)"
)
_MONTH_DAY_ZH = re.compile(r"(?:(?P<which>去年|今年|明年)\s*)?(?<!\d)(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})(?!\d)")
_OF_MONTH_ZH = re.compile(r"(?P<which>上个?月|本月|这个?月|下个?月)\s*(?P<day>\d{1,2})\s*[号日]?(?!\d)")
_DAY_ZH = re.compile(r"(?<![\d月])(?P<day>\d{1,2})\s*[号日](?!\d|线|楼|院|街|店|车|车厢|门)")
_AGO_ZH = re.compile(
    r"(?<!\d)(?P<count>\d{1,3})\s*个?(?P<unit>天|日|周|星期|礼拜)(?:多)?(?:之)?(?P<way>前|以前|后|以后)"
)
_WEEKDAY_ZH = re.compile(r"(?P<which>上上个?|上个?|这个?|本|下个?)?\s*(?:周|星期|礼拜)(?P<weekday>[1-7日天])")
_AGO_EN = re.compile(r"\b(?P<count>\d{1,3}|[a-z]+)\s+(?P<unit>day|week)s?\s+(?P<way>ago|from now)\b")
_IN_EN = re.compile(r"\bin\s+(?P<count>\d{1,3}|[a-z]+)\s+(?P<unit>day|week)s?\b")
_DAY_MONTH_EN = re.compile(rf"\b{_DAY_EN}\s+(?:of\s+)?{_MONTH_EN}{_YEAR_EN}\b")
_MONTH_DAY_EN = re.compile(rf"\b{_MONTH_EN}\s+{_DAY_EN}{_YEAR_EN}\b")
_OF_WEEK_EN = re.compile(rf"\b{_WEEKDAY_EN}\s+(?P<which>last|this|next)\s+week\b")
_NAMED_DAY_EN = re.compile(rf"\b(?:(?P<which>last|this|next|on)\s+)?{_WEEKDAY_EN}\b")
_NUMERIC = re.compile(
    r"(?<![\d.:])(?P<a>\d{1,2})\s*(?P<mark>[-/.])\s*(?P<b>\d{1,2})(?:\s*(?P=mark)\s*(?P<year>(?:19|20)\d{2}))?(?![\d:.])"
)

_CLOCK = re.compile(
    r"(?<![\d:])(?P<hour>\d{1,2})\s*[::]\s*(?P<minute>\d{2})(?::\d{2})?\s*(?P<half>am|pm|a\.m\.|p\.m\.)?(?![\d:])"
)
_HALF_EN = re.compile(r"(?<![\d:])(?P<hour>\d{1,2})(?:[.:](?P<minute>\d{2}))?\s*(?P<half>am|pm|a\.m\.|p\.m\.)(?![a-z])")
_HOUR_ZH = re.compile(
    r"(?<!\d)(?P<hour>\d{1,2})\s*[点时](?!间)(?:钟)?\s*(?:(?P<part>半|1刻|3刻|整)|(?P<minute>\d{1,2})\s*分?)?"
)
_MORNING = ("凌晨", "清晨", "早上", "早晨", "上午", "今早", "明早", "今晨", "in the morning", "this morning")
_AFTERNOON = (
    *("下午", "傍晚", "晚上", "夜里", "今晚", "昨晚", "明晚", "前晚"),
    *("in the afternoon", "in the evening", "this afternoon", "this evening", "tonight", "last night", "at night"),
)
_NOON = ("中午", "正午", "noon", "midday")
_MIDNIGHT = ("半夜12点", "午夜", "midnight")


def read_moments(text: str, *, now: datetime, leaning: Leaning = Leaning.PAST) -> tuple[Moment, ...]:
    """Every reading of the text, likeliest first: none when it holds no date, several when it must be asked back.

    A time without a day is a time today. `now` carries the zone in which today is today.
    """
    said = arabic(plain(text).lower())
    days = _days(said, now.date(), leaning)
    times = tuple(_times(_without_dates(said)))
    if not days and not times:
        return ()
    days = days or (now.date(),)
    moments = [Moment(day, at) for day in days for at in (times or (None,))]
    return tuple(dict.fromkeys(moments))


def read_time(text: str) -> tuple[time, ...]:
    """Every reading of a time of day; 3点 is both 03:00 and 15:00 until a part of the day is named."""
    said = arabic(plain(text).lower())
    bare = re.fullmatch(r"(\d{1,2})", said.strip())
    if bare and int(bare.group(1)) < 24:
        return tuple(_of_day(int(bare.group(1)), 0, said))
    return tuple(dict.fromkeys(_times(said)))


def names_a_day(text: str, *, now: datetime) -> bool:
    """Whether a day was said at all, as against a time of today."""
    return bool(_days(arabic(plain(text).lower()), now.date(), Leaning.PAST))


def _days(said: str, today: date, leaning: Leaning) -> tuple[date, ...]:
    for reader in (_relative, _full, _of_month, _month_day, _counted, _of_week, _named_day, _numeric, _day_of_month):
        days = reader(said, today, leaning)
        if days:
            return tuple(dict.fromkeys(days))
    return ()


def _relative(said: str, today: date, leaning: Leaning) -> list[date]:
    for words, offset in _RELATIVE:
        if words in said:
            return [today + timedelta(days=offset)]
    return []


def _full(said: str, today: date, leaning: Leaning) -> list[date]:
    match = _FULL.search(said)
    return _valid(int(match["year"]), int(match["month"]), int(match["day"])) if match else []


def _of_month(said: str, today: date, leaning: Leaning) -> list[date]:
    match = _OF_MONTH_ZH.search(said)
    if not match:
        return []
    step = -1 if match["which"].startswith("上") else 1 if match["which"].startswith("下") else 0
    year, month = divmod(today.year * 12 + today.month - 1 + step, 12)
    return _valid(year, month + 1, int(match["day"]))


def _month_day(said: str, today: date, leaning: Leaning) -> list[date]:
    match = _MONTH_DAY_ZH.search(said)
    if match and match["which"]:
        year = today.year + {"去年": -1, "今年": 0, "明年": 1}[match["which"]]
        return _valid(year, int(match["month"]), int(match["day"]))
    if match:
        return _without_year(int(match["month"]), int(match["day"]), today, leaning)
    match = _DAY_MONTH_EN.search(said) or _MONTH_DAY_EN.search(said)
    if not match:
        return []
    month, day = _MONTHS[match["month"]], int(match["day"])
    return _valid(int(match["year"]), month, day) if match["year"] else _without_year(month, day, today, leaning)


def _counted(said: str, today: date, leaning: Leaning) -> list[date]:
    match = _AGO_ZH.search(said) or _AGO_EN.search(said)
    backwards = match is not None and match["way"] in ("前", "以前", "ago")
    if match is None:
        match = _IN_EN.search(said)
    if match is None:
        return []
    count = english_number(match["count"])
    if count is None:
        return []
    days = count * (7 if match["unit"] in ("周", "星期", "礼拜", "week") else 1)
    return [today + timedelta(days=-days if backwards else days)]


def _of_week(said: str, today: date, leaning: Leaning) -> list[date]:
    monday = today - timedelta(days=today.weekday())
    match = _WEEKDAY_ZH.search(said)
    if match:
        day = monday + timedelta(days=_WEEKDAYS_ZH[match["weekday"]])
        which = match["which"] or ""
        if which.startswith("上上"):
            return [day - timedelta(days=14)]
        if which.startswith("上"):
            return [day - timedelta(days=7)]
        if which.startswith("下"):
            return [day + timedelta(days=7)]
        if which:
            return [day]
        return _bare_weekday(_WEEKDAYS_ZH[match["weekday"]], today, leaning)
    match = _OF_WEEK_EN.search(said)
    if not match:
        return []
    shift = {"last": -7, "this": 0, "next": 7}[match["which"]]
    return [monday + timedelta(days=_WEEKDAYS_EN[match["weekday"]] + shift)]


def _named_day(said: str, today: date, leaning: Leaning) -> list[date]:
    match = _NAMED_DAY_EN.search(said)
    if not match:
        return []
    weekday = _WEEKDAYS_EN[match["weekday"]]
    back = (today.weekday() - weekday) % 7 or 7
    if match["which"] == "last":
        latest = today - timedelta(days=back)
        # On a Wednesday "last Tuesday" is yesterday to some and eight days ago to others.
        return [latest, latest - timedelta(days=7)] if back == 1 else [latest]
    ahead = (weekday - today.weekday()) % 7 or 7
    if match["which"] == "next":
        first = today + timedelta(days=ahead)
        return [first, first + timedelta(days=7)] if ahead < 7 - today.weekday() else [first]
    return _bare_weekday(weekday, today, leaning)


def _bare_weekday(weekday: int, today: date, leaning: Leaning) -> list[date]:
    """周二 looks the way the question looks; on a Tuesday it may be today or a week off."""
    if leaning is Leaning.PAST:
        back = (today.weekday() - weekday) % 7
        return [today - timedelta(days=back)] if back else [today, today - timedelta(days=7)]
    ahead = (weekday - today.weekday()) % 7
    return [today + timedelta(days=ahead)] if ahead else [today, today + timedelta(days=7)]


def _numeric(said: str, today: date, leaning: Leaning) -> list[date]:
    """05/01 is the first of May to one reader and the fifth of January to another."""
    match = _NUMERIC.search(said)
    if not match:
        return []
    first, second = int(match["a"]), int(match["b"])
    found: list[date] = []
    for month, day in ((first, second), (second, first)):
        if match["year"]:
            found += _valid(int(match["year"]), month, day)
        else:
            found += _without_year(month, day, today, leaning)
    return found


def _day_of_month(said: str, today: date, leaning: Leaning) -> list[date]:
    match = _DAY_ZH.search(said)
    if not match:
        return []
    number = int(match["day"])
    near: list[date] = []
    for step in (-2, -1, 0, 1, 2):
        year, month = divmod(today.year * 12 + today.month - 1 + step, 12)
        near += _valid(year, month + 1, number)
    return _leaning_first(near, today, leaning)


def _without_year(month: int, day: int, today: date, leaning: Leaning) -> list[date]:
    near = [found for year in (today.year - 1, today.year, today.year + 1) for found in _valid(year, month, day)]
    return _leaning_first(near, today, leaning)


def _leaning_first(near: list[date], today: date, leaning: Leaning) -> list[date]:
    """The nearest day on the side the question looks to, and the other side's too when that one is much nearer."""
    if not near:
        return []
    behind = [day for day in near if day <= today]
    ahead = [day for day in near if day >= today]
    own, other = (behind[-1:], ahead[:1]) if leaning is Leaning.PAST else (ahead[:1], behind[-1:])
    if not own or not other or own == other:
        return own or other
    farther, nearer = abs(own[0] - today), abs(other[0] - today)
    if farther > FAR or (nearer <= NEAR and farther > 2 * NEAR):
        return own + other
    return own


def _valid(year: int, month: int, day: int) -> list[date]:
    try:
        return [date(year, month, day)]
    except ValueError:
        return []


def _without_dates(said: str) -> str:
    """The text without its day, so that the 5 of 1月5日 is never read as an hour."""
    for pattern in (_FULL, _OF_MONTH_ZH, _MONTH_DAY_ZH, _DAY_MONTH_EN, _MONTH_DAY_EN, _AGO_ZH, _AGO_EN, _DAY_ZH):
        said = pattern.sub(" ", said)
    return said


def _times(said: str) -> Iterator[time]:
    match = _CLOCK.search(said)
    if match:
        hour, minute = int(match["hour"]), int(match["minute"])
        if match["half"] or any(word in said for word in _AFTERNOON):
            yield from _of_day(hour, minute, said, half=match["half"])
        elif hour < 24 and minute < 60:
            yield time(hour, minute)
        return
    match = _HALF_EN.search(said)
    if match:
        yield from _of_day(int(match["hour"]), int(match["minute"] or 0), said, half=match["half"])
        return
    match = _HOUR_ZH.search(said)
    if match:
        minute = {"半": 30, "1刻": 15, "3刻": 45}.get(match["part"] or "", int(match["minute"] or 0))
        yield from _of_day(int(match["hour"]), minute, said)
        return
    if any(word in said for word in _MIDNIGHT):
        yield time(0, 0)
    elif any(word in said for word in _NOON):
        yield time(12, 0)


def _of_day(hour: int, minute: int, said: str, *, half: str | None = None) -> Iterator[time]:
    if hour == 24:
        hour = 0
    if hour > 23 or minute > 59:
        return
    if half:
        if 1 <= hour <= 12:
            yield time(hour % 12 + (12 if half.startswith("p") else 0), minute)
        return
    if any(word in said for word in _MORNING):
        yield time(hour % 12 if hour == 12 and "凌晨" in said else hour, minute)
    elif any(word in said for word in _AFTERNOON):
        yield time(hour + 12 if hour < 12 else hour, minute)
    elif any(word in said for word in _NOON):
        yield time(hour + 12 if hour < 4 else hour, minute)
    elif 1 <= hour <= 11:
        # A clock face shows every hour twice; the daytime one comes first.
        day, night = (hour, hour + 12) if hour >= 7 else (hour + 12, hour)
        yield time(day, minute)
        yield time(night, minute)
    else:
        yield time(hour, minute)
