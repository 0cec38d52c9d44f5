"""The list of who should be tested changes as the epidemic does (SD-3.3.3-m): who joins it, who leaves it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from gateway.domain.packs import Pack
from gateway.domain.rules import Words
from gateway.domain.screenings import Circumstances, Listed, ScreeningClass, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """One class as it was and as it becomes; None where it did not stand on the list, or does not any more."""

    key: str
    title: Words
    was: ScreeningClass | None
    becomes: ScreeningClass | None
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclassified:
    """What one person hears about the list: the classes newly joined and those left, and the rule that allows it."""

    joins: tuple[Listed, ...]
    leaves: tuple[Listed, ...]
    rules: tuple[str, ...]


def list_changes(before: Pack, after: Pack) -> tuple[ListChange, ...]:
    """Every class that differs. A pack whose notice does not say that the list may change says so with none."""
    if after.list_revision is None:
        return ()
    return tuple(_changes(before, after, after.list_revision.source))


def _changes(before: Pack, after: Pack, rules: tuple[str, ...]) -> Iterator[ListChange]:
    for key in dict.fromkeys((*before.should_test, *after.should_test)):
        was, becomes = before.should_test.get(key), after.should_test.get(key)
        named = becomes or was
        if was != becomes and named is not None:
            yield ListChange(key=key, title=named.title, was=was, becomes=becomes, rules=(*named.source, *rules))


def reclassified(before: Pack, after: Pack, known: Circumstances, today: date) -> Reclassified | None:
    """What a change of the list means for one person; None if nothing, or if the list may not be changed."""
    if after.list_revision is None:
        return None
    was = {one.key: one for one in listed(before.should_test, known, today)}
    becomes = {one.key: one for one in listed(after.should_test, known, today)}
    joins = tuple(one for key, one in becomes.items() if key not in was)
    leaves = tuple(one for key, one in was.items() if key not in becomes)
    if not joins and not leaves:
        return None
    return Reclassified(joins=joins, leaves=leaves, rules=after.list_revision.source)
