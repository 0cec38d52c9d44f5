# ruff: noqa: E501 - a pattern reads better unbroken
"""Well or not well, without a symptom that has a name: 今天一切正常 · 不舒服 · all fine today · I don't feel well."""

import re

from bot.forms.numerals import plain
from bot.forms.symptom_words import FEVERISH, SymptomWords, read_symptoms

_UNWELL = re.compile(
    r"不舒服|难受|不太好|不大好|不对劲|不得劲|生病|病了|感冒|着凉|发冷|怕冷|寒战|打冷战|打颤|头晕|眩晕|没胃口|皮疹|抽筋"
    r"|(?:腿|腰|背|胃|肚子|牙|手|脚|耳朵|眼睛|脖子|关节)(?:很|有点|好|特别)?[疼痛]"
    r"|\b(?:do not|don't|dont|not|never) feel(?:ing)? (?:so |very |too |that )?(?:well|good|right|fine)\b"
    r"|\bfeel(?:s|ing)? (?:a bit |a little |very |really |so )?(?:sick|ill|unwell|bad|terrible|awful|poorly|off)\b"
    r"|\b(?:caught|have|has|got|having) a (?:bad )?cold\b|\bshiver\w*|\bchills\b|\bdizz\w+|\bunder the weather\b"
    r"|\b(?:am|is|i'm) (?:ill|sick)\b|\b(?:stomach|belly|tooth|leg|back|ear|knee)[ -]?ache\b"
)
_DENIED = re.compile(
    r"(?:没有?|无|未见?|不再?)(?:任何|什么|出现|觉得|感到|感觉)*(?:不舒服|难受|不适|感冒|异常|症状|生病)(?:的?(?:症状|情况|现象))?"
    r"|\bno (?:new |other |more )?(?:symptoms?|complaints?|problems?)\b|\bnot? (?:sick|ill|unwell)\b"
)
_WELL = re.compile(
    r"一切(?:都)?(?:正常|很?好|安好|平安|ok)|(?:体温|身体|健康|状态|状况|情况)(?:都|也|很|一切)*(?:正常|良好|健康|挺好|很好|不错|ok)"
    r"|(?:全家|我们?|大家|家里人?|孩子|老人|人)(?:今天)?(?:都|也|很|一切|挺|全|身体)+(?:好|健康|正常|平安|没事)(?!像|久|多|几|不)"
    r"|今[天日](?:很|身体)?(?:健康|正常|平安|没事)|报平安|很好没事|^(?:正常|健康|平安|没事|都好|挺好的?)[。!!]*$"
    r"|\b(?:all|everything(?:'s| is)?|everyone(?:'s| is)?|i'?m|i am|we(?:'re| are)?|feel(?:ing)?|still)"
    r" (?:all |very |quite |still |doing |just |feeling )*(?:fine|ok|okay|well|good|normal|great|healthy|alright)\b"
    r"|\bnormal temperature\b|\btemperature (?:is |was )?normal\b|\bnothing new\b|^healthy\b|\bno complaints\b"
)
_SAYS_SO = re.compile(
    r"^(?:每日|今日|今天|日常|我要|我来|健康)*(?:打卡|签到|健康申报|健康上报|体温上报|报体温)[。!!]*$|健康打卡|上报体温"
    r"|^(?:daily |my |do my )*check[- ]?in(?: please| now| for today)?[.!]*$|^report (?:my )?temperature[.!]*$"
)
_ASKS = re.compile(r"[吗嘛么??]|怎么|为什么|能不能|可以|是不是|\b(?:can|may|could|should|when|why|how|if)\b")
NORMAL = 35.5  # below this a reading is a slip of the thumb or of the thermometer, and is asked again


def is_unwell(text: str) -> bool:
    """Whether somebody says that they are not well, whatever it is."""
    return _UNWELL.search(_DENIED.sub(" ", _lowered(text))) is not None


def says_all_is_well(text: str) -> bool:
    """Whether this is today's "all well": said in words, by symptoms that are denied, or by a normal temperature."""
    said = _lowered(text)
    felt = read_symptoms(text)
    if felt.symptoms or _ASKS.search(said) or is_unwell(text):
        return False
    if felt.temperature is not None:
        return NORMAL <= felt.temperature < FEVERISH
    return _WELL.search(said) is not None or _denies(said, felt)


def asks_to_check_in(text: str) -> bool:
    return _SAYS_SO.search(_lowered(text)) is not None


def _denies(said: str, felt: SymptomWords) -> bool:
    """没发烧没咳嗽, no fever no cough: nothing but denials."""
    return (
        not felt.visited_risk_area
        and re.fullmatch(_ONLY_DENIALS, re.sub(r"[,、;。.!!\s]+", " ", said).strip()) is not None
    )


_NAMED = r"(?:发烧|发热|咳嗽?|乏力|腹泻|拉肚子|头[疼痛]|嗓子[疼痛]|流鼻涕|不适|不舒服|症状|异常|情况)"
_NAMED_EN = r"(?:fever|cough|coughing|symptoms?|sore throat|headache|pain|complaints)"
_ONLY_DENIALS = re.compile(
    rf"(?:(?:我|我们|今天|全家|孩子|老人|也|都|和|今日|现在|目前)|(?:没有?|无|不|未|未见)(?:任何|什么|出现)?{_NAMED}+(?:了|的?症状)?|{_NAMED}|\s)+"
    rf"|(?:(?:i have|we have|today|and|or|still|there is|nor|also)|(?:no|not|without) (?:any )?{_NAMED_EN}|{_NAMED_EN}|\s)+"
)


def _lowered(text: str) -> str:
    return plain(text).lower().replace("’", "'")
