"""Packs from YAML: the only way a notice's rules enter the system.

The frozen dataclasses of `gateway.domain.packs` are the shape; pydantic checks a file against them here, so that no
shape is written twice. What is unknown, misspelt or cites a rule nobody has quoted is refused with file, line, field.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, get_args, get_type_hints
from zoneinfo import available_timezones

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from gateway.domain import (
    agencies,
    capacities,
    controls,
    duties,
    early_warnings,
    guidance,
    laboratories,
    leads,
    matters,
    periodic_tests,
)
from gateway.domain.differences import differences, who_may_set
from gateway.domain.kinds import ItemKind
from gateway.domain.packs import Anchor, Pack, PeriodRule, ProfileRule, When
from gateway.domain.rules import DEFAULT, RuleQuote, Unset
from gateway.domain.rungs import Ladder
from gateway.domain.scopes import AREA_DIGITS
from gateway.domain.sign_offs import SignOff, Stated
from gateway.errors import Fault, Invalid, NotFound
from gateway.policies.documents import At, Document, dotted, laid_over, leaves, named, part_of, read_document, values
from gateway.policies.inheritances import FOLDER as FOLDER
from gateway.policies.inheritances import (
    is_composite,
    jurisdictions,
    resolved,
    shipped,
    with_one_standard,
    with_same_profiles,
)

DEMO_OVERLAY: Final = FOLDER / "demo-overlay.yaml"

_REQUIRED: Final = re.compile(r"REQUIRED(?:\s+(?P<rule>\S+))?")
_OURS: Final = re.compile(r"(AMB|DEF)-\d\d")
"""Ids of our own notes on the notices: readings of an ambiguity, conventions of counting."""
_CITED: Final = "source"
#: Where a pack carries the sentences of its own notice.
_QUOTES: Final = "quotes"
_RULE_ID: Final = re.compile(r"[A-Z][A-Z0-9]{1,7}-\d+(\.\d+)*(-[a-z])?")
_LONGEST_QUOTE: Final = 2000
_MOST: Final = {"seconds": 86_400, "minutes": 20_160, "hours": 2_160, "days": 1_100, "months": 36}


_BACK_TOO: Final = frozenset({"plus_days"})
"""Distances from a day, which lead back as well as forth; everything else lasts."""


def _forbid_unknown_keys(shape: Any, seen: set[Any]) -> None:
    """Every dataclass reachable from a shape refuses keys it does not know."""
    if isinstance(shape, type) and is_dataclass(shape) and shape not in seen:
        seen.add(shape)
        with_config(ConfigDict(extra="forbid"))(shape)
        for each in get_type_hints(shape).values():
            _forbid_unknown_keys(each, seen)
    for each in get_args(shape):
        _forbid_unknown_keys(each, seen)


_forbid_unknown_keys(Pack, set())
_forbid_unknown_keys(RuleQuote, set())
_packs: Final = TypeAdapter(Pack)
_quotes: Final = TypeAdapter(dict[str, RuleQuote])
_ladders: Final = TypeAdapter(Ladder)


def pack_ids() -> tuple[str, ...]:
    return tuple(shipped())


def load_pack(pack_id: str, *, overlays: Sequence[Path] = ()) -> Pack:
    """A pack that comes with the system. Overlays are laid over it in order; their values are marked as theirs."""
    if pack_id not in pack_ids():
        raise NotFound(f"there is no pack {pack_id}; the known ones are: {', '.join(pack_ids())}")
    return read_pack(FOLDER / f"{pack_id}.yaml", overlays=overlays)


def load_packs(*, overlays: Sequence[Path] = ()) -> dict[str, Pack]:
    """The packs of the notices themselves; those put together from them are loaded one by one."""
    return {pack_id: load_pack(pack_id, overlays=overlays) for pack_id in pack_ids() if not is_composite(pack_id)}


def read_pack(path: Path, *, overlays: Sequence[Path] = (), signed: Sequence[SignOff] = ()) -> Pack:
    """A pack from any file, with all it takes from elsewhere. `signed` are signatures beside those in the file."""
    taken = resolved(path)
    document, meta = taken.document, taken.document.content["pack"]
    overlaid: dict[str, str] = {}
    for overlay in overlays:
        document = _overlaid(document, overlay, meta["id"], overlaid)
    document, standard = with_one_standard(with_same_profiles(document), path)
    faults = [*_faults_of_citation(document), *_faults_of_quotes(document), *_faults_of_units(document)]
    content = _with_required(document.content, who_may_set(meta.get("jurisdiction")))
    content |= {"overlaid": overlaid, "parts": taken.parts, "stated": _stated(document.content, overlaid)}
    content = {**content.pop("pack"), **content}
    if signed and isinstance(given := content.get("signed_off", []), list):
        content["signed_off"] = [*given, *signed]
    try:
        pack = _packs.validate_python(content)
    except ValidationError as trouble:
        raise Invalid(faults=(*faults, *_faults(trouble, document))) from None
    faults += _faults_of_sense(pack, document)
    if not faults:
        faults += _faults_of_signature(pack, document, (*taken.lineage, *standard))
    if faults:
        raise Invalid(faults=tuple(faults))
    return pack


def refuse_overlaps(known: Iterable[Pack]) -> None:
    """Raises Invalid where two packs hold for one jurisdiction on one day.

    A later version ends an earlier one that names no end; different packs, and versions that name theirs, may not meet.
    """
    dated = [pack for pack in known if not isinstance(pack.effective_from, Unset) and pack.may_be_activated]
    in_order = sorted(dated, key=lambda pack: (str(pack.jurisdiction), str(pack.effective_from), pack.version))
    faults = []
    for number, earlier in enumerate(in_order):
        for later in in_order[number + 1 :]:
            said = _overlap(earlier, later)
            if said:
                faults.append(Fault(later.id, said))
    if faults:
        raise Invalid(faults=tuple(faults))


def _overlap(earlier: Pack, later: Pack) -> str | None:
    begins = later.effective_from
    if earlier.jurisdiction != later.jurisdiction or isinstance(begins, Unset) or not earlier.covers(begins):
        return None
    if earlier.id != later.id:
        return f"holds for {later.jurisdiction} from {begins} on, and so does {earlier.id}; end one before the other"
    if earlier.version == later.version:
        return None
    if earlier.effective_from == begins:
        return f"version {later.version} begins on the same day as version {earlier.version}"
    if earlier.effective_to is not None:
        return f"version {later.version} begins on {begins}, before version {earlier.version} ends"
    return None


def written(pack: Pack) -> str:
    """Everything a pack says, defaults and overlays included, as text that `read_back` understands."""
    return _packs.dump_json(pack, fallback=dict, warnings=False).decode()


def read_back(text: str) -> Pack:
    """A pack as it was written once. Raises Invalid where this software no longer knows what it says."""
    try:
        return _packs.validate_json(text)
    except ValidationError as trouble:
        error = trouble.errors(include_url=False)[0]
        raise Invalid(f"a kept pack cannot be read: {dotted(tuple(error['loc']))} {error['msg']}") from None


def ladder_written(ladder: Ladder) -> dict[str, Any]:
    """A ladder alone, as it stands in the record."""
    content: dict[str, Any] = _ladders.dump_python(ladder, mode="json")
    return content


def ladder_read(content: Mapping[str, Any]) -> Ladder:
    """A ladder as it was written once. Raises Invalid where this software no longer knows what it says."""
    try:
        return _ladders.validate_python(content)
    except ValidationError as trouble:
        error = trouble.errors(include_url=False)[0]
        raise Invalid(f"a kept ladder cannot be read: {dotted(tuple(error['loc']))} {error['msg']}") from None


@cache
def load_rules() -> MappingProxyType[str, RuleQuote]:
    """Every rule somebody has quoted, by id."""
    rules: dict[str, RuleQuote] = {}
    for path in sorted((FOLDER / "rules").glob("*.yaml")):
        document = read_document(path)
        notice = document.content.get("document")
        entries = document.content.get("rules", {})
        quotes = {key: _with_names(key, notice, entry) for key, entry in entries.items()}
        try:
            rules |= _quotes.validate_python(quotes)
        except ValidationError as trouble:
            raise Invalid(faults=tuple(_faults(trouble, part_of(document, ("rules",))))) from None
    return MappingProxyType(rules)


def _with_names(key: str | int, notice: Any, entry: dict[str, Any]) -> dict[str, Any]:
    """`class` is no name for a field in Python."""
    return {"id": key, "document": notice, **{"class_" if name == "class" else name: entry[name] for name in entry}}


def _overlaid(document: Document, path: Path, pack_id: str, overlaid: dict[str, str]) -> Document:
    overlay = read_document(path)
    note = (overlay.content.get("overlay") or {}).get("note") or path.stem
    if pack_id not in (overlay.content.get("packs") or {}):
        return document
    part = part_of(overlay, ("packs", pack_id))
    for at, _ in leaves(part.content):
        overlaid[dotted(at)] = note
    return laid_over(document, part)


def _with_required(content: Any, ask: str, at: At = (), rule: str = DEFAULT) -> Any:
    """`REQUIRED` becomes an unset value that knows its name, the rule asking for it and who may set it."""
    if isinstance(content, dict):
        cited = content.get(_CITED)
        if isinstance(cited, list) and cited:
            rule = str(cited[0])
        return {key: _with_required(value, ask, (*at, key), rule) for key, value in content.items()}
    if isinstance(content, list):
        return [_with_required(value, ask, (*at, number), rule) for number, value in enumerate(content)]
    if isinstance(content, str) and (match := _REQUIRED.fullmatch(content)):
        return Unset(dotted(at), match["rule"] or rule, ask)
    return content


def _stated(content: Any, overlaid: Mapping[str, str]) -> dict[str, Stated]:
    """Every value a notice states, by its way, with the rules it was read from; values of ours are left out."""
    return {
        named(content, at): Stated(value=str(value), rules=rules)
        for at, value, rules in values(content)
        if rules and DEFAULT not in rules and dotted(at) not in overlaid and not _REQUIRED.fullmatch(str(value))
    }


def _faults(trouble: ValidationError, document: Document) -> Iterator[Fault]:
    """One fault for each place, in words; pydantic tells one for every member of a union."""
    told: set[At] = set()
    for error in trouble.errors(include_url=False):
        at = _written_at(tuple(error["loc"]), document)
        missing = error["type"] in {"missing", "missing_argument"}
        if missing:
            at = (*at, error["loc"][-1])
        if at in told:
            continue
        told.add(at)
        yield document.fault(at, _in_words(error["type"], error["msg"], error["input"]))


def _written_at(loc: At, document: Document) -> At:
    # The pack's own facts stand under `pack:` in the file and at the top in the shape.
    return max((document.place_of(way)[0] for way in (loc, ("pack", *loc))), key=len)


def _in_words(kind: str, message: str, given: Any) -> str:
    if isinstance(given, Unset):
        return "may not be left REQUIRED"
    if kind == "unexpected_keyword_argument":
        return "is not known here"
    if kind in {"missing", "missing_argument"}:
        return "is missing"
    return f"{message[0].lower()}{message[1:]}, not {given!r}"


def _faults_of_citation(document: Document) -> Iterator[Fault]:
    known = {*load_rules(), *_own_quotes(document)}
    for at, _, rules in values(document.content):
        if not rules:
            yield document.fault(at, "has no source: name the rules it was read from, or DEFAULT for a value of ours")
    for at, value in leaves(document.content):
        if len(at) > 1 and isinstance(at[-1], int) and _cites(at[-2]):
            if value != DEFAULT and value not in known:
                yield document.fault(at, f"cites {value}, which is in no catalogue of rules")
        elif isinstance(value, str) and (match := _REQUIRED.fullmatch(value)):
            rule = match["rule"]
            if rule and rule not in known and not _OURS.fullmatch(rule):
                yield document.fault(at, f"cites {rule}, which is in no catalogue of rules")


def _own_quotes(document: Document) -> Mapping[Any, Any]:
    given = document.content.get(_QUOTES)
    return given if isinstance(given, dict) else {}


def _faults_of_quotes(document: Document) -> Iterator[Fault]:
    """A notice from outside brings its own sentences: named so that nobody takes one for another's, and whole."""
    known = load_rules()
    for id_, given in _own_quotes(document).items():
        at: At = (_QUOTES, id_)
        if not isinstance(id_, str) or not _RULE_ID.fullmatch(id_):
            yield document.fault(at, f"{id_} is no name of a rule: write it like JN-2.1-a")
        elif id_ in known:
            yield document.fault(at, f"{id_} is in the catalogue already, with its own sentence: take another name")
        for field, said in given.items() if isinstance(given, dict) else ():
            if isinstance(said, str) and not 0 < len(said.strip()) <= _LONGEST_QUOTE:
                yield document.fault((*at, field), f"needs its words, at most {_LONGEST_QUOTE} characters")


