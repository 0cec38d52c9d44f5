"""A browser that wants to be told: where its push service listens, and the keys only it can open with."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

from gateway.errors import N_, Worded

LONGEST = 1_000
_KEY = re.compile(r"[A-Za-z0-9_-]+={0,2}")


class NotSubscribable(Worded):
    """This browser cannot be told."""


@dataclass(frozen=True, slots=True)
class Subscription:
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)

    @property
    def handle(self) -> str:
        """What stands for it in clear."""
        return sha256(self.endpoint.encode()).hexdigest()[:40]


def checked(subscription: Subscription, services: Sequence[str]) -> Subscription:
    """Whoever gives an address makes us call it, so only known push services are called. Raises NotSubscribable."""
    if not is_service(subscription.endpoint, services):
        raise NotSubscribable(N_("The push service of this browser is not one we know."))
    if _length(subscription.p256dh) != 65 or _length(subscription.auth) != 16:
        raise NotSubscribable(N_("The keys of this browser are not whole."))
    return subscription


def is_service(endpoint: str, services: Sequence[str]) -> bool:
    """Over https, without user, port or dots to hide behind; `http://host:port` where a service is written so."""
    try:
        found = urlsplit(endpoint)
        port = found.port
    except ValueError:
        return False
    if len(endpoint) > LONGEST or not endpoint.isascii() or found.username is not None or not found.hostname:
        return False
    for one in services:
        if one.startswith("http://"):
            if found.scheme == "http" and f"http://{found.hostname}:{port}" == one:
                return True
            continue
        if found.scheme != "https" or port not in (None, 443):
            continue
        if found.hostname == one or (one.startswith("*.") and found.hostname.endswith(one[1:])):
            return True
    return False


def _length(key: str) -> int:
    if len(key) > 200 or not _KEY.fullmatch(key):
        return 0
    try:
        return len(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
    except ValueError:
        return 0
