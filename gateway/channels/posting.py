"""One request to a provider, and an honest word when it fails: shared by the channels that post to somebody's HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import aiohttp

from gateway.channels.receipts import Temporary, Uncertain

TIMEOUT = timedelta(seconds=10)
#: No answer of a provider is longer; what is longer is not read.
LONGEST_ANSWER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass
class Poster:
    """Nothing here names the URL in an error: a robot's token is part of it."""

    timeout: timedelta = TIMEOUT
    _session: aiohttp.ClientSession | None = field(default=None, repr=False)

    async def send(self, method: str, url: str, *, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Raises Temporary where surely nothing left, Uncertain where nobody can know."""
        session = self._open()
        try:
            async with session.request(method, url, data=body, headers=headers, allow_redirects=False) as response:
                raw = await response.content.read(LONGEST_ANSWER)
                return Answer(response.status, raw, {name.lower(): value for name, value in response.headers.items()})
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise Temporary("no connection") from None
        except aiohttp.InvalidURL:
            raise Temporary("the address of the service is not one") from None
        except TimeoutError:
            raise Uncertain("no answer in time") from None
        except (aiohttp.ClientError, ConnectionError):
            raise Uncertain("the answer was lost") from None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self.timeout.total_seconds(), sock_connect=5),
                connector=aiohttp.TCPConnector(limit=20, ttl_dns_cache=300),
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
