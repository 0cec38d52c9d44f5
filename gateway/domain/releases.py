"""What may be said to everybody: review before release, and nothing in it that shows who somebody is (DP-3.4-a).

The lint looks for what identifies a person. It cannot find everything, so a second person reads the text as well.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
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
    PLATE = "plate"
    EMAIL = "email"
    LANDLINE = "landline"


class Weight(StrEnum):
    """What a finding asks for: it never goes out, it goes out only with a reason on record, or it is pointed at."""

    NEVER = "never"
    REASON = "reason"
    NOTE = "note"


#: A mobile number may be a duty line, so a reason lets it pass - unless it is a resident's, which the record knows.
WEIGHT: Mapping[Identifying, Weight] = {
    Identifying.ID_NUMBER: Weight.NEVER,
    Identifying.PHONE: Weight.REASON,
    Identifying.DOOR: Weight.REASON,
    Identifying.NAME: Weight.REASON,
    Identifying.PLATE: Weight.REASON,
    Identifying.EMAIL: Weight.REASON,
    Identifying.LANDLINE: Weight.NOTE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRule:
    source: tuple[str, ...]
    flow: tuple[str, ...]
    privacy_lint: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """`shown` is the place in the text, masked: a refusal must not repeat what it refuses. `start` and `end` are where
    it stands in the text as it is read (`as_read`)."""

    kind: Identifying
    shown: str
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    @property
    def weight(self) -> Weight:
        return WEIGHT[self.kind]


_NUMBERS = "零〇一二三四五六七八九十百0-9"
_ID_NUMBER = re.compile(r"(?<!\d)\d{6}(?:18|19|20)\d{2}\d{7}[\dXx](?![\dXx])|(?<!\d)\d{15}(?!\d)")
_PASSPORT = re.compile(r"(?<![A-Za-z0-9])[EGDPS][A-Z]?\d{7,8}(?!\d)")
_PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?\(?0\d{2,3}\)?[- ]?\d{7,8}(?!\d)")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·•. ]?"
    r"(?=[A-HJ-NP-Z0-9]*\d)[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]"
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
#: Numbers pulled apart by spaces, dots or strokes.
_GAP = re.compile(r"(?<=\d)[ \t.·_-]+(?=[\dXx])")
_BLANK = re.compile(r"\s")
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
_ENGLISH_NAME = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr)\.?\s+[A-Z][a-z]+"
    r"|(?<=named )[A-Z][a-z]+(?:\s+[A-Z][a-z]+)+|(?<=patient )[A-Z][a-z]+\s+[A-Z][a-z]+"
)


def as_read(text: str) -> str:
    """The text as the lint reads it: digits of full width are digits."""
    return unicodedata.normalize("NFKC", text)


def lint(text: str, *, names: Iterable[str] = ()) -> tuple[Finding, ...]:
    """Everything in a text that shows who somebody is. `names` are people it must not name, whoever they are."""
    plain = _Read.plain(as_read(text))
    unspaced, squeezed = plain.without(_GAP), plain.without(_BLANK)
    found = [
        *_found(_ID_NUMBER, plain, Identifying.ID_NUMBER),
        *_found(_SPACED_ID_NUMBER, unspaced, Identifying.ID_NUMBER),
        *_found(_PASSPORT, plain, Identifying.ID_NUMBER),
        *_found(_SPACED_MOBILE, unspaced, Identifying.PHONE),
        *_found(_PHONE, plain, Identifying.PHONE),
        *_found(_LANDLINE, plain, Identifying.LANDLINE),
        *_found(_PLATE, plain, Identifying.PLATE),
        *_found(_EMAIL, plain, Identifying.EMAIL),
        *_found(_DOOR, plain, Identifying.DOOR),
        *(
            plain.finding(Identifying.NAME, match.start(1), match.end(1))
            for pattern in (_NAME_AFTER, _NAME_BEFORE)
            for match in pattern.finditer(plain.text)
            if not _MASKED.search(match[1])
        ),
        *_found(_ENGLISH_NAME, plain, Identifying.NAME),
        *(
            read.finding(Identifying.NAME, at, at + len(sought))
            for name in names
            if len(name) > 1
            for read, sought in ((plain, name), (squeezed, "".join(name.split())))
            for at in [read.text.find(sought)]
            if at >= 0
        ),
    ]
    return tuple(_apart(found))


def pieces(text: str, found: Iterable[Finding]) -> tuple[tuple[str, Finding | None], ...]:
    """The text as it is read, cut where something was found: to be shown with what is wrong in its place."""
    read, cut, at = as_read(text), [], 0
    for one in sorted(found, key=lambda finding: finding.start):
        cut += [(read[at : one.start], None), (read[one.start : one.end], one)]
        at = one.end
    cut.append((read[at:], None))
    return tuple(piece for piece in cut if piece[0])


def findings(rule: ReleaseRule | None, texts: Iterable[str], *, names: Iterable[str] = ()) -> tuple[Finding, ...]:
    """What keeps these texts from being released where the pack has texts looked through."""
    if rule is None or not rule.privacy_lint:
        return ()
    known = tuple(names)
    return tuple(finding for text in texts for finding in lint(text, names=known) if finding.weight is not Weight.NOTE)


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


@dataclass(frozen=True, slots=True)
class _Read:
    """A text, perhaps with signs left out, that knows where each sign stood before."""

    text: str
    places: tuple[int, ...]

    @classmethod
    def plain(cls, text: str) -> "_Read":
        return cls(text, tuple(range(len(text))))

    def without(self, pattern: re.Pattern[str]) -> "_Read":
        dropped = {at for match in pattern.finditer(self.text) for at in range(*match.span())}
        kept = [at for at in range(len(self.text)) if at not in dropped]
        return _Read("".join(self.text[at] for at in kept), tuple(self.places[at] for at in kept))

    def finding(self, kind: Identifying, start: int, end: int) -> Finding:
        return Finding(kind, _masked(self.text[start:end]), self.places[start], self.places[end - 1] + 1)


def _found(pattern: re.Pattern[str], read: _Read, kind: Identifying) -> Iterator[Finding]:
    return (read.finding(kind, *match.span()) for match in pattern.finditer(read.text))


def _apart(found: Iterable[Finding]) -> Iterator[Finding]:
    """In the order of the text, one for each place: where two speak of the same signs, the graver stays."""
    grave = list(Weight)
    kept: list[Finding] = []
    for one in sorted(found, key=lambda finding: (grave.index(finding.weight), finding.start - finding.end)):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return iter(sorted(kept, key=lambda finding: finding.start))


def _masked(said: str) -> str:
    return f"{said[0]}{'*' * (len(said) - 1)}"
