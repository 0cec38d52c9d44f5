"""The safety words of every language, from `safety/*.yaml`. They are on everywhere and cannot be switched off."""

import re
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.domain.safety import Certainty, Lexicon, SafetyKind, Script, Tongue, compile_tongue
from gateway.errors import Fault, Invalid

SHELF = Path(__file__).with_name("safety")


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    script: Script
    characters: dict[str, str] = {}
    spellings: dict[str, str] = {}
    words: dict[str, str] = {}
    harmless: list[str]
    light: list[str] = []
    self_harm: dict[Certainty, list[str]]
    emergency: dict[Certainty, list[str]]


@cache
def load_lexicon(shelf: Path = SHELF) -> Lexicon:
    return tuple(_tongue(path) for path in sorted(shelf.glob("*.yaml")))


def _tongue(path: Path) -> Tongue:
    try:
        words = _Words.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        return compile_tongue(
            words.script,
            characters=words.characters,
            spellings=words.spellings,
            words=words.words,
            harmless=words.harmless,
            light=words.light,
            phrases={SafetyKind.SELF_HARM: words.self_harm, SafetyKind.EMERGENCY: words.emergency},
        )
    except ValidationError as error:
        faults = [Fault(f"{path.name}:{'.'.join(map(str, one['loc']))}", one["msg"]) for one in error.errors()]
        raise Invalid(faults=tuple(faults)) from error
    except (yaml.YAMLError, re.error, KeyError) as error:
        raise Invalid(faults=(Fault(path.name, f"cannot be read: {error}"),)) from error
