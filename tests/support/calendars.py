"""Times as the notices' scenarios write them: wall-clock in Shanghai."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.domain.escalations import LadderStep
from gateway.domain.kinds import PeriodKind
from gateway.domain.plans import Plan, PlanItem

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=SHANGHAI)


def written(moment: datetime | None) -> str | None:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else None


def all_written(moments: Iterable[datetime]) -> list[str | None]:
    return [written(moment) for moment in moments]


def dates(item: PlanItem) -> tuple[str | None, str | None]:
    return written(item.opens_at), written(item.due_at)


def steps(ladder: Iterable[LadderStep]) -> list[tuple[str, str | None]]:
    return [(step.level.value, written(step.at)) for step in ladder]


def period(plan: Plan, kind: PeriodKind) -> tuple[str | None, str | None]:
    found = next(period for period in plan.periods if period.kind is kind)
    return written(found.starts_at), written(found.ends_at)


def keys_of_tests(plan: Plan) -> list[str]:
    return [item.key for item in plan.items if item.test]


def check_ins(plan: Plan) -> list[PlanItem]:
    return [item for item in plan.items if item.kind == "check_in"]
