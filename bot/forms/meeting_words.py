# ruff: noqa: E501 - a pattern reads better unbroken
"""Whom somebody met, in free words: 我和确诊的人一起吃过饭 · my roommate is infected · 社区说我是密接.

Only other people count here. Who speaks of their own fever or their own test is heard elsewhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.forms.numerals import plain


@dataclass(frozen=True, slots=True)
class MeetingWords:
    """`met` is an option of the contact form, None where it was not said; `rest` are the words about something else."""

    met: str | None
    rest: str


_PERSON = r"(?:朋友|同事|同学|室友|舍友|邻居|亲戚|客户|领导|老师|司机|病人|患者|病例|感染者|密接者?|密切接触者|家人|老乡|工友|人|者)"
_PERSON_EN = (
    r"(?:friends?|colleagues?|co-?workers?|classmates?|room-?mates?|flat-?mates?|neighbou?rs?|relatives?|cousins?"
    r"|clients?|customers?|boss|teacher|driver|wife|husband|somebody|someone|some people|people|person|a man|a woman"
    r"|a guy)"
)
_FEVERISH_ZH = rf"(?:发烧|发热|咳嗽)的{_PERSON}"
_FEVERISH_EN = rf"{_PERSON_EN}(?: who| that)?(?: has| had| with)? (?:a )?fever\b"
_CLASSES: Mapping[str, str] = {
    "close_contact": r"(?<!次)(?:密接者?|密切接触者)|\bclose contacts?\b",
    "confirmed_case": r"确诊|(?:核酸|检测|抗原)?阳性|阳了|感染者|被感染|感染了|病例|新冠患者"
    r"|\binfected\b|\b(?:tested|was|is|are|were) positive\b|\bpositive (?:case|person|patient)\b|\bconfirmed\b"
    r"|\bdiagnosed\b|\bhas (?:the virus|covid|corona\w*)\b",
    "overseas_arrival": rf"(?:国外|境外|海外)(?:刚)?(?:回来|来|回国|入境|返回)?的?{_PERSON}"
    rf"|{_PERSON_EN} (?:(?:who|that) )?(?:(?:just )?came (?:back )?|returned |is |was )?(?:from )(?:abroad|overseas)\b",
    "key_area": rf"(?:中高|高|中)风险(?:地区|区域|区)(?:回来|过来|来)?的?{_PERSON}"
    rf"|{_PERSON_EN} (?:(?:who|that) )?(?:(?:just )?came (?:back )?|returned |is |was )?from an? (?:high|medium)[- ]risk",
    "feverish": f"{_FEVERISH_ZH}|{_FEVERISH_EN}",
}
_EXPOSED = re.compile("|".join(_CLASSES.values()))
_MET = (
    r"(?:一起|见面|见过|见了|碰面|吃过?饭|吃了饭|聚餐|聚会|同乘|同坐|同车|同住|同桌|坐过|坐了|开过会|开会|打牌|打麻将|握手|聊天|聊过"
    r"|住了?[一两三几]?[晚夜天]|住在我家|来我家|到我家|探望|照顾|送过|接过)"
)
_MET_EN = (
    r"(?:met|meet|saw|seen|ate|eaten|had (?:dinner|lunch|breakfast|a meal|tea|coffee|a meeting)|sat|sit|talked|spoke"
    r"|visited|visiting|stayed|shared|worked|travel+ed|spent|lived?|drove|in contact|been with|exposed|next to"
    r"|same (?:train|bus|coach|flight|plane|car|lift|elevator|office|room|class|building|table|party|shop))"
)
_MINE = re.compile(
    # somebody else beside me: colleagues, neighbours, the office, the floor below
    rf"(?:我的?)?(?:{_PERSON[3:-1]}|老公|老婆|丈夫|妻子|男友|女友|办公室|单位|公司|车间|班上|班里|宿舍|楼[上下里]|隔壁|对门|小区|单元|同[楼院班车])"
    r"[^,;。]{0,8}?(?:确诊|阳性|阳了|感染了|被感染|是密接|是密切接触者|被(?:拉走|带走|隔离|集中))"
    rf"|\b(?:my|our|the|a|some) {_PERSON_EN}(?: downstairs| upstairs| next door)? (?:is|was|has been|tested|got|has) (?:a |an )?"
    r"(?:infected|positive|confirmed|diagnosed|close contact|covid|taken away|quarantined)"
    rf"|\b{_PERSON_EN} (?:in|at|from|on|of) (?:my|our|the) [\w ]{{2,20}}? (?:is|was|has been|tested|got) (?:infected|positive|confirmed|diagnosed)"
    rf"|\b{_PERSON_EN} (?:downstairs|upstairs|next door) (?:is|was|has been|tested|got) (?:infected|positive|confirmed|diagnosed)"
)
_WITH = re.compile(rf"(?:[和跟与同]|接触)[^,;。]{{0,20}}?{_PERSON}[^,;。]{{0,12}}?{_MET}")
_VISITOR = re.compile(rf"(?:从)?[^,;。]{{2,10}}(?:来|回来)的{_PERSON}[^,;。]{{0,10}}{_MET}")
_TOUCHED = re.compile(r"(?:有?过?接触|密切接触)(?:过|了|史)?")
_ME = re.compile(r"我[们]?(?:也)?(?:是|被判定?为|成了|属于)[^,;。]{0,6}?(?:次密接|密接|密切接触者|次密)(?:者)?")
_ME_EN = re.compile(
    r"\b(?:i am|i'm|i was|we are)(?: told to be| listed as)? (?:a |the )?(?:secondary|close|second)[- ](?:close )?contact\b"
)
_OWN_TEST = re.compile(r"^(?:我|本人)?(?:的)?(?:核酸|抗体|检测|结果|抗原)")
_TELLING = re.compile(r"举报|没报备|没有报备|不隔离|没隔离|瞒报|\bnot (?:isolating|registered)\b|\bwithout telling\b")


def read_meeting(text: str) -> MeetingWords | None:
    """What these words say of a meeting; None when they speak of nobody else."""
    said = plain(text)
    lowered = said.lower().replace("’", "'")
    if _TELLING.search(lowered) or _OWN_TEST.match(lowered):
        return None
    found = _spoken_of(lowered)
    if found is None:
        return None
    rest = ";".join(
        clause for clause in re.split(r"[,;。.!!?]", lowered) if clause.strip() and not _EXPOSED.search(clause)
    )
    return MeetingWords(_met(lowered), rest)


def _spoken_of(said: str) -> re.Match[str] | None:
    mine = _MINE.search(said) or _ME.search(said) or _ME_EN.search(said)
    if mine is not None:
        return mine
    exposed = _EXPOSED.search(said)
    if exposed is None:
        return _WITH.search(said) if _VISITOR.search(said) else (_VISITOR.search(said) or _visitors_en(said))
    if _TOUCHED.search(said) or re.search(_MET, said) or re.search(rf"\b{_MET_EN}\b", said):
        return exposed
    return re.search(rf"是(?:密接|密切接触者)(?:者)?的{_PERSON}", said)


def _visitors_en(said: str) -> re.Match[str] | None:
    return re.search(rf"\b(?:met|had a meeting|ate|had dinner)\b (?:with )?(?:[\w ]{{0,12}} )?{_PERSON_EN} from ", said)


def _met(said: str) -> str | None:
    """The class that was named; 次密接 and somebody taken away are none of them."""
    for code, pattern in _CLASSES.items():
        if re.search(pattern, said):
            return code
    return None
