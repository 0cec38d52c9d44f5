"""The mechanisms the notices name, and the doors to each of them here; docs/mechanisms.md is written from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from gateway.errors import Fault, Invalid
from gateway.policies.documents import dotted, read_document
from gateway.policies.inheritances import FOLDER

FILE: Final = FOLDER / "mechanisms.yaml"
#: What a door can be, in the order the page tells them.
DOORS: Final = ("chat", "form", "page", "api", "command", "matter", "duty", "register", "capacity")


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """`lacks`: what of it is not there, in one sentence; empty where nothing is known to be missing."""

    id: str
    zh: str
    en: str
    chat: tuple[str, ...] = ()
    form: tuple[str, ...] = ()
    page: tuple[str, ...] = ()
    api: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    matter: tuple[str, ...] = ()
    duty: tuple[str, ...] = ()
    register: tuple[str, ...] = ()
    capacity: tuple[str, ...] = ()
    lacks: str = ""

    @property
    def doors(self) -> Iterator[tuple[str, str]]:
        """(what it is, its name)"""
        return ((kind, name) for kind in DOORS for name in getattr(self, kind))


_mechanisms: Final = TypeAdapter(tuple[Mechanism, ...])


def load_mechanisms() -> tuple[Mechanism, ...]:
    """Raises Invalid for what is no mechanism."""
    document = read_document(FILE)
    entries = [{"id": key, **entry} for key, entry in document.content["mechanisms"].items()]
    try:
        return _mechanisms.validate_python(entries)
    except ValidationError as trouble:
        error = trouble.errors(include_url=False)[0]
        raise Invalid(faults=(Fault(FILE.name, f"{dotted(tuple(error['loc']))}: {error['msg']}"),)) from None
