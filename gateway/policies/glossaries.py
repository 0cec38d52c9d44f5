"""Names of units and places that notices use without explaining them, from `glossaries/*.yaml`."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from gateway.domain.checklists import Glossary, UnitName
from gateway.domain.kinds import Level
from gateway.errors import Fault, Invalid

SHELF = Path(__file__).with_name("glossaries")


@cache
def load_glossary(shelf: Path = SHELF) -> Glossary:
    """Every file of the shelf together; the same name twice is refused rather than decided by file order."""
    units: dict[str, UnitName] = {}
    places: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    areas: dict[str, str] = {}
    for path in sorted(shelf.glob("*.yaml")):
        content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for name, known in (content.get("units") or {}).items():
            if name in units:
                raise Invalid(
                    faults=(Fault(f"{path.name}:units.{name}", "this unit is already named in another file"),)
                )
            units[name] = _unit(path, name, known)
        places |= content.get("places") or {}
        prefixes |= content.get("prefixes") or {}
        areas |= {issuer: str(area) for issuer, area in (content.get("areas") or {}).items()}
    return Glossary(units, places, prefixes, areas)


def _unit(path: Path, name: str, known: dict[str, str]) -> UnitName:
    odd = set(known) - {"en", "alias", "group", "line"}
    if odd:
        raise Invalid(faults=(Fault(f"{path.name}:units.{name}", f"unknown field {', '.join(sorted(odd))}"),))
    return UnitName(
        name,
        english=known.get("en", ""),
        alias=known.get("alias", ""),
        is_group="group" in known,
        group_meaning=known.get("group", ""),
        line=Level(known["line"]) if "line" in known else None,
    )
