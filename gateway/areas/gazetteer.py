"""Reads the vendored divisions. See NOTICE for where they come from."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gateway.domain.places import Area, Gazetteer, NameKind, OtherName
from gateway.errors import Fault, Invalid

HERE = Path(__file__).parent
KINDS = frozenset(NameKind)


class BrokenGazetteer(Invalid):
    """The file of administrative divisions cannot be read."""


def load_gazetteer(directory: Path = HERE) -> Gazetteer:
    """The divisions in `directory`, in the form of the vendored files."""
    divisions = []
    for number, line in _rows(directory / "divisions.csv"):
        fields = line.split(",")
        if len(fields) != 5 or not fields[0].isdigit() or len(fields[0]) not in {2, 4, 6}:
            raise _broken(directory / "divisions.csv", number, "code (2, 4 or 6 digits),name,aliases,latin,replaced_by")
        code, name, aliases, latin, replaced_by = fields
        divisions.append(Area(code, name, tuple(aliases.split()), latin, replaced_by or None))
    townships = []
    for number, line in _rows(directory / "townships.csv"):
        code, _, name = line.partition(",")
        if len(code) != 9 or not name:
            raise _broken(directory / "townships.csv", number, "code (9 digits),name")
        townships.append((code, name))
    townships.sort()
    others = [*_other_names(directory / "former_names.csv"), *_other_names(directory / "other_names.csv")]
    return Gazetteer(divisions, townships, others)


def _other_names(path: Path) -> Iterator[OtherName]:
    """Nothing where an agency brings divisions of its own and no such file."""
    if not path.exists():
        return
    for number, line in _rows(path):
        fields = line.split(",")
        if len(fields) < 3 or not all(code.isdigit() for code in fields[1].split()) or fields[2] not in KINDS:
            raise _broken(path, number, "name,codes,kind")
        yield OtherName(fields[0], tuple(fields[1].split()), NameKind(fields[2]))


@cache
def gazetteer() -> Gazetteer:
    """The vendored divisions, read once."""
    return load_gazetteer()


def _rows(path: Path) -> list[tuple[int, str]]:
    # Not the csv module: no field holds a comma or a quote, and nobody should wait for 45,000 rows.
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(number, line) for number, line in enumerate(lines[1:], start=2) if line]


def _broken(path: Path, number: int, form: str) -> BrokenGazetteer:
    return BrokenGazetteer(faults=(Fault(f"{path.name}:{number}", f"a row is {form}"),))
