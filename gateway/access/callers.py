"""Who calls. The bot acts only for the person whose address it presents; scripts carry tokens; the console, sessions.

Every route takes one of these dependencies (a house test looks).
"""

import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from gateway.access.house import House
from gateway.domain.kinds import ChannelName
from gateway.domain.people import Speaker
from gateway.domain.scopes import Official
from gateway.errors import Unauthorised


class BadCredentials(Unauthorised):
    """A valid token is needed: Authorization: Bearer …"""


class NoAddress(Unauthorised):
    """The bot says for whom it speaks: X-Shaodian-Address: channel:handle."""


async def house_of(request: Request) -> House:  # what is not async would be asked in a thread, at each request
    house: House = request.state.house
    return house


AnyHouse = Annotated[House, Depends(house_of)]


async def bearer(authorization: Annotated[str | None, Header()] = None) -> str:
    if authorization is None or not authorization.lower().startswith("bearer "):
        raise BadCredentials
    return authorization[7:].strip()


def is_bot(house: House, secret: str) -> bool:
    """Compared as bytes and in constant time: a header may hold anything."""
    return hmac.compare_digest(secret.encode("utf-8", "surrogateescape"), house.bot_token.encode())


@dataclass(frozen=True, slots=True)
class BotCall:
    speaker: Speaker


async def the_bot(house: AnyHouse, secret: Annotated[str, Depends(bearer)]) -> None:
    """The bot itself, for things that concern no person (place look-ups, drafts)."""
    if not is_bot(house, secret):
        raise BadCredentials


async def spoken_at(
    house: AnyHouse,
    secret: Annotated[str, Depends(bearer)],
    x_shaodian_address: Annotated[str | None, Header()] = None,
) -> tuple[ChannelName, str]:
    """Where the bot speaks with somebody, whoever that is."""
    if not is_bot(house, secret):
        raise BadCredentials
    channel, _, handle = (x_shaodian_address or "").partition(":")
    if channel not in list(ChannelName) or not handle or len(handle) > 128:
        raise NoAddress
    return ChannelName(channel), handle


async def speaker(
    house: AnyHouse,
    secret: Annotated[str, Depends(bearer)],
    x_shaodian_address: Annotated[str | None, Header()] = None,
) -> Speaker:
    return await house.residents.speaker(*await spoken_at(house, secret, x_shaodian_address))


async def official(
    house: AnyHouse,
    secret: Annotated[str, Depends(bearer)],
    x_shaodian_address: Annotated[str | None, Header()] = None,
) -> Official:
    """An official: through the bot at their own address, or a script's token."""
    if is_bot(house, secret):
        spoken = await speaker(house, secret, x_shaodian_address)
        if spoken.official_id is None:
            raise BadCredentials
        on_duty = await house.officials.find(spoken.official_id)
        if on_duty is None:  # the post ended
            raise BadCredentials
        return on_duty
    found = await house.officials.bearer(secret)
    if found is None:
        raise BadCredentials
    return found


async def bot_or_official(
    house: AnyHouse,
    secret: Annotated[str, Depends(bearer)],
) -> None:
    """The bot itself or a script's token, for what concerns no person and is nobody's secret."""
    if not is_bot(house, secret) and await house.officials.bearer(secret) is None:
        raise BadCredentials


TheBot = Annotated[None, Depends(the_bot)]
BotOrOfficial = Annotated[None, Depends(bot_or_official)]
SpokenAt = Annotated[tuple[ChannelName, str], Depends(spoken_at)]
CurrentSpeaker = Annotated[Speaker, Depends(speaker)]
CurrentOfficial = Annotated[Official, Depends(official)]
