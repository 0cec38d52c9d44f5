"""Telegram's HTML, judged as Telegram judges it and made safe for the chat page.

What Telegram would refuse is refused here too, or a message tested on the page would break there.
"""

from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

_PLAIN_TAGS = {
    "b": "b",
    "strong": "b",
    "i": "i",
    "em": "i",
    "u": "u",
    "ins": "u",
    "s": "s",
    "strike": "s",
    "del": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-spoiler": "mark",
}
_LINKS = ("https://", "http://", "tel:", "mailto:")


class MarkupRefused(ValueError):
    """Telegram would say "can't parse entities"."""


@dataclass(frozen=True, slots=True)
class Markup:
    """`html` is safe to show, `text` is what a reader sees: the length limit counts it."""

    html: str
    text: str

    @property
    def length(self) -> int:
        """In UTF-16 units, as Telegram counts."""
        return len(self.text.encode("utf-16-le")) // 2


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.html: list[str] = []
        self.text: list[str] = []
        self.open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a":
            link = (values.get("href") or "").strip()
            if not link.lower().startswith(_LINKS):
                self.open.append((tag, ""))
                return
            safe = escape(link, quote=True)
            self.html.append(f'<a href="{safe}" target="_blank" rel="noopener noreferrer nofollow">')
            self.open.append((tag, "a"))
            return
        shown = "mark" if tag == "span" and values.get("class") == "tg-spoiler" else _PLAIN_TAGS.get(tag, "")
        if not shown:
            raise MarkupRefused(f'unsupported start tag "{tag}"')
        self.html.append(f"<{shown}>")
        self.open.append((tag, shown))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1][0] != tag:
            raise MarkupRefused(f'unexpected end tag "{tag}"')
        shown = self.open.pop()[1]
        if shown:
            self.html.append(f"</{shown}>")

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        self.html.append(escape(data, quote=False))


def of_html(source: str) -> Markup:
    reader = _Reader()
    reader.feed(source)
    reader.close()
    if reader.open:
        raise MarkupRefused(f'can\'t find end tag for "{reader.open[-1][0]}"')
    return Markup("".join(reader.html), "".join(reader.text))


def of_text(source: str) -> Markup:
    return Markup(escape(source, quote=False), source)
