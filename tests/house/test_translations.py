"""Chinese and English are both complete."""

from pathlib import Path

import yaml

from gateway.messages.pack_titles import SHIPPED
from gateway.messages.words import translations as spoken
from gateway.policies.inheritances import shipped
from tests.house import translations


def test_every_sentence_is_said_in_every_language() -> None:
    assert list(translations.complaints()) == []


def test_each_language_says_something() -> None:
    for language in translations.LANGUAGES:
        for domain in translations.DOMAINS:
            assert translations.catalogue(language, domain)


def test_an_untranslated_sentence_a_fuzzy_one_and_a_lost_hole_are_found(tmp_path: Path) -> None:
    for name in ("bot/forms/definitions", "gateway", "templates"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
    (tmp_path / "bot/spoken.py").write_text(
        'say("Never translated.")\nsay("Hello {name}.")\nsay("Fuzzy.")\nsay("Open.")\n'
    )
    for language, hello in (("en", "Hello {name}."), ("zh_Hans_CN", "您好。")):
        folder = tmp_path / "locales" / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "bot.po").write_text(
            'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
            f'msgid "Hello {{name}}."\nmsgstr "{hello}"\n\n'
            '#, fuzzy\nmsgid "Fuzzy."\nmsgstr "x"\n\nmsgid "Open."\nmsgstr ""\n'
        )

    found = "\n".join(translations.complaints(tmp_path))

    assert "bot/spoken.py:1: not in any bot.po: 'Never translated.'" in found
    assert "zh_Hans_CN: bot.po leaves a hole of 'Hello {name}.' unfilled" in found
    assert found.count("leaves open 'Fuzzy.'") == found.count("leaves open 'Open.'") == 2


def test_every_pack_that_ships_has_a_title_in_both_languages() -> None:
    titles = {yaml.safe_load(path.read_text())["pack"]["title"] for path in shipped().values()}
    assert titles == set(SHIPPED)
    assert all(spoken("zh_Hans_CN").gettext(title) != title for title in titles)
