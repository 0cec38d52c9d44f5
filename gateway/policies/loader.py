"""Packs from YAML: the only way a notice's rules enter the system.

The frozen dataclasses of `gateway.domain.packs` are the shape; pydantic checks a file against them here, so that no
shape is written twice. What is unknown, misspelt or cites a rule nobody has quoted is refused with file, line, field.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, get_args, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from gateway.domain import capacities, duties, early_warnings, laboratories, matters, periodic_tests
from gateway.domain.kinds import ItemKind
from gateway.domain.packs import Anchor, Pack, ProfileRule, When
from gateway.domain.rules import DEFAULT, RuleQuote, Unset
from gateway.errors import Fault, Invalid, NotFound
from gateway.policies.documents import At, Document, dotted, laid_over, leaves, part_of, read_document

FOLDER: Final = Path(__file__).parent
DEFAULTS: Final = FOLDER / "defaults.yaml"
DEMO_OVERLAY: Final = FOLDER / "demo-overlay.yaml"

_PACK: Final = re.compile(r"^pack:", re.MULTILINE)
"""How a pack begins; defaults, overlays and other files of this folder do not."""
_REQUIRED: Final = re.compile(r"REQUIRED(?:\s+(?P<rule>\S+))?")
_OURS: Final = re.compile(r"(AMB|DEF)-\d\d")
"""Ids of our own notes on the notices: readings of an ambiguity, conventions of counting."""
_CITED: Final = "source"


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


def pack_ids() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml") if _PACK.search(path.read_text(encoding="utf-8"))))


def load_pack(pack_id: str, *, overlays: Sequence[Path] = ()) -> Pack:
    """A pack that comes with the system. Overlays are laid over it in order; their values are marked as theirs."""
    if pack_id not in pack_ids():
        raise NotFound(f"there is no pack {pack_id}; the known ones are: {', '.join(pack_ids())}")
    return read_pack(FOLDER / f"{pack_id}.yaml", overlays=overlays)


def load_packs(*, overlays: Sequence[Path] = ()) -> dict[str, Pack]:
    return {pack_id: load_pack(pack_id, overlays=overlays) for pack_id in pack_ids()}


def read_pack(path: Path, *, overlays: Sequence[Path] = ()) -> Pack:
    """A pack from any file, with what it inherits."""
    own = read_document(path)
    document = _with_parents(own, path)
    meta = document.content.get("pack")
    if not isinstance(meta, dict) or not isinstance(meta.get("id"), str):
        raise Invalid(faults=(document.fault((), "a pack begins with `pack:` and its id"),))
    overlaid: dict[str, str] = {}
    for overlay in overlays:
        document = _overlaid(document, overlay, meta["id"], overlaid)
    document = _with_same_profiles(document)
    faults = list(_faults_of_citation(document))
    content = _with_required(document.content)
    content = {**content.pop("pack"), **content, "overlaid": overlaid}
    try:
        pack = _packs.validate_python(content)
    except ValidationError as trouble:
        raise Invalid(faults=(*faults, *_faults(trouble, document))) from None
    faults += _faults_of_sense(pack, document)
    if faults:
        raise Invalid(faults=tuple(faults))
    return pack


def written(pack: Pack) -> str:
    """Everything a pack says, defaults and overlays included, as text that `read_back` understands."""
    return _packs.dump_json(pack, fallback=dict).decode()


def read_back(text: str) -> Pack:
    """A pack as it was written once. Raises Invalid where this software no longer knows what it says."""
    try:
        return _packs.validate_json(text)
    except ValidationError as trouble:
        error = trouble.errors(include_url=False)[0]
        raise Invalid(f"a kept pack cannot be read: {dotted(tuple(error['loc']))} {error['msg']}") from None


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


def _with_parents(document: Document, path: Path) -> Document:
    below = read_document(DEFAULTS)
    heirs: list[Document] = [document]
    seen = {path.stem}
    while parent := (heirs[-1].content.get("pack") or {}).get("parent"):
        if parent in seen or parent not in pack_ids():
            message = "inherits from itself" if parent in seen else f"there is no pack {parent}"
            raise Invalid(faults=(heirs[-1].fault(("pack", "parent"), message),))
        seen.add(parent)
        heirs.append(read_document(FOLDER / f"{parent}.yaml"))
    for heir in reversed(heirs):
        below = laid_over(below, heir)
    return below


def _overlaid(document: Document, path: Path, pack_id: str, overlaid: dict[str, str]) -> Document:
    overlay = read_document(path)
    note = (overlay.content.get("overlay") or {}).get("note") or path.stem
    if pack_id not in (overlay.content.get("packs") or {}):
        return document
    part = part_of(overlay, ("packs", pack_id))
    for at, _ in leaves(part.content):
        overlaid[dotted(at)] = note
    return laid_over(document, part)


def _with_same_profiles(document: Document) -> Document:
    """`same_as` copies a profile; what is written beside it wins."""
    profiles = document.content.get("profiles")
    if not isinstance(profiles, dict):
        return document
    resolved, places = {}, dict(document.places)
    for name, profile in profiles.items():
        model = profile.get("same_as") if isinstance(profile, dict) else None
        if model is None:
            resolved[name] = profile
            continue
        if model not in profiles or "same_as" in (profiles[model] or {}):
            raise Invalid(faults=(document.fault(("profiles", name, "same_as"), f"there is no profile {model}"),))
        resolved[name] = {**profiles[model], **{key: value for key, value in profile.items() if key != "same_as"}}
    return Document({**document.content, "profiles": resolved}, places)


def _with_required(content: Any, at: At = (), rule: str = DEFAULT) -> Any:
    """`REQUIRED` becomes an unset value that knows its name and the rule asking for it."""
    if isinstance(content, dict):
        cited = content.get(_CITED)
        if isinstance(cited, list) and cited:
            rule = str(cited[0])
        return {key: _with_required(value, (*at, key), rule) for key, value in content.items()}
    if isinstance(content, list):
        return [_with_required(value, (*at, number), rule) for number, value in enumerate(content)]
    if isinstance(content, str) and (match := _REQUIRED.fullmatch(content)):
        return Unset(dotted(at), match["rule"] or rule)
    return content


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
    known = load_rules()
    for at, value in leaves(document.content):
        if len(at) > 1 and isinstance(at[-1], int) and _cites(at[-2]):
            if value != DEFAULT and value not in known:
                yield document.fault(at, f"cites {value}, which is in no catalogue of rules")
        elif isinstance(value, str) and (match := _REQUIRED.fullmatch(value)):
            rule = match["rule"]
            if rule and rule not in known and not _OURS.fullmatch(rule):
                yield document.fault(at, f"cites {rule}, which is in no catalogue of rules")


def _cites(key: str | int) -> bool:
    return isinstance(key, str) and (key == _CITED or key.endswith(("_source", "_rules")))


def _faults_of_sense(pack: Pack, document: Document) -> Iterator[Fault]:
    """What each value alone cannot show: names that lead nowhere, and items with no date or two."""
    for name, profile in pack.profiles.items():
        at: At = ("profiles", name)
        yield from _faults_of_anchors(profile, document, at)
        ladders = {
            **{("items", number, "ladder"): item.ladder for number, item in enumerate(profile.items)},
            **{("daily", number, "ladder"): daily.ladder for number, daily in enumerate(profile.daily)},
            **{("periods", number, "check_in"): each.check_in for number, each in enumerate(profile.periods)},
        }
        for way, code in ladders.items():
            if code is not None and code not in pack.ladders:
                yield document.fault((*at, *way), f"there is no ladder {code}")
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
        if profile.next and profile.next not in pack.profiles:
            yield document.fault((*at, "next"), f"there is no profile {profile.next}")
    for way, said in (
        *duties.faults_of(pack.duties, pack.registers, pack.ladders),
        *capacities.faults_of(pack.capacities, pack.duties, pack.ladders),
        *early_warnings.faults_of(pack.early_warning, pack.repeat_registrations, pack.ladders),
    ):
        yield document.fault(way, said)
    for name, said in laboratories.faults(pack.lab, pack.ladders):
        yield document.fault(("lab", name), said)
    for name, said in periodic_tests.faults(pack.periodic):
        yield document.fault(("periodic", name), said)
    care = pack.symptoms.care
    if care is not None and care.ladder not in pack.ladders:
        yield document.fault(("symptoms", "care", "ladder"), f"there is no ladder {care.ladder}")
    for place, why in matters.faults(pack.matters, pack.haste, tuple(pack.ladders), tuple(pack.profiles)):
        yield document.fault(place, why)


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
