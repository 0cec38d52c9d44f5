"""E-mail: one message in two forms, plain and HTML, and the server's refusal in its own numbers.

Being taken by a server is no arrival; a refusal that comes later, as a letter, is not read here.
"""

import html
import re
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from gateway.channels.receipts import (
    Outgoing,
    Permanent,
    Receipt,
    SendFailure,
    Technical,
    Temporary,
    Uncertain,
    said_by_provider,
)
from gateway.clock import Clock
from gateway.domain.kinds import ChannelName

TIMEOUT = timedelta(seconds=10)
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `smtp://` takes STARTTLS where it is offered, `smtps://` speaks TLS from the start;
    `?tls=no` is for a server on the same machine."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    from_the_start: bool = False
    start_tls: bool | None = None

    @classmethod
    def of(cls, url: str, sender: str) -> "MailServer":
        parts = urlsplit(url)
        secure = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or (465 if secure else 587),
            sender=sender,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            from_the_start=secure,
            start_tls=False if secure or parse_qs(parts.query).get("tls") == ["no"] else None,
        )


@dataclass
class EmailChannel:
    server: MailServer
    clock: Clock
    timeout: timedelta = TIMEOUT
    name: ChannelName = ChannelName.EMAIL

    async def send(self, outgoing: Outgoing) -> Receipt:
        to = outgoing.target.to if outgoing.target is not None else outgoing.address
        letter = self._letter(outgoing, to)
        server = self.server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.from_the_start,
            start_tls=server.start_tls,
            timeout=self.timeout.total_seconds(),
        )
        handed_over = False
        try:
            await client.connect()
            if server.user is not None and server.password is not None:
                await client.login(server.user, server.password)
            await client.mail(parseaddr(server.sender)[1])
            await client.rcpt(to)
            handed_over = True
            await client.data(letter.as_bytes())
        except SMTPResponseException as refused:
            raise _refusal(refused.code, refused.message, to) from None
        except (SMTPException, OSError, ValueError) as broken:
            if handed_over:
                raise Uncertain("the answer was lost") from broken
            raise Temporary("no connection") from broken
        finally:
            client.close()
        return Receipt(str(letter["Message-ID"]), note="handed over")

    def _letter(self, outgoing: Outgoing, to: str) -> EmailMessage:
        """A repeated delivery has the same number, so that a mailbox shows it once."""
        domain = parseaddr(self.server.sender)[1].rpartition("@")[2] or "localhost"
        letter = EmailMessage()
        letter["From"], letter["To"] = self.server.sender, to
        letter["Subject"] = outgoing.plain.strip().partition("\n")[0][:120] or "—"
        letter["Date"] = format_datetime(self.clock.now())
        letter["Message-ID"] = f"<{outgoing.delivery_id.hex}@{domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        plain, shown = outgoing.plain, outgoing.text.replace("\n", "<br>\n")
        if outgoing.link is not None:
            label, url = outgoing.link
            plain += f"\n\n{label}: {url}"
            shown += f'<p><a href="{html.escape(url)}">{html.escape(label)}</a></p>'
        letter.set_content(plain)
        letter.add_alternative(f"<!doctype html><meta charset=utf-8><div>{shown}</div>", subtype="html")
        return letter

    async def close(self) -> None:
        """Every letter has its own connection."""


def _refusal(code: int, message: str, to: str) -> SendFailure:
    """RFC 3463: x.1 the address, x.2 the mailbox, x.4 the way there, x.7 what the server allows us."""
    said = said_by_provider(code, message.replace(to, "…"))
    enhanced = _ENHANCED.search(message)
    subject, detail = (enhanced.group(2), enhanced.group(3)) if enhanced else ("", "")
    if code < 500:
        return Temporary(said)
    if (subject, detail) == ("2", "2"):  # the mailbox is full: that passes
        return Temporary(said)
    if subject in ("1", "2") or (not enhanced and code in (550, 551, 553)):
        return Permanent(said, blocked=True)
    return Technical(said)
