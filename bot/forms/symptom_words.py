"""What a resident says about their health in their own words: 「发烧38.2,咳嗽两天」, "fever 38.2, cough for two days".

Only what is said is read. Denied symptoms (没有咳嗽, no cough) are left out, a temperature nobody can have is None.
The resident sees and corrects what was understood; nothing here decides anything.
"""

import re
import unicodedata
from dataclasses import dataclass

LOWEST, HIGHEST = 34.0, 43.0
FEVERISH = 37.3  # the usual threshold in the notices' forms; a pack's own triage value decides, not this reading


@dataclass(frozen=True, slots=True)
class SymptomWords:
    """`temperature` in Celsius, `symptoms` in order of `SYMPTOMS`, onset counted back from the day of writing."""

    temperature: float | None = None
    symptoms: tuple[str, ...] = ()
    onset_days_ago: int | None = None
    visited_risk_area: bool = False


SYMPTOMS = (
    "fever",
    "cough",
    "dry_cough",
    "fatigue",
    "sore_throat",
    "runny_nose",
    "headache",
    "muscle_ache",
    "diarrhoea",
    "vomiting",
    "smell_loss",
    "breathless",
    "chest_pain",
)

_ACHES = "疼痛|疼|痛|酸痛|酸|不适|难受"
_WORDS = {
    "fever": r"发烧|发热|发高烧|低烧|高烧|烧得|在烧|烧到|\bfever(?:ish)?|\btemperature is high|\bhigh temperature",
    "dry_cough": r"干咳|\bdry cough(?:ing)?",
    "cough": r"咳嗽|咳痰|(?<!干)咳(?!血)|(?<!dry )\bcough(?:s|ing|ed)?\b(?! up blood)",
    "fatigue": r"乏力|疲劳|疲倦|没力气|没有力气|浑身没劲|没劲|无力|疲乏|\bfatigue|\bexhausted|\bvery tired"
    r"|\btired(?:ness)?\b|\bweak(?:ness)?\b",
    "sore_throat": rf"(?:咽喉|喉咙|嗓子|咽部|咽)[^,]{{0,3}}(?:{_ACHES}|干|痒|哑|肿|发炎)|咽{{1,2}}痛"
    r"|\bsore throat|\bscratchy throat|\bthroat (?:is |feels )?(?:sore|hurts|pain|painful|scratchy)|\bthroat pain",
    "runny_nose": r"流(?:鼻涕|涕|清涕)|鼻塞|鼻涕|鼻子不通|打喷嚏|\brunny nose|\b(?:stuffy|blocked"
    r"|stuffed) nose|\bnasal congestion|\bsneez\w+",
    "headache": r"(?:头|脑袋|太阳穴)[^,]{0,2}(?:疼|痛)|\bheadaches?\b|\bhead (?:hurts|aches|ache)",
    "muscle_ache": rf"(?:肌肉|全身|浑身|身上|身体|四肢|腰背|关节)[^,\s头嗓肚胸]{{0,3}}(?:{_ACHES})|\b(?:muscles?"
    r"|body|joints?)[ -](?:aches?|pains?|is aching|hurts?|aching)|\bachy|\bmyalgia"
    r"|\baching all over",
    "diarrhoea": r"腹泻|拉肚子|拉稀|泻肚|水样便|\bdiarrh?o?ea|\bloose stools?|\bthe runs\b",
    "vomiting": r"呕吐|恶心|想吐|吐了|\bvomit\w*|\bnause(?:a|ous)|\bthrowing up|\bthrew up",
    "smell_loss": r"(?:嗅觉|味觉|嗅味觉)[^,]{0,4}(?:减退|丧失|消失|没|失灵|下降|失去)|(?:闻|尝|吃)不(?:到"
    r"|出|见|着)[^,]{0,3}(?:味|气味)?|失去(?:嗅觉|味觉)|没有?(?:了)?(?:嗅觉|味觉)"
    r"|\b(?:loss|lost|no)(?: of| my| sense of| my sense of)* (?:smell|taste)|\b(?:cannot"
    r"|can't|cant|can not|unable to) (?:smell|taste)|\banosmia",
    "breathless": r"气短|气促|气喘|喘不[上过]|呼吸困难|呼吸急促|憋气|胸闷|喘得|有点喘|\bshort(?:ness)? of breath"
    r"|\bbreathless(?:ness)?|\b(?:difficulty|trouble|hard|problems?) (?:in |with "
    r"|to )?breath(?:ing|e)|\b(?:cannot|can't|cant) breathe?",
    "chest_pain": r"胸(?:口|部|前)?[^,]{0,2}(?:疼|痛)|胸口[^,]{0,2}(?:难受|压)|\bchest (?:pains?"
    r"|hurts|tightness|pressure|is tight)|\bpain in (?:my |the )?chest",
}
_PATTERNS = tuple((code, re.compile(_WORDS[code])) for code in SYMPTOMS)

