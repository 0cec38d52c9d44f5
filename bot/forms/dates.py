# ruff: noqa: E501 - a pattern reads better unbroken
"""Dates and times as residents say them, in Chinese and English, on a given day in a given zone.

Nothing is guessed silently: what can mean two days is returned as two moments, likeliest first, and the form asks
which. What names a day that cannot be told (a lunar day, 「前几天」, 2月30日) gives no moment, and `unclear` says why.

The text is read by a list of patterns, the most telling first; what one has read is hidden from those after it, so that
the 5 of 1月5日 is never also the 5th, nor an hour.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from bot.forms.numerals import arabic, english_number, plain


class Leaning(StrEnum):
    """Which way a question looks: an onset lies behind, an announced arrival lies ahead; a unit's day may do either."""

    PAST = "past"
    FUTURE = "future"
    EITHER = "either"


class Doubt(StrEnum):
    """Why a day that was spoken of cannot be told."""

    IMPOSSIBLE = "impossible"  # 2月30日, 25:70
    LUNAR = "lunar"  # 腊月二十三, 除夕
    VAGUE = "vague"  # 前几天, end of January, 5号到8号


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A day, and the time of day where one was said."""

    day: date
    at: time | None = None

    def in_zone_of(self, now: datetime) -> datetime:
        """The instant, in the zone of `now`; only for a moment with a time."""
        return datetime.combine(self.day, self.at or time(), tzinfo=now.tzinfo)


@dataclass(frozen=True, slots=True)
class Unclear:
    """`words` are those of the text that leave the doubt, as they were read."""

    doubt: Doubt
    words: str

    @property
    def impossible(self) -> bool:
        return self.doubt is Doubt.IMPOSSIBLE


FAR = timedelta(days=200)  # a day without a year farther off than this may have been meant on the other side
NEAR = timedelta(days=7)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Asked:
    now: datetime
    leaning: Leaning

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def monday(self) -> date:
        return self.today - timedelta(days=self.today.weekday())


@dataclass(frozen=True, slots=True)
class _Mention:
    """A day spoken of, and where. A bare weekday also agrees with a date that falls on it: Tuesday, January 5."""

    start: int
    end: int
    days: tuple[date, ...]
    at: time | None = None
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class _Clock:
    """`late`: after midnight, but told as part of the night before: 昨晚12点, last night at one."""

    at: time
    late: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    mentions: tuple[_Mention, ...]
    clocks: tuple[_Clock, ...]
    unclear: Unclear | None


_WEEKDAYS_ZH = {"1": 0, "2": 1, "3": 2, "4": 3, "5": 4, "6": 5, "日": 6, "天": 6, "7": 6}
_WEEKDAYS_EN = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "twenty-first": 21, "twenty-second": 22,
    "twenty-third": 23, "twenty-fourth": 24, "twenty-fifth": 25, "twenty-sixth": 26, "twenty-seventh": 27,
    "twenty-eighth": 28, "twenty-ninth": 29, "thirtieth": 30, "thirty-first": 31,
}  # fmt: skip

_HIDDEN = "\x1f"  # what has been read; `plain` lets no such character through
_MONTH_EN = (
    r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?\b\.?"
)
_DAY_EN = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR_EN = (
    r"(?:(?:,\s*|\s+|-)(?P<year>(?:19|20)\d{2})(?!\d)|,?\s+'?(?P<short>(?:19|2\d))(?![\d:]|\s*[ap]\.?m|st|nd|rd|th))?"
)
_WHICH_YEAR_EN = r"(?:,?\s+(?:of\s+)?(?P<which>last|this|next)\s+year)?"
_WEEKDAY_EN = (
    r"(?P<weekday>mon(?=day)|tue(?=s?\b|sday)|wed(?=s\b|nesday|ensday)|thu(?=r?s?\b|rsday)|fri(?=\b|day)"
    r"|sat(?=urday)|sun(?=day)|(?P<brief>mon|wed|sat|sun)\b)(?:s?day|nesday|ensday|rsday|urday|rs?|s)?\b\.?"
)
_COUNT_EN = r"(?P<count>\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen)"
_ORDINAL = re.compile(
    r"\b("
    + "|".join(sorted(_ORDINALS, key=len, reverse=True)).replace("-", "[- ]")
    + r")\b(?!\s+(?:time|day|dose|test))"
)

# -- what is said of the calendar that we do not keep, or of no one day

_LUNAR = re.compile(
    r"农历|阴历|旧历|腊月|冬月|正月|除夕|大年|春节|过年|元宵|端午|中秋|重阳|七夕|腊[八8]|小年"
    r"|(?<![最当年月])初\s*(?:\d{1,2})(?!\d|中|级)|年初\d{1,2}(?!\d|月|日|号)|(?<![\d今去明前每])年\s?(?:2\d|30)(?!\d|月)"
    r"|\b(?:chinese|lunar) new year(?:'?s)?(?: (?:eve|day))?|\bspring festival|\blantern festival|\bmid-?autumn|\bdragon boat"
)
_FEW = "[1-9一二两三四五六七八九十几好]"
_RANGES = (
    # Before the numerals are rewritten: 三四天 would become 34天.
    re.compile(
        r"(?<![一二两三四五六七八九十\d])[一二两三四五六七八九]{2}(?=[天周日点时号]|个?(?:星期|礼拜|月|小时))(?:天|周|日|点|时|号)?"
    ),
    re.compile(rf"(?:{_FEW}|十)[几来多]\s*(?:天|日|周|个?星期|个?礼拜|个?月)|[几数]个?(?:天|日|周|星期|礼拜|月|小时)"),
)
_SMALL_EN = "one|two|three|four|five|six|seven|eight|nine|ten"
_ALTERNATIVES = (
    re.compile(r"(?<!\d)\d{1,2}\s*[、,~～/和或到至\-—]\s*\d{1,2}\s*[号日](?![线楼院街店])"),
    re.compile(r"(?<![\d.])\d{1,2}\s*(?:-|~|–|to|or|到|至|或)\s*(?:\d{1,2})\s*(?:天|周|个|days?\b|weeks?\b)"),
    re.compile(rf"\b(?:{_SMALL_EN})\s+(?:or|to)\s+(?:{_SMALL_EN})\s+(?:days?|weeks?|months?)\b"),
    re.compile(
        rf"\b{_MONTH_EN}\s+{_DAY_EN}\s*(?:\bor\b|\band\b|\bto\b|-|–|&|/)\s*(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?(?![\d:])"
    ),
    re.compile(
        rf"\b\d{{1,2}}(?:st|nd|rd|th)?\s*(?:\bor\b|\band\b|\bto\b|-|–|&)\s*(?:the\s+)?{_DAY_EN}\s+(?:of\s+)?{_MONTH_EN}"
    ),
    re.compile(r"[一二两三四五六七八九十\d]个?半?(?:天|日|周|星期|礼拜)多[之以]?[前后]"),
    re.compile(r"\b(?:a )?week (?:ago|from)(?: on)? (?:next |last )?(?:mon|tue|wed|thu|fri|sat|sun)\w*"),
    re.compile(r"(?:去|前|明)年的?今[天日]|\b(?:tomorrow|today|\w+day) week\b"),
    re.compile(r"每(?:个)?(?:天|周|星期|月)|\bevery (?:day|week|month|mon|tue|wed|thu|fri|sat|sun)"),
    re.compile(r"\b(?:between|either)\b|\bnot (?:yesterday|today|tomorrow|last|on)\b|\bthe day before(?! yesterday)"),
)
_BEFORE = re.compile(r"(?:大概|大约|约|差不多|记不清|\b(?:around|about|roughly|approximately|circa|approx\.?|before|after|since))"
                     r"(?:\s*(?:是|在|the))*\s*$")  # fmt: skip
_AFTER = re.compile(r"^\s*(?:左右|前后|上下|[之以]?[前后](?![天日晚夜])|or so\b|or thereabouts)")
_VAGUE = re.compile(
    r"(?:上+个?|下+个?|这个?|本)?(?:周末|双休日?)|(?:上+个?|下+个?|这个?|本)(?:周|星期|礼拜)|(?:上+个?|下+个?|这个?|本)月(?:[初底末中]|[上中下]旬)?"
    r"|(?<![\d个])\d{1,2}月(?:份|初|底|末|中旬?|上旬|下旬)?(?!\d)|月[初底末中]|[上中下]旬|年[初底末前后]|(?:去|今|明|前)年"
    r"|半个?(?:多)?(?:月|年)|\d+个?半?多?(?:月|年|星期|礼拜)?多?[之以]?[前后]"
    r"|前(?:几|两|2|些|1?段|1?阵|不久)|[过再]\s*(?:几|两|2|\d|1?段|1?阵)|最近|近期|近来|这几天|这两天|这2天|这些天|好多?几?天"
    r"|很?久[以之]?前|[以之]前|跨年|新年|国庆|劳动节|中秋|清明|冬至|放假|寒假|暑假|假期|当天|那天|第2天|次日|隔天|改天|下次|回头"
    r"|\b(?:last|this|next|the|past|coming|previous)\s+(?:week(?:end)?|month|year)|\bweekend\b|\bthe other day|\brecently|\blately"
    r"|\b(?:few|several|some|couple(?: of)?|many)\s+(?:days|weeks|months)|\bmonths?\s+ago|\byears?\s+ago|\bdays? (?:before|after|later|earlier)"
    r"|\bthe (?:day before|day after|next day|previous day|same day)|\bsoon\b|\blater\b|\bsometime|\bthe holidays?\b"
    r"|\bnew year\b|\bboxing day|\beaster\b|\bthanksgiving|\bnational day|\blabou?r day|\b(?:one|some|other) day\b"
    r"|\b(?:end|start|beginning|middle|early|mid|late)\b[- ](?:of\s+)?(?:the\s+)?(?:this |last |next )?(?:month|week|year|"
    + "|".join(_MONTHS)
    + r")|\b(?:january|february|april|june|july|august|september|october|november|december)\b"
    r"|\bin (?:" + "|".join(_MONTHS) + r")\b|\bin (?:may|march)\b|^(?:may|march|" + "|".join(_MONTHS) + r")\.?$"
)
_HOLIDAY_ZH = re.compile(
    r"(?:^|[^\d一二三四五六七八九十月点])(?:十一|五一)(?=$|期间|假期|长假|放假|那|的时候|节|前|后|当天|回)"
)

# -- days

_HOURS_ZH = re.compile(
    r"(?<![\d.])(?P<count>\d{1,3})?\s*个?(?P<half>半)?个?(?:多)?\s*(?P<unit>小时|钟头|分钟)(?:[之以]?(?P<way>前|后))"
)
_HOURS_EN = re.compile(
    rf"\b(?P<in>in\s+)?(?:{_COUNT_EN}\s+(?P<unit>hour|hr|minute|min)s?|(?P<half>half an hour|half hour))"
    r"(?:\s+(?P<way>ago|from now|later))?\b"
)
_COMPACT = re.compile(r"(?<!\d)(?P<year>20[12]\d)(?P<month>0[1-9]|1[0-2])(?P<day>[0-2]\d|3[01])(?!\d)")
_FULL = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)?\d{2})\s*年\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})(?!\d)\s*[日号]?"
    r"|(?<![\d.])(?P<year2>(?:19|20)\d{2})\s*(?:[-/.,年]|\s)\s*(?P<month2>\d{1,2})\s*(?:[-/.,月]|\s)\s*(?P<day2>\d{1,2})(?!\d)[日号]?"
)
_MONTH_DAY_ZH = re.compile(
    r"(?:(?P<which>去年|今年|明年|前年)的?\s*)?(?<!\d)(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})(?!\d)\s*[日号]?(?!天|个)"
    r"|(?<![\d.])(?P<month2>\d{1,2})[./-](?P<day2>\d{1,2})[日号](?![线楼院街店])"
)
_OF_MONTH_ZH = re.compile(
    r"(?P<which>上+个?月|本月|这个?月|当月|下+个?月)的?\s*(?P<day>\d{1,2})(?!\d)\s*[号日]?(?![\d天个次])"
)
_DAY_ZH = re.compile(
    r"(?<![\d月./-])(?P<day>\d{1,2})\s*[号日](?!\d|线|楼|院|街|店|车|车厢|门|游|公寓|宿舍|房|仓|出口|口|桌|柜|机|港|大街|路)"
)
_AGO_ZH = re.compile(
    r"(?<![\d.])(?P<count>\d{1,3})\s*个?(?P<unit>天|日|周|星期|礼拜)\s*(?:[之以]?(?P<way>前|后))(?![天日])"
)
_WEEKDAY_ZH = re.compile(
    r"(?<![\d每])(?P<which>上+个?|这个?|本|下+个?)?\s*(?:周|星期|礼拜)(?P<weekday>[1-7日天])(?!\d|次)"
)
_RELATIVE_ZH = re.compile(
    r"(?P<great>大*)(?P<word>前|后)(?:天|日(?!子)|晚|夜|儿)|(?P<near>昨|今|明)(?:天|日|儿|晚|夜|晨|早|上午|下午|中午|午)"
    r"|现在|此刻|这会儿?|刚(?:才|刚|到|回|下|进|来)"
)
_RELATIVE_EN = re.compile(
    r"\b(?:(?P<twice>day before yesterday)|(?P<after>day after tomorrow)"
    r"|(?P<back>yest[eu]r?d[ae]y|yesterady|last night)|(?P<ahead>tom+or+ow|tmr|tmrw|tmw)"
    r"|today|tonight|this (?:morning|afternoon|evening)|just now|right now|now(?! and))\b"
)
_COUNTED_FROM_EN = re.compile(
    rf"\b{_COUNT_EN}\s+(?P<unit>day|week)s?\s+(?P<way>before|after|from|ago)\s+(?P<base>yesterday|today|tomorrow)\b"
)
_AGO_EN = re.compile(
    rf"\b(?:{_COUNT_EN}\s+(?P<unit>day|week)s?|(?P<fortnight>(?:a |one )?fortnight))\s+(?P<way>ago|from now|hence)\b"
)
_IN_EN = re.compile(rf"\bin\s+(?:{_COUNT_EN}\s+(?P<unit>day|week)s?|(?P<fortnight>a fortnight))\b")
_DAY_MONTH_EN = re.compile(rf"\b{_DAY_EN}[\s-]*(?:of\s+)?{_MONTH_EN}(?:{_YEAR_EN}){_WHICH_YEAR_EN}")
_MONTH_DAY_EN = re.compile(rf"\b{_MONTH_EN}[\s-]*(?:the\s+)?{_DAY_EN}(?![\d:])(?:{_YEAR_EN}){_WHICH_YEAR_EN}")
_OF_MONTH_EN = re.compile(
    r"\b(?:the\s+)?(?P<day>\d{1,2})(?:st|nd|rd|th)\s+(?:of\s+)?(?P<which>last|this|next)\s+month\b"
    r"|\b(?P<which2>last|this|next)\s+month,?\s+(?:on\s+)?the\s+(?P<day2>\d{1,2})(?:st|nd|rd|th)\b"
)
_DAY_ONLY_EN = re.compile(
    r"\b(?:the\s+)?(?P<day>\d{1,2})(?:st|nd|rd|th)\b(?=\s*(?:$|[,.;!?)\x1f]|at\b|from\b|by\b|and\b|or\b|to\b|in the\b|around\b|about\b"
    r"|noon|morning|afternoon|evening|night|it\b|i\b|we\b|when\b|with\b|on\b|\d))"
)
_OF_WEEK_EN = re.compile(
    rf"\b{_WEEKDAY_EN}\s+(?:of\s+)?(?P<which>last|this|next)\s+week\b|\b(?P<which2>last|this|next)\s+week,?\s+(?:on\s+)?"
    + _WEEKDAY_EN.replace("weekday", "weekday2").replace("brief", "brief2")
)
_NAMED_DAY_EN = re.compile(
    rf"\b(?P<lead>(?:(?P<which>last|this past|past|this coming|coming|this|next)|on|by|until)\s+)?{_WEEKDAY_EN}"
)
_NUMERIC = re.compile(
    r"(?<![\d.:/-])(?P<a>\d{1,2})\s*(?P<mark>[-/.])\s*(?P<b>\d{1,2})(?:\s*(?P=mark)\s*(?P<year>(?:19|20)\d{2}|\d{2}))?(?![\d:./%度℃-])"
)
_FIXED = (
    (re.compile(r"元旦(?:节)?|\bnew year'?s day\b"), 1, 1),
    (re.compile(r"平安夜|\bchristmas eve\b|\bxmas eve\b"), 12, 24),
    (re.compile(r"圣诞节?|\bchristmas(?: day)?\b|\bxmas\b"), 12, 25),
    (re.compile(r"\bnew year'?s eve\b"), 12, 31),
)
_NEIGHBOUR = re.compile(r"^(?:的)?(?P<way>前|后)1天")

# -- times

_PART = re.compile(
    r"(?P<small>凌晨)|(?P<morning>清晨|清早|早上|早晨|上午|今早|明早|昨早|今晨|明晨|一早|早|\bmorning\b)"
    r"|(?P<noon>中午|正午|晌午|\bnoon\b|\bmidday\b)|(?P<afternoon>下午|午后|傍晚|\bafternoon\b)"
    r"|(?P<night>晚上|晚间|夜里|夜间|夜晚|半夜|深夜|午夜|[今昨明前]晚|[今昨]夜|晚|\bevening\b|\bnight\b|\btonight\b)"
)
_HOUR_WORD = r"(?P<hour>\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_CLOCK = re.compile(
    r"(?<![\d:.])(?P<hour>\d{1,2})\s*:\s*(?P<minute>\d{2})(?::\d{2})?\s*(?P<half>am|pm|a\.m\.?|p\.m\.?)?(?![\d:a-z])"
)
_HALF_EN = re.compile(
    r"(?<![\d:])(?P<hour>\d{1,2})(?:[.:](?P<minute>\d{2}))?\s*(?P<half>am|pm|a\.m\.?|p\.m\.?)(?![a-z])"
)
_PAST_EN = re.compile(
    rf"\b(?:(?P<part>half|(?:a\s+)?quarter|\d{{1,2}}|five|ten|twenty|twenty[- ]five)(?:\s+minutes?)?\s+(?P<way>past|to|after))\s+{_HOUR_WORD}\b"
)
_AT_EN = re.compile(
    rf"\b(?:at|around|about|by)\s+{_HOUR_WORD}(?P<clock>\s*o'?\s?clock)?(?![\d:/]|[.-]\d|st|nd|rd|th|\s*(?:days|hours|people))\b"
    rf"|(?<![\d:.])\b{_HOUR_WORD.replace('hour', 'hour2')}\s*o'?\s?clock\b"
)
_HOUR_ZH = re.compile(
    r"(?:差(?P<short>\d{1,2}|1刻)分?(?:钟)?)?(?<![\d.:])(?P<hour>\d{1,2})\s*[点时](?!间|候|常|间)(?:钟)?\s*"
    r"(?:(?P<part>半|1刻|3刻|整)|(?:过|差(?=\d))?(?P<minute>\d{1,2})\s*分?(?!之)|(?P<more>多|几))?(?P<less>)"
)
_LESS_ZH = re.compile(r"[点时]\s*差\d")
_MIDNIGHT = re.compile(r"午夜|\bmidnight\b")


def read_moments(text: str, *, now: datetime, leaning: Leaning = Leaning.PAST) -> tuple[Moment, ...]:
    """Every reading of the text, likeliest first: none when it holds no date, several when it must be asked back.

    A time without a day is a time today. `now` carries the zone in which today is today.
    """
    read = _read(text, _Asked(now, leaning))
    if read.unclear is not None or not (read.mentions or read.clocks):
        return ()
    exact = [Moment(mention.days[0], mention.at) for mention in read.mentions if mention.at is not None]
    if exact:
        return tuple(dict.fromkeys(exact))
    days = _agreed(read.mentions) if read.mentions else (now.date(),)
    moments: list[Moment] = []
    for day in days:
        if not read.clocks:
            moments.append(Moment(day))
        for clock in read.clocks:
            if clock.late:
                moments.append(Moment(_later(day), clock.at))
            moments.append(Moment(day, clock.at))
    return tuple(dict.fromkeys(moments))


def unclear(text: str, *, now: datetime, leaning: Leaning = Leaning.PAST) -> Unclear | None:
    """Why the text gives no moment though it speaks of one."""
    return _read(text, _Asked(now, leaning)).unclear


def read_time(text: str) -> tuple[time, ...]:
    """Every reading of a time of day; 3点 is both 03:00 and 15:00 until a part of the day is named."""
    said = _written(text)
    bare = re.fullmatch(r"(\d{1,2})(?:[.](\d{2}))?", said)
    if bare and int(bare[1]) < 24 and int(bare[2] or 0) < 60:
        return tuple(dict.fromkeys(clock.at for clock in _of_day(int(bare[1]), int(bare[2] or 0), "")))
    clocks, wrong = _clocks(said, said)
    return () if wrong else tuple(dict.fromkeys(clock.at for clock in clocks))


def names_a_day(text: str, *, now: datetime) -> bool:
    """Whether a day was said at all, as against a time of today."""
    read = _read(text, _Asked(now, Leaning.PAST))
    return bool(read.mentions) or (read.unclear is not None and not read.clocks)


def _written(text: str) -> str:
    said = arabic(plain(text).lower()).replace("元月", "1月").replace("’", "'").replace("‘", "'").strip()
    if not said.isascii():
        return said
    return _ORDINAL.sub(lambda match: f"{_ORDINALS[match[1].replace(' ', '-')]}th", said)


def _read(text: str, asked: _Asked) -> _Read:
    raw = plain(text).lower()
    said = _written(text)
    for pattern, doubt in (
        *((pattern, Doubt.VAGUE) for pattern in (*_RANGES, _HOLIDAY_ZH)),
        (_LUNAR, Doubt.LUNAR),
        *((pattern, Doubt.VAGUE) for pattern in _ALTERNATIVES),
    ):
        found = pattern.search(raw if pattern in _RANGES or pattern is _HOLIDAY_ZH else said)
        if found:
            return _Read((), (), Unclear(doubt, found[0].strip()))
    mentions: list[_Mention] = []
    rest = said
    rest, timed = _hide_clock_faces(rest)
    for pattern, reader in _GRAMMAR:
        for match in pattern.finditer(rest):
            heard = reader(match, asked)
            if heard is None:
                continue
            if isinstance(heard, Doubt):
                return _Read((), (), Unclear(heard, _shown(match[0])))
            mentions.append(heard)
            rest = rest[: match.start()] + _HIDDEN * (match.end() - match.start()) + rest[match.end() :]
    mentions.sort(key=lambda mention: mention.start)
    for mention in mentions:
        before, after = _BEFORE.search(said[: mention.start]), _AFTER.search(said[mention.end :])
        if before or after:
            words = (before[0] if before else "") + said[mention.start : mention.end] + (after[0] if after else "")
            return _Read((), (), Unclear(Doubt.VAGUE, words.strip()))
    hidden = rest
    for start, end in timed:
        hidden = hidden[:start] + said[start:end] + hidden[end:]
    clocks, wrong = _clocks(hidden, said)
    if wrong:
        return _Read(tuple(mentions), (), Unclear(Doubt.IMPOSSIBLE, wrong))
    if any(re.search(r"晚|夜|night", said[mention.start : mention.end]) for mention in mentions):
        clocks = [_Clock(clock.at, late=clock.late or clock.at.hour < 5) for clock in clocks]
    if not mentions:
        vague = _VAGUE.search(rest)
        if vague:
            return _Read((), tuple(clocks), Unclear(Doubt.VAGUE, _shown(vague[0])))
    more = re.search(r"\d点(?:多|几分)", rest)
    if more and not any(mention.at for mention in mentions):
        return _Read(tuple(mentions), (), Unclear(Doubt.VAGUE, more[0]))
    return _Read(tuple(mentions), tuple(dict.fromkeys(clocks)), None)


def _hide_clock_faces(said: str) -> tuple[str, list[tuple[int, int]]]:
    """15:30 and 3.30 pm are read before the dates, which could take them for 3 March or the 30th."""
    spans = []
    for pattern in (_CLOCK, _HALF_EN):
        for match in pattern.finditer(said):
            spans.append(match.span())
            said = said[: match.start()] + _HIDDEN * len(match[0]) + said[match.end() :]
    return said, spans


def _agreed(mentions: tuple[_Mention, ...]) -> tuple[date, ...]:
    """The days all mentions allow; where they contradict each other, all of them, to be asked back."""
    everything = tuple(dict.fromkeys(day for mention in mentions for day in mention.days))
    dated = [mention for mention in mentions if mention.weekday is None] or list(mentions)
    common = [
        day
        for day in dict.fromkeys(day for mention in dated for day in mention.days)
        if all(day in mention.days or day.weekday() == mention.weekday for mention in mentions)
    ]
    return tuple(common) or everything


def _later(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else day


def _shown(words: str) -> str:
    return words.replace(_HIDDEN, " ").strip()


# -- readers of days, one for each pattern

Heard = _Mention | Doubt | None


def _mention(match: re.Match[str], *days: date, at: time | None = None, weekday: int | None = None) -> _Mention:
    return _Mention(match.start(), match.end(), tuple(dict.fromkeys(days)), at, weekday)


def _hours_away(match: re.Match[str], asked: _Asked) -> Heard:
    fields = match.groupdict()
    backwards = fields["way"] in ("前", "ago")
    if not fields["way"] and not fields.get("in"):
        return None
    count: float = english_number(fields["count"]) or 0 if fields["count"] else 0
    if fields["half"]:
        count += 0.5
    if not count:
        return None
    minutes = count if fields["unit"] in ("分钟", "minute", "min") else count * 60
    then = asked.now + timedelta(minutes=-minutes if backwards else minutes)
    return _mention(match, then.date(), at=then.time().replace(second=0, microsecond=0))


def _full(match: re.Match[str], asked: _Asked) -> Heard:
    fields = match.groupdict()
    year, month, day = (int(fields.get(name) or fields.get(name + "2") or 0) for name in ("year", "month", "day"))
    return _on(match, year if year > 99 else 2000 + year, month, day)


def _on(match: re.Match[str], year: int, month: int, day: int) -> Heard:
    days = _valid(year, month, day)
    return _mention(match, *days) if days else Doubt.IMPOSSIBLE


def _of_month(match: re.Match[str], asked: _Asked) -> Heard:
    fields = match.groupdict()
    which, day = fields["which"] or fields.get("which2") or "", int(fields["day"] or fields.get("day2") or 0)
    step = {"上": -1, "l": -1, "下": 1, "n": 1}.get(which[0], 0) * max(which.count("上"), which.count("下"), 1)
    year, month = divmod(asked.today.year * 12 + asked.today.month - 1 + step, 12)
    return _on(match, year, month + 1, day)


def _month_day_zh(match: re.Match[str], asked: _Asked) -> Heard:
    month, day = int(match["month"] or match["month2"]), int(match["day"] or match["day2"])
    if match["which"]:
        return _on(match, asked.today.year + {"前年": -2, "去年": -1, "今年": 0, "明年": 1}[match["which"]], month, day)
    return _of_some_year(match, month, day, asked)


def _month_day_en(match: re.Match[str], asked: _Asked) -> Heard:
    month, day = _MONTHS[match["month"]], int(match["day"])
    if match["year"] or match["short"]:
        return _on(match, int(match["year"] or f"20{match['short']}"), month, day)
    if match["which"]:
        return _on(match, asked.today.year + {"last": -1, "this": 0, "next": 1}[match["which"]], month, day)
    return _of_some_year(match, month, day, asked)


def _of_some_year(match: re.Match[str], month: int, day: int, asked: _Asked) -> Heard:
    days = _without_year(month, day, asked)
    # 29 February of another year than this is more likely a slip.
    if not days or (not _valid(asked.today.year, month, day) and abs(days[0] - asked.today) > FAR):
        return Doubt.IMPOSSIBLE
    return _mention(match, *days)


def _fixed(month: int, day: int) -> Callable[[re.Match[str], _Asked], Heard]:
    def read(match: re.Match[str], asked: _Asked) -> Heard:
        days = _without_year(month, day, asked)
        neighbour = _NEIGHBOUR.match(match.string[match.end() :])
        if neighbour is None:
            return _mention(match, *days)
        step = timedelta(days=-1 if neighbour["way"] == "前" else 1)
        end = match.end() + neighbour.end()
        return _Mention(match.start(), end, tuple(each + step for each in days))

    return read


def _relative_zh(match: re.Match[str], asked: _Asked) -> Heard:
    if match["word"]:
        far = 2 + len(match["great"])
        return _mention(match, asked.today + timedelta(days=-far if match["word"] == "前" else far))
    return _mention(match, asked.today + timedelta(days={"昨": -1, "明": 1}.get(match["near"] or "", 0)))


def _relative_en(match: re.Match[str], asked: _Asked) -> Heard:
    step = -2 if match["twice"] else 2 if match["after"] else -1 if match["back"] else 1 if match["ahead"] else 0
    return _mention(match, asked.today + timedelta(days=step))


def _counted(match: re.Match[str], asked: _Asked) -> Heard:
    fields = match.groupdict()
    count = 2 if fields.get("fortnight") else english_number(fields["count"])
    if count is None:
        return None
    days = count * (7 if fields.get("fortnight") or fields["unit"] in ("周", "星期", "礼拜", "week") else 1)
    base = {"yesterday": -1, "tomorrow": 1}.get(fields.get("base") or "", 0)
    backwards = fields.get("way") in ("前", "ago", "before")
    return _mention(match, asked.today + timedelta(days=base + (-days if backwards else days)))


def _of_week_zh(match: re.Match[str], asked: _Asked) -> Heard:
    weekday = _WEEKDAYS_ZH[match["weekday"]]
    which = match["which"]
    if not which:
        return _mention(match, *_bare_weekday(weekday, asked), weekday=weekday)
    weeks = which.count("下") - which.count("上")
    return _mention(match, asked.monday + timedelta(days=weekday) + weeks * WEEK)


def _of_week_en(match: re.Match[str], asked: _Asked) -> Heard:
    weekday = _WEEKDAYS_EN[match["weekday"] or match["weekday2"]]
    weeks = {"last": -1, "this": 0, "next": 1}[match["which"] or match["which2"]]
    return _mention(match, asked.monday + timedelta(days=weekday) + weeks * WEEK)


def _named_day(match: re.Match[str], asked: _Asked) -> Heard:
    # "I sat down", "the sun was out": three letters are a weekday only alone, or where a word leads to them.
    around = (match.string[: match.start()] + match.string[match.end() :]).strip(f" ,.;()!{_HIDDEN}")
    if match["brief"] and not match["lead"] and around:
        return None
    weekday, today = _WEEKDAYS_EN[match["weekday"]], asked.today
    latest = today - timedelta(days=(today.weekday() - weekday) % 7 or 7)
    first = today + timedelta(days=(weekday - today.weekday()) % 7 or 7)
    within = asked.monday + timedelta(days=weekday)
    match match["which"]:
        case "last":
            # Said within the week, "last Tuesday" is this week's to some and the week's before to others.
            return _mention(match, *((latest, latest - WEEK) if latest >= asked.monday else (latest,)))
        case "next":
            return _mention(match, *((first, first + WEEK) if first < asked.monday + WEEK else (first,)))
        case "past" | "this past":
            return _mention(match, latest)
        case "coming" | "this coming":
            return _mention(match, first)
        case "this":
            behind = asked.leaning is Leaning.FUTURE and within < today
            return _mention(match, *((within + WEEK, within) if behind else (within,)))
    return _mention(match, *_bare_weekday(weekday, asked), weekday=weekday)


def _bare_weekday(weekday: int, asked: _Asked) -> list[date]:
    """周二 looks the way the question looks; on a Tuesday it may be today or a week off."""
    today = asked.today
    if asked.leaning is Leaning.PAST:
        back = (today.weekday() - weekday) % 7
        return [today - timedelta(days=back)] if back else [today, today - WEEK]
    ahead = (weekday - today.weekday()) % 7
    return [today + timedelta(days=ahead)] if ahead else [today, today + WEEK]


def _numeric(match: re.Match[str], asked: _Asked) -> Heard:
    """05/01 is the first of May to one reader and the fifth of January to another."""
    first, second = int(match["a"]), int(match["b"])
    if match["year"] and len(match["year"]) == 2:
        return Doubt.VAGUE  # 21/1/5, 5/1/21: which of the three is the year?
    found: list[date] = []
    for month, day in ((first, second), (second, first)):
        if match["year"]:
            found += _valid(int(match["year"]), month, day)
        else:
            found += _without_year(month, day, asked)
    if found:
        return _mention(match, *found)
    # 38.2 is a temperature and 5-30 a range; only with a year or a stroke was it to be a date.
    return Doubt.IMPOSSIBLE if match["year"] or (match["mark"] == "/" and first <= 31) else None


def _day_of_month(match: re.Match[str], asked: _Asked) -> Heard:
    number, today = int(match["day"]), asked.today
    if not 1 <= number <= 31:
        return Doubt.IMPOSSIBLE if not match.string[: match.start()].strip() else None
    near: list[date] = []
    for step in (-2, -1, 0, 1, 2):
        year, month = divmod(today.year * 12 + today.month - 1 + step, 12)
        near += _valid(year, month + 1, number)
    return _mention(match, *_leaning_first(near, asked))


def _without_year(month: int, day: int, asked: _Asked) -> list[date]:
    this = asked.today.year
    near = [found for year in (this - 1, this, this + 1) for found in _valid(year, month, day)]
    return _leaning_first(near, asked)


def _leaning_first(near: list[date], asked: _Asked) -> list[date]:
    """The nearest day on the side the question looks to, and the other side's too when that one is much nearer."""
    if not near:
        return []
    today = asked.today
    behind = [day for day in near if day <= today]
    ahead = [day for day in near if day >= today]
    own, other = (behind[-1:], ahead[:1]) if asked.leaning is Leaning.PAST else (ahead[:1], behind[-1:])
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


