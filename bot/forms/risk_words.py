"""「1月5日石家庄是风险区吗」, "was Chaoyang a risk area on 5 January?": the day and the place somebody asks about."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from bot.forms.dates import read_moments
from bot.forms.numerals import plain

LONGEST = 120
_AREA_ZH = r"(?:中高|高|中|低)?风险(?:等级|地区|区域|区)?|疫区"
_ASKS_ZH = re.compile(
    rf"(?:是不是|是否[是为属于]*|属于不属于|属不属于|算不算|算|属于|是|在不在|在|有没有列为|列为)(?:不是)?(?:一个)?(?:{_AREA_ZH})"
    r"(?:名单)?(?:里|中|内)?(?:吗|么|嘛|没有|不|呢|吧)?[?？。!!]*$"
    rf"|(?:{_AREA_ZH})(?:吗|么|嘛)[?？]*$|(?:{_AREA_ZH})[?？]+$"
)
_ASKS_EN = re.compile(
    r"^(?:was|is|were|are)\s+(?P<place>.+?)\s+(?:listed\s+as\s+)?(?:a|an|in\s+a|at)?\s*"
    r"(?:high|medium|low)?[- ]?risk(?:[- ](?:area|region|zone|place|level))?s?\b(?P<rest>.*)$",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"(?:\d{4}年)?\d{1,2}月\d{1,2}[日号]?|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/]\d{1,2}|\d{1,2}[日号]"
    r"|大前天|前天|昨天|昨日|今天|今日|当天|现在|目前|上?(?:周|星期|礼拜)[一二三四五六日天]"
    r"|\b(?:on\s+)?(?:\d{1,2}(?:st|nd|rd|th)?\s+)?(?:january|february|march|april|may|june|july|august|september"
    r"|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?"
    r"(?:\s+\d{1,2}(?:st|nd|rd|th)?)?(?:,?\s+\d{4})?\b|\b(?:yesterday|today|now|then)\b",
    re.IGNORECASE,
)
_NO_PLACE = ("you", "we", "they", "this", "that", "here", "there", "it", "in", "at", "in a", "in the")
_FILLERS = re.compile(
    r"请问|^我?想?(?:请)?问(?:一下|问)?|那天|那时候?|的时候|时候|当时|曾经|还|那|^[的在,，、\s]+|[的,，、\s]+$"
)


@dataclass(frozen=True, slots=True)
class RiskQuestion:
    """`on` is None where no day was named: today is meant."""

    place: str
    on: date | None


def read_risk_question(text: str, *, now: datetime) -> RiskQuestion | None:
    """What was asked; None where this is no such question, or names no place."""
    said = plain(text).strip()
    if not said or len(said) > LONGEST:
        return None
    english = _ASKS_EN.match(said)
    if english is not None:
        asked_about = english["place"]
    elif _ASKS_ZH.search(said):
        asked_about = _ASKS_ZH.sub("", said)
    else:
        return None
    place = _DAY.sub(" ", asked_about)
    while (shorter := _FILLERS.sub("", place).strip()) != place:
        place = shorter
    if len(place) < 2 or place.lower() in _NO_PLACE:
        return None
    days = [moment.day for moment in read_moments(said, now=now)] if _DAY.search(said) else []
    return RiskQuestion(place, days[0] if days else None)
