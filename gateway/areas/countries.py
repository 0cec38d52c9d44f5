"""The countries and territories of ISO 3166-1, by two letters; Babel names them in the reader's language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.domain.latin_places import folded

COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK
    FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK
    ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF
    TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 - a list to be read, not a literal to be counted
)

DOMESTIC = frozenset({"CN", "HK", "MO", "TW"})
"""Named as divisions of the gazetteer, never offered as a country beside them."""

SPOKEN_NAMES = {
    "US": (
        "USA", "U.S.A.", "U.S.", "US", "America", "the States", "United States of America", "美利坚", "美利坚合众国",
    ),
    "GB": (
        *("UK", "U.K.", "Britain", "Great Britain", "England", "Scotland", "Wales", "Northern Ireland"),
        *("英格兰", "苏格兰"),
    ),
    "KR": ("Korea, South", "South Korea", "Republic of Korea", "S. Korea", "南韩", "大韩民国"),
    "KP": ("Korea, North", "North Korea", "DPRK", "北朝鲜"),
    "AE": ("UAE", "U.A.E.", "United Arab Emirates", "Emirates", "Dubai", "Abu Dhabi", "阿联酋", "迪拜", "阿布扎比"),
    "RU": ("俄国", "Russian Federation", "俄"),
    "MM": ("Burma", "Myanmar"),
    "CZ": ("Czech Republic", "捷克共和国"),
    "CI": ("Ivory Coast", "象牙海岸"),
    "LA": ("Laos",),
    "VN": ("Viet Nam",),
    "TR": ("Turkey", "Turkiye", "土尔其"),
    "NL": ("Holland", "The Netherlands"),
    "PH": ("The Philippines",),
    "SA": ("Saudi", "KSA", "沙特", "沙特阿拉伯王国"),
    "AU": ("澳洲", "Oz"),
    "NZ": ("纽西兰",),
    "ID": ("印尼",),
    "CD": ("DR Congo", "DRC", "Democratic Republic of the Congo", "Congo-Kinshasa", "刚果金", "民主刚果"),
    "CG": ("Republic of the Congo", "Congo-Brazzaville", "刚果布"),
    "CF": ("中非",),
    "BA": ("波黑", "Bosnia"),
    "PG": ("巴新", "PNG"),
    "TZ": ("坦桑",),
    "MK": ("Macedonia", "马其顿"),
    "SZ": ("Swaziland", "斯威士兰"),
    "CV": ("Cape Verde",),
    "TL": ("East Timor",),
    "VA": ("Vatican", "梵蒂冈"),
    "IE": ("Republic of Ireland", "爱尔兰共和国"),
    "SG": ("星加坡",),
    "MY": ("大马",),
    "SY": ("叙利亚",),
    "MN": ("外蒙古", "外蒙", "蒙古国"),
    "DE": ("德意志", "Deutschland"),
    "IR": ("Iran",),
    "KZ": ("哈萨克",),
}  # fmt: skip
"""What people say and Babel does not: names beside the official ones."""


SHARED_NAMES: Mapping[str, tuple[str, ...]] = {"korea": ("KR", "KP"), "congo": ("CG", "CD"), "刚果": ("CG", "CD")}
"""Which of them was meant, only the person knows."""

GOES_ON = "路街城族料餐菜村馆人籍语镇乡庄区洋棉货车店"  # 美国城, 朝鲜族, 印度洋, 日本料理: not the country
LEADS = "从在去到来自回往经由飞至是了和与、,，。 ("
DENIED = re.compile(
    r"(?:没有?|未|不|别)(?:曾|再|有)?(?:去|到|来|回|在|是|住|经)过?$|\b(?:not|never|n't)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class CountryNames:
    """The countries abroad by every name people use, the longest first."""

    codes: Mapping[str, tuple[str, ...]]
    longest_first: tuple[str, ...]

    @classmethod
    def of(cls, territories: dict[str, str]) -> "CountryNames":
        named = country_names(territories).items()
        codes = {folded(name): (code,) for name, code in named if code not in DOMESTIC} | dict(SHARED_NAMES)
        return cls(codes, tuple(sorted(codes, key=len, reverse=True)))

    def spoken_of_in(self, text: str) -> tuple[str, ...]:
        """The codes of the countries a text speaks of; several where one name is shared."""
        said = " ".join(text.split())
        lowered = folded(said).replace("inner mongolia", " " * len("inner mongolia"))
        alone = lowered.strip(" .,;!。，！").removeprefix("the ")
        whole = self.codes.get(alone) or self.codes.get(alone + ".")
        if whole:
            return whole
        found: list[tuple[int, int, tuple[str, ...]]] = []
        for name in self.longest_first:
            at = lowered.find(name)
            while at >= 0:
                end = at + len(name)
                free = all(end <= start or at >= stop for start, stop, _ in found)
                if free and _stands_alone(lowered, said, at, end):
                    found.append((at, end, self.codes[name]))
                at = lowered.find(name, end)
        return tuple(dict.fromkeys(code for _, _, codes in sorted(found) for code in codes))


def _stands_alone(lowered: str, said: str, at: int, end: int) -> bool:
    name = lowered[at:end]
    if DENIED.search(lowered[:at]):
        return False
    before, after = lowered[at - 1 : at], lowered[end : end + 1]
    if name.isascii():
        if (before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum()):
            return False
        # "us" and "oz" within a sentence are words; US is a country.
        return len(name) > 3 or (len(said) == len(lowered) and said[at:end].isupper())
    return len(name) > 1 and (not before or before in LEADS) and not (after and after in GOES_ON)


def country_names(territories: dict[str, str]) -> dict[str, str]:
    """`{name: ISO code}` for a lookup by name, from one locale's territories (`Locale(...).territories`)."""
    names = {territories[code].casefold(): code for code in COUNTRIES if code in territories}
    for code, spoken in SPOKEN_NAMES.items():
        for name in spoken:
            names.setdefault(name.casefold(), code)
    return names