_GRAMMAR: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], _Asked], Heard]], ...] = (
    (_HOURS_ZH, _hours_away),
    (_HOURS_EN, _hours_away),
    (_COMPACT, _full),
    (_FULL, _full),
    *((pattern, _fixed(month, day)) for pattern, month, day in _FIXED),
    (_OF_MONTH_ZH, _of_month),
    (_OF_MONTH_EN, _of_month),
    (_MONTH_DAY_ZH, _month_day_zh),
    (_DAY_MONTH_EN, _month_day_en),
    (_MONTH_DAY_EN, _month_day_en),
    (_AGO_ZH, _counted),
    (_COUNTED_FROM_EN, _counted),
    (_AGO_EN, _counted),
    (_IN_EN, _counted),
    (_WEEKDAY_ZH, _of_week_zh),
    (_RELATIVE_ZH, _relative_zh),
    (_RELATIVE_EN, _relative_en),
    (_OF_WEEK_EN, _of_week_en),
    (_NAMED_DAY_EN, _named_day),
    (_NUMERIC, _numeric),
    (_DAY_ZH, _day_of_month),
    (_DAY_ONLY_EN, _day_of_month),
)


# -- times of day


def _clocks(rest: str, said: str) -> tuple[list[_Clock], str]:
    """The times in `rest`, and the words of one that cannot be. `said` still has 今早 and last night."""
    found: list[_Clock] = []
    for pattern, reader in (
        (_CLOCK, _of_face),
        (_HALF_EN, _of_face),
        (_PAST_EN, _of_past),
        (_HOUR_ZH, _of_hour),
        (_AT_EN, _of_at),
    ):
        for match in pattern.finditer(rest):
            clocks = reader(match, said)
            if clocks is None:
                return [], _shown(match[0])
            found += clocks
            rest = rest[: match.start()] + _HIDDEN * (match.end() - match.start()) + rest[match.end() :]
    if found:
        return found, ""
    if _MIDNIGHT.search(said):
        return [_Clock(time(0, 0), late=True)], ""
    part = _PART.search(said)
    if part and part.lastgroup == "noon":
        return [_Clock(time(12, 0))], ""
    return [], ""


