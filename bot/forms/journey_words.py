# ruff: noqa: E501 - a pattern reads better unbroken
"""Journeys in free words: 我22号下午三点半坐高铁从A区回济南 · 到家了 · I came back from Shanghai yesterday by train."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.forms.dates import Leaning, Moment, names_a_day, read_moments, read_time
from bot.forms.numerals import arabic, plain


class JourneyKind(StrEnum):
    TRAVEL = "travel"  # behind us: a leg of the travel history
    STAYED = "stayed"  # no journey at all
    ARRIVAL = "arrival"  # ahead: announced
    ARRIVED = "arrived"  # just now


@dataclass(frozen=True, slots=True)
class JourneyWords:
    kind: JourneyKind
    origin: str | None = None
    destination: str | None = None
    when: str | None = None  # the words that hold the date, to be read again by the form
    transport: str | None = None
    number: str | None = None


_ARRIVED = re.compile(
    r"^(?:我|我们|人|已经|刚|刚刚|现在|今天|已|安全|平安)*(?:到家|到家里|回到家|回家|到|到达|到站|抵达|回来)(?:里)?了[啊呀哦吧。!!,,\s]*$"
    r"|^(?:我|我们|人|已经|刚|刚刚|现在|今天|已|安全|平安)*(?:到家|到达|抵达)[。!!,,\s]*(?:报告|报备|汇报)?(?:一下|了)?[。!!]*$"
    r"|刚下(?:高铁|火车|飞机|车|船)"
    r"|^(?:我|刚|刚刚|已经?|现在)*到(?:达)?(?:了)?[^,;吗?]{0,6}(?:门口|村里|小区|楼下|隔离酒店|隔离点|酒店|宿舍)(?:了)?[。!]*$"
    r"|^[^,;从]{0,12}到的?家(?:里)?(?:的)?[。!!]*$"
    r"|^i(?:'m|’m| am)?\s*(?:just\s+)?"
    r"(?:arrived|have arrived|got home|am home|home|back home|back|here)(?:\s+(?:now|safely|home))*[.!]*$"
    r"|^(?:just\s+)?(?:arrived|home safe|home now|got home)(?:\s+(?:now|safely|home))*[.!]*$"
    r"|^(?:i|we)(?:'ve|’ve| have)?\s*(?:just\s+)?(?:arrived|got|reached|came|are|am)\s+(?:back\s+)?home\b[^?]*$"
    r"|^(?:just\s+)?(?:reached|arrived)\s+(?:back\s+)?(?:home|at)\b[^?]*$|^just got off the (?:train|plane|bus|coach)\b"
    r"|^(?:i'?m\s+|we'?re\s+)?back (?:in|at) the (?:village|town|city|compound)\b[^?]*$"
)
_TRANSPORTS: Mapping[str, tuple[str, ...]] = {
    "train": ("高铁", "动车", "火车", "列车", "by train", "the train", "train"),
    "plane": ("飞机", "航班", "by plane", "the plane", "plane", "flight", "flew", "fly", "flying"),
    "coach": ("大巴", "客车", "班车", "长途车", "by bus", "by coach", "coach", "bus"),
    "car": (
        "自驾",
        "开车",
        "驾车",
        "拼车",
        "顺风车",
        "网约车",
        "出租车",
        "by car",
        "drove",
        "driving",
        "drive",
        "taxi",
    ),
    "ship": ("轮船", "坐船", "轮渡", "by ship", "ferry"),
    "walk": ("走路", "步行", "on foot", "walked"),
}
_NUMBER = re.compile(r"(?<![A-Za-z0-9])((?:[GDCKTZSY]\d{1,4})|(?:[A-Z0-9]{2}\d{3,4}))(?![A-Za-z0-9])")
_STOP = r"(?=回来|返回|回到|回|到达|抵达|到|去|来|飞往|飞|返|出发|坐|乘|开车|自驾|，|,|。|;|；|!|\s|$)"
_FROM_ZH = re.compile(rf"(?:从|自)\s*(?P<place>[^\s,，。;；!]{{1,30}}?){_STOP}")
_TO_ZH = re.compile(
    r"(?:返回|回到|到达|抵达|飞往|前往|回|到|去|来|返)(?!来|家|去|过|了|的)\s*(?P<place>[^\s,，。;；!了过的]{2,30}?)"
    r"(?=坐|乘|开车|自驾|出差|旅游|探亲|玩|办事|打工|上班|待|住|了|过|，|,|。|;|；|!|\s|$)"
)
_BEEN_ZH = re.compile(
    r"(?:(?:去|到|来)[过了](?:一?趟|一次)?|路过|途经|在)\s*(?P<place>[^\s,，。;；!了过的玩待呆住]{2,30}?)"
    r"(?=玩|待|呆|出差|旅游|探亲|办事|转|,|，|。|;|；|!|\s|$)"
)
_HOME_ZH = re.compile(r"回家|回来|返乡|到家")
_PLACE_EN = r"(?P<place>[A-Z][\w'’-]*(?:\s+(?:[A-Z][\w'’-]*|district|county|city|province))*)"
_FROM_EN = re.compile(rf"\bfrom\s+{_PLACE_EN}")
_TO_EN = re.compile(rf"\b(?:to|in|into|reach|visited|visit|at|through)\s+(?!\d){_PLACE_EN}")
_MOVES = re.compile(
    r"回|返|去过|去了|到过|到了|来过|路过|途经|出差|旅游|探亲|坐|乘|出发|到达|抵达|飞|自驾|开车|车票|机票|的票|来我|来咱"
    r"|去.{2,8}(?:玩|待|呆|办事|转)|在.{2,8}(?:待|呆|玩)[了过]"
    r"|\b(?:travel\w*|went|go|going|come|comes|coming|came|arriv\w*|return\w*|back|trip|tickets?)\b"
    r"|\b(?:flew|fly\w*|drove|driv\w*|visited|been to|was in|were in|passed through|lands?|landing|spent)\b"
    r"|\b(?:take|took|taking)\b.*\b(?:train|coach|bus|plane|flight|[gdcktz]\d{1,4})\b"
)
_PAST = re.compile(
    r"去过|回来了|回来的|回了|到了|去了|来过|到过|坐过|路过|途经|出差了|旅游了|玩了|待了|呆了|昨天|前天|前几天"
    r"|上个?月|上周|上星期|last |yesterday|\bago\b"
    r"|\b(?:went|came|returned|flew|drove|visited|been|arrived|travelled|got back|was|were|took|spent|passed)\b"
)
_AHEAD = re.compile(
    r"打算|准备|计划|将要|将|要回|要去|要从|想回|明天|明晚|明早|(?<!大前)(?<!前)后天|下周|下个?月|过几天|提前报备|买好"
    r"|\b(?:will|going to|plan\w*|tomorrow|next|in a few days|gets back|comes home)\b|\b(?:i|we|he|she|they)['’]ll\b"
)
_MONTHS_EN = re.compile(r"^(?:January|February|March|April|May|June|July|August|September|October|November|December|"
                        r"Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|I)$")  # fmt: skip
_STAYED = re.compile(
    r"(?:没有?|从未|未曾?|不曾)(?:出过?|离开过?)(?:[^,;。吗?]{0,8})$|(?:没有?|从未|未曾?|不曾)(?:去过?|到过?)(?:外地|外省|外市|任何|别的|其他|哪)"
    r"|没出过?(?:门|远门|省|市|县|村|小区)"
    r"|\b(?:have ?n['’]?t|have not|has not|never|did ?n['’]?t|did not)\b(?: been| gone| travel\w*| go)? ?(?:anywhere|left|leave|travel\w*)\b"
    r"|^no (?:travel|trips?|journeys?)\b|\bnot travel\w*\b"
)
_RISK = re.compile(r"风险|疫区|\brisk\b|出不了|没出门|没法出")
_ASKS = re.compile(r"[吗嘛么??]\s*$|能不能|可不可以|要不要|行不行|要紧")
_RISK_PLACE = re.compile(r"^(?:过)?(?:中|高|低|中高)?风险(?:地区|区)?$")


def read_journey(text: str, *, now: datetime) -> JourneyWords | None:
    """What these words say of a journey; None when they speak of something else."""
    said = plain(text)
    lowered = said.lower()
    if _ASKS.search(lowered):
        return None
    if _ARRIVED.search(lowered):
        return JourneyWords(JourneyKind.ARRIVED, when=said if names_a_day(said, now=now) or read_time(said) else None)
    if _STAYED.search(lowered) and _RISK.search(lowered) is None:
        return JourneyWords(JourneyKind.STAYED)
    if not _MOVES.search(lowered):
        return None
    origin, destination = _origin(said), _destination(said)
    transport = _transport(lowered)
    numbered = _NUMBER.search(said)
    ahead = read_moments(said, now=now, leaning=Leaning.FUTURE)
    behind = read_moments(said, now=now, leaning=Leaning.PAST)
    home = _HOME_ZH.search(said) is not None
    number = numbered.group(1) if numbered and transport in (None, "train", "plane") else None
    transport = transport or _transport_of(number)
    if origin is None and destination is None and not ((transport or home) and (ahead or behind)):
        return None
    kind = _kind(lowered, ahead=ahead, behind=behind, now=now)
    return JourneyWords(
        kind=kind,
        origin=origin,
        destination=destination,
        when=said if ahead or behind else None,
        transport=transport,
        number=number,
    )


def _kind(lowered: str, *, ahead: tuple[Moment, ...], behind: tuple[Moment, ...], now: datetime) -> JourneyKind:
    if _AHEAD.search(lowered):
        return JourneyKind.ARRIVAL
    if _PAST.search(lowered):
        return JourneyKind.TRAVEL
    # 22号 said on the 20th is the day after tomorrow; 3号 said on the 12th is last week, not in three weeks.
    coming = min((moment.day - now.date() for moment in ahead if moment.day >= now.date()), default=None)
    gone = min((now.date() - moment.day for moment in behind if moment.day <= now.date()), default=None)
    if coming is None:
        return JourneyKind.TRAVEL if gone is not None else JourneyKind.ARRIVAL
    return JourneyKind.ARRIVAL if gone is None or coming <= gone else JourneyKind.TRAVEL


def _origin(said: str) -> str | None:
    match = _FROM_ZH.search(said) or _FROM_EN.search(said)
    return _named(match["place"]) if match else None


def _destination(said: str) -> str | None:
    without = _FROM_ZH.sub(" ", said)
    for pattern in (_BEEN_ZH, _TO_ZH):
        match = pattern.search(without)
        if match:
            return _named(match["place"])
    for match in _TO_EN.finditer(_FROM_EN.sub(" ", said)):
        place = _named(match["place"])
        if place is not None:
            return place
    return None


def _named(place: str) -> str | None:
    place = place.strip()
    if len(place) < 2 or _MONTHS_EN.match(place) or _RISK_PLACE.match(place) or arabic(place)[0].isdigit():
        return None
    return place


def _transport_of(number: str | None) -> str | None:
    """Trains have one letter, flights two characters."""
    if number is None:
        return None
    return "train" if re.fullmatch(r"[A-Z]\d{1,4}", number) else "plane"


def _transport(lowered: str) -> str | None:
    for code, heard in _TRANSPORTS.items():
        for word in heard:
            found = re.search(rf"\b{word}\b", lowered) if word.isascii() else word in lowered
            if found:
                return code
    return None
