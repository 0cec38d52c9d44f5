"""Signing officials in by the identity provider of their organisation (OpenID Connect, code flow with PKCE).

What must survive the way there and back travels in the browser's own cookie, sealed. The provider's description and
its keys are fetched when first needed, with a time-out, and kept for an hour; a key nobody knows yet is asked for once
more. Of the answer only the signed token counts: who issued it, for whom, until when, and that it answers this
question.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from gateway.errors import Unauthorised, Unavailable
from gateway.wire.seals import KeySeal, Unsealable

KEPT = timedelta(hours=1)
ROUND_TRIP = timedelta(minutes=10)
LEEWAY = timedelta(seconds=60)
#: Signed with the provider's own key; never "none", never one made from the secret we share with it.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LARGEST_ANSWER = 512 * 1024
LONGEST_SUBJECT = 255  # OpenID Connect Core 2
_KEYS: Mapping[str, Callable[[dict[str, Any]], Any]] = {"RSA": RSAKey.import_key, "EC": ECKey.import_key}


class ProviderSilent(Unavailable):
    """Your organisation's sign-in does not answer; try again, or use a link."""


class ProviderRefused(Unauthorised):
    """Your organisation's sign-in was not completed, or its answer does not fit; please start again."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody on the way to the provider: where to send them, and what their browser keeps meanwhile."""

    url: str
    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Returned:
    """Who the provider says it is, and what was under way."""

    subject: str = field(repr=False)
    next: str = ""
    linking: str = ""