# 「没有发烧、咳嗽」 and "no fever, cough or headache" deny the whole list. A bare comma does not carry the denial on:
# 「没有发烧,咳嗽两天」 is a person who coughs, and asking once more costs less than overhearing it.
_NAMED_ZH = (
    "发烧|发热|低烧|高烧|咳嗽|干咳|咳|痰|乏力|腹泻|拉肚子|头痛|头疼|头晕|咽痛|嗓子疼|嗓子痛|喉咙痛|喉咙疼|流鼻涕|鼻塞|打喷嚏|呕吐|恶心"
    r"|胸痛|胸口痛|胸口疼|胸闷|气短|气促|气喘|喘|呼吸困难|嗅觉减退|味觉减退|嗅觉丧失|味觉丧失|肌肉酸痛|肌肉痛|肌肉疼|浑身酸痛|不舒服|不适"
)
_NAMED_EN = (
    r"(?:(?:bad|high|severe|real|more|serious|dry|sore|runny|stuffy|chest|muscle|body|joint) )?"
    r"(?:fevers?|temperature|cough(?:s|ing)?|fatigue|tired(?:ness)?|weak(?:ness)?"
    r"|throat|nose|headaches?|aches?|pains?"
    r"|diarrh?o?ea|vomit(?:ing)?|nausea|(?:shortness|short) of breath|breathless(?:ness)?|tightness"
    r"|(?:difficulty|trouble|problems?) (?:in |with )?breathing|chills|dizzy|sick|unwell|symptoms?)"
)
_DENIED = (
    re.compile(
        rf"(?:并?没有?(?:出现|过|任何|什么|再|明显)*|未(?:出现|见)?|无|不再?|并无|从未|停止)(?:{_NAMED_ZH})"
        rf"(?:(?:[、和或及与跟]|,?(?:也|都|亦)?(?:没有?|无|不|未))(?:{_NAMED_ZH})"
        # 没有发烧咳嗽 denies both; 没有发烧咳嗽两天 says how long somebody has coughed
        rf"|(?:{_NAMED_ZH})(?!了|[一二两三四五六七八九十好几\d]))*(?:等)?(?:的)?(?:症状|情况|现象)?"
    ),
    re.compile(rf"(?:{_NAMED_ZH})(?:[、和或](?:{_NAMED_ZH}))*(?:都|也|均)?(?:没有|没了|好了|退了|消失了|无)"),
    re.compile(r"(?:烧|热)(?:已经|都)?退了?|退烧了|不(?:烧|咳|拉|吐|疼|痛)了"),
    re.compile(
        r"\b(?:no|not|without|never|neither|nor|don't|dont|do not|doesn't|does not"
        r"|didn't|haven't|hasn't|isn't|free of)"
        r"(?: (?:have|had|having|feel|feeling|any|a|an|got|been|the|really|sign of|signs of|symptoms? of|longer))*"
        rf" {_NAMED_EN}(?:(?:, {_NAMED_EN})*,? (?:or|nor) (?:a )?{_NAMED_EN}|,? (?:and )?no {_NAMED_EN})*"
    ),
    re.compile(rf"\b{_NAMED_EN} (?:is |has |have |are )?(?:all )?(?:gone|stopped|over|went away)\b"),
)
_ONLY_BUT = re.compile(r"但是?|不过|可是|只是|就是|\bbut\b|\bhowever\b|\bonly\b")

