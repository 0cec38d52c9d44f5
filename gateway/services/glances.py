"""What was read a moment ago, for whoever looks at the same page of the console.

A desk's lists are looked at by many officials of one place, each page again and again. What all of them see is read
once in `patience`; whoever changes something from a page of this process has it read anew. Nothing but pages is
served so: whoever calls the API reads what is.
"""

from asyncio import Lock
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial, wraps
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from gateway.clock import Clock, SystemClock
from gateway.domain.scopes import Official

P = ParamSpec("P")
T = TypeVar("T")

_MOST = 128


@dataclass(slots=True)
class _Seen:
    lock: Lock = field(default_factory=Lock)
    until: datetime | None = None
    value: object = None


@dataclass(slots=True)
class Glances:
    """Without patience, the default, everything is read each time it is asked for."""

    clock: Clock = field(default_factory=SystemClock)
    patience: timedelta = timedelta(0)
    _seen: dict[Hashable, _Seen] = field(default_factory=dict)

    async def at(self, key: Hashable, look: Callable[[], Awaitable[T]]) -> T:
        """What `look` finds, or found at most `patience` ago. Those who ask at once wait for one look; what it raises
        is kept for nobody. The key says everything the answer depends on, the reader's sight included."""
        if not self.patience:
            return await look()
        seen = self._seen.get(key)
        if seen is None:
            self._drop_old()
            seen = self._seen[key] = _Seen()
        async with seen.lock:
            now = self.clock.now()
            if seen.until is None or not now < seen.until <= now + self.patience:
                seen.value = await look()
                seen.until = now + self.patience
            return cast(T, seen.value)

    def forget(self) -> None:
        """Whatever is being read at this moment is not kept either."""
        self._seen.clear()

    def _drop_old(self) -> None:
        if len(self._seen) < _MOST:
            return
        now = self.clock.now()
        self._seen = {key: seen for key, seen in self._seen.items() if seen.until is None or now < seen.until}


class _Glancing(Protocol):
    async def glance(self, key: Hashable, look: Callable[[], Awaitable[T]]) -> T: ...


def _own(official: Official) -> Hashable:
    return official


def glanced(
    *, by: Callable[[Official], Hashable] = _own
) -> Callable[[Callable[P, Coroutine[Any, Any, T]]], Callable[P, Coroutine[Any, Any, T]]]:
    """A service's method that only looks. What it finds follows from its arguments and from `by` of the official."""

    def of(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
        @wraps(method)
        async def looked(*args: P.args, **asked: P.kwargs) -> T:
            service, *rest = args
            sight = by(cast(Official, asked["official"]))
            others = tuple(sorted((name, value) for name, value in asked.items() if name != "official"))
            glancing: _Glancing = service.transactions  # type: ignore[attr-defined]
            return await glancing.glance((method.__qualname__, sight, *rest, others), partial(method, *args, **asked))

        return looked

    return of
