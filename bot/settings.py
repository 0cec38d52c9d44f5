"""Settings of the bot's process, read once in `__main__` from the environment and passed down."""

from enum import StrEnum
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class TelegramMode(StrEnum):
    POLLING = "polling"
    WEBHOOK = "webhook"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="", extra="ignore", populate_by_name=True)

    redis_url: str | None = Field(default=None, description="Valkey or Redis >= 7.0; unset: the one `up` started")
    gateway_url: str = "http://127.0.0.1:8000"
    bot_gateway_token: SecretStr | None = Field(default=None, description="the bot's own credential at the gateway")
    bot_host: str = "127.0.0.1"
    bot_port: int = 8001
    public_bot_url: str = "http://127.0.0.1:8001"
    shaodian_home: Path = Path(".shaodian")
    shaodian_keyring: Path | None = Field(default=None, description="0600 file; unset: keyring.json in SHAODIAN_HOME")
    telegram_bot_token: SecretStr | None = Field(default=None, description="unset: no Telegram, the web chat alone")
    telegram_api_url: str = "https://api.telegram.org"
    telegram_mode: TelegramMode = TelegramMode.POLLING
    telegram_webhook_secret: SecretStr | None = Field(default=None, description="required for the webhook")
    telegram_per_second: float = Field(default=30, gt=0, description="messages a second of the token; the gateway too")
    telegram_chat_per_second: float = Field(default=1, gt=0, description="messages a second into one chat")
    residents_zone: str = Field(default="Asia/Shanghai", description="in which residents say dates and times")
    trusted_proxies: str = Field(default="127.0.0.1", description="whose X-Forwarded-For is believed")

    @property
    def keyring_path(self) -> Path:
        return self.shaodian_keyring or self.shaodian_home / "keyring.json"
