"""Tells people when they join or leave a list of who should be tested, because the pack in force has changed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.domain.list_changes import ListChange, concerning, list_changes
from gateway.domain.packs import Pack
from gateway.record.record import Work
from gateway.services.outbox import Letter, Outbox
from gateway.services.packs import PackService


@dataclass(frozen=True, slots=True)
class ListChangeService:
    packs: PackService
    outbox: Outbox

    async def tell(
        self, work: Work, before: Pack, after: Pack, *, area: str, beyond: Collection[str], dedup: str, now: datetime
    ) -> int:
        """Everybody in the area whom a change names by their work, once. How many hear it."""
        changes = list_changes(before, after)
        named = {occupation for change in changes for occupation in change.occupations}
        if not named:
            return 0
        workers = await work.applications.working_as(named, area=area, beyond=beyond)
        guarded = await work.residents.guardians_of([resident.id for resident, _ in workers])
        names = await work.residents.identities(list(guarded)) if guarded else {}
        letters = [
            Letter(
                resident,
                {
                    "person": names[resident.id].name if resident.id in names else None,
                    **self._said(concerning(changes, occupations), resident.language),
                },
            )
            for resident, occupations in workers
        ]
        return await self.outbox.to_residents(work, letters, "list_changed", now=now, dedup=dedup) if letters else 0

    def _said(self, changes: tuple[ListChange, ...], language: str) -> dict[str, Any]:
        chinese = language.startswith("zh")
        return {
            "changes": [
                {"who": one.title.zh if chinese else one.title.en, "before": one.before, "after": one.after}
                for one in changes
            ],
            "quote": self.packs.quote(reversed(changes[0].rules), language),
        }