def _cites(key: str | int) -> bool:
    return isinstance(key, str) and (key in {_CITED, "rules"} or key.endswith(("_source", "_rules")))


def _faults_of_units(document: Document) -> Iterator[Fault]:
    """Units are part of a value's name, so the value is a number alone; nobody means ten thousand hours."""
    for at, value, _ in values(document.content):
        key = str(next((step for step in reversed(at) if isinstance(step, str)), ""))
        if key == "fever_from" and isinstance(value, int | float) and not 35 <= value <= 43:
            yield document.fault(at, f"{value} is no body temperature in degrees Celsius")
        unit = next((unit for unit in _MOST if key == unit or key.endswith(f"_{unit}")), None)
        if unit is None or isinstance(value, bool):
            continue
        if isinstance(value, str) and re.fullmatch(r"[\d.]+\s*[^\W\d]+", value):
            yield document.fault(at, f"is counted in {unit}: write the number alone, not {value!r}")
        elif isinstance(value, int | float) and abs(value) > _MOST[unit]:
            yield document.fault(at, f"{value} {unit} cannot be meant; more than {_MOST[unit]} is refused")
        elif isinstance(value, int | float) and value < 0 and key not in _BACK_TOO:
            yield document.fault(at, f"{value} {unit} cannot be meant; nothing lasts less than nothing")


