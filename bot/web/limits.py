"""How much one chat or one address may ask of this process: a bucket each, filled again with time."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

_REMEMBERED = 50_000


@dataclass
class Limiter:
    """`burst` at once, then `per_second`."""

    burst: float
    per_second: float
    _buckets: "OrderedDict[str, tuple[float, datetime]]" = field(default_factory=OrderedDict)

    def allows(self, who: str, now: datetime) -> bool:
        level, since = self._buckets.pop(who, (self.burst, now))
        level = min(self.burst, level + max(0.0, (now - since).total_seconds()) * self.per_second)
        allowed = level >= 1
        self._buckets[who] = (level - 1 if allowed else level, now)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        return allowed
