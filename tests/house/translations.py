"""Every sentence that is said, said in every language: `python -m tests.house.translations` (a part of ./run check)."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "zh_Hans_CN")
DOMAINS = ("bot", "gateway")
GETTEXT = {"_", "gettext", "ngettext", "gettext_noop", "N_"}
SAYING = {"bot": GETTEXT | {"say"}, "gateway": GETTEXT}
SAID_IN_FORMS = {"title", "intro", "ask", "label", "hint", "send"}
TEMPLATES = {"bot": ("chat",), "gateway": ("messages", "console", "reports")}
HOLES = re.compile(r"\{(\w+)\}|%\((\w+)\)[sd]")


def catalogue(language: str, domain: str, root: Path = ROOT) -> dict[str, Message]:
    path = root / "locales" / language / "LC_MESSAGES" / f"{domain}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {_first(message.id): message for message in read_po(file, locale=language) if message.id}


def used(domain: str, root: Path = ROOT) -> dict[str, str]:
    """Every sentence the code, the forms and the templates name, and where."""
    found: dict[str, str] = {}
    for path in sorted((root / domain).rglob("*.py")):
        for line, sentence in _said_in_python(path, SAYING[domain]):
            found.setdefault(sentence, f"{path.relative_to(root)}:{line}")
    if domain == "bot":
        for path in sorted((root / "bot/forms/definitions").glob("*.yaml")):
            for sentence in _said_in_form(yaml.safe_load(path.read_text())):
                found.setdefault(sentence, str(path.relative_to(root)))
    for folder in TEMPLATES[domain]:
        for path in sorted((root / "templates" / folder).rglob("*")):
            if path.suffix in (".j2", ".html", ".txt", ".xml"):
                for line, messages, _, _ in extract_from_file("jinja2", path, keywords={"_": None, "gettext": None}):
                    found.setdefault(_first(messages), f"{path.relative_to(root)}:{line}")
    return found


def complaints(root: Path = ROOT) -> Iterator[str]:
    for domain in DOMAINS:
        catalogues = {language: catalogue(language, domain, root) for language in LANGUAGES}
        known = {sentence for messages in catalogues.values() for sentence in messages}
        for sentence, where in used(domain, root).items():
            if sentence not in known:
                yield f"{where}: not in any {domain}.po: {sentence!r}"
        for language, messages in catalogues.items():
            for sentence in sorted(known):
                message = messages.get(sentence)
                if message is None:
                    yield f"locales/{language}: {domain}.po lacks {sentence!r}"
                    continue
                said = message.string if isinstance(message.string, tuple | list) else [message.string]
                if message.fuzzy or not all(said):
                    yield f"locales/{language}: {domain}.po leaves open {sentence!r}"
                elif any(not _holes(words) <= _holes(*_parts(message.id)) for words in said):
                    yield f"locales/{language}: {domain}.po fills other holes than {sentence!r}"
                elif len(said) == 1 and _holes(said[0]) != _holes(sentence):
                    yield f"locales/{language}: {domain}.po leaves a hole of {sentence!r} unfilled"


def _said_in_python(path: Path, saying: set[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(), filename=str(path))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        first = node.args[0]
        if name in saying and isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value:
            yield node.lineno, first.value


def _said_in_form(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key in SAID_IN_FORMS and isinstance(value, str) and value:
                yield value
            else:
                yield from _said_in_form(value)
    elif isinstance(part, list):
        for inner in part:
            yield from _said_in_form(inner)


def _parts(sentence: object) -> tuple[str, ...]:
    return tuple(sentence) if isinstance(sentence, tuple | list) else (str(sentence),)


def _first(sentence: object) -> str:
    return _parts(sentence)[0]


def _holes(*sentences: str) -> set[str]:
    return {name for sentence in sentences for pair in HOLES.findall(sentence) for name in pair if name}


def main() -> int:
    found = list(complaints())
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