_STOPS = re.compile("[。;;!?\n\uff1b\uff01\uff1f]+")
_RISK = re.compile(
    r"(?:去过|到过|来自|经过|路过|待过|呆过|住过|从|途经|在|回来自|接触过)[^,;]{0,12}(?:中|高|中高|疫情|重点)(?:、?高)?(?:风险)?(?:地区"
    r"|区|区域)|(?:中高?|高)风险(?:地?区|区域)[^,;]{0,6}(?:回来|返回|来的|去过|待过|住过)"
    r"|\b(?:visited|been (?:to|in)|went to|came (?:back )?from|returned from|travel+ed (?:to"
    r"|from)|stayed in|was in|passed through|come from)\b[^,;]{0,25}\b(?:risk"
    r"|outbreak|affected)[ -]?(?:area|zone|region|level)?"
)
_NO_RISK = re.compile(
    r"(?:没有?|未|从未|没|不曾|并未|无)[^,;]{0,4}(?:去过|到过|来自|经过|待过|接触过|去|到|途经|住过|在)[^,;]{0,12}(?:风险"
    r"|疫情)|\b(?:not|never|haven't|havent|hasn't|didn't|no)\b[^,;]{0,30}\b(?:risk"
    r"|outbreak|affected)"
)


def read_symptoms(text: str) -> SymptomWords:
    """Everything this text says about temperature, symptoms, their beginning and a risk area."""
    words = _plain(text[:4096])
    temperature = _temperature(words)
    said = words
    for denied in _DENIED:
        said = denied.sub(" ~ ", said)
    codes = {code for code, pattern in _PATTERNS if pattern.search(said)}
    if temperature is not None and temperature >= FEVERISH:
        codes.add("fever")
    if "dry_cough" in codes and not _PATTERNS[1][1].search(re.sub(_WORDS["dry_cough"], " ", said)):
        codes.discard("cough")
    return SymptomWords(
        temperature,
        tuple(code for code in SYMPTOMS if code in codes),
        _onset(words) if codes else None,
        bool(_RISK.search(_NO_RISK.sub(" ", words))),
    )


def _plain(text: str) -> str:
    words = unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'")
    words = re.sub(r"(?<!\d)(3[4-9]|4[0-3]),(\d)(?!\d)", r"\1.\2", words)
    words = _STOPS.sub(" ; ", words.replace(",", ", ")).replace("°", "度").replace("℃", "度c")
    words = re.sub(r"(?<=[\u3400-\u9fff,、])\s+(?=[\u3400-\u9fff0-9])|(?<=[0-9])\s+(?=[\u3400-\u9fff])", "", words)
    words = _ONLY_BUT.sub(lambda match: f" ; {match[0]} ", words)
    return re.sub(r"\s+", " ", words)


# --- numbers ------------------------------------------------------------------------------------------------

_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "半": 0}
_ENGLISH = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_ENGLISH |= {"nine": 9, "ten": 10, "couple of": 2, "a couple of": 2, "few": 3, "a few": 3}


def _number(text: str) -> int | None:
    text = text.strip()
    if text.isdigit():
        return int(text)
    if text in _ENGLISH:
        return _ENGLISH[text]
    tens, has_ten, ones = text.rpartition("十")
    if not has_ten:
        return _DIGIT.get(text) if len(text) == 1 else None
    left, right = (_DIGIT.get(tens, 1) if tens else 1), (_DIGIT.get(ones, 0) if ones else 0)
    return 10 * left + right


