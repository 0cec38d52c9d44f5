"""Which pack is in force where: the innermost activated jurisdiction around an area, on a date."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from gateway.clock import Clock
from gateway.domain.packs import Pack
from gateway.domain.rules import RuleQuote
from gateway.domain.scopes import Official, Scope, ancestors
from gateway.errors import Conflict, Forbidden
from gateway.policies.loader import FOLDER, load_pack, load_rules
from gateway.record.activations import Activation
from gateway.record.record import Work
from gateway.services.transactions import Transactions

#: In force where nothing was activated: no duties for anybody, but the safety rules, triage and ladders (design 3).
EVERYWHERE = "everywhere"

OVERLAYS: Mapping[str, Path] = {"demo": FOLDER / "demo-overlay.yaml"}


class PackCannotBeActivated(Conflict):
    """The pack has no jurisdiction or no first day; its owner must set them."""


@dataclass(frozen=True, slots=True)
class PackService:
    transactions: Transactions
    clock: Clock
    _loaded: dict[tuple[str, tuple[str, ...]], Pack] = field(default_factory=dict)

    async def for_area(self, work: Work, area: str, at: datetime) -> Pack:
        """The pack that manages this area at that moment. Beyond every jurisdiction: `everywhere`."""
        activations = await work.activations.around(ancestors(area))
        for activation in activations:
            pack = self.loaded(activation.pack_id, activation.overlays)
            if activation.effective_from <= at.astimezone(pack.zone).date() and activation.activated_at <= at:
                return pack
        return self.everywhere()

    def loaded(self, pack_id: str, overlays: tuple[str, ...]) -> Pack:
        key = (pack_id, overlays)
        if key not in self._loaded:
            self._loaded[key] = load_pack(pack_id, overlays=[OVERLAYS[name] for name in overlays])
        return self._loaded[key]

    def overlays_of(self, pack: Pack) -> tuple[str, ...]:
        """What was laid over a loaded pack, so that a running plan finds the same values again."""
        return next((overlays for (_, overlays), known in self._loaded.items() if known is pack), ())

    def everywhere(self) -> Pack:
        return self.loaded(EVERYWHERE, ())

    def quotes(self) -> Mapping[str, RuleQuote]:
        return load_rules()

    async def activate(
        self,
        pack_id: str,
        *,
        by: Official | None,
        area: str | None = None,
        overlays: tuple[str, ...] = (),
        effective_from: date | None = None,
    ) -> Pack:
        """Put a pack in force for its jurisdiction (or the part of it named). Raises PackCannotBeActivated."""
        pack = self.loaded(pack_id, overlays)
        if not pack.may_be_activated:
            raise PackCannotBeActivated
        jurisdiction = str(pack.jurisdiction)
        chosen = area or jurisdiction.rstrip("0") or jurisdiction
        if by is not None and not chosen.startswith(by.area):
            raise Forbidden("this jurisdiction lies outside your own area")
        now = self.clock.now()
        scope = by.scope if by is not None else Scope.of_work("packs")
        async with self.transactions.begin(scope) as work:
            await work.activations.add(
                Activation(
                    id=work.new_id(),
                    area=chosen,
                    pack_id=pack_id,
                    pack_version=str(pack.version),
                    overlays=overlays,
                    effective_from=effective_from or _first_day(pack.effective_from),
                    activated_at=now,
                    activated_by=by.name if by is not None else "set-up",
                    accepted_off=tuple(unset.value for unset in pack.unset()),
                )
            )
            await work.audit.add("pack.activate", "pack", pack_id, at=now, area=chosen, version=str(pack.version))
        return pack


def _first_day(value: Any) -> date:
    assert isinstance(value, date)
    return value
