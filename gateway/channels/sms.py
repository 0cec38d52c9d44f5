"""SMS by whichever provider: its HTTP call is described by settings, its yes by a pattern.

`{to}` and `{text}` stand in the URL and the body, and are escaped for wherever they stand.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote

from gateway.channels.posting import Answer, Poster
from gateway.channels.receipts import Outgoing, Receipt, SendFailure, Technical, Temporary, Uncertain, said_by_provider
from gateway.domain.kinds import ChannelName

#: Longer messages are cut: a phone's message is read at a glance, and each further 67 signs cost once more.
LONGEST = 300


@dataclass(frozen=True, slots=True)
class SmsService:
    """`success` is looked for in the answer's body; what a 2xx without it says is a refusal in the provider's words."""

    url: str
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: str = ""
    success: str = ""


@dataclass
class SmsChannel:
    service: SmsService
    poster: Poster = field(default_factory=Poster)
    name: ChannelName = ChannelName.SMS

    async def send(self, outgoing: Outgoing) -> Receipt:
        to = outgoing.target.to if outgoing.target is not None else outgoing.address
        text = " ".join(outgoing.plain.split())
        if outgoing.link is not None:
            link = f" {outgoing.link[1]}"
            text = _clipped(text, LONGEST - len(link)) + link
        text = _clipped(text, LONGEST)
        answer = await self.poster.send(
            self.service.method,
            _filled(self.service.url, to, text, lambda value: quote(value, safe="")),
            body=self._body(to, text),
            headers=self.service.headers,
        )
        failure = self._failure(answer)
        if failure is not None:
            raise failure
        return Receipt(outgoing.delivery_id.hex, note="handed over")

    def _body(self, to: str, text: str) -> bytes | None:
        if not self.service.body:
            return None
        kind = next((value for name, value in self.service.headers.items() if name.lower() == "content-type"), "")
        if "json" in kind:
            return _filled(
                self.service.body, to, text, lambda value: json.dumps(value, ensure_ascii=False)[1:-1]
            ).encode()
        return _filled(self.service.body, to, text, lambda value: quote(value, safe="")).encode()

    def _failure(self, answer: Answer) -> SendFailure | None:
        words = answer.body.decode("utf-8", "replace")
        if answer.status == 429:
            asked = answer.headers.get("retry-after", "")
            wait = timedelta(seconds=int(asked)) if asked.isdecimal() else timedelta(minutes=1)
            return Temporary("429 asked to wait", retry_after=wait)
        if answer.status >= 500:
            return Uncertain(f"answered {answer.status}")
        if answer.status < 300 and re.search(self.service.success, words):
            return None
        return Technical(said_by_provider(answer.status, words))

    async def close(self) -> None:
        await self.poster.close()


def _filled(template: str, to: str, text: str, escape: Callable[[str], str]) -> str:
    parts = re.split(r"\{(to|text)\}", template)
    values = {"to": to, "text": text}
    return "".join(escape(values[part]) if number % 2 else part for number, part in enumerate(parts))


def _clipped(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"
