# ruff: noqa: E501 - a pattern reads better unbroken
"""Questions to the gates in free words: 我今天可以上班吗 · 能办50人的婚礼吗 · can I go to Hebei · is it over."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.forms.dates import Leaning, read_moments
from bot.forms.numerals import arabic, plain
from bot.forms.symptom_words import read_symptoms


@dataclass(frozen=True, slots=True)
class GateWords:
    """`question` is the gateway's code of it; `event` what is to be held; `number` whom an official asks about."""

    question: str
    place: str | None = None
    event: str | None = None
    people: int | None = None
    on: date | None = None
    cadre: bool = False
    abroad: bool = False
    number: str | None = None


_QUESTION = re.compile(
    r"[吗嘛么?]|能不能|可不可以|可否|能否|是否|是不是|行不行|要不要|让不让|多久|什么时候|啥时候|几时"
    r"|几天|多少天|怎么(?!样)|如何|为什么|为啥|能.{0,8}不$|[可能]以.{0,6}不$|possible\b"
    r"|\b(?:can|may|could) (?:i|we|she|he|they|my \w+|you)\b|^(?:can|may|am|is|are|could|when|do|does|will|how|why)\b"
)
_MAY = re.compile(r"可以|能|可否|允许|准|让|行|\b(?:can|may|could|allowed|ok|possible)\b")
_GREEN = re.compile(r"[绿黄红]码|健康码|\b(?:green|yellow|red|health) code\b|\bmy code\b")
_TURNED = re.compile(r"变[成]?[了红黄绿]|\bturned\b|\bis (?:red|yellow)\b")
_OVER = re.compile(
    r"(?:隔离|居家监测|健康监测|医学观察|封控).{0,8}(?:结束|解除|到期|期满|完了|完没|满了|好了|多久|几天|什么时候|啥时候)"
    r"|(?:什么时候|啥时候|几时|多久).{0,8}(?:解除|解封|结束隔离|出隔离|放我|能出去)|还[要得剩]隔离"
    r"|(?:隔离|居家监测|健康监测|医学观察|封控).{0,6}还(?:剩|有|要)|(?:天|期)(?:都)?满了?.{0,6}出[去门来]"
    r"|\b(?:isolation|quarantine|monitoring)\b.*\b(?:left|remain\w*|longer)\b|\breleased? from\b"
    r"|\b\d+ days (?:are |is )?(?:over|up|done)\b"
    r"|\b(?:isolation|quarantine|monitoring)\b.*\b(?:over|end|ends|finish\w*|done|last\w*)\b"
    r"|\b(?:over|end|finished)\b.*\b(?:isolation|quarantine)\b|\bam i (?:free|released)\b"
    r"|\bhow long\b.*\b(?:isolat\w*|quarantin\w*)\b"
)
_WORK = re.compile(
    r"上班|上岗|复工|返岗|开工|去单位|去工作"
    r"|\b(?:go|come|return|back|get)(?: back)? to (?:my )?work\b|\b(?:can|may|could) i work\b"
    r"|\bwork (?:today|tomorrow|again)\b|\ballowed to work\b"
)
_HOLDS = re.compile(
    r"[举承]办|办|举行|组织|召开|开个|开会|能开|可以开|搞|摆|\b(?:hold|have|organi[sz]e|host|give|arrange|throw)\b|how many"
    r"|\b(?:allowed|ok|possible|permitted)\b"
)
_EVENTS: Mapping[str, re.Pattern[str]] = {
    "wedding": re.compile(r"婚礼|婚宴|结婚|喜事|喜酒|喜宴|红事|\bwedding\b"),
    "funeral": re.compile(r"葬礼|丧事|白事|追悼|出殡|\bfuneral\b"),
    "banquet": re.compile(
        r"生日宴|生日酒|寿宴|祝寿|过寿|做寿|摆.{0,3}桌|满月|百日宴|升学宴|谢师宴|乔迁|酒席|宴席|宴请|摆酒|\bbanquet\b|birthday party"
    ),
    "exam": re.compile(r"考试|\bexams?\b|\bexamination\b"),
    "exhibition": re.compile(r"展览|展会|展销|画展|博览会|\bexhibition\b|\bfair\b"),
    "performance": re.compile(r"演唱会|演出|晚会|音乐会|唱戏|话剧|\bconcert\b|\bperformance\b|\bshow\b"),
    "sports": re.compile(r"比赛|运动会|马拉松|球赛|\bmatch\b|\bmarathon\b|\bsports?\b|\btournament\b"),
    "meeting": re.compile(r"会议|开会|年会|培训|座谈会|家长会|大会|\bmeeting\b|\bconference\b|\btraining\b"),
    "dinner": re.compile(r"聚餐|饭局|请客吃饭|\bdinner\b"),
    "gathering": re.compile(r"聚会|聚集|活动|庙会|\bparty\b|\bgathering\b|\bget together\b|\bevent\b"),
}
_OUTING = re.compile(
    r"出门|外出|下楼|出小区|聚餐|聚会|走亲访友|走亲戚|串门|拜年|逛街"
    r"|\b(?:go (?:out|downstairs|shopping)|meet (?:friends|people)|visit (?:friends|relatives))\b"
)
_COME = re.compile(
    r"(?:能|可以|让).{0,6}(?:回来|回家|返乡|过来|进来)|(?:能|可以|让)(?:不能|不可以)?回(?!去)|回.{1,10}(?:可以|行|能)"
    r"|\b(?:can|may|could|am) (?:i|we|she|he|they|my \w+)\b.*\b(?:come|return|be back|come back|come home)\b"
)
_TO_ZH = re.compile(r"(?:前往|去|到|出差到)\s*(?P<place>[^\s,，。?吗嘛么可能行呢啊吧]{2,30})")
_LEAVES = re.compile(r"出省|出市|外省|离开本市|出差|旅游|\bleave (?:the )?(?:province|city|town|district)\b")
_FROM_ZH = re.compile(r"从\s*(?P<place>[^\s,，。?]{2,20}?)(?:回|来|到|过来|返)")
_BACK_ZH = re.compile(r"回\s*(?P<place>[^\s,，。?吗嘛么可能行呢啊吧来家去]{2,20})")
_TO_EN = re.compile(r"\b(?:to|visit)\s+(?P<place>[A-Z][\w'’-]*(?:\s+(?:[A-Z][\w'’-]*|district|county|city|province))*)")
_FROM_EN = re.compile(r"\bfrom\s+(?P<place>[A-Z][\w'’-]*(?:\s+(?:[A-Z][\w'’-]*|district|county|city|province))*)")
_TRAVEL = re.compile(r"去|前往|到|出省|出市|出差|旅游|\b(?:go|travel|fly|drive|visit|leave)\b")
_PEOPLE = re.compile(r"(\d{1,6})\s*(?:个|位|名)?\s*(?:人|客人|宾客|来宾|people|guests|persons|attendees)")
_CADRE = re.compile(r"领导干部|干部|\bcadres?\b")
_ABROAD = re.compile(r"国外|境外|海外|\babroad\b|\boverseas\b")
_NUMBER = re.compile(r"(?<!\d)(1[3-9]\d{9}|\d{17}[\dXx])(?!\d)")
_NOT_A_PLACE = re.compile(r"^(?:上班|上岗|工作|医院|单位|学校|哪|那|别的|外面|外地|看病|检测|核酸|超市)")


