"""The order in which conversations are asked whether an update is theirs, and all they need to speak."""

from collections.abc import Callable, Mapping
from datetime import tzinfo
from uuid import UUID, uuid4

from aiogram import Dispatcher, Router

from bot.conversations import (
    advice,
    answer,
    ask,
    check_in,
    duty,
    earlier,
    family,
    groups,
    help,
    language,
    my_data,
    plan,
    profile,
    quiet_hours,
    report,
    risk_area,
    rumour,
    safety,
    start,
    stop_and_erase,
    testing_sites,
    tip_off,
    unit_report,
    venue,
    welfare,
)
from bot.forms.load import Forms, load_forms
from bot.gateway_client import GatewayClient
from bot.middleware.people import PeopleMiddleware
from bot.middleware.talks import Clock, Drafts, TalkMiddleware
from bot.texts import Texts

# In a group there is only its code to hear. Else safety hears every word first; an open form takes its answer; what
# nobody understood comes last.
ORDER = (
    groups,
    safety,
    answer,
    venue,
    start,
    language,
    my_data,
    quiet_hours,
    stop_and_erase,
    earlier,
    plan,
    check_in,
    duty,
    unit_report,
    profile,
    family,
    tip_off,
    welfare,
    rumour,
    testing_sites,
    risk_area,
    ask,
    report,
    advice,
    help,
)


def routers() -> list[Router]:
    """Fresh ones at each call: a router belongs to one dispatcher."""
    return [conversation.router() for conversation in ORDER]


def install(
    dispatcher: Dispatcher,
    *,
    gateway: GatewayClient,
    drafts: Drafts,
    clock: Clock,
    zone: tzinfo,
    channels: Mapping[int, str],
    forms: Forms | None = None,
    texts: Texts | None = None,
    new_id: Callable[[], UUID] = uuid4,
) -> None:
    """Everything a dispatcher needs to hold these conversations."""
    dispatcher.update.outer_middleware(PeopleMiddleware(gateway=gateway, channels=channels))
    dispatcher.update.outer_middleware(
        TalkMiddleware(
            drafts=drafts,
            forms=forms or load_forms(),
            texts=texts or Texts.load(),
            clock=clock,
            zone=zone,
            new_id=new_id,
            press=answer.press,
        )
    )
    dispatcher.include_routers(*routers())
