"""What residents write, in tables of messages written by hand: what is understood, asked back, or taken wrongly."""

import pytest

from tests.conversations.meanings import LANGUAGES, counted, judged

#: Messages that may be asked back; a wrong one costs somebody a wrong report, a question costs a tap.
MOST_ASKED_BACK = 0.06
MOST_WRONG = 0.01


@pytest.mark.parametrize("language", LANGUAGES)
async def test_people_are_understood_in_their_own_words(language: str) -> None:
    rows = await judged(language)
    found = counted(rows)
    wrong = [(said.text, said.means, why) for said, verdict, why in rows if verdict == "wrong"]
    asked = [(said.text, said.means, why) for said, verdict, why in rows if verdict == "asked back"]

    assert len(rows) >= 200
    assert len(wrong) <= MOST_WRONG * len(rows), wrong
    assert found["asked back"] <= MOST_ASKED_BACK * len(rows), asked
