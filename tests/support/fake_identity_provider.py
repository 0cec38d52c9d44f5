"""An OpenID Connect provider of one organisation: as strict as a real one, and able to lie on request."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from joserfc import jwt
from joserfc.jwk import RSAKey

from gateway.clock import Clock

ISSUER = "https://id.example.org/realm"
CLIENT, SECRET = "shaodian console", "s3cret/with+signs"


@dataclass
class FakeIdentityProvider:
    """`claims` replaces claims of the next tokens, `forge` a whole token; `key` signs them, `published` is what the
    world may check with."""

    clock: Clock
    redirect_uri: str
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    published: list[RSAKey] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    forge: Callable[[str], str] | None = None
    down: bool = False
    asked: list[str] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.published = [self.key]

    def signs_in(self, url: str, subject: str) -> str:
        """Somebody follows our link and signs in there; the address their browser is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert url.startswith(f"{ISSUER}/authorize?")
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["redirect_uri"] == self.redirect_uri
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self._codes)}"
        self._codes[code] = {**asked, "sub": subject}
        return f"{self.redirect_uri}?{urlencode({'code': code, 'state': asked['state'], 'iss': ISSUER})}"

    def change_key(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": str(int(str(self.key.kid)) + 1)})
        self.published = [self.key]

    def token(self, asked: dict[str, str]) -> str:
        now = int(self.clock.now().timestamp())
        claims = {"iss": ISSUER, "aud": CLIENT, "sub": asked["sub"], "nonce": asked["nonce"], "iat": now}
        claims = {**claims, "exp": now + 300, **self.claims}
        header = {"alg": "RS256", "kid": self.key.kid}
        token = jwt.encode(header, {name: value for name, value in claims.items() if value is not None}, self.key)
        return self.forge(token) if self.forge else token

    @property
    def app(self) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.get("/realm/.well-known/openid-configuration")
        async def described() -> Response:
            return self._answer(
                "description",
                {
                    "issuer": ISSUER,
                    "authorization_endpoint": f"{ISSUER}/authorize",
                    "token_endpoint": f"{ISSUER}/token",
                    "jwks_uri": f"{ISSUER}/keys",
                },
            )

        @app.get("/realm/keys")
        async def keys() -> Response:
            others = [{"kty": "OKP", "crv": "Ed448", "x": "AA"}, {"kty": "RSA", "use": "enc", "n": "AQ", "e": "AQAB"}]
            return self._answer("keys", {"keys": [*others, *(key.as_dict(private=False) for key in self.published)]})

        @app.post("/realm/token")
        async def redeemed(request: Request) -> Response:
            form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
            basic = base64.b64encode(b"shaodian%20console:s3cret%2Fwith%2Bsigns").decode()
            asked = self._codes.pop(form["code"], None)
            if request.headers.get("authorization") != f"Basic {basic}":
                return JSONResponse({"error": "invalid_client"}, 401)
            verifier = hashlib.sha256(form["code_verifier"].encode()).digest()
            if asked is None or form["redirect_uri"] != asked["redirect_uri"]:
                return JSONResponse({"error": "invalid_grant"}, 400)
            if base64.urlsafe_b64encode(verifier).rstrip(b"=").decode() != asked["code_challenge"]:
                return JSONResponse({"error": "invalid_grant"}, 400)
            return self._answer("token", {"access_token": "x", "token_type": "Bearer", "id_token": self.token(asked)})

        return app

    def _answer(self, what: str, body: dict[str, Any]) -> Response:
        self.asked.append(what)
        return Response("<h1>Bad gateway</h1>", 502) if self.down else JSONResponse(body)
