"""What may be said to everybody: review before release, and nothing in it that shows who somebody is (DP-3.4-a).

The lint looks for what identifies a person. It cannot find everything, so a second person reads the text as well.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """How far a text has come. The pack's flow says which of these it must pass, in order."""

    DRAFT = "draft"
    REVIEW = "review"
    APPROVE = "approve"
    PUBLISH = "publish"


class Identifying(StrEnum):
    ID_NUMBER = "id_number"
    PHONE = "phone"
    DOOR = "door"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRule:
    source: tuple[str, ...]
    flow: tuple[str, ...]
    privacy_lint: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """`shown` is the place in the text, masked: a refusal must not repeat what it refuses."""

    kind: Identifying
    shown: str


_NUMBERS = "零〇一二三四五六七八九十百0-9"
_ID_NUMBER = re.compile(r"(?<!\d)\d{6}(?:18|19|20)\d{2}\d{7}[\dXx](?![\dXx])|(?<!\d)\d{15}(?!\d)")
_PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)|(?<!\d)0\d{2,3}[- ]\d{7,8}(?!\d)")
#: Numbers pulled apart by spaces, dots or strokes.
_GAP = re.compile(r"(?<=\d)[ \t.·_-]+(?=[\dXx])")
_SPACED_ID_NUMBER = re.compile(r"(?<!\d)[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])[0-3]\d{4}[\dXx](?![\dXx])")
_SPACED_MOBILE = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)")
_DOOR = re.compile(
    rf"[{_NUMBERS}]{{1,5}}(?:室|户)(?!外|内|温)|[{_NUMBERS}]+单元[{_NUMBERS}]+|\d+[-—]\d+[-—]\d{{3,4}}"
    r"|\b(?:room|flat|apartment|apt\.?|door|unit)\s*(?:no\.?\s*)?\d+\b",
    re.IGNORECASE,
)
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_WHO = "确诊病例|病例|患者|感染者|接触者|密接|居民|住户|业主|村民|学生|员工|姓名[为是:：]?"
_NAME_AFTER = re.compile(
    rf"(?:{_WHO})[:： ]?([{_SURNAMES}][一-龥]{{1,2}})(?=[,，。、;；:：\s(（男女]|$|系|为|曾|于|住)"
)
_NAME_BEFORE = re.compile(rf"([{_SURNAMES}][一-龥]{{0,2}})(?:先生|女士|小姐|同志|大爷|大妈)")
_MASKED = re.compile(r"[某*×XＸ]")
_ENGLISH_NAME = re.compile(r"\b(?:Mr|Mrs|Ms|Dr)\.?\s+[A-Z][a-z]+")


def lint(text: str, *, names: Iterable[str] = ()) -> tuple[Finding, ...]:
    """Everything in a text that shows who somebody is. `names` are people it must not name, whoever they are."""
    text = unicodedata.normalize("NFKC", text)  # digits of full width are digits
    unspaced = _GAP.sub("", text)
    squeezed = "".join(text.split())
    found = [
        *_found(_ID_NUMBER, text, Identifying.ID_NUMBER),
        *_found(_SPACED_ID_NUMBER, unspaced, Identifying.ID_NUMBER),
        *_found(_SPACED_MOBILE, unspaced, Identifying.PHONE),
        *_found(_PHONE, text, Identifying.PHONE),
        *_found(_DOOR, text, Identifying.DOOR),
        *(
            Finding(Identifying.NAME, _masked(match[1]))
            for pattern in (_NAME_AFTER, _NAME_BEFORE)
            for match in pattern.finditer(text)
            if not _MASKED.search(match[1])
        ),
        *_found(_ENGLISH_NAME, text, Identifying.NAME),
        *(
            Finding(Identifying.NAME, _masked(name))
            for name in names
            if len(name) > 1 and (name in text or "".join(name.split()) in squeezed)
        ),
    ]
    return tuple(dict.fromkeys(found))


def findings(rule: ReleaseRule | None, texts: Iterable[str], *, names: Iterable[str] = ()) -> tuple[Finding, ...]:
    """What keeps these texts from being released where the pack has texts looked through."""
    if rule is None or not rule.privacy_lint:
        return ()
    known = tuple(names)
    return tuple(finding for text in texts for finding in lint(text, names=known))


def stages(rule: ReleaseRule | None) -> tuple[Stage, ...]:
    """What a text must pass before everybody hears it. Where no notice says: written by one, approved by another."""
    if rule is None:
        return (Stage.DRAFT, Stage.APPROVE, Stage.PUBLISH)
    return tuple(Stage(stage) for stage in rule.flow)


def next_stage(rule: ReleaseRule | None, reached: Stage) -> Stage | None:
    """What must happen to a text now; None when it is public."""
    order = stages(rule)
    if reached not in order or reached is order[-1]:
        return None
    return order[order.index(reached) + 1]


def _found(pattern: re.Pattern[str], text: str, kind: Identifying) -> Iterator[Finding]:
    return (Finding(kind, _masked(match[0])) for match in pattern.finditer(text))


def _masked(said: str) -> str:
    return f"{said[0]}{'*' * (len(said) - 1)}"
