"""Divisions in Latin letters: Shijiazhuang, Hebei · Gulou District, Nanjing · shi jia zhuang · I came from Xi'an.

Pinyin says less than characters do: Suzhou is 苏州 and 宿州. What several divisions share is asked back, unless the
words beside it decide: a parent, or what kind of division it is.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spelled:
    """One division under one spelling. `broken`: its second syllable begins with a vowel: Jin'an is not Jinan."""

    code: str
    name: str
    broken: bool


@dataclass(frozen=True, slots=True)
class _Word:
    said: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Mention:
    codes: tuple[str, ...]
    start: int
    end: int
    kind: str


KINDS: Mapping[str, str] = {
    **dict.fromkeys(("province", "sheng"), "province"),
    **dict.fromkeys(("city", "municipality", "shi"), "city"),
    **dict.fromkeys(("district", "qu"), "district"),
    **dict.fromkeys(("county", "xian", "banner"), "county"),
    **dict.fromkeys(("prefecture", "league", "zhou"), "prefecture"),
}
ENDINGS: Mapping[str, str] = {"province": "省", "city": "市", "district": "区", "county": "县旗"}
GLUED = ("sheng", "shi", "xian", "qu")
BESIDE = frozenset(
    """
    province sheng city municipality shi district qu county xian banner prefecture league zhou autonomous region area
    new sar special administrative uygur uyghur hui zhuang tibetan mongol mongolian korean the of in near at china prc
    """.split()  # noqa: SIM905 - a list to be read, not a literal to be counted
)
GENERIC = frozenset(BESIDE - {"the", "of", "in", "near", "at"})
GOES_ON = frozenset(
    "road rd street st avenue ave lane university college institute hospital hotel restaurant duck beer noodles".split()  # noqa: SIM905
)
"""Beijing Road and Wuhan University say no whereabouts."""

VOWELS_FIRST = frozenset("安阿恩尔鄂敖昂岸奥爱艾鞍额峨二鹅欧瓯案庵恶娥鳌澳凹")
DENIED = re.compile(r"\b(?:not|never|nor|neither|except|without|\w+n't)\b")
WORD = re.compile(r"[a-z]+(?:'[a-z]+)*|[^\sa-z']+")
LONGEST = 5
# English words that are also somebody's county in pinyin.
ENGLISH = frozenset(
    "lean home line same mine gone long song dang ban pan man tan fan can dan wan shan an he you hen men".split()  # noqa: SIM905
)