def read_gate_question(text: str, *, now: datetime) -> GateWords | None:
    """What is asked; None when it is no question to a gate. Who feels ill is heard as a report first."""
    said = plain(text)
    lowered = said.lower()
    turned = _GREEN.search(lowered) is not None and _TURNED.search(lowered) is not None
    if not (turned or _QUESTION.search(lowered)) or read_symptoms(text).symptoms:
        return None
    number = _NUMBER.search(said)
    whom = number[1] if number else None
    if _GREEN.search(lowered):
        return GateWords("green_code", number=whom)
    if _OVER.search(lowered):
        return GateWords("over", number=whom)
    if not _MAY.search(lowered):
        return None
    cadre = _CADRE.search(lowered) is not None
    if _WORK.search(lowered):
        return GateWords("work", number=whom)
    event = next((name for name, words in _EVENTS.items() if words.search(lowered)), None)
    people = _PEOPLE.search(arabic(lowered))
    if event is not None and (people or _HOLDS.search(lowered)):
        moments = read_moments(said, now=now, leaning=Leaning.FUTURE)
        days = {moment.day for moment in moments}
        return GateWords(
            "hold",
            event=event,
            people=int(people[1]) if people else None,
            on=days.pop() if len(days) == 1 else None,
            cadre=cadre,
        )
    if _COME.search(lowered):
        origin = _FROM_ZH.search(said) or _FROM_EN.search(said)
        abroad = _ABROAD.search(lowered) is not None
        return GateWords("come", place=_named(origin["place"]) if origin and not abroad else None, abroad=abroad)
    if _OUTING.search(lowered):
        return GateWords("outing")
    if _TRAVEL.search(lowered):
        match = _TO_ZH.search(said) or _TO_EN.search(said)
        place = _named(match["place"]) if match else None
        if place is None and match is not None:
            return None
        if place is None and not _LEAVES.search(lowered) and "travel" not in lowered:
            return None
        return GateWords("travel", place=place, cadre=cadre)
    return None


def _named(place: str) -> str | None:
    found = re.sub(r"(?:出差|旅游|探亲|玩|办事)+$", "", place.strip())
    return None if len(found) < 2 or _NOT_A_PLACE.match(found) else found
