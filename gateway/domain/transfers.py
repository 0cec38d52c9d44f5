"""How somebody may travel on after isolation at a first entry point, and for how long that matters."""

from dataclasses import dataclass
from datetime import date

from gateway.domain.calendars import DAY
from gateway.domain.profiles import TransferRule


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferJudgement:
    """`to_decide`: an official may put the person under `profile`; the system only says so."""

    applies: bool
    allowed: bool
    rules: tuple[str, ...]
    profile: str | None = None

    @property
    def to_decide(self) -> bool:
        return self.applies and not self.allowed


def judged(rule: TransferRule, *, released_on: date, arrived_on: date, transport: str) -> TransferJudgement:
    """Up to `within_days` after the release the way of travel is prescribed; later nobody asks."""
    if arrived_on > released_on + rule.within_days * DAY:
        return TransferJudgement(applies=False, allowed=True, rules=rule.after_source)
    rules = tuple(dict.fromkeys((*rule.source, *rule.within_days_source)))
    if transport in rule.allowed:
        return TransferJudgement(applies=True, allowed=True, rules=rules)
    return TransferJudgement(applies=True, allowed=False, rules=(*rules, *rule.else_source), profile=rule.else_profile)
