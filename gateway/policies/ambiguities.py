"""What the notices leave open or say against each other: the reading that holds, and what may be chosen instead."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from gateway.errors import Fault, Invalid
from gateway.policies.documents import At, dotted, read_document
from gateway.policies.inheritances import FOLDER

Readings = Mapping[str, Mapping[str, Any]]
"""Values by pack and by the way to them."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguity:
    """`holds` are the parameters that settle it, as shipped; `otherwise` other readings a jurisdiction may choose;
    `by` says what settles it where no value can.
    """

    id: str
    topic: str
    rules: tuple[str, ...]
    holds: Readings = field(default_factory=lambda: MappingProxyType({}))
    otherwise: tuple[Readings, ...] = ()
    by: str = ""


_ambiguities: Final = TypeAdapter(tuple[Ambiguity, ...])


@cache
def load_ambiguities() -> tuple[Ambiguity, ...]:
    document = read_document(FOLDER / "ambiguities.yaml")
    entries = [{"id": key, **entry} for key, entry in document.content["ambiguities"].items()]
    try:
        return _ambiguities.validate_python(entries)
    except ValidationError as trouble:
        error = trouble.errors(include_url=False)[0]
        raise Invalid(faults=(Fault("ambiguities.yaml", f"{dotted(tuple(error['loc']))}: {error['msg']}"),)) from None


def way_of(written: str) -> At:
    """`profiles.discharged.items[0].when` as steps."""
    return tuple(int(step[1:-1]) if step.startswith("[") else step for step in re.findall(r"\[\d+\]|[^.\[]+", written))


def as_overlay(readings: Readings) -> dict[str, Any]:
    """Readings as the content of an overlay's file."""
    packs: dict[str, Any] = {}
    for pack_id, values in readings.items():
        for written, value in values.items():
            part = packs.setdefault(pack_id, {})
            *steps, last = way_of(written)
            for step in steps:
                part = part.setdefault(step, {})
            part[last] = value
    return {"overlay": {"note": "another reading"}, "packs": packs}
