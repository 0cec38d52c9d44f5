"""A language written from right to left, as a sample: it speaks as far as it goes, and the chat holds."""

import re
from datetime import date, datetime
from pathlib import Path

from babel.messages.pofile import read_po

from bot.texts import LOCALES, SAMPLES, Texts
from tests.conversations.chat import ZONE, Chat, agreed

ARABIC = re.compile(r"[\u0600-\u06ff]")
HOLE = re.compile(r"\{(\w+)\}")
UYGHUR = "ug_CN"


def test_the_sample_keeps_its_holes_and_is_offered_to_nobody() -> None:
    with Path(LOCALES / UYGHUR / "LC_MESSAGES" / "bot.po").open("rb") as file:
        known = [message for message in read_po(file, locale=UYGHUR) if message.id]
    assert len(known) >= 30
    for message in known:
        assert set(HOLE.findall(str(message.string))) == set(HOLE.findall(str(message.id)))
    assert set(SAMPLES) & set(Texts.load().voices) == set()
    assert Texts.load().speaking(UYGHUR).language != UYGHUR


def test_it_says_dates_and_numbers_its_own_way_and_falls_back_sentence_by_sentence() -> None:
    say = Texts.load(samples=SAMPLES).speaking("ug")
    assert say.language == UYGHUR and ARABIC.search(say("Menu"))
    assert say("Received. Thank you.") == "تاپشۇرۇۋېلىندى. رەھمەت."
    assert say("Please choose at least one, then tap Done.").startswith("请")
    for shown in (say.show(date(2021, 1, 5)), say.soon(datetime(2021, 1, 22, 15, 30, tzinfo=ZONE))):
        assert ARABIC.search(shown) and re.search(r"\d", shown)
    assert say.show(38.2) == "38.2"


async def test_a_form_is_walked_from_right_to_left() -> None:
    chat = Chat(language_code="ug", texts=Texts.load(samples=SAMPLES))
    chat.gateway.residents[chat.address] = agreed("ئايگۈل", language=UYGHUR)
    await chat.says("/start")
    assert chat.sees("ئايگۈل، قايتا كەلگىنىڭىزنى قارشى ئالىمىز.")
    await chat.says("发烧38.2,咳嗽两天")
    assert any(ARABIC.search(label) for label in chat.screen.buttons)
    await chat.says("/cancel")
    assert chat.sees("بىكار قىلىندى.")
