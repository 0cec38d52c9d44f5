"""`Idempotency-Key`: the same request again gets the same answer, and acts only once.

The key is taken before the act and its answer kept after it. The same key with another body is refused; while the first
is still at work the second is told to wait. A key whose request died (the process was killed) is free again after
`PATIENCE`; what the request had committed by then is recognised by the record's own unique keys.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, TypeVar

from fastapi import Header, Response

from gateway.access.house import House
from gateway.domain.scopes import Scope
from gateway.errors import Conflict, Invalid
from gateway.schemas.shapes import Answer

PATIENCE = timedelta(seconds=60)

A = TypeVar("A", bound=Answer)

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]


class SameKeyOtherBody(Invalid):
    """This Idempotency-Key was used for another request; take a new one."""


class StillAtWork(Conflict):
    """The first request with this Idempotency-Key is still at work; ask again in a moment."""


async def once(
    house: House,
    response: Response,
    *,
    caller: str,
    key: str | None,
    body: bytes,
    shape: type[A],
    act: Callable[[], Awaitable[tuple[int, A]]],
) -> A:
    """Act once per caller and key; without a key, act. Raises SameKeyOtherBody, StillAtWork, and what `act` raises."""
    if key is None:
        response.status_code, answer = await act()
        return answer
    now = house.clock.now()
    body_hash = hashlib.sha256(body).digest()
    scope = Scope(actor=caller)
    async with house.transactions.begin(scope) as work:
        kept = await work.credentials.keep_key(caller, key, body_hash, now)
        if kept is not None and kept.status is None and now - kept.since > PATIENCE:
            kept = None if await work.credentials.retake_key(caller, key, body_hash, kept.since, now) else kept
    if kept is not None:
        if kept.body_hash != body_hash:
            raise SameKeyOtherBody
        if kept.status is None:
            raise StillAtWork
        response.status_code = kept.status
        response.headers["Idempotent-Replayed"] = "true"
        return shape.model_validate(kept.answer)
    try:
        status, answer = await act()
    except BaseException:
        async with house.transactions.begin(scope) as work:
            await work.credentials.drop_key(caller, key)
        raise
    async with house.transactions.begin(scope) as work:
        await work.credentials.keep_answer(caller, key, status, answer.model_dump(mode="json"))
    response.status_code = status
    return answer
