"""Where documents disagree, a named person settles it: no value wins silently, neither the strictest nor the local one.

A pack states one value for each parameter. Whatever another document says otherwise is a `Difference`; it is settled
by a sign-off in the pack, or by the signature under the part the value came with.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.domain.packs import Pack
from gateway.domain.sign_offs import SignOff, Stated


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One value on which another pack's document differs, and who settled it for this pack, if anybody did."""

    value: str
    here: Stated
    there: Stated
    pack: str
    settled: SignOff | None

    @property
    def sentence(self) -> str:
        return f"{self.value}: {self.here} here, {self.there} in {self.pack}"


def differences(pack: Pack, others: Iterable[Pack]) -> tuple[Difference, ...]:
    """Every value on which one of the others differs, in the order of this pack.

    A version of the same notice for the same place may differ: it is the newer word. Nothing else goes by that name.
    """
    return tuple(
        Difference(value=value, here=here, there=there, pack=other.id, settled=settled_by(pack, value))
        for other in others
        if (other.id, other.jurisdiction) != (pack.id, pack.jurisdiction)
        for value, here, there in _differing(pack, other)
    )


def _differing(pack: Pack, other: Pack) -> Iterator[tuple[str, Stated, Stated]]:
    for value, here in pack.stated.items():
        there = other.stated.get(value)
        if there is not None and there.value != here.value:
            yield value, here, there


def settled_by(pack: Pack, value: str) -> SignOff | None:
    signatures = (*pack.signed_off, *(part.signed for part in pack.parts))
    return next((signed for signed in signatures if signed.covers(value)), None)


def who_may_set(jurisdiction: object) -> str:
    """Who may set or sign a value of a pack for this jurisdiction, in words."""
    if isinstance(jurisdiction, str) and jurisdiction.isdecimal() and jurisdiction.strip("0"):
        return f"an administrator of {jurisdiction}"
    return "whoever issues the pack"
