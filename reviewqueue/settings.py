"""Settings: from the environment (`DATABASE_URL`, `REVIEWQUEUE_…`). What is unsafe is refused at start-up."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from reviewqueue.refusals import Refused

ROOT = Path(__file__).resolve().parent.parent
WEAK = {"changeme", "change-me", "secret", "dev", "development", "password", "default", "test"}


class Settings(BaseSettings):
    """Everything that differs between one installation and another."""

    model_config = SettingsConfigDict(env_prefix="REVIEWQUEUE_", extra="ignore", populate_by_name=True)

    data: Path = Path("instance")
    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    secret_key: SecretStr | None = None
    public_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    threads: int = Field(default=12, ge=1, le=256)
    processes: int = Field(default=0, ge=0, le=64)
    debug: bool = False
    private_callbacks: bool = False
    policy: Path | None = None
    drafter: str = ""
    metrics_token: SecretStr | None = None
    smtp_url: SecretStr | None = None

    def database(self) -> str:
        """The database's URL: `DATABASE_URL`, or SQLite in the data folder."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{(self.data / 'reviewqueue.sqlite3').absolute()}"

    def secret(self, *, make: bool = False) -> str:
        """The application's secret: `REVIEWQUEUE_SECRET_KEY`, or the data folder's 0600 file (`make` creates it)."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        kept = self.data / "secret.key"
        if kept.exists():
            return kept.read_text().strip()
        if not make:
            raise Refused(
                "There is no secret key, so nothing was started. Set REVIEWQUEUE_SECRET_KEY to 32 random characters."
            )
        self.data.mkdir(parents=True, exist_ok=True)
        made = kept.with_name(
            f"secret.key.{secrets.token_hex(4)}"
        )  # whole before it has its name: a kill leaves no half
        with os.fdopen(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(made, kept)
        made.unlink()
        return kept.read_text().strip()

    def mail(self) -> str:
        """The mail server's URL with its password; "" where there is none."""
        return self.smtp_url.get_secret_value() if self.smtp_url is not None else ""

    def address(self) -> str:
        """The address people and automations use."""
        host = {"0.0.0.0": "localhost", "::": "localhost"}.get(self.host, self.host)  # noqa: S104  (nobody calls there)
        return (self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}").rstrip("/")

    def check(self, *, plain: bool = False) -> None:
        """Refuse what is unsafe: a weak secret, debug, plain HTTP on a public address, unless `plain` says that it is
        meant. Raises Refused, all at once."""
        wrong = []
        secret = self.secret()
        if len(secret) < 32 or secret.lower() in WEAK or len(set(secret)) < 8:
            wrong.append("REVIEWQUEUE_SECRET_KEY is weak: use 32 random characters or more")
        if self.metrics_token is not None and len(self.metrics_token.get_secret_value()) < 16:
            wrong.append("REVIEWQUEUE_METRICS_TOKEN is weak: use 16 random characters or more, or leave it out")
        if self.debug:
            wrong.append("REVIEWQUEUE_DEBUG is on: take it away, it would show the insides to anybody")
        if open_to_others(self.host) and not plain and urlsplit(self.address()).scheme != "https":
            wrong.append(
                f"{self.host} is open to others without encryption: set REVIEWQUEUE_PUBLIC_URL to the https address "
                "of the proxy in front, or listen on 127.0.0.1"
            )
        if wrong:
            raise Refused("Not started. " + ". ".join(wrong) + ".")

    def shown(self) -> dict[str, str]:
        """Every setting for people to read, secrets masked."""
        found = {}
        for name, value in self.model_dump().items():
            masked = isinstance(value, SecretStr)
            found[variable(name)] = ("********" if value else "") if masked else "" if value is None else str(value)
        return found


def variable(name: str) -> str:
    """What a setting is called in the environment."""
    return "DATABASE_URL" if name.lower() == "database_url" else f"REVIEWQUEUE_{name.upper()}"


def open_to_others(host: str) -> bool:
    """Whether who listens on this address can be reached from another machine."""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"
