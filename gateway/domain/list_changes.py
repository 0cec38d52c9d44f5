"""The lists of who should be tested change as the epidemic does (SD-3.3.3-m): who joins them, who leaves them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.domain.packs import Pack
from gateway.domain.periodic_tests import PeriodicRule
from gateway.domain.rules import Words
from gateway.domain.screenings import Circumstances, Listed, ScreeningClass, listed

_Entry = ScreeningClass | PeriodicRule


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """One class that joins a list, leaves it, or is described otherwise. `occupations`: whom it names by their work."""

    key: str
    title: Words
    before: bool
    after: bool
    occupations: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclassified:
    """What one person hears about the list: the classes newly joined and those left, and the rule that allows it."""

    joins: tuple[Listed, ...]
    leaves: tuple[Listed, ...]
    rules: tuple[str, ...]


def list_changes(before: Pack, after: Pack) -> tuple[ListChange, ...]:
    """Every class that differs; none where the notice does not say that its lists may change."""
    if after.list_revision is None:
        return ()
    rules = after.list_revision.source
    return (
        *_changes(before.should_test, after.should_test, rules),
        *_changes(before.periodic, after.periodic, rules),
    )


def _changes(before: Mapping[str, _Entry], after: Mapping[str, _Entry], rules: tuple[str, ...]) -> Iterator[ListChange]:
    for key in dict.fromkeys((*before, *after)):
        was, becomes = before.get(key), after.get(key)
        named = becomes or was
        if was == becomes or named is None:
            continue
        occupations = dict.fromkeys(work for entry in (was, becomes) if entry for work in _occupations(key, entry))
        yield ListChange(
            key=key,
            title=named.title,
            before=was is not None,
            after=becomes is not None,
            occupations=tuple(occupations),
            rules=(*named.source, *rules),
        )


def _occupations(key: str, entry: _Entry) -> tuple[str, ...]:
    return entry.occupations if isinstance(entry, ScreeningClass) else (key,)


def concerning(changes: Sequence[ListChange], occupations: Collection[str]) -> tuple[ListChange, ...]:
    """What of it concerns somebody by their work."""
    return tuple(change for change in changes if not set(occupations).isdisjoint(change.occupations))


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
