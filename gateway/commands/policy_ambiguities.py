"""`gateway policy ambiguities`: what the notices leave open, the reading in force here, and what else may be chosen."""

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.policies.ambiguities import Ambiguity, Readings


def answer(args: argparse.Namespace) -> str:
    # The loader brings pydantic; `--help` should not wait for it.
    from gateway.policies.ambiguities import load_ambiguities

    return "".join(f"{line}\n" for each in load_ambiguities() for line in _lines(each))


def _lines(each: "Ambiguity") -> Iterator[str]:
    yield f"{each.id}  {each.topic}  [{', '.join(each.rules)}]"
    for said in _values(each.holds):
        yield f"    holds      {said}"
    for readings in each.otherwise:
        yield f"    or         {'; '.join(_values(readings))}"
    if each.by:
        yield f"    settled    {each.by}"


def _values(readings: "Readings") -> Iterator[str]:
    for pack, values in readings.items():
        for way, value in values.items():
            said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            yield f"{pack}: {way} = {said}"
