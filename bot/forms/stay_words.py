# ruff: noqa: E501 - a pattern reads better unbroken
"""Where somebody stays or stayed, in free words: 孩子住历下区 · 我这两周一直住在公司宿舍 · I stayed with relatives for a week."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.forms.numerals import plain


@dataclass(frozen=True, slots=True)
class StayWords:
    """`kind` is an option of the residence form; `place` the words that name where, to be looked up."""

    place: str | None
    kind: str | None


_KINDS: Mapping[str, str] = {
    "work": r"宿舍|工地|单位|公司|学校|工厂|\bdorm\w*\b|\bat (?:work|school)\b|\bcompany\b|\bconstruction site\b",
    "relatives": r"亲戚|朋友|同学|姐姐?家|哥哥?家|弟弟?家|妹妹?家|姑姑?家|舅舅?家|丈母娘|婆婆家|\brelatives?\b|\bfriends?\b"
    r"|\bwith (?:my|our) (?:parents|family|sister|brother|aunt|uncle|cousin)",
    "hotel": r"酒店|宾馆|旅馆|旅店|民宿|招待所|\bhotels?\b|\bhostel\b|\binn\b|\bguest ?house\b",
    "home": r"自己家|自家|在家|家里|家中|\b(?:at )?(?:my|our) (?:own )?(?:home|house|flat|place)\b|\bat home\b",
}
_LIVES = re.compile(
    r"(?:居住|租住|暂住|借住|入住|住宿|住)(?!院|户|所|址|房公积)"
    r"|\b(?:live|lives|living|lived|stay|stays|staying|stayed|sleep|sleeps|slept|sleeping|rent|rents|renting|rented)\b"
    r"|\bbeen at (?:my|our) own (?:home|place|house)\b"
)
_PLACE_ZH = re.compile(
    r"(?:居住|租住|暂住|借住|入住|住)(?:在|过|了|到)?\s*(?P<place>[^\s,,。;;的了过]{2,20}?)"
    r"(?=的|[一二两三四五六七八九十\d]+(?:天|晚|夜|个)|了|过|,|,|。|;|\s|$)"
)
_PLACE_EN = re.compile(
    r"\b(?:in|at)\s+(?P<place>[A-Z][\w'’-]*(?:\s+(?:[A-Z][\w'’-]*|district|county|city))*(?:,\s*[A-Z][\w'’-]+)?)"
)
_HOTEL_IN_EN = re.compile(r"\bin\s+(?P<place>[A-Z][\w'’-]*(?:\s+[A-Z][\w'’-]*)*)\s*[.!]*$")
_NOT_STAYING = re.compile(r"[吗嘛么??]|住不|不住|能不能|\b(?:can|may|could|should|must|have to|how|where|allowed)\b")
_MONTHS = re.compile(
    r"^(?:January|February|March|April|May|June|July|August|September|October|November|December)\b", re.IGNORECASE
)


def read_stay(text: str) -> StayWords | None:
    """What these words say of a stay; None when they speak of none, or ask."""
    said = plain(text)
    lowered = said.lower().replace("’", "'")
    if not _LIVES.search(lowered) or _NOT_STAYING.search(lowered):
        return None
    kind = next((code for code, pattern in _KINDS.items() if re.search(pattern, lowered)), None)
    place = _place(said)
    return StayWords(place, kind) if kind or place else None


def _place(said: str) -> str | None:
    match = _PLACE_ZH.search(said) or _HOTEL_IN_EN.search(said) or _PLACE_EN.search(said)
    if match is None:
        return None
    named = match["place"].strip()
    if _MONTHS.match(named) or any(re.search(pattern, named.lower()) for pattern in _KINDS.values()):
        return None
    return None if named in ("家", "这里", "那里", "我家", "一起") else named