def _of_face(match: re.Match[str], said: str) -> list[_Clock] | None:
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12 or minute > 59:
            return None
        if hour == 12 and match["half"].startswith("a"):
            return [_Clock(time(0, minute), late=minute == 0)]
        return [_Clock(time(hour % 12 + (12 if match["half"].startswith("p") else 0), minute))]
    part = _part_near(match, said)
    if not part and minute < 60 and (match["hour"].startswith("0") or 7 <= hour <= 11):
        # Who writes figures for the evening writes 20:00; 3:30 still may be the afternoon.
        return [_Clock(time(hour, minute))]
    return _hours(hour, minute, part)


def _of_past(match: re.Match[str], said: str) -> list[_Clock] | None:
    hour = english_number(match["hour"]) or 0
    part = match["part"]
    minutes = {"half": 30, "twenty": 20, "twenty five": 25, "twenty-five": 25}.get(part)
    if minutes is None:
        minutes = 15 if part.endswith("quarter") else english_number(part) or 0
    return _hours(hour, minutes, _part_near(match, said), before=match["way"] == "to")


def _of_hour(match: re.Match[str], said: str) -> list[_Clock] | None:
    minutes = {"半": 30, "1刻": 15, "3刻": 45}.get(match["part"] or "", int(match["minute"] or 0))
    before = _LESS_ZH.search(match[0]) is not None
    if match["short"]:
        before, minutes = True, 15 if match["short"].endswith("刻") else int(match["short"])
    return _hours(int(match["hour"]), minutes, _part_near(match, said), before=before)


