"""Was this place a risk area on that day? Asked in free words or after /risk; when several places fit, asked back."""

from datetime import date

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.buttons import MenuButton, Pressed, RiskButton, keyboard
from bot.errors import Refused
from bot.forms.risk_words import RiskQuestion, read_risk_question
from bot.gateway_client import GatewayClient, RiskAreasOut
from bot.middleware.talks import Talk

SHOWN = 8


async def asks(message: Message, talk: Talk) -> bool | dict[str, RiskQuestion]:
    asked = read_risk_question(message.text, now=talk.now) if message.text else None
    return {"asked": asked} if asked is not None else False


async def begin(message: Message, command: CommandObject, talk: Talk, gateway: GatewayClient) -> None:
    said = (command.args or "").strip()
    if not said:
        await talk.tell(
            talk.say("Which place, and on which day? For example: was Shijiazhuang a risk area on 5 January?")
        )
        return
    asked = read_risk_question(f"{said}是风险区吗", now=talk.now)
    await _answer(talk, gateway, asked or RiskQuestion(said, None))


async def answer_words(message: Message, asked: RiskQuestion, talk: Talk, gateway: GatewayClient) -> None:
    await _answer(talk, gateway, asked)


async def answer_choice(query: CallbackQuery, pressed: RiskButton, talk: Talk, gateway: GatewayClient) -> None:
    try:
        on = date.fromisoformat(pressed.on)
    except ValueError:
        on = talk.now.date()
    await _answer(talk, gateway, RiskQuestion(pressed.code, on))


async def _answer(talk: Talk, gateway: GatewayClient, asked: RiskQuestion) -> None:
    say, on = talk.say, asked.on or talk.now.date()
    menu = [(say("Menu"), MenuButton(what="menu").pack())]
    try:
        found = await gateway.risk_areas(asked.place, on=on, language=say.language)
    except Refused:
        await talk.show(
            say("I do not know this place. Please name its city and district."), keyboard([], controls=menu)
        )
        return
    fitting = [one for one in found.readings if one.level == found.readings[0].level] if found.readings else []
    if len(fitting) > 1:
        buttons = [(one.full_name, RiskButton(code=one.code, on=on.isoformat()).pack()) for one in fitting[:SHOWN]]
        await talk.show(say("Several places have this name. Which one do you mean?"), keyboard(buttons, columns=1))
        return
    name = fitting[0].full_name if fitting else asked.place
    await talk.show(_told(found, name, on, talk), keyboard([], controls=menu))


def _told(found: RiskAreasOut, name: str, on: date, talk: Talk) -> str:
    say = talk.say
    sure = [one for one in found.areas if one.match == "definite" and one.level != "low"]
    near = [one for one in found.areas if one.match != "definite" and one.level != "low"]
    if sure:
        lines = [say("Yes. {place} was a risk area on {day}:", place=name, day=on)]
    elif near:
        lines = [say("Not all of it. On {day} these places in or near {place} were risk areas:", place=name, day=on)]
    elif found.silent:
        return say("Nobody can say: no confirmed list speaks of {day}.", day=on)
    else:
        lines = [say("No. {place} was no risk area on {day}.", place=name, day=on)]
    for one in (sure or near)[:SHOWN]:
        since = say("since {day}", day=one.valid_from.astimezone(talk.zone).date())
        until = say("until {day}", day=one.valid_to.astimezone(talk.zone).date()) if one.valid_to else ""
        lines.append(f"· {one.name} · {say(LEVELS[one.level])} · {since} {until}".rstrip())
    lines.append(say("This is what officials have confirmed up to now."))
    return "\n".join(lines)


LEVELS = {"high": "high risk", "medium": "medium risk", "low": "low risk"}


def router() -> Router:
    router = Router(name="risk_area")
    router.message.register(begin, Command("risk"))
    router.callback_query.register(answer_choice, Pressed(RiskButton))
    router.message.register(answer_words, asks)
    return router
