"""May I? Work, travel, come, meet, hold something; is it over. Asked by a button or in free words, answered with the
sentence of the notice; what needs somebody's approval can be asked for right here."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.buttons import AskButton, MenuButton, Pressed, keyboard
from bot.forms.gate_words import GateWords, read_gate_question
from bot.gateway_client import GateOut, GatewayClient
from bot.middleware.people import Person
from bot.middleware.talks import Talk

QUESTIONS = (
    ("work", "💼 May I work today?"),
    ("over", "⏳ Is my isolation over?"),
    ("travel", "🧭 May I go there?"),
    ("come", "🏠 May I come back?"),
    ("hold", "🎉 May we hold this?"),
    ("outing", "👪 May we go out and meet?"),
    ("green_code", "🟢 My green code"),
)
OCCUPATIONS = (
    ("cold_chain", "Cold-chain food"),
    ("medical", "Hospital or clinic"),
    ("pharmacy", "Pharmacy"),
    ("port", "Port or border"),
    ("arrivals_service", "Serving arrivals from abroad"),
    ("custody", "Prison or custody"),
    ("welfare", "Welfare or elderly home"),
    ("psychiatric", "Psychiatric institution"),
)
SHOWN = 8


async def wants_questions(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what="ask").pack()


async def show_questions(event: Message | CallbackQuery, talk: Talk) -> None:
    say = talk.say
    buttons = [(say(label), AskButton(what=what, value="").pack()) for what, label in QUESTIONS]
    example = say("You can also simply ask, for example: may we hold a wedding for 60 guests?")
    back = [(say("Menu"), MenuButton(what="menu").pack())]
    await talk.show(f"{say('What would you like to know?')}\n{example}", keyboard(buttons, columns=1, controls=back))


async def asks(message: Message, talk: Talk) -> bool | dict[str, GateWords]:
    asked = read_gate_question(message.text, now=talk.now) if message.text else None
    return {"asked": asked} if asked is not None else False


async def answer_words(message: Message, asked: GateWords, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    me = await person.me()
    if asked.number is not None and me.official is not None:
        await _show(await gateway.gate_about(asked.question, number=asked.number), talk)
        return
    if asked.question in ("work", "over", "green_code") and not await _has_agreed(person):
        await talk.open("consent")
        return
    if asked.question == "hold" and asked.people is not None:
        await _may_hold(asked, talk, gateway)
    elif asked.question == "hold":
        await _apply(talk, person, kind=asked.event)
    elif asked.question in ("travel", "come") and asked.place is not None:
        await _where(asked, talk, gateway)
    elif asked.question == "travel":
        await talk.open("ask_travel")
    else:
        await _show(await gateway.gate(asked.question, abroad=asked.abroad), talk)


async def answer_press(
    query: CallbackQuery, pressed: AskButton, talk: Talk, gateway: GatewayClient, person: Person
) -> None:
    what, value = pressed.what, pressed.value
    if what == "apply":
        kind, _, people = value.partition(".")
        await _apply(talk, person, kind=kind or None, people=int(people) if people.isdigit() else None)
    elif what == "trip":
        await _open(talk, person, "trip", {"kind": value} if value else {})
    elif what == "hold":
        await _apply(talk, person)
    elif what == "travel" and not value:
        await talk.open("ask_travel")
    elif what in ("travel", "come") and value:
        await _show(await gateway.gate(what, area=value), talk, area=value)
    elif what == "needed":
        await _show(await gateway.gate("travel", area=value, necessary=True), talk)
    elif what in ("work", "over", "green_code") and not await _has_agreed(person):
        await talk.open("consent")
    elif what == "work":
        await _show(await gateway.gate("work", occupation=value or None), talk)
    else:
        await _show(await gateway.gate(what), talk)


async def _may_hold(asked: GateWords, talk: Talk, gateway: GatewayClient) -> None:
    on = asked.on.isoformat() if asked.on is not None else None
    found = await gateway.gate("hold", kind=asked.event, people=asked.people, on=on, cadre=asked.cadre)
    apply = (talk.say("📝 Ask to hold it"), AskButton(what="apply", value=f"{asked.event}.{asked.people}").pack())
    await talk.show(found.text, keyboard([apply] if found.verdict != "no" else [], controls=_ways(talk)))


async def _where(asked: GateWords, talk: Talk, gateway: GatewayClient) -> None:
    """One place is asked about at once; where several fit, the person chooses."""
    places = await gateway.places(asked.place or "", language=talk.say.language)
    candidates = places.candidates
    if places.country is not None and not candidates:
        await _show(await gateway.gate("come", abroad=True), talk)
        return
    if not candidates:
        await talk.open("ask_travel")
        return
    if len(candidates) == 1:
        area = candidates[0].code
        found = await gateway.gate(asked.question, area=area, cadre=asked.cadre)
        await _show(found, talk, area=area)
        return
    buttons = [(each.full_name, AskButton(what=asked.question, value=each.code).pack()) for each in candidates[:SHOWN]]
    await talk.show(talk.say("Which one do you mean?"), keyboard(buttons, columns=1, controls=_ways(talk)))


async def _show(found: GateOut, talk: Talk, *, area: str = "") -> None:
    say = talk.say
    buttons = []
    last = []
    text = found.text
    if found.ask_occupation:
        text = f"{text}\n\n{say('Does your work belong to one of these? Then please tap it.')}"
        buttons = [(say(label), AskButton(what="work", value=code).pack()) for code, label in OCCUPATIONS]
    if found.question == "travel" and found.verdict == "no" and area:
        last.append((say("It is necessary"), AskButton(what="needed", value=area).pack()))
    if found.question == "travel" and found.decides == "UL":
        last.append((say("📝 Ask for approval"), AskButton(what="trip", value="cadre_trip").pack()))
    if found.question == "come":
        last.append((say("🧳 I am coming"), MenuButton(what="arrival").pack()))
        last.append((say("Earlier, or by another way"), AskButton(what="trip", value="early_return").pack()))
    await talk.show(text, keyboard(buttons, last=last, controls=_ways(talk)))


def _ways(talk: Talk) -> list[tuple[str, str]]:
    return [
        (talk.say("Other questions"), MenuButton(what="ask").pack()),
        (talk.say("Menu"), MenuButton(what="menu").pack()),
    ]


async def _apply(talk: Talk, person: Person, *, kind: str | None = None, people: int | None = None) -> None:
    known: dict[str, object] = {}
    if kind is not None:
        known["kind"] = kind
    if people is not None:
        known["people"] = people
    await _open(talk, person, "event", known)


async def _open(talk: Talk, person: Person, form_id: str, known: dict[str, object]) -> None:
    official = (await person.me()).official
    if official is None and not await _has_agreed(person):
        await talk.open("consent")
        return
    await talk.open(form_id, answers=known)


async def _has_agreed(person: Person) -> bool:
    resident = (await person.me()).resident
    return resident is not None and resident.consent_version is not None


def router() -> Router:
    router = Router(name="ask")
    router.message.register(show_questions, Command("ask"))
    router.callback_query.register(show_questions, wants_questions)
    router.callback_query.register(answer_press, Pressed(AskButton))
    router.message.register(answer_words, asks)
    return router