def _of_at(match: re.Match[str], said: str) -> list[_Clock] | None:
    hour = english_number(match["hour"] or match["hour2"])
    if hour is None or (hour > 24 and not match["clock"]):
        return []
    return _hours(hour, 0, _part_near(match, said))


def _part_near(match: re.Match[str], said: str) -> str:
    """The part of the day said before the hour, else the one said after it."""
    before = [part.lastgroup or "" for part in _PART.finditer(said[: match.start()])]
    if before:
        return before[-1]
    after = _PART.search(said[match.end() :])
    return after.lastgroup or "" if after else ""


def _hours(hour: int, minute: int, part: str, *, before: bool = False) -> list[_Clock] | None:
    if hour > 24 or minute > 59:
        return None
    return [_shifted(clock, minute) if before else clock for clock in _of_day(hour, 0 if before else minute, part)]


def _shifted(clock: _Clock, minutes: int) -> _Clock:
    """Quarter to nine. Before midnight it is the evening's again."""
    total = (clock.at.hour * 60 + clock.at.minute - minutes) % (24 * 60)
    return _Clock(time(total // 60, total % 60), late=clock.late and total < 12 * 60)


def _of_day(hour: int, minute: int, part: str) -> Iterator[_Clock]:
    if hour == 24 or (hour == 12 and part == "night"):
        yield _Clock(time(0, minute), late=True)
    elif part == "small":
        yield _Clock(time(hour % 12 if hour == 12 else hour, minute))
    elif part == "morning":
        yield _Clock(time(hour, minute))
    elif part == "noon":
        yield _Clock(time(hour + 12 if hour < 4 else hour, minute))
    elif part == "afternoon":
        yield _Clock(time(hour + 12 if hour < 12 else hour, minute))
    elif part == "night":
        late = hour < 5
        yield _Clock(time(hour if late or hour > 11 else hour + 12, minute), late=late)
    elif 1 <= hour <= 11:
        # A clock face shows every hour twice; the daytime one comes first.
        day, night = (hour, hour + 12) if hour >= 7 else (hour + 12, hour)
        yield _Clock(time(day, minute))
        yield _Clock(time(night, minute))
    else:
        yield _Clock(time(hour, minute))
