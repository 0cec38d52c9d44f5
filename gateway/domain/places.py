"""Where a text is: the administrative divisions, and what lies below a township.

A code says its level by its length: province 2, city 4, county 6, township 9, village 12 digits.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from gateway.domain.latin_places import LatinNames
from gateway.errors import NotFound


class UnknownArea(NotFound):
    """There is no administrative division with this code."""


class AreaLevel(IntEnum):
    """The number of digits of the code."""

    PROVINCE = 2
    CITY = 4
    COUNTY = 6
    TOWNSHIP = 9
    VILLAGE = 12


class Fit(IntEnum):
    """How a name was met, best first."""

    FULL = 0
    SHORT = 1
    FORMER = 2
    LOOSE = 3


@dataclass(frozen=True, slots=True)
class Area:
    code: str
    name: str
    aliases: tuple[str, ...] = ()
    latin: str = ""
    replaced_by: str | None = None

    @property
    def level(self) -> AreaLevel:
        return AreaLevel(len(self.code))


class NameKind(StrEnum):
    """What a name beside the present ones is."""

    FORMER = "former"  # gives way to a present name
    STILL = "still"  # former, but said as often as a present one
    SHORT = "short"
    WHOLE = "whole"  # only when nothing else is said: 冀
    LATIN = "latin"


@dataclass(frozen=True, slots=True)
class OtherName:
    """A name people use and no register does; several codes where it was divided."""

    name: str
    codes: tuple[str, ...]
    kind: NameKind


@dataclass(frozen=True, slots=True)
class Candidate:
    """One division a text may mean. `rest` is what the text says below it: a village, a street, a building."""

    code: str
    name: str
    full_name: str
    level: AreaLevel
    rest: str
    score: float


@dataclass(frozen=True, slots=True)
class _Reading:
    code: str
    start: int
    end: int
    fits: tuple[Fit, ...]


LEVELS = tuple(int(level) for level in AreaLevel)
PLACEHOLDERS = frozenset({"市辖区", "县"})
SEPARATORS = " ,，、。;；:：/|>·-—_()（）"
# A short name before one of these names a road or an estate, not the division: 洪山广场, 和平小区, 北京路.
# Nor, of course, do 山东大学, 兰州拉面 and 河北人.
GOES_ON = re.compile(
    r"(?:[东西南北中一二三四五六七八九十\d]{0,2}(?:大?路|大?街|大道|环路)|巷|弄|胡同|村|小区|社区|新村|花园|家园|公园|广场|大厦|商城|公寓"
    r"|宿舍|书店|大学|学院|医院|医科|师范|理工|交大|大酒店|饭店|酒店|宾馆|菜馆|餐厅|火锅|拉面|牛肉面|小面|烤鸭|炒饭|米线|啤酒|小吃|菜"
    r"|人(?!民)|话|方言|口音|户口|籍|车牌|牌照|号码|手机号|银行|晚报|日报|队)"
)
DENIED = re.compile(r"(?:没有?|未|不|别)(?:曾|再|有)?(?:去|到|来|回|在|是|住|经)[^,，。;；]{0,3}$")
ALSO = re.compile(
    r"到达?|抵达|前往|去|往|回到?|来到|和|与|跟|或者?|还是|是|以及|及|、|经过?|转|然后|再|飞往?|至|[,，;；。\s]|[-—~/]+"
)
OPENING = re.compile(r"^(?:首都|坐标|位于|地址|现居|老家|家)(?:在|是|:|：)?")
# Names are written in simplified characters here; Taiwan, Hong Kong and Macao write 臺北 and 廣州.
TRADITIONAL = str.maketrans(
    "東廣漢臺灣門龍慶寧陽區縣鎮鄉莊莊蘇連雲貴濟濱島煙爾齊賓陝隴遼馬鳳鶴雞綏蘭錫無樂樓華萬豐興義麗澤濰棗萊鄒單滄滿邊陰陸嶺銀順瀋鐵鄭開許諸"
    "紹溫臨歷淺淵渾湯溝鹽榮長岡黃黔鄂贛紅藍綠聖關應衛衡雙隨襄鄖鍾鐘宜監灄澧遠靈縉繡雋憑賀欽來賴瓊儋澄樹達曬廳灘濮漯滎鞏偃嵩欒嬴漣濱塩鎭"
    "羅譚湘醴寶內貢綿濾滬遂資簡閬蒼劍廬鶯豬涼會納畢銅鎮獨劉嚴從韶汕揭陸潮嶽崑麼蕭蓋瀘灣荊棟橋潁際歐奧礦務農廠場興園國際檀",
    "东广汉台湾门龙庆宁阳区县镇乡庄庄苏连云贵济滨岛烟尔齐宾陕陇辽马凤鹤鸡绥兰锡无乐楼华万丰兴义丽泽潍枣莱邹单沧满边阴陆岭银顺沈铁郑开许诸"
    "绍温临历浅渊浑汤沟盐荣长冈黄黔鄂赣红蓝绿圣关应卫衡双随襄郧钟钟宜监滠澧远灵缙绣隽凭贺钦来赖琼儋澄树达晒厅滩濮漯荥巩偃嵩栾嬴涟滨盐镇"
    "罗谭湘醴宝内贡绵滤沪遂资简阆苍剑庐莺猪凉会纳毕铜镇独刘严从韶汕揭陆潮岳昆么萧盖泸湾荆栋桥颍际欧奥矿务农厂场兴园国际檀",
)
TOWNSHIP_SUFFIX = re.compile(r"(街道办事处|街道办|街道|地区办事处|办事处|镇|乡|苏木|民族乡)")
TOWNSHIP_ENDING = re.compile(rf"^(.{{2,}}?)({TOWNSHIP_SUFFIX.pattern})$")
OF_A_PEOPLE = re.compile(
    r"^(.{2,}?)(?:(?:蒙古|维吾尔|布依|朝鲜|土家|哈尼|哈萨克|傈僳|拉祜|东乡|纳西|景颇|柯尔克孜|达斡尔|仫佬|布朗|撒拉|毛南|仡佬|锡伯"
    r"|阿昌|普米|塔吉克|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺"
    r"|[回藏苗彝壮满侗瑶白傣黎佤畲水土羌怒京])族)+(?:民族)?(乡|镇)$"
)
ZONE = re.compile(r"(新城|新区|开发区|高新区|经开区|示范区|实验区|管理区|度假区|保税区|产业区|园区|合作区|组团)")
LEADS_TO_A_PLACE = "从在去到来自回往住经由离过国是家刚于居赴飞至" + SEPARATORS
LONGEST_NAME = 18
SCANNED = 40


def clean(text: str) -> str:
    """One line in compatibility form, without control characters, symbols and emoji."""
    kept = []
    for character in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(character)
        if category in {"Cc", "Zl", "Zp"}:
            kept.append(" ")
        elif category[0] != "C" and category not in {"So", "Sk", "Me"} and character not in "\ufe0e\ufe0f":
            kept.append(character)
    return " ".join("".join(kept).split())


def _key(text: str) -> str:
    """For comparing, character by character: the length stays."""
    return "".join("u" if c in "üÜ" else c.lower() if c.isascii() else c for c in text).translate(TRADITIONAL)


class Gazetteer:
    """The divisions in force, their former names and codes, and the readings of a text."""

    def __init__(
        self, divisions: Iterable[Area], townships: Sequence[tuple[str, str]], others: Iterable[OtherName] = ()
    ) -> None:
        """`townships` are (code, name) in order of code."""
        self._areas = {area.code: area for area in divisions}
        self._ordered = sorted(self._areas)
        self._townships = townships
        self._names: dict[str, list[tuple[str, Fit]]] = {}
        self._township_names: dict[str, list[str]] | None = None
        self._former: dict[str, list[str]] = {}
        self._whole: dict[str, tuple[str, ...]] = {}
        self._latin = LatinNames()
        for area in self._areas.values():
            self._index(area)
        for other in others:
            self._index_other(other)

    def _index(self, area: Area) -> None:
        if area.replaced_by:
            if area.replaced_by in self._areas:
                self._learn(area.name, area.replaced_by, Fit.FORMER)
                stem = area.name[:-1]
                if area.name[-1] in "市县区" and len(stem) > 1 and not area.name.endswith("自治县"):
                    self._former.setdefault(stem, []).append(area.replaced_by)
            return
        if _is_placeholder(area):
            return
        self._learn(area.name, area.code, Fit.FULL)
        for alias in area.aliases:
            self._learn(alias, area.code, Fit.SHORT)
        if area.latin:
            self._learn(area.latin, area.code, Fit.SHORT)
            self._latin.learn(area.latin, area.code, area.name, area.aliases[0] if area.aliases else area.name)
        if len(area.code) == AreaLevel.COUNTY and area.aliases and area.name == area.aliases[0] + area.name[-1]:
            for suffix in "区县市":
                if suffix != area.name[-1]:
                    self._learn(area.aliases[0] + suffix, area.code, Fit.LOOSE)

    def _index_other(self, other: OtherName) -> None:
        for code in other.codes:
            area = self.area(code)
            match other.kind:
                case NameKind.LATIN:
                    # A spelling of its own does not follow the syllables of the Chinese name.
                    self._latin.learn(other.name, code, area.name, "")
                case NameKind.WHOLE:
                    self._whole[other.name] = other.codes
                case NameKind.SHORT:
                    self._learn(other.name, code, Fit.SHORT)
                case NameKind.STILL:
                    self._learn(other.name, code, Fit.FULL)
                case NameKind.FORMER:
                    self._learn(other.name, code, Fit.FORMER)

    def _learn(self, name: str, code: str, fit: Fit) -> None:
        codes = self._names.setdefault(_key(name), [])
        for at, (known, before) in enumerate(codes):
            if known == code:
                codes[at] = (code, min(before, fit))
                return
        codes.append((code, fit))

    # -- by code

    def find_area(self, code: str) -> Area | None:
        """The division with this code, or the one that took its place."""
        if len(code) == AreaLevel.TOWNSHIP:
            at = bisect_left(self._townships, (code, ""))
            if at < len(self._townships) and self._townships[at][0] == code:
                return Area(code, self._townships[at][1])
        area = self._areas.get(code)
        if area is None:
            shorter = _without_zeros(code)
            return self.find_area(shorter) if shorter != code else None
        if area.replaced_by:
            return self.find_area(area.replaced_by)
        return area

    def area(self, code: str) -> Area:
        area = self.find_area(code)
        if area is None:
            raise UnknownArea(f"there is no administrative division with the code {code}")
        return area

    def children(self, code: str | None = None) -> tuple[Area, ...]:
        """The divisions one level below, as people know them: a municipality's children are its districts."""
        if code is None:
            return tuple(self._areas[each] for each in self._ordered if len(each) == AreaLevel.PROVINCE)
        if len(code) >= AreaLevel.COUNTY:
            return tuple(Area(*township) for township in self._below(code))
        below = AreaLevel.CITY if len(code) == AreaLevel.PROVINCE else AreaLevel.COUNTY
        found: list[Area] = []
        for each in self._within(code):
            area = self._areas[each]
            if len(each) != below or area.replaced_by:
                continue
            found += self.children(each) if _is_placeholder(area) else (area,)
        return tuple(found)

    def _within(self, code: str) -> Iterator[str]:
        at = bisect_left(self._ordered, code)
        while at < len(self._ordered) and self._ordered[at].startswith(code):
            yield self._ordered[at]
            at += 1

    def _below(self, code: str) -> Sequence[tuple[str, str]]:
        return self._townships[
            bisect_left(self._townships, (code, "")) : bisect_left(self._townships, (code + ":", ""))
        ]

    def parents(self, code: str) -> tuple[Area, ...]:
        """From the province down to this division itself, without the levels that exist only in codes."""
        found: list[Area] = []
        for length in LEVELS:
            if length > len(code):
                break
            area = self.find_area(code[:length])
            if area is None or _is_placeholder(area):
                continue
            if found and found[-1].name == area.name:
                found[-1] = area
            else:
                found.append(area)
        return tuple(found)

    def full_name(self, code: str, language: str = "zh") -> str:
        areas = self.parents(self.area(code).code)
        if language.startswith("zh"):
            return "".join(area.name for area in areas)
        return ", ".join(area.latin or area.name for area in reversed(areas))

    # -- by name

    def named(self, name: str, *, within: str = "") -> tuple[str, ...]:
        """The codes below `within` that this whole name fits best."""
        key = _key(clean(name))
        known = [(fit, code) for code, fit in self._names.get(key, ()) if _is_below(code, within)]
        if within and not known:
            for code, full in self._below(within):
                met = _meet_township(key, 0, full)
                if met and met[0] == len(key):
                    known.append((met[1], code))
        best = min(known, default=(Fit.FULL, ""))[0]
        return _without_parents(self, [code for fit, code in known if fit == best])

    def township_at(self, text: str, *, within: str) -> tuple[str, int] | None:
        """The one township below `within` that the text begins with, and where its name ends."""
        key = _key(text)
        readings = ((code, _meet_township(key, 0, name)) for code, name in self._below(within))
        met = sorted((read[1], -read[0], code) for code, read in readings if read)
        if not met or (len(met) > 1 and met[0][:2] == met[1][:2]):
            return None
        _, end, code = met[0]
        return code, -end

    def find(self, text: str, *, language: str = "zh", limit: int = 10) -> tuple[Candidate, ...]:
        """What the text may mean, best first; several when more than one division fits equally, none when none does."""
        said = clean(text)
        if not any(ord(character) > 0x2E80 for character in said):
            return self._find_latin(said, language, limit)
        whole = self._whole.get(_key(said).strip(SEPARATORS))
        if whole:
            return tuple(self._candidate(code, "", 0.9, language) for code in whole)
        key, places = _key(said), list(range(len(said) + 1))
        readings = self._readings(key)
        if not readings and " " in said:
            # 石 家 庄
            places = [at for at, character in enumerate(said) if character != " "] + [len(said)]
            key = _key(said.replace(" ", ""))
            readings = self._readings(key)
        if not readings:
            return ()
        longest = max(reading.end for reading in readings)
        readings = [reading for reading in readings if reading.end == longest]
        closest = min(max(reading.fits) for reading in readings)
        ends = {reading.code: reading for reading in readings if max(reading.fits) == closest}
        if closest is Fit.SHORT:
            # 深圳南山 is the district, not a street of that name; 河北 the province, not the district in Tianjin.
            divisions = {code: reading for code, reading in ends.items() if len(code) < AreaLevel.TOWNSHIP}
            ends = _without_namesakes(self, divisions) or ends
        found = [
            self._candidate(
                code,
                said[places[ends[code].end] :].strip(SEPARATORS),
                (ends[code].end - ends[code].start) / len(said) - 0.05 * closest,
                language,
            )
            for code in _without_parents(self, list(ends))
        ]
        named = {candidate.code for candidate in found}
        if len(named) == 1:
            found += [
                self._candidate(code, "", 0.0, language)
                for code in self._named_after(key, longest)
                if not any(code.startswith(each) or each.startswith(code) for each in named)
            ]
        found.sort(key=lambda candidate: (-candidate.score, candidate.level, candidate.code))
        return tuple(found[:limit])

    def _find_latin(self, said: str, language: str, limit: int) -> tuple[Candidate, ...]:
        codes, share, rest = self._latin.read(said)
        found = [self._candidate(code, rest, share - 0.05, language) for code in _without_parents(self, list(codes))]
        found.sort(key=lambda candidate: (candidate.level, candidate.code))
        return tuple(found[:limit])

    def _candidate(self, code: str, rest: str, score: float, language: str) -> Candidate:
        area = self.area(code)
        full_name = self.full_name(area.code, language)
        return Candidate(area.code, area.name, full_name, area.level, rest, round(min(max(score, 0.01), 1.0), 3))

    def _named_after(self, key: str, start: int) -> list[str]:
        """What else is spoken of: 从武汉到济南 are two places, and which one was asked about only the person knows."""
        for also in ALSO.finditer(key, start, min(len(key), start + SCANNED)):
            for code, end, fit in self._names_at(key, also.end(), ""):
                if fit in (Fit.FULL, Fit.SHORT) and len(code) < AreaLevel.TOWNSHIP and not GOES_ON.match(key, end):
                    same = [each for each, at, how in self._names_at(key, also.end(), "") if (at, how) == (end, fit)]
                    return [each for each in same if len(each) < AreaLevel.TOWNSHIP]
        return []

    def _readings(self, key: str) -> list[_Reading]:
        """All readings from the first place in the text where one begins."""
        for start in range(min(len(key), SCANNED)):
            before = key[start - 1 : start]
            if before.isascii() and before.isalpha():
                continue
            if DENIED.search(key, max(0, start - 10), start):
                continue
            opened = OPENING.match(key)
            before = "" if opened and opened.end() == start else before
            readings = [
                reading
                for reading in self._read(key, start, "", ())
                if before in LEADS_TO_A_PLACE or reading.fits[0] is Fit.FULL or len(reading.fits) > 1
            ]
            if readings:
                return readings
        return []

    def _read(self, key: str, at: int, parent: str, fits: tuple[Fit, ...]) -> Iterator[_Reading]:
        if parent:
            at = self._past_repetition(key, at, parent)
        while at < len(key) and key[at] in SEPARATORS:
            at += 1
        for code, end, fit in self._names_at(key, at, parent):
            path = (*fits, fit)
            # A former name without its suffix goes on in the same ways.
            if fit not in (Fit.SHORT, Fit.FORMER) or not GOES_ON.match(key, end):
                yield _Reading(code, at, end, path)
            if len(code) < AreaLevel.TOWNSHIP:
                for deeper in self._read(key, end, code, path):
                    yield _Reading(deeper.code, at, deeper.end, deeper.fits)

    def _names_at(self, key: str, at: int, parent: str) -> Iterator[tuple[str, int, Fit]]:
        for end in range(min(len(key), at + LONGEST_NAME), at + 1, -1):
            if end < len(key) and key[end - 1].isascii() and key[end].isascii() and key[end].isalpha():
                continue
            for code, fit in self._names.get(key[at:end], ()):
                if _is_below(code, parent):
                    yield code, end, fit
            for code in self._former.get(key[at:end], ()):
                # 胶南 is clear; 太平 has many towns of its name, and only below 哈尔滨 is it the former district.
                if _is_below(code, parent) and (parent or not self._is_a_township(key[at:end], outside=code)):
                    yield code, end, Fit.FORMER
            if len(parent) < AreaLevel.COUNTY:
                for code in self._townships_named(key[at:end]):
                    if code.startswith(parent):
                        yield code, end, Fit.FULL
        if len(parent) == AreaLevel.COUNTY:
            for code, name in self._below(parent):
                met = _meet_township(key, at, name)
                if met:
                    yield code, met[0], met[1]

    def _townships_named(self, name: str) -> Sequence[str]:
        if self._township_names is None:
            self._township_names = {}
            for code, full in self._townships:
                self._township_names.setdefault(full, []).append(code)
                of_a_people = OF_A_PEOPLE.match(full) if "族" in full else None
                if of_a_people:
                    self._township_names.setdefault(of_a_people[1] + of_a_people[2], []).append(code)
        return self._township_names.get(name, ())

    def _is_a_township(self, stem: str, *, outside: str) -> bool:
        return any(
            not code.startswith(outside)
            for suffix in ("镇", "乡", "街道")
            for code in self._townships_named(stem + suffix)
        )

    def _past_repetition(self, key: str, at: int, parent: str) -> int:
        """Past 「上海市」 said twice and 「市辖区」, which forms put between a municipality and its district."""
        area = self._areas.get(parent)
        if area is None or len(parent) != AreaLevel.PROVINCE:
            return at
        for repeated in (area.name, "市辖区", "县"):
            if key.startswith(repeated, at):
                at += len(repeated)
        return at