_CHINESE_DEGREES = re.compile(
    r"三十([三四五六七八九])度?(?:点)?([零一二三四五六七八九半])?(?!天|日|多|个)|四十度?(?:点)?([零一二三半])?(?=度|$|,)"
)
_DEGREES = re.compile(
    r"(?<![\d.年月/-])(?P<whole>\d{2,3})(?:(?:[.点]|度(?!c|f)\s?)(?P<part>\d{1,2}"
    r"|半))?(?P<unit>\s?(?:度c|度f|摄氏度|华氏度|度|degrees? ?(?:celsius|fahrenheit|c\b|f\b)?"
    r"|celsius|fahrenheit|c\b|f\b))?(?![\d%]|天|日|号|月|年|岁|点|楼|室|元|次|人|个|栋|小时|[- ]?(?:days?"
    r"|hours?|years?|weeks?|times?|am|pm|people))"
)
_ABOUT = re.compile(
    r"(?:体温|温度|发烧|发热|高烧|低烧|烧到?|烧了?|量了?|测|fever|temperature|temp|thermometer)[^\d;]{0,14}$"
)


def _temperature(words: str) -> float | None:
    """The highest plausible temperature said: with a unit or a fraction, or a bare number next to a word for it."""
    said: list[float] = []
    for match in _CHINESE_DEGREES.finditer(words):
        if match[1]:
            said.append(30 + _DIGIT[match[1]] + _tenths(match[2]))
        else:
            said.append(40 + _tenths(match[3]))
    for match in _DEGREES.finditer(words):
        unit = (match["unit"] or "").strip()
        about = _ABOUT.search(words[: match.start()]) is not None
        if not unit and not about and match["part"] is None:
            continue
        part = match["part"] or "0"
        value = float(f"{match['whole']}.{'5' if part == '半' else part}")
        if "f" in unit.replace("fahrenheit", "f") or "华氏" in unit or (not unit and value > 90):
            value = (value - 32) * 5 / 9
        said.append(value)
    plausible = [round(value, 1) for value in said if LOWEST <= value <= HIGHEST]
    return max(plausible) if plausible else None


def _tenths(text: str | None) -> float:
    return 0.0 if not text else 0.5 if text == "半" else _DIGIT[text] / 10


# --- since when ---------------------------------------------------------------------------------------------

_COUNT = r"(\d{1,2}|[一二两三四五六七八九十]{1,3})"
_SPANS = (
    (re.compile(rf"{_COUNT}\s?(?:个)?(?:天|日)(?:前|了|左右|多|$|[,;,。 ~])"), 1),
    (re.compile(rf"(?:第|已经|持续|有){_COUNT}天"), 1),
    (re.compile(rf"{_COUNT}\s?(?:个)?(?:星期|周|礼拜)(?:前|了|$|[,; ])"), 7),
    (re.compile(r"\b(\d{1,2}|a couple of|couple of|a few|few|one|two|three|four|five|six|seven"
        r"|eight|nine|ten|a) days?\b"), 1),
    (re.compile(r"\b(\d{1,2}|a couple of|one|two|three|a|four) weeks?\b"), 7),
)  # fmt: skip
_NAMED = (
    (re.compile(r"大前天"), 3),
    (re.compile(r"前天|前晚|\bday before yesterday"), 2),
    (re.compile(r"昨天|昨晚|昨日|昨夜|\byesterday|\blast night"), 1),
    (
        re.compile(
            r"今天|今早|今晨|刚才|刚刚|刚开始|早上开始|\btoday|\bthis morning|\bjust now|\btonight|\bsince this"
        ),
        0,
    ),
)
_ELSEWHERE = re.compile(
    r"[^,;]*(?:风险|疫情|去过|到过|隔离|核酸|接种|疫苗|\brisk|\bvisited|\bquarantine|\bvaccin)[^,;]*"
)


def _onset(words: str) -> int | None:
    """How long ago the symptoms began; the longest span wins, a span about a journey or a test does not count."""
    about = _ELSEWHERE.sub(" ", words) + " "
    days = [
        number * unit for pattern, unit in _SPANS for match in pattern.finditer(about) if (number := _number(match[1]))
    ]
    if days:
        return min(max(days), 60)
    return next((ago for pattern, ago in _NAMED if pattern.search(about)), None)