def folded(text: str) -> str:
    """Lower case, without accents: Türkiye → turkiye, lüyuan → luyuan, ’ → '."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return plain.lower().translate({0x2019: "'", 0x2018: "'", 0x60: "'", 0x2BC: "'", 0xB4: "'", 0x131: "i"})


def letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", folded(text))


class LatinNames:
    def __init__(self) -> None:
        self._spelled: dict[str, list[Spelled]] = {}

    def learn(self, latin: str, code: str, name: str, stem: str) -> None:
        known = self._spelled.setdefault(letters(latin), [])
        if all(each.code != code for each in known):
            known.append(Spelled(code, name, any(each in VOWELS_FIRST for each in stem[1:])))

    def read(self, text: str) -> tuple[tuple[str, ...], float, str]:
        """The codes meant, which share of the letters says them, and what else stands in the address."""
        said = folded(text)
        if DENIED.search(said):
            return (), 0.0, ""
        words = [_Word(match[0], match.start(), match.end()) for match in WORD.finditer(said)]
        mentions = list(self._mentions(words))
        if not mentions:
            return (), 0.0, ""
        codes = list(dict.fromkeys(code for group in _groups(mentions, words) for code in self._meant(group)))
        told = sum(len(letters(said[mention.start : mention.end])) for mention in mentions)
        rest = ", ".join(
            part.strip()
            for part, at in _parts(text if len(text) == len(said) else said)
            if re.search(r"\d", part) and not any(at <= mention.start < at + len(part) for mention in mentions)
        )
        return tuple(codes), min(told / max(len(letters(said)), 1), 1.0), rest

    def _mentions(self, words: list[_Word]) -> Iterator[_Mention]:
        at = 0
        before: list[Spelled] = []
        while at < len(words):
            if words[at].said == "xian" and any(each.name[-1] == "县" for each in before):
                at += 1  # Pingshan Xian; in Shaanxi Xian it is the city
                continue
            for count in range(min(LONGEST, len(words) - at), 0, -1):
                chosen = words[at : at + count]
                found = self._spelling([word.said for word in chosen])
                if found is not None:
                    break
            else:
                at, before = at + 1, []
                continue
            spelled, kind = found
            before = spelled
            if words[at + count : at + count + 1] and words[at + count].said in GOES_ON:
                at += count + 1
                continue
            at += count
            kind = kind or next((KINDS[word.said] for word in _generic(words[at:]) if word.said in KINDS), "")
            said = " ".join(word.said for word in chosen)
            yield _Mention(_told_apart(spelled, kind, said), chosen[0].start, chosen[-1].end, kind)

    def _spelling(self, said: list[str]) -> tuple[list[Spelled], str] | None:
        if not all(word[0].isalpha() for word in said):
            return None
        joined = "".join(letters(word) for word in said)
        if len(said) == 1 and (joined in ENGLISH or (joined in BESIDE and joined != "xian")):
            return None
        if joined in self._spelled and (len(said) == 1 or len(joined) > 3):
            return self._spelled[joined], ""
        if len(said) == 1:
            for suffix in GLUED:
                stem = joined.removesuffix(suffix)
                if stem != joined and stem in self._spelled:
                    return self._spelled[stem], KINDS[suffix]
        return None

    def _meant(self, group: list[_Mention]) -> Iterable[str]:
        """The deepest codes that agree with every mention beside them; all of them where they contradict each other."""
        agreed = [
            [code for code in mention.codes if all(_nested(code, other.codes) for other in group)] for mention in group
        ]
        if not all(agreed):
            return [code for mention in group for code in mention.codes]
        found = []
        for at, codes in enumerate(agreed):
            others = [other for place, each in enumerate(agreed) if place != at for other in each]
            found += [code for code in codes if not any(_below(other, code) for other in others)]
        return found


def _nested(code: str, others: tuple[str, ...]) -> bool:
    return any(code.startswith(other) or other.startswith(code) for other in others)


def _below(code: str, parent: str) -> bool:
    return len(code) > len(parent) and code.startswith(parent)


def _generic(words: list[_Word]) -> Iterator[_Word]:
    for word in words:
        if word.said not in GENERIC:
            return
        yield word


def _groups(mentions: list[_Mention], words: list[_Word]) -> list[list[_Mention]]:
    """Mentions with nothing but commas and words like "district" or "in" between them belong to one place."""
    groups = [[mentions[0]]]
    for before, mention in zip(mentions, mentions[1:], strict=False):
        between = [word.said for word in words if before.end <= word.start < mention.start]
        if all(said in BESIDE or said in {",", ";", "/", "-", ".", "(", ")", "|", "·"} for said in between):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    return groups


def _told_apart(spelled: list[Spelled], kind: str, said: str) -> tuple[str, ...]:
    fitting = [each for each in spelled if _is_kind(each, kind)] or spelled
    # Jinan is ji-nan; who means jin-an and knows it writes Jin'an.
    broken = re.search(r"'[aeo]", said) is not None
    fitting = [each for each in fitting if each.broken is broken] or fitting
    provinces = [each for each in fitting if len(each.code) == 2]
    if provinces and not kind:
        # Nobody says Hainan alone for the district in Wuhai; Jilin is a city too.
        fitting = [each for each in fitting if len(each.code) == 2 or (len(each.code) == 4 and each.name[-1] == "市")]
    return tuple(each.code for each in fitting)


def _is_kind(each: Spelled, kind: str) -> bool:
    if not kind:
        return True
    if kind == "province":
        return len(each.code) == 2
    if kind == "prefecture":
        return len(each.code) == 4
    if kind == "district" and each.name.endswith(("自治区", "地区")):
        return False
    return each.name[-1] in ENDINGS[kind]


def _parts(text: str) -> Iterator[tuple[str, int]]:
    at = 0
    for part in text.split(","):
        yield part, at
        at += len(part) + 1