def _is_placeholder(area: Area) -> bool:
    return len(area.code) == AreaLevel.CITY and (area.name in PLACEHOLDERS or "直辖" in area.name)


def _is_below(code: str, parent: str) -> bool:
    return len(code) > len(parent) and code.startswith(parent)


def _without_zeros(code: str) -> str:
    """220000 is 22, 220106000000 is 220106: the long form that registers and forms use."""
    for length in (9, 6, 4, 2):
        if len(code) > length and not code[length:].strip("0") and code[:length].strip("0"):
            return _without_zeros(code[:length])
    return code


def _without_parents(gazetteer: Gazetteer, codes: list[str]) -> tuple[str, ...]:
    """Dongguan is a city without counties and stands in the codes twice; the deeper one is kept."""
    names = {code: gazetteer.area(code).name for code in codes}
    return tuple(
        code
        for code, name in names.items()
        if not any(_is_below(other, code) and names[other] == name for other in names)
    )


def _meet_township(key: str, at: int, name: str) -> tuple[int, Fit] | None:
    """Where the name ends in the text. Without its suffix it counts only if nothing follows: 长兴 is also 长兴村."""
    if key.startswith(name, at):
        return at + len(name), Fit.FULL
    of_a_people = OF_A_PEOPLE.match(name)
    stem = of_a_people[1] if of_a_people else name
    if not of_a_people:
        ending = TOWNSHIP_ENDING.match(name)
        if ending is None:
            return None
        stem = ending[1]
    if not key.startswith(stem, at):
        return None
    after = at + len(stem)
    suffix = TOWNSHIP_SUFFIX.match(key, after)
    if suffix:
        return suffix.end(), Fit.LOOSE
    if stem[-1] not in "路街道" and (after == len(key) or key[after] in SEPARATORS):
        return after, Fit.SHORT
    return None