def _faults_of_signature(pack: Pack, document: Document, lineage: Sequence[str]) -> Iterator[Fault]:
    """What a pack says otherwise than the packs it took from, or than one that holds around it, is settled by names."""
    around = (each for each, area in jurisdictions() if area != pack.jurisdiction and _inside(pack.jurisdiction, area))
    others = [load_pack(each) for each in dict.fromkeys((*lineage, *around)) if each in shipped()]
    for each in differences(pack, others):
        if each.settled is None:
            ways = (at for at, _, _ in values(document.content) if named(document.content, at) == each.value)
            who = who_may_set(pack.jurisdiction)
            yield document.fault(
                next(ways, ()), f"{each.sentence.partition(': ')[2]}; {who} signs for it under signed_off"
            )


def _inside(area: str | Unset, around: str) -> bool:
    whole = around.rstrip("0")
    return isinstance(area, str) and bool(whole) and area.startswith(whole)


def _faults_of_sense(pack: Pack, document: Document) -> Iterator[Fault]:
    """What each value alone cannot show: names that lead nowhere, and items with no date or two."""
    for field, said in _faults_of_head(pack):
        yield document.fault(("pack", field), said)
    for each, ladder in pack.ladders.items():
        if not ladder.steps:
            yield document.fault(("ladders", each, "steps"), "nobody would hear of what was missed")
    for name, profile in pack.profiles.items():
        at: At = ("profiles", name)
        yield from _faults_of_anchors(profile, document, at)
        ladders = {
            **{("items", number, "ladder"): item.ladder for number, item in enumerate(profile.items)},
            **{("daily", number, "ladder"): daily.ladder for number, daily in enumerate(profile.daily)},
            **{("periods", number, "check_in"): each.check_in for number, each in enumerate(profile.periods)},
        }
        for inside, code in ladders.items():
            if code is not None and code not in pack.ladders:
                yield document.fault((*at, *inside), f"there is no ladder {code}")
        earlier: set[str] = set()
        for number, item in enumerate(profile.items):
            here: At = (*at, "items", number)
            yield from (document.fault((*here, "when"), said) for said in _faults_of_when(item.when, earlier))
            if item.if_past:
                yield from (document.fault((*here, "if_past"), said) for said in _faults_of_when(item.if_past, earlier))
            if (item.kind is ItemKind.TEST) != (item.test is not None):
                yield document.fault((*here, "test"), "a test has a kind of test, and nothing else has")
            if item.key in earlier:
                yield document.fault((*here, "key"), "given twice")
            earlier.add(item.key)
        yield from _faults_of_periods(profile, document, at)
        if profile.next and profile.next not in pack.profiles:
            yield document.fault((*at, "next"), f"there is no profile {profile.next}")
    for way, said in (
        *duties.faults_of(pack.duties, pack.registers, pack.ladders),
        *capacities.faults_of(pack.capacities, pack.duties, pack.ladders),
        *early_warnings.faults_of(pack.early_warning, pack.repeat_registrations, pack.ladders),
    ):
        yield document.fault(way, said)
    for wrong in leads.faults(pack.leads, pack.profiles, pack.ladders):
        yield document.fault(("leads", wrong.rule, wrong.field), wrong.message)
    for number, covered in enumerate(pack.coverage):
        if covered.ladder not in pack.ladders:
            yield document.fault(("coverage", number, "ladder"), f"there is no ladder {covered.ladder}")
    for name, said in laboratories.faults(pack.lab, pack.ladders):
        yield document.fault(("lab", name), said)
    for name, said in periodic_tests.faults(pack.periodic):
        yield document.fault(("periodic", name), said)
    for kind, alert in pack.alerts.items():
        if alert.ladder is not None and alert.ladder not in pack.ladders:
            yield document.fault(("alerts", kind, "ladder"), f"there is no ladder {alert.ladder}")
    care = pack.symptoms.care
    if care is not None and care.ladder not in pack.ladders:
        yield document.fault(("symptoms", "care", "ladder"), f"there is no ladder {care.ladder}")
    for place, why in (
        *matters.faults(pack.matters, pack.haste, tuple(pack.ladders), tuple(pack.profiles)),
        *guidance.faults(pack.guidance, pack.situation, pack.matters, pack.haste),
        *agencies.faults(pack.agencies, tuple(pack.ladders)),
        *controls.faults(
            ladders=pack.ladders,
            waves=pack.waves,
            decision=pack.scope_decision,
            notice=pack.change_notice,
            welfare=pack.welfare,
        ),
    ):
        yield document.fault(place, why)


