"""What a pack's file takes from elsewhere: defaults, a parent, parts of other packs under a signature, other profiles.

All of it happens on documents, before any shape is checked, so that a mistake is still pointed at where it was written.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from gateway.errors import Fault, Invalid
from gateway.policies.documents import LARGEST_PACK, At, Document, laid_over, merged, read_document

FOLDER: Final = Path(__file__).parent
DEFAULTS: Final = FOLDER / "defaults.yaml"

_PACK: Final = re.compile(r"^pack:", re.MULTILINE)
"""How a pack begins; defaults, overlays and other files of this folder do not."""
_OWN: Final = ("jurisdiction", "effective_from", "effective_to")
"""What a pack may not take from its parent: two packs would then hold for the same place and time."""
_UNKEYED: Final = frozenset({"pack", "sections", "signed_off"})


@dataclass(frozen=True, slots=True)
class Resolved:
    """A pack with all it takes. `parts` are raw; `lineage` names the packs whose documents went into it."""

    document: Document
    parts: tuple[dict[str, Any], ...]
    lineage: tuple[str, ...]


def shipped() -> dict[str, Path]:
    """The packs that come with the system, by id."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.yaml")) if _begins_a_pack(path, _stamp(path))}


def is_composite(pack_id: str) -> bool:
    """Whether a pack that comes with the system is put together from others."""
    return "sections" in read(shipped()[pack_id]).content


def jurisdictions() -> Iterator[tuple[str, str]]:
    """The packs that come with the system and name a jurisdiction, with it."""
    for pack_id, path in shipped().items():
        area = read(path).content.get("pack", {}).get("jurisdiction")
        if isinstance(area, str) and area.isdecimal() and not is_composite(pack_id):
            yield pack_id, area


def read(path: Path) -> Document:
    """One file alone. What stands in our own folder is read once, until it changes."""
    return _read(path, _stamp(path)) if path.parent == FOLDER else read_document(path, largest=LARGEST_PACK)


def resolved(path: Path) -> Resolved:
    """Raises Invalid for what leads nowhere or in a circle, and for a part nobody signed for."""
    return _resolved(path, ())


def _resolved(path: Path, on_the_way: tuple[str, ...]) -> Resolved:
    own = read(path)
    meta = own.content.get("pack")
    if not isinstance(meta, dict) or not isinstance(meta.get("id"), str):
        raise Invalid(faults=(own.fault((), "a pack begins with `pack:` and its id"),))
    way = (*on_the_way, path.stem)
    below, lineage = read(DEFAULTS), ()
    if parent := meta.get("parent"):
        inherited = _resolved(_path_of(parent, path, own, ("pack", "parent"), way), way)
        below, lineage = _without_own(inherited.document), (*inherited.lineage, parent)
    parts, sources = [], []
    for section, at, raw in _parts(own):
        giver = _resolved(_path_of(raw["from"], path, own, (*at, "from"), way), way)
        given = with_same_profiles(giver.document)
        below = _with_part(below, given, section, own, (*at, "from"))
        parts.append(_signed(raw, section, own, at, given))
        sources += [*giver.lineage, raw["from"]]
    plain = Document({key: each for key, each in own.content.items() if key != "sections"}, own.places)
    return Resolved(laid_over(below, plain), tuple(parts), tuple(dict.fromkeys((*lineage, *sources))))


def _path_of(name: Any, path: Path, own: Document, at: At, way: tuple[str, ...]) -> Path:
    if name in way:
        raise Invalid(faults=(own.fault(at, f"inherits from itself: {' from '.join((*way, str(name)))}"),))
    if not isinstance(name, str) or not re.fullmatch(r"[\w-]+", name):
        raise Invalid(faults=(own.fault(at, f"{name} is no name of a pack"),))
    beside = path.parent / f"{name}.yaml"
    known = shipped()
    if name not in known and not beside.is_file():
        raise Invalid(faults=(own.fault(at, f"there is no pack {name}"),))
    return known.get(name, beside)


def _without_own(document: Document) -> Document:
    meta = {key: value for key, value in document.content["pack"].items() if key not in _OWN}
    content = {key: each for key, each in document.content.items() if key != "signed_off"}
    own = {("pack",), *(("pack", key) for key in _OWN)}
    return Document({**content, "pack": meta}, {way: place for way, place in document.places.items() if way not in own})


