"""What was reported before: seen again, put right in the same form, or taken back."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.buttons import EarlierButton, MenuButton, Pressed, keyboard
from bot.errors import Refused
from bot.forms.form import answered
from bot.forms.wishes import Wish, read_wish
from bot.gateway_client import GatewayClient, OwnReport
from bot.middleware.people import Person
from bot.middleware.talks import Talk

SHOWN = 8


async def wants_earlier(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what="earlier").pack()


async def asks(message: Message) -> bool:
    return read_wish(message.text or "") is Wish.EARLIER


async def show_list(event: Message | CallbackQuery, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    resident = (await person.me()).resident
    if resident is None or resident.consent_version is None:
        await talk.open("consent")
        return
    told = await gateway.earlier_reports()
    say = talk.say
    menu = [(say("Menu"), MenuButton(what="menu").pack())]
    if not told:
        await talk.show(say("Nothing was reported from here in the last 30 days."), keyboard([], controls=menu))
        return
    names = {member.id: member.name for member in resident.family}
    buttons = [
        (_titled(one, talk, names.get(one.about)), EarlierButton(what="show", report=one.id).pack())
        for one in told[:SHOWN]
    ]
    await talk.show(
        say("What you reported in the last 30 days. Choose one to read it, correct it or take it back."),
        keyboard(buttons, columns=1, controls=menu),
    )


async def answer(
    query: CallbackQuery, pressed: EarlierButton, talk: Talk, gateway: GatewayClient, person: Person
) -> None:
    report = next((one for one in await gateway.earlier_reports() if one.id == pressed.report), None)
    if report is None:
        gone = talk.say("This report is not shown any more: only the newest of the last 30 days are.")
        await talk.toast(gone, alert=True)
        return
    match pressed.what:
        case "show":
            await _show(report, talk)
        case "correct" if report.correctable:
            await _correct(report, talk)
        case "ask" if report.correctable:
            await _ask_to_take_back(report, talk)
        case "take_back" if report.correctable:
            await _take_back(report, talk, gateway)
        case _:
            await talk.toast(talk.say("This report was corrected or taken back already."), alert=True)


async def _show(report: OwnReport, talk: Talk) -> None:
    say = talk.say
    buttons = []
    if report.correctable:
        buttons = [
            (say("✏️ Correct it"), EarlierButton(what="correct", report=report.id).pack()),
            (say("🗑 Take it back"), EarlierButton(what="ask", report=report.id).pack()),
        ]
    await talk.show(_told(report, talk), keyboard(buttons, controls=_back(talk)))


async def _correct(report: OwnReport, talk: Talk) -> None:
    """The same form, filled in as it was told; each answer can be changed before it is sent again."""
    told = answered(talk.forms.get(report.form), report.answers, now=talk.now)
    me = (await talk.person.me()).resident
    about = None if me is None or me.id == report.about else str(report.about)
    await talk.open_again(report.form, told, corrects=str(report.id), about=about)


async def _ask_to_take_back(report: OwnReport, talk: Talk) -> None:
    say = talk.say
    sure = (say("Yes, take it back"), EarlierButton(what="take_back", report=report.id).pack())
    text = say(
        "Take this back? It stays on record as taken back. Officials who were told of it hear that you did, and decide "
        "about what follows; a duty of yours does not end by itself."
    )
    await talk.show(f"{_told(report, talk)}\n\n{text}", keyboard([sure], columns=1, controls=_back(talk)))


async def _take_back(report: OwnReport, talk: Talk, gateway: GatewayClient) -> None:
    try:
        await gateway.take_back(report.id)
    except Refused:
        await talk.toast(talk.say("This report was corrected or taken back already."), alert=True)
        return
    await talk.show(
        talk.say("Taken back: {reference}. Your community worker has been told.", reference=report.reference),
        keyboard([], controls=_back(talk)),
    )


def _told(report: OwnReport, talk: Talk) -> str:
    form = talk.forms.get(report.form)
    lines = [_titled(report, talk, None), talk.summed_up(form.id, answered(form, report.answers, now=talk.now))]
    if report.said:
        lines.append(f"「{report.said}」")
    return "\n".join(lines)


def _titled(report: OwnReport, talk: Talk, name: str | None) -> str:
    say = talk.say
    at = say.soon(report.reported_at.astimezone(talk.zone))
    parts = [say(talk.forms.get(report.form).title), at, report.reference]
    if name is not None:
        parts.insert(1, name)
    if report.state != "standing":
        parts.append(say("corrected") if report.state == "corrected" else say("taken back"))
    return " · ".join(parts)


def _back(talk: Talk) -> list[tuple[str, str]]:
    return [
        (talk.say("◂ Back"), MenuButton(what="earlier").pack()),
        (talk.say("Menu"), MenuButton(what="menu").pack()),
    ]


def router() -> Router:
    router = Router(name="earlier")
    router.message.register(show_list, Command("reports"))
    router.callback_query.register(show_list, wants_earlier)
    router.callback_query.register(answer, Pressed(EarlierButton))
    router.message.register(show_list, asks)
    return router
