"""Journeys in free words: 我22号下午三点半坐高铁从A区回济南 · 到家了 · I came back from Shanghai yesterday by train."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.forms.dates import Leaning, Moment, read_moments
from bot.forms.numerals import arabic, plain


class JourneyKind(StrEnum):
    TRAVEL = "travel"  # behind us: a leg of the travel history
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
    r"^(?:我|我们|已经|刚|刚刚|现在|今天|已|安全|平安)*(?:到家|到家里|回到家|回家|到|到达|到站|抵达|回来)(?:里)?了[啊呀哦吧。!!,,\s]*$"
    r"|^i(?:'m|’m| am)?\s*(?:just\s+)?"
    r"(?:arrived|have arrived|got home|am home|home|back home|back|here)(?:\s+(?:now|safely|home))*[.!]*$"
    r"|^(?:just\s+)?(?:arrived|home safe|home now|got home)(?:\s+(?:now|safely|home))*[.!]*$"
)
_TRANSPORTS: Mapping[str, tuple[str, ...]] = {
    "train": ("高铁", "动车", "火车", "列车", "by train", "the train", "train"),
    "plane": ("飞机", "航班", "by plane", "the plane", "flight", "flew", "fly", "flying"),
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
_BEEN_ZH = re.compile(r"去[过了]\s*(?P<place>[^\s,，。;；!了]{2,30})")
_HOME_ZH = re.compile(r"回家|回来|返乡|到家")
_PLACE_EN = r"(?P<place>[A-Z][\w'’-]*(?:\s+(?:[A-Z][\w'’-]*|district|county|city|province))*)"
_FROM_EN = re.compile(rf"\bfrom\s+{_PLACE_EN}")
_TO_EN = re.compile(rf"\b(?:to|in|into|reach|visited|visit|at)\s+(?!\d){_PLACE_EN}")
_MOVES = re.compile(
    r"回|返|去过|去了|出差|旅游|探亲|坐|乘|出发|到达|抵达|飞|自驾|开车"
    r"|\b(?:travel\w*|went|go|going|come|coming|came|arriv\w*|return\w*|back)\b"
    r"|\b(?:flew|fly\w*|drove|driv\w*|visited|been to)\b"
)
_PAST = re.compile(
    r"去过|回来了|回来的|回了|到了|去了|来过|出差了|旅游了|昨天|前天|上个?月|上周|上星期|last |yesterday"
    r"|\b(?:went|came|returned|flew|drove|visited|been|arrived|travelled|got back)\b"
)
_AHEAD = re.compile(r"打算|准备|计划|将要|将|要回|要去|明天|后天|下周|\b(?:will|going to|plan\w*|tomorrow|next)\b")
_MONTHS_EN = re.compile(r"^(?:January|February|March|April|May|June|July|August|September|October|November|December|"
                        r"Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|I)$")  # fmt: skip
_RISK_PLACE = re.compile(r"^(?:过)?(?:中|高|低|中高)?风险(?:地区|区)?$")


def read_journey(text: str, *, now: datetime) -> JourneyWords | None:
    """What these words say of a journey; None when they speak of something else."""
    said = plain(text)
    lowered = said.lower()
    if _ARRIVED.match(lowered):
        return JourneyWords(JourneyKind.ARRIVED, when="now")
    if not _MOVES.search(lowered):
        return None
    origin, destination = _origin(said), _destination(said)
    transport = _transport(lowered)
    numbered = _NUMBER.search(said)
    ahead = read_moments(said, now=now, leaning=Leaning.FUTURE)
    behind = read_moments(said, now=now, leaning=Leaning.PAST)
    home = _HOME_ZH.search(said) is not None
    if origin is None and destination is None and not ((transport or home) and ahead):
        return None
    kind = _kind(lowered, ahead=ahead, behind=behind, now=now)
    return JourneyWords(
        kind=kind,
        origin=origin,
        destination=destination,
        when=said if ahead or behind else None,
        transport=transport,
        number=numbered.group(1) if numbered and transport in (None, "train", "plane") else None,
    )


def _kind(lowered: str, *, ahead: tuple[Moment, ...], behind: tuple[Moment, ...], now: datetime) -> JourneyKind:
    if _AHEAD.search(lowered):
        return JourneyKind.ARRIVAL
    if _PAST.search(lowered):
        return JourneyKind.TRAVEL
    # 22号 said on the 20th is the day after tomorrow; said of yesterday it is history.
    if ahead and all(moment.day >= now.date() for moment in ahead[:1]):
        return JourneyKind.ARRIVAL
    return JourneyKind.TRAVEL if behind else JourneyKind.ARRIVAL


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


def _transport(lowered: str) -> str | None:
    for code, heard in _TRANSPORTS.items():
        for word in heard:
            found = re.search(rf"\b{word}\b", lowered) if word.isascii() else word in lowered
            if found:
                return code
    return None