def _faults_of_head(pack: Pack) -> Iterator[tuple[str, str]]:
    """Who, where and when: everything counts on these."""
    if not re.fullmatch(r"[\w.-]{1,60}", pack.id):
        yield "id", "is written in letters, digits, `-`, `_` and `.`"
    if pack.timezone not in available_timezones():
        yield "timezone", f"there is no time zone {pack.timezone}"
    area, begins = pack.jurisdiction, pack.effective_from
    if isinstance(area, str) and not (re.fullmatch("[0-9]+", area) and len(area) in AREA_DIGITS):
        yield "jurisdiction", f"{area} is no area: 2, 4, 6, 9, 12 or 14 digits"
    for field, day in (("effective_from", begins), ("effective_to", pack.effective_to)):
        if isinstance(day, date) and not 1900 < day.year < 2200:
            yield field, f"{day} is no day of our time"
    if isinstance(begins, date) and pack.effective_to is not None and pack.effective_to < begins:
        yield "effective_to", f"ends before it begins on {begins}"


def _faults_of_periods(profile: ProfileRule, document: Document, at: At) -> Iterator[Fault]:
    """A period with an anchor of its own may not begin where the one before it is still running."""
    running: PeriodRule | None = None
    for number, period in enumerate(profile.periods):
        if running is not None and period.anchor is not None and period.anchor == running.anchor:
            said = f"begins at {period.anchor} while the period before it ({running.kind}) is still running"
            yield document.fault((*at, "periods", number, "anchor"), said)
        running = period if period.anchor is not None else running


