"""Settings of the gateway's processes, read once in `__main__` from the environment and passed down."""

import re
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

#: The push services of the browsers there are.
PUSH_SERVICES = (
    "fcm.googleapis.com",
    "*.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
_OF_THIS_MACHINE = {("http", host) for host in ("127.0.0.1", "localhost", "::1")}


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="", extra="ignore", populate_by_name=True)

    database_url: str | None = Field(default=None, description="PostgreSQL; unset: the embedded one")
    redis_url: str | None = Field(default=None, description="Valkey or Redis >= 7.0; unset: the embedded one")
    gateway_host: str = "127.0.0.1"
    gateway_port: int = 8000
    bot_port: int = 8001
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 9464
    shaodian_home: Path = Path(".shaodian")
    shaodian_keyring: Path | None = Field(default=None, description="0600 file; unset: keyring.json in SHAODIAN_HOME")
    bot_gateway_token: SecretStr | None = None
    telegram_bot_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org"
    telegram_per_second: float = Field(default=30, gt=0, description="messages a second of the token; the bot too")
    telegram_chat_per_second: float = Field(default=1, gt=0, description="messages a second into one chat")
    dingtalk_api_url: str = "https://oapi.dingtalk.com"
    wecom_api_url: str = "https://qyapi.weixin.qq.com"
    feishu_api_url: str = "https://open.feishu.cn"
    robot_per_minute: float = Field(default=18, gt=0, le=100, description="messages a minute of one group robot")
    smtp_url: SecretStr | None = Field(
        default=None, description="smtp:// or smtps://, with user and password; unset: none"
    )
    smtp_from: str = "Shaodian <shaodian@localhost>"
    sms_url: str | None = Field(default=None, description="the provider's call, with {to} and {text}; unset: no SMS")
    sms_method: str = "POST"
    sms_headers: dict[str, SecretStr] = Field(default_factory=dict, description="a JSON object")
    sms_body: str = ""
    sms_success: str = Field(default=".", description="a pattern in the body of a 2xx that means yes")
    push_services: tuple[str, ...] = Field(default=PUSH_SERVICES, description="hosts that are called, a JSON list")
    push_contact: str = Field(default="mailto:shaodian@localhost", description="whom a push service may write to")
    public_bot_url: str = "http://127.0.0.1:8001"
    public_gateway_url: str = "http://127.0.0.1:8000"
    trusted_proxies: str = "127.0.0.1"
    database_pool: int = 10
    oidc_issuer: str | None = Field(default=None, description="officials' identity provider; unset: none")
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None

    @field_validator("database_url")
    @classmethod
    def with_driver(cls, url: str | None) -> str | None:
        """The common spellings of a PostgreSQL address, with our driver named."""
        for spelling in ("postgres://", "postgresql://"):
            if url is not None and url.startswith(spelling):
                return "postgresql+asyncpg://" + url.removeprefix(spelling)
        return url

    @field_validator("oidc_issuer", "oidc_client_id", "oidc_client_secret", mode="before")
    @classmethod
    def empty_is_unset(cls, value: object) -> object:
        return value or None

    @field_validator("sms_success")
    @classmethod
    def readable_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as wrong:
            raise ValueError(f"SMS_SUCCESS is no regular expression: {wrong}") from wrong
        return pattern

    @field_validator("smtp_url")
    @classmethod
    def a_mail_server(cls, url: SecretStr | None) -> SecretStr | None:
        if (
            url is not None
            and url.get_secret_value()
            and urlsplit(url.get_secret_value()).scheme not in ("smtp", "smtps")
        ):
            raise ValueError("SMTP_URL is an smtp:// or smtps:// address")
        return url if url is not None and url.get_secret_value() else None

    @model_validator(mode="after")
    def whole_provider(self) -> Self:
        """Half a provider would be a door that nobody notices to be shut."""
        given = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        if any(given) and not all(given):
            raise ValueError("OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET are set together or not at all")
        issuer = urlsplit(self.oidc_issuer or "https://unset")
        if issuer.scheme != "https" and (issuer.scheme, issuer.hostname) not in _OF_THIS_MACHINE:
            raise ValueError("OIDC_ISSUER is an https:// address")
        return self

    @property
    def keyring_path(self) -> Path:
        return self.shaodian_keyring or self.shaodian_home / "keyring.json"