@dataclass(slots=True)
class Provider:
    """One organisation's identity provider. `transport` stands in for the network in tests."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    seal: KeySeal = field(repr=False)
    transport: httpx2.AsyncBaseTransport | None = field(default=None, repr=False)
    _described: tuple[datetime, dict[str, Any]] | None = field(default=None, repr=False)
    _keys: tuple[datetime, KeySet] | None = field(default=None, repr=False)

    async def leave(self, *, now: datetime, next: str = "", linking: str = "") -> Leaving:
        """Raises ProviderSilent."""
        described = await self._description(now)
        flow = {
            "state": secrets.token_urlsafe(24),
            "nonce": secrets.token_urlsafe(24),
            "verifier": secrets.token_urlsafe(48),
            "until": (now + ROUND_TRIP).timestamp(),
            "next": next,
            "linking": linking,
        }
        challenge = hashlib.sha256(str(flow["verifier"]).encode()).digest()
        asked = urlencode(
            {
                "response_type": "code",
                "client_id": self.client_id,
                "redirect_uri": self.redirect_uri,
                "scope": "openid",
                "state": flow["state"],
                "nonce": flow["nonce"],
                "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
                "code_challenge_method": "S256",
            }
        )
        endpoint = described["authorization_endpoint"]
        sealed = self.seal.seal(json.dumps(flow).encode(), about=self.issuer)
        return Leaving(f"{endpoint}{'&' if '?' in endpoint else '?'}{asked}", base64.urlsafe_b64encode(sealed).decode())

    async def come_back(self, cookie: str, answer: Mapping[str, str], *, now: datetime) -> Returned:
        """Raises ProviderRefused, ProviderSilent."""
        flow = self._opened(cookie, now)
        if not hmac.compare_digest(flow["state"].encode(), answer.get("state", "").encode()):
            raise ProviderRefused
        described = await self._description(now)
        if answer.get("iss", described["issuer"]) != described["issuer"] or not answer.get("code"):
            raise ProviderRefused
        token = await self._redeem(described, answer["code"], flow["verifier"])
        claims = await self._checked(described, token, now)
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), flow["nonce"].encode()):
            raise ProviderRefused
        return Returned(claims["sub"], flow["next"], flow["linking"])

    def _opened(self, cookie: str, now: datetime) -> dict[str, Any]:
        try:
            sealed = base64.urlsafe_b64decode(cookie)
            flow: dict[str, Any] = json.loads(self.seal.open(sealed, about=self.issuer))
        except (binascii.Error, ValueError, Unsealable):
            raise ProviderRefused from None
        if flow["until"] <= now.timestamp():
            raise ProviderRefused
        return flow

    async def _redeem(self, described: Mapping[str, Any], code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
        }
        headers = {"Accept": "application/json"}
        # Basic is what a provider takes that says nothing (Discovery 3); both parts are form-encoded first (RFC 6749).
        known = described.get("token_endpoint_auth_methods_supported")
        if not isinstance(known, list) or "client_secret_basic" in known or "client_secret_post" not in known:
            both = f"{quote(self.client_id, safe='')}:{quote(self.client_secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(both.encode()).decode()}"
        else:
            form |= {"client_id": self.client_id, "client_secret": self.client_secret}
        answer = await self._asked("POST", described["token_endpoint"], data=form, headers=headers)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderRefused
        return token

    async def _checked(self, described: Mapping[str, Any], token: str, now: datetime) -> dict[str, Any]:
        keys = await self._key_set(described, now)
        try:
            claims = self._verified(token, keys)
        except (JoseError, ValueError):
            keys = await self._key_set(described, now, afresh=True)  # the provider may have changed its key
            try:
                claims = self._verified(token, keys)
            except (JoseError, ValueError):
                raise ProviderRefused from None
        rules = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=int(LEEWAY.total_seconds()),
            iss={"essential": True, "value": described["issuer"]},
            aud={"essential": True, "value": self.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
        try:
            rules.validate(claims)
        except (JoseError, ValueError):
            raise ProviderRefused from None
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if claims.get("azp", self.client_id) != self.client_id or (len(audience) > 1 and "azp" not in claims):
            raise ProviderRefused
        if len(claims["sub"]) > LONGEST_SUBJECT:
            raise ProviderRefused
        return claims

    @staticmethod
    def _verified(token: str, keys: KeySet) -> dict[str, Any]:
        return jwt.decode(token, keys, algorithms=ALGORITHMS).claims

    async def _description(self, now: datetime) -> dict[str, Any]:
        if self._described is not None and now - self._described[0] < KEPT:
            return self._described[1]
        found = await self._asked("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        needed = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
        scheme = f"{urlsplit(self.issuer).scheme}://"
        if not all(str(found.get(name)).startswith(("https://", scheme)) for name in needed):
            raise ProviderSilent
        if found["issuer"].rstrip("/") != self.issuer.rstrip("/"):
            raise ProviderSilent("the provider names itself otherwise than OIDC_ISSUER does")
        self._described = (now, found)
        return found

    async def _key_set(self, described: Mapping[str, Any], now: datetime, *, afresh: bool = False) -> KeySet:
        if self._keys is not None and now - self._keys[0] < (timedelta() if afresh else KEPT):
            return self._keys[1]
        found = (await self._asked("GET", described["jwks_uri"])).get("keys", [])
        if not isinstance(found, list):
            raise ProviderSilent
        self._keys = (now, KeySet([key for one in found if (key := _key(one)) is not None]))
        return self._keys[1]

    async def _asked(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        """One JSON object. Raises ProviderSilent; ProviderRefused for what the provider itself refuses."""
        try:
            async with httpx2.AsyncClient(transport=self.transport, timeout=5, follow_redirects=False) as client:
                answer = await client.request(method, url, **more)
            if answer.status_code in (400, 401, 403):
                raise ProviderRefused
            if answer.status_code != 200 or len(answer.content) > LARGEST_ANSWER:
                raise ProviderSilent
            found = answer.json()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
            raise ProviderSilent from None
        if not isinstance(found, dict):
            raise ProviderSilent
        return found


def _key(described: Any) -> Any:
    """A key that signs; None for one of another use or a kind we do not read."""
    if not isinstance(described, dict) or described.get("use", "sig") != "sig":
        return None
    reader = _KEYS.get(str(described.get("kty")))
    try:
        return reader(described) if reader else None
    except (JoseError, ValueError, TypeError):
        return None
