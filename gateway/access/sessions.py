"""Who sits at the console: a session behind a cookie, and the proof that a form came from our own page.

Reading needs `CurrentSession`; whatever changes something needs `Acting`, which also asks for the page's token and
that the browser names our own origin.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response

from gateway.access.callers import AnyHouse
from gateway.access.house import House
from gateway.domain.scopes import Official
from gateway.errors import Conflict, Forbidden, Unauthorised
from gateway.record.credentials import Session
from gateway.services.officials import SESSION_LIVES, SignInFailed


class SignInNeeded(Unauthorised):
    """Please sign in."""


class ForeignForm(Forbidden):
    """This form did not come from a page of ours that is still open. Load the page again and repeat it."""


class TooManyTries(Conflict):
    """Too many tries. Wait a quarter of an hour, or ask for a one-time link."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    house: House
    session: Session
    official: Official
    token: str = field(repr=False)


def is_secure(request: Request, house: House | None) -> bool:
    return request.url.scheme == "https" or (house is not None and urlsplit(house.public_gateway_url).scheme == "https")


def _cookie_name(request: Request, house: House | None) -> str:
    """`__Host-` binds the cookie to this very host; browsers accept it over TLS only."""
    return "__Host-shaodian" if is_secure(request, house) else "shaodian"


def let_in(response: Response, request: Request, house: House, token: str) -> None:
    response.set_cookie(
        _cookie_name(request, house),
        token,
        max_age=int(SESSION_LIVES.total_seconds()),
        path="/",
        secure=is_secure(request, house),
        httponly=True,
        samesite="lax",
    )


def let_out(response: Response, request: Request, house: House) -> None:
    response.delete_cookie(
        _cookie_name(request, house),
        path="/",
        secure=is_secure(request, house),
        httponly=True,
        samesite="lax",
    )


async def signed_in(request: Request, house: AnyHouse) -> SignedIn:
    """The official behind the cookie. Raises SignInNeeded, also once the official has ended."""
    token = request.cookies.get(_cookie_name(request, house))
    if not token:
        raise SignInNeeded
    try:
        session, official = await house.officials.session(token)
    except SignInFailed:
        raise SignInNeeded from None
    signed = SignedIn(house, session, official, token)
    request.state.signed = signed
    return signed


CurrentSession = Annotated[SignedIn, Depends(signed_in)]


async def same_origin(request: Request, house: AnyHouse) -> None:
    """Browsers name the origin of every POST; only our own is taken. Raises ForeignForm."""
    origin = request.headers.get("origin")
    known = {urlsplit(house.public_gateway_url).netloc, request.headers.get("host", "")}
    if origin is None or urlsplit(origin).netloc not in known:
        raise ForeignForm
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForeignForm


async def acting(request: Request, signed: CurrentSession) -> SignedIn:
    """Whoever changes something from a page of ours. Raises SignInNeeded, ForeignForm."""
    await same_origin(request, signed.house)
    given = request.headers.get("x-csrf-token") or (await request.form()).get("csrf")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), signed.session.csrf.encode()):
        raise ForeignForm
    return signed


Acting = Annotated[SignedIn, Depends(acting)]
FromOurPage = Annotated[None, Depends(same_origin)]


@dataclass(slots=True)
class Tries:
    """How often a name, or a place, has tried to sign in lately; one process' own count."""

    allowed: int = 10
    within: timedelta = timedelta(minutes=15)
    _made: dict[str, list[datetime]] = field(default_factory=dict)

    def count(self, who: str, now: datetime) -> None:
        """Raises TooManyTries."""
        if len(self._made) > 10_000:
            self._made = {name: times for name, times in self._made.items() if times[-1] > now - self.within}
        lately = [at for at in self._made.get(who, ()) if at > now - self.within]
        if len(lately) >= self.allowed:
            raise TooManyTries
        self._made[who] = [*lately, now]

    def forget(self, who: str) -> None:
        self._made.pop(who, None)
