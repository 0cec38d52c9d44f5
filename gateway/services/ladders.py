"""Ladders as places have them: looked at with the pack's own beside them, changed by name, every version kept.

A change is laid over whatever pack is in force there. Alerts that ring already keep the copy they were raised with.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.clock import Clock
from gateway.domain.escalations import LadderStep
from gateway.domain.kinds import AlertKind, Role
from gateway.domain.ladder_changes import faults, is_safety
from gateway.domain.packs import Pack
from gateway.domain.rungs import Ladder
from gateway.domain.scopes import Official, Scope, ancestors
from gateway.errors import Fault, Forbidden, Invalid, NotFound
from gateway.policies.loader import ladder_read, ladder_written
from gateway.record.ladder_changes import LadderChange
from gateway.record.record import Work
from gateway.services.glances import glanced
from gateway.services.packs import PackService
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("ladders")
CHANGING = (Role.COUNTY, Role.CITY, Role.PROVINCE)


class NoSuchLadder(NotFound):
    """The rules in force here have no such ladder."""


class NotYoursToChange(Forbidden):
    """Ladders are changed by administrators, and by the county or above, for their own area."""


class LadderUnfit(Invalid):
    """This cannot be anybody's ladder."""


@dataclass(frozen=True, slots=True)
class LadderView:
    """One ladder as it stands at a place: the pack's own, and the change laid over it, if there is one."""

    code: str
    kind: AlertKind | None
    ladder: Ladder
    packs_own: Ladder
    change: LadderChange | None
    kinds: tuple[AlertKind, ...]
    is_safety: bool


@dataclass(frozen=True, slots=True)
class Version:
    """A line of a ladder's history; no ladder: the pack's own held again."""

    change: LadderChange
    ladder: Ladder | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would mean, before anybody is bound by it."""

    view: LadderView
    draft: Ladder
    faults: tuple[Fault, ...]
    #: When whom an alert rings that is raised now, and one about something due at the usual time of today.
    raised_now: tuple[LadderStep, ...]
    open_alerts: int
    expects: int


@dataclass(frozen=True, slots=True)
class LadderService:
    transactions: Transactions
    packs: PackService
    clock: Clock

    @glanced()
    async def listed(self, area: str, *, official: Official) -> list[LadderView]:
        """Every ladder of the place, those of single kinds after the one they stand in for."""
        self._check(official, area, changes=False)
        async with self.transactions.reading(_WORK) as work:
            pack, changes = await self._standing(work, area)
        views = [_view(pack, code, None, changes) for code in sorted(pack.ladders)]
        single = [_view(pack, one.code, one.kind, changes) for one in changes if one.kind is not None]
        return sorted([*views, *single], key=lambda view: (view.code, view.kind or ""))

    async def get(self, area: str, code: str, kind: AlertKind | None, *, official: Official) -> LadderView:
        """Raises NoSuchLadder."""
        self._check(official, area, changes=False)
        async with self.transactions.begin(_WORK) as work:
            pack, changes = await self._standing(work, area)
        return _view(pack, code, kind, changes)

    async def history(self, area: str, code: str, kind: AlertKind | None, *, official: Official) -> list[Version]:
        self._check(official, area, changes=False)
        async with self.transactions.begin(_WORK) as work:
            known = await work.ladder_changes.history(area, code, kind)
        return [Version(one, ladder_read(one.content) if one.content else None) for one in known]

    async def preview(
        self, area: str, code: str, kind: AlertKind | None, draft: Ladder, *, official: Official
    ) -> Preview:
        """Raises NoSuchLadder, NotYoursToChange."""
        self._check(official, area)
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            pack, changes = await self._standing(work, area)
            known = await work.ladder_changes.history(area, code, kind)
            still = await work.alerts.count_climbing(code, area, kind)
        view = _view(pack, code, kind, changes)
        return Preview(
            view=view,
            draft=draft,
            faults=faults(draft, pack=pack, safety=view.is_safety),
            raised_now=pack.climb(code, draft).freeze(now),
            open_alerts=still,
            expects=(known[0].version if known else 0) + 1,
        )

    async def change(
        self,
        area: str,
        code: str,
        kind: AlertKind | None,
        draft: Ladder | None,
        *,
        official: Official,
        reason: str,
        version: int,
    ) -> LadderChange:
        """From now on alerts raised there climb this ladder; None: the pack's own again.

        `version` is the one the official was shown as the next. Raises LadderUnfit, LadderChanged, NotYoursToChange.
        """
        self._check(official, area)
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            pack, changes = await self._standing(work, area)
            view = _view(pack, code, kind, changes)
            if draft is not None and (found := faults(draft, pack=pack, safety=view.is_safety)):
                raise LadderUnfit(faults=found)
            change = LadderChange(
                id=work.new_id(),
                area=area,
                code=code,
                kind=kind,
                version=version,
                content=ladder_written(draft) if draft is not None else None,
                changed_at=now,
                changed_by=official.name,
                reason=reason,
            )
            await work.ladder_changes.add(change)
            await work.audit.add(
                "ladder.change",
                "ladder",
                f"{code}:{kind or ''}:{area}",
                at=now,
                by=str(official.id),
                version=version,
                withdrawn=draft is None,
            )
        return change

    async def _standing(self, work: Work, area: str) -> tuple[Pack, list[LadderChange]]:
        """The pack as its notice has it, and what the place laid over it."""
        activation = await self.packs.activation_for(work, area, self.clock.now())
        pack = await self.packs.activated(work, activation) if activation else self.packs.everywhere()
        changes = await work.ladder_changes.in_force(ancestors(area))
        return pack, [one for one in changes if one.content is not None and one.code in pack.ladders]

    @staticmethod
    def _check(official: Official, area: str, *, changes: bool = True) -> None:
        if official.scope.area is None or not area.startswith(official.area):
            raise NoSuchLadder
        if changes and not official.may(*CHANGING):
            raise NotYoursToChange


def _view(pack: Pack, code: str, kind: AlertKind | None, changes: Iterable[LadderChange]) -> LadderView:
    if code not in pack.ladders:
        raise NoSuchLadder
    known = list(changes)
    change = next((one for one in known if (one.code, one.kind) == (code, kind)), None)
    wider = next((one for one in known if one.code == code and one.kind is None), None)
    own = ladder_read(wider.content) if kind is not None and wider and wider.content else pack.ladders[code]
    return LadderView(
        code=code,
        kind=kind,
        ladder=ladder_read(change.content) if change is not None and change.content else own,
        packs_own=pack.ladders[code],
        change=change,
        kinds=(kind,) if kind else tuple(one for one, rule in pack.alerts.items() if rule.ladder == code),
        is_safety=is_safety(pack, code, kind),
    )
