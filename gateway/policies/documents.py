"""YAML with its places: every value remembers file and line, so that a mistake can be pointed at."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from gateway.errors import Fault, Invalid

At = tuple[str | int, ...]
"""The way to a value: the keys and positions that lead to it."""

# libyaml reads a pack about ten times faster; not every build of PyYAML has it.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

LARGEST_PACK: Final = 256 * 1024
"""Bytes. The longest of the five notices is a tenth of this."""
_DEEPEST: Final = 24
"""Levels. A pack needs eight."""


@dataclass(frozen=True, slots=True)
class Place:
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Document:
    """Plain values, and where each was written."""

    content: dict[str, Any]
    places: Mapping[At, Place]

    def place_of(self, at: At) -> tuple[At, Place | None]:
        """The nearest written value on the way to `at`, and its place."""
        for length in range(len(at), -1, -1):
            place = self.places.get(at[:length])
            if place is not None:
                return at[:length], place
        return (), None

    def fault(self, at: At, message: str) -> Fault:
        _, place = self.place_of(at)
        return Fault(str(place), f"{dotted(at)}: {message}" if at else message)


def dotted(at: Sequence[str | int]) -> str:
    return re.sub(r"\.\[", "[", ".".join(f"[{step}]" if isinstance(step, int) else str(step) for step in at))


def read_document(path: Path, *, largest: int | None = None) -> Document:
    """Raises Invalid, with file and line, for whatever is not plain YAML of a modest depth (and size)."""
    try:
        raw = path.read_bytes() if largest is None else _at_most(path, largest)
        text = raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as trouble:
        raise Invalid(f"{path} cannot be read: {trouble}") from trouble
    loader = _Loader(text)
    try:
        _refuse_bombs(text, path.name)
        node = loader.get_single_node()
        places: dict[At, Place] = {}
        content = _value(loader, node, (), path.name, places)
    except yaml.MarkedYAMLError as trouble:
        line = trouble.problem_mark.line + 1 if trouble.problem_mark else 1
        raise Invalid(faults=(Fault(f"{path.name}:{line}", f"not readable as YAML: {trouble.problem}"),)) from trouble
    except (yaml.YAMLError, ValueError) as trouble:
        raise Invalid(faults=(Fault(path.name, f"not readable as YAML: {trouble}"),)) from trouble
    finally:
        loader.dispose()
    if not isinstance(content, dict):
        raise Invalid(faults=(Fault(f"{path.name}:1", "a mapping is expected"),))
    return Document(content, places)


def _at_most(path: Path, largest: int) -> bytes:
    with path.open("rb") as file:
        raw = file.read(largest + 1)
    if len(raw) > largest:
        raise Invalid(faults=(Fault(f"{path.name}:1", f"the file is larger than {largest // 1024} kB"),))
    return raw


def _refuse_bombs(text: str, file: str) -> None:
    """Looks at the events alone, before anything is built: depth costs stack, an alias may multiply without end."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        where = f"{file}:{event.start_mark.line + 1 if event.start_mark else 1}"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Invalid(faults=(Fault(where, "anchors and aliases (& and *) are not used here: write the value"),))
        if tag := getattr(event, "tag", None):
            raise Invalid(faults=(Fault(where, f"tags ({tag}) are not used here: write the value"),))
        if "\x00" in getattr(event, "value", ""):
            raise Invalid(faults=(Fault(where, "holds a character that is no text (NUL)"),))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise Invalid(faults=(Fault(where, f"nested deeper than {_DEEPEST} levels"),))


def _value(loader: Any, node: yaml.Node | None, at: At, file: str, places: dict[At, Place]) -> Any:
    if node is None:
        return None
    places.setdefault(at, Place(file, node.start_mark.line + 1))
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, at, file, places)
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, each, (*at, number), file, places) for number, each in enumerate(node.value)]
    return loader.construct_object(node)


def _mapping(loader: Any, node: yaml.MappingNode, at: At, file: str, places: dict[At, Place]) -> dict[str | int, Any]:
    mapping: dict[str | int, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node)
        place = Place(file, key_node.start_mark.line + 1)
        if not isinstance(key, str | int):
            raise Invalid(faults=(Fault(str(place), f"{key} cannot be a key"),))
        if key in mapping:
            raise Invalid(faults=(Fault(str(place), f"{dotted((*at, key))}: given twice"),))
        places[(*at, key)] = place
        mapping[key] = _value(loader, value_node, (*at, key), file, places)
    return mapping


def laid_over(below: Document, above: Document) -> Document:
    """`above` wins value by value. Lists are replaced, unless `above` names single positions by number."""
    places = {**below.places, **above.places}
    return Document(merged(below.content, above.content), places)


def merged(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: merged(below.get(key), value) for key, value in above.items()}}
    if isinstance(below, list) and isinstance(above, dict) and all(isinstance(key, int) for key in above):
        return [merged(each, above[number]) if number in above else each for number, each in enumerate(below)]
    return above


def part_of(document: Document, at: At) -> Document:
    """The part below `at` as a document of its own."""
    content: Any = document.content
    for step in at:
        content = content[step]
    depth = len(at)
    places = {path[depth:]: place for path, place in document.places.items() if path[:depth] == at}
    return Document(content, places)


def leaves(content: Any, at: At = ()) -> Iterator[tuple[At, Any]]:
    """Every value that is neither a mapping nor a list, with the way to it."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from leaves(value, (*at, key))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from leaves(value, (*at, number))
    else:
        yield at, content


_BESIDE = frozenset({"source", "rules", "key", "title", "note", "otherwise", "assumes", "same_as"})
_NOT_OF_A_NOTICE = frozenset({"pack", "overlay", "sections", "signed_off", "quotes"})


def values(content: Any) -> Iterator[tuple[At, Any, tuple[str, ...]]]:
    """Every value of a pack with the way to it and the rules it stands under: the nearest `source` around it, or its
    own `<key>_source`. A list of plain values is one value; titles, keys and citations are none.
    """
    for name, part in content.items():
        if name not in _NOT_OF_A_NOTICE:
            yield from _values(part, (name,), ())


def _values(part: Any, at: At, rules: tuple[str, ...]) -> Iterator[tuple[At, Any, tuple[str, ...]]]:
    if isinstance(part, dict):
        around = _rules(part.get("source")) or rules
        for key, value in part.items():
            if key not in _BESIDE and not str(key).endswith(("_source", "_rules")):
                yield from _values(value, (*at, key), _rules(part.get(f"{key}_source")) or around)
    elif isinstance(part, list) and any(isinstance(each, dict) for each in part):
        for number, each in enumerate(part):
            yield from _values(each, (*at, number), rules)
    elif part is not None:
        yield at, part, rules


def named(content: Any, at: At) -> str:
    """The way to a value as it is called in any pack: an entry with a `key` goes by that, not by its position."""
    way: list[str | int] = []
    for step in at:
        content = content[step]
        key = content.get("key") if isinstance(step, int) and isinstance(content, dict) else None
        way.append(key or step)
    return dotted(way)


def _rules(cited: Any) -> tuple[str, ...]:
    return tuple(map(str, cited)) if isinstance(cited, list) else ()