def _faults_of_anchors(profile: ProfileRule, document: Document, at: At) -> Iterator[Fault]:
    given = {*profile.required, Anchor.LAST_NEGATIVE}
    given |= {one for each in profile.instead.values() for one in (each.anchor, each.or_else) if one}
    if profile.begins not in profile.required:
        yield document.fault((*at, "begins"), f"{profile.begins} is not among the required anchors")
    used: Iterable[tuple[At, Anchor | None]] = [
        *((("periods", number), each.anchor) for number, each in enumerate(profile.periods)),
        *((("items", number), each.when.anchor or each.when.open_since) for number, each in enumerate(profile.items)),
        *((("daily", number), each.anchor) for number, each in enumerate(profile.daily)),
    ]
    for way, anchor in used:
        if anchor is not None and anchor not in given:
            yield document.fault((*at, *way), f"counts from {anchor}, which is not required")


def _faults_of_when(when: When, earlier: set[str]) -> Iterator[str]:
    if when.ways != 1:
        yield "exactly one way of counting is needed"
    if (when.after is None) is not (when.min_hours is None):
        yield "a test after another needs its hours, and only such a test"
    for key in (when.after, when.together_with):
        if key is not None and key not in earlier:
            yield f"there is no item {key} before this one"
    if when.to_day is not None and (when.day is None or when.to_day < when.day):
        yield "a window needs a first day, not after its last"