def _parts(own: Document) -> Iterator[tuple[At, At, Mapping[str, Any]]]:
    """The parts a pack names: where each belongs, where it is written, and what is said of it."""
    sections = own.content.get("sections", {})
    if not isinstance(sections, dict):
        raise Invalid(faults=(own.fault(("sections",), "names parts of other packs: `tiers: {from: …}`"),))
    for name, raw in sections.items():
        entries: list[tuple[At, Any]] = [((name,), raw)]
        if isinstance(raw, dict) and "from" not in raw:
            entries = [((name, key), each) for key, each in raw.items()]
        for section, each in entries:
            at: At = ("sections", *section)
            if not isinstance(each, dict) or "from" not in each:
                raise Invalid(faults=(own.fault(at, "needs `from`, the pack this part is taken from"),))
            if unknown := set(each) - {"from", "signed_by", "rule", "note"}:
                raise Invalid(faults=(own.fault((*at, min(unknown)), "is not known here"),))
            yield section, at, each


def _with_part(below: Document, giver: Document, section: At, own: Document, at: At) -> Document:
    given: Any = giver.content
    for step in section:
        if step in _UNKEYED or not isinstance(given, dict) or step not in given:
            named = ".".join(map(str, section))
            raise Invalid(faults=(own.fault(at, f"{giver.content['pack']['id']} has no part {named}"),))
        given = given[step]
    content = dict(below.content)
    if len(section) == 1:
        content[str(section[0])] = given
    else:
        content[str(section[0])] = {**(content.get(str(section[0])) or {}), section[1]: given}
    depth = len(section)
    kept = {way: place for way, place in below.places.items() if way[:depth] != section}
    return Document(content, {**kept, **{way: p for way, p in giver.places.items() if way[:depth] == section}})


def _signed(raw: Mapping[str, Any], section: At, own: Document, at: At, giver: Document) -> dict[str, Any]:
    named = ".".join(map(str, section))
    who = raw.get("signed_by")
    if not isinstance(who, str) or not who.strip():
        where = own.content["pack"].get("jurisdiction", "the jurisdiction")
        rules = ", ".join(dict.fromkeys(_sources_in(_at(giver.content, section)))) or "DEFAULT"
        said = f"taken from {raw['from']} ({rules}) and signed by nobody: an administrator of {where} signs (signed_by)"
        raise Invalid(faults=(own.fault(at, said),))
    signed = {"value": named, "by": who, "rule": raw.get("rule", "DEFAULT"), "note": raw.get("note", "")}
    return {"section": named, "taken_from": raw["from"], "signed": signed}


def _at(content: Any, section: At) -> Any:
    for step in section:
        content = content[step]
    return content


def _sources_in(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        for key, value in content.items():
            if key == "source" and isinstance(value, list):
                yield from map(str, value)
            else:
                yield from _sources_in(value)
    elif isinstance(content, list):
        for each in content:
            yield from _sources_in(each)


def with_same_profiles(document: Document) -> Document:
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
        if not isinstance(model, str) or not isinstance(profiles.get(model), dict) or "same_as" in profiles[model]:
            raise Invalid(faults=(document.fault(("profiles", name, "same_as"), f"there is no profile {model}"),))
        resolved[name] = merged(profiles[model], {key: value for key, value in profile.items() if key != "same_as"})
    return Document({**document.content, "profiles": resolved}, places)


def with_one_standard(document: Document, path: Path) -> tuple[Document, tuple[str, ...]]:
    """Where a pack names one standard for classes of contacts, they follow it; also the ids of the packs it came from.

    A class that the pack has by itself stays: whatever differs needs a signature then.
    """
    contacts = document.content.get("contacts")
    standard = contacts.get("standard") if isinstance(contacts, dict) else None
    if not isinstance(contacts, dict) or not isinstance(standard, str) or standard.startswith("REQUIRED"):
        return document, ()
    at: At = ("contacts", "standard")
    model = _resolved(_path_of(standard, path, document, at, (path.stem,)), (path.stem,))
    classes = contacts.get("classes", ())
    for name in classes if isinstance(classes, list) else ():
        if isinstance(name, str) and name not in (document.content.get("profiles") or {}):
            document = _with_part(document, with_same_profiles(model.document), ("profiles", name), document, at)
    return document, (*model.lineage, standard)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        state = path.stat()
    except OSError as trouble:
        raise Invalid(faults=(Fault(path.name, f"cannot be read: {trouble}"),)) from trouble
    return state.st_mtime_ns, state.st_size


@lru_cache(maxsize=64)
def _read(path: Path, _stamp: tuple[int, int]) -> Document:
    return read_document(path, largest=LARGEST_PACK)


@lru_cache(maxsize=64)
def _begins_a_pack(path: Path, _stamp: tuple[int, int]) -> bool:
    return _PACK.search(path.read_text(encoding="utf-8")) is not None
