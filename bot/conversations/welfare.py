"""How are you this morning? One press by somebody who is looked after; and asking to go out of a closed building."""

import re

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.buttons import Pressed, WelfareButton
from bot.errors import Refused
from bot.gateway_client import GatewayClient
from bot.middleware.talks import LONGEST_SAID, Talk

_LEAVING = re.compile(
    r"^(?:我)?(?:想|要|需要)?申请(?:外出|出门|出小区|出入证|离开小区)[:：,，\s]*(?P<zh>.*)$"
    r"|^(?:我)?(?:想|要|需要|得)(?:出去|外出|出门|去医院)(?P<errand>(?:去医院)?(?:透析|看病|看急诊|产检|复查|化疗|放疗|换药|打针|输液|取药).*)$"
    r"|^i (?:have|need|must|want) to (?:go out|leave|get out)(?: the house| home)?"
    r"(?: for| because of|:|,)\s*(?P<why>.+)$"
    r"|^(?:i\s+)?(?:want|need|ask|apply)\s+(?:to\s+(?:go|get)\s+out|for\s+an?\s+exit\s+permit)[:,\s]*(?P<en>.*)$",
    re.IGNORECASE | re.DOTALL,
)


async def answer(query: CallbackQuery, pressed: WelfareButton, talk: Talk, gateway: GatewayClient) -> None:
    try:
        await gateway.answer_welfare(pressed.check, pressed.answer)
    except Refused:
        await talk.toast(talk.say("This question is not yours to answer."), alert=True)
        return
    thanks = "Thank you. Have a good day." if pressed.answer == "ok" else "Thank you. Your community has heard it."
    await talk.tell(talk.say(thanks))


async def wants_out(message: Message) -> bool | dict[str, str]:
    found = _LEAVING.match((message.text or "").strip())
    return {"reason": next((said for said in found.groups() if said), "").strip()} if found else False


async def begin(message: Message, command: CommandObject, talk: Talk, gateway: GatewayClient) -> None:
    await _ask(talk, gateway, (command.args or "").strip())


async def ask_out(message: Message, reason: str, talk: Talk, gateway: GatewayClient) -> None:
    await _ask(talk, gateway, reason)


async def _ask(talk: Talk, gateway: GatewayClient, reason: str) -> None:
    say = talk.say
    if not reason:
        await talk.tell(say("Please say why, in one line: I need to go out: dialysis at the hospital."))
        return
    try:
        await gateway.ask_to_leave(reason[:LONGEST_SAID], key=talk.key)
    except Refused as refused:
        if refused.type_name != "not-closed":
            raise
        await talk.tell(say("Nothing keeps you in: no permit is needed."))
        return
    await talk.tell(say("Your community decides and you hear it here. Please stay in until then."))


def router() -> Router:
    router = Router(name="welfare")
    router.callback_query.register(answer, Pressed(WelfareButton))
    router.message.register(begin, Command("out"))
    router.message.register(ask_out, wants_out)
    return router