def _without_namesakes(gazetteer: Gazetteer, readings: dict[str, _Reading]) -> dict[str, _Reading]:
    """Beside the province of the same short name, only a city is called that alone: 吉林, but not 河北 or 海南."""
    if not any(len(code) == AreaLevel.PROVINCE for code in readings):
        return readings
    return {
        code: reading
        for code, reading in readings.items()
        if len(code) == AreaLevel.PROVINCE or (len(code) == AreaLevel.CITY and gazetteer.area(code).name[-1] == "市")
    }


# -- below the township

NUMERALS = {numeral: value for value, numeral in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
COUNTED = (
    r"号楼|号院|号|楼|栋|幢|座|单元|室|弄|支弄|村民小组|村民组|小组|组(?!团)|生产队|队"
    r"|社(?!区)|委(?!员|会)|期|区(?!域|委)"
)
NUMBER = re.compile(rf"([零〇一二两三四五六七八九十百]+)(?={COUNTED})")
STEP = re.compile(
    rf"(?:[A-Za-z]*\d+(?:-\d+)?[A-Za-z]?|[A-Za-z]+)(?:{COUNTED})"
    r"|.*?(?:村民委员会|居民委员会|村委会|居委会|村(?!民|委)|社区(?:居委会|居民委员会)?|小区|新村|嘎查)"
    rf"|.+?(?=(?:[A-Za-z]*\d+(?:-\d+)?[A-Za-z]?|[A-Za-z]+)(?:{COUNTED}))"
    r"|.+"
)
SAME_WORDS = (
    (re.compile(r"(村民委员会|村委会)$"), "村"),
    (re.compile(r"村村$"), "村"),
    (re.compile(r"(社区)?(居民委员会|居委会)$"), "社区"),
    (re.compile(r"(村民小组|村民组|小组)$"), "组"),
    (re.compile(r"生产队$"), "队"),
    (re.compile(r"(号楼|幢|栋)$"), "栋"),
)


def _value(numeral: str) -> str:
    if not set(numeral) & set("十百"):
        return "".join(str(NUMERALS[each]) for each in numeral)
    total, digit = 0, 0
    for each in numeral:
        if each in "十百":
            total += (digit or 1) * (10 if each == "十" else 100)
            digit = 0
        else:
            digit = NUMERALS[each]
    return str(total + digit)


def place_steps(detail: str) -> tuple[str, ...]:
    """The parts of a place below its township, largest first, spelled one way: 长明村二十一队 → 长明村, 21队."""
    plain = re.sub(r"\([^()]*\)?", "", clean(detail)).translate({ord(mark): None for mark in SEPARATORS if mark != "-"})
    plain = NUMBER.sub(lambda match: _value(match[1]), plain)
    steps = []
    for step in STEP.findall(plain):
        for pattern, word in SAME_WORDS:
            step = pattern.sub(word, step)
        if step:
            steps.append(step.casefold())
    return tuple(steps)


def place_levels(area_code: str, detail: str) -> tuple[str, ...]:
    """One string for each level below the township, each containing the one before it.

    They begin with the county's code, so that a place is the same place whether or not its township was told.
    The record keeps a keyed HMAC of each: equality is all that matching needs.
    """
    steps = place_steps(detail)
    county = area_code[: AreaLevel.COUNTY]
    return tuple("/".join((county, *steps[: depth + 1])) for depth in range(len(steps)))
