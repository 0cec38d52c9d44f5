"""The long tail through Apprise: it says "handed over" at best, and some of its services say so of refused messages.

Its calls block, so they run in a thread; each message has an instance of its own, because one instance sleeps for
seconds between two messages. Group robots we speak to ourselves are not taken here: Apprise reports their refusals as
success.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import timedelta

from gateway.channels.receipts import Outgoing, Receipt, Technical, Temporary, Uncertain
from gateway.domain.kinds import ChannelName

TIMEOUT = timedelta(seconds=15)
AT_ONCE = 4
#: Spoken natively here, or reaching into this machine instead of out of it.
NOT_TAKEN = frozenset(
    {
        "dingtalk", "feishu", "lark", "wecombot", "tgram", "mailto", "mailtos",
        "dbus", "qt", "glib", "kde", "gnome", "macosx", "windows", "syslog", "notica", "file",
    }
)  # fmt: skip


@dataclass
class AppriseChannel:
    timeout: timedelta = TIMEOUT
    name: ChannelName = ChannelName.APPRISE
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE), repr=False)

    async def send(self, outgoing: Outgoing) -> Receipt:
        if outgoing.target is None:
            raise Technical("no service is set")
        url = outgoing.target.to
        if url.partition("://")[0].lower() in NOT_TAKEN:
            raise Technical("this service has a channel of its own here")
        title, _, rest = outgoing.plain.strip().partition("\n")
        title, body = (title, rest.strip()) if rest.strip() else ("", title)
        if outgoing.link is not None:
            body += f"\n{outgoing.link[0]}: {outgoing.link[1]}"
        async with self._slots:
            try:
                async with asyncio.timeout(self.timeout.total_seconds()):
                    taken = await asyncio.to_thread(_notify, url, title, body)
            except TimeoutError:
                raise Uncertain("no answer in time") from None
        if taken is None:
            raise Technical("Apprise knows no such service")
        if not taken:
            raise Temporary("Apprise could not hand it over")
        return Receipt(outgoing.delivery_id.hex, note="handed over")

    async def close(self) -> None:
        """Nothing is held open."""


def _notify(url: str, title: str, body: str) -> bool | None:
    """None: no service has such an address."""
    import apprise  # half a second, and only where somebody uses it

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it logs what services answer, and their addresses
    service = apprise.Apprise()
    if not service.add(url):
        return None
    return bool(service.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT))
