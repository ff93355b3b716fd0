"""The settings of an installation, from the environment (`DATABASE_URL`, `REVIEWQUEUE_…`). `Settings.check` refuses
unsafe ones at start-up."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from reviewqueue.core import mail_signature
from reviewqueue.core.errors import DomainError
from reviewqueue.core.patterns import as_pattern

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parent  # of a checkout
SHIPPED = PACKAGE / "shipped"  # where a wheel has what stands beside the package in a checkout
WEAK = {"changeme", "change-me", "secret", "dev", "development", "password", "default", "test"}
PROXY_SEEN = "proxy-not-named"
SILENT = "silent"
RECEIPT_KEY = "receipt.key"
_KEY = as_pattern(r"[!-~]*")
_PATH = as_pattern(r"(/[A-Za-z0-9._~-]+)*")


class Settings(BaseSettings):
    """Everything that differs between one installation and another."""

    model_config = SettingsConfigDict(env_prefix="REVIEWQUEUE_", extra="ignore", populate_by_name=True)

    data: Path = Field(default_factory=lambda: data_folder(SHIPPED.is_dir()))
    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    secret_key: SecretStr | None = None
    receipt_key: SecretStr | None = None
    public_url: str = ""
    trusted_proxies: str = ""
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
    mail_events_key: str = ""
    release_folder: Path | None = None
    credential_key: SecretStr | None = None
    chat_hosts: str = ""
    second_opinion_url: str = ""
    second_opinion_key: SecretStr | None = None

    def database(self) -> str:
        """The database's URL: `DATABASE_URL`, or SQLite in the data folder."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{(self.data / 'reviewqueue.sqlite3').absolute()}"

    def secret(self, *, make: bool = False) -> str:
        """The application's secret: `REVIEWQUEUE_SECRET_KEY`, or the data folder's 0600 file (`make` creates it).
        Raises DomainError where there is none."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        kept = self.data / "secret.key"
        if kept.exists():
            return kept.read_text().strip()
        if not make:
            raise DomainError(
                "There is no secret key, so nothing was started. Set REVIEWQUEUE_SECRET_KEY to 32 random characters."
            )
        self.data.mkdir(parents=True, exist_ok=True)
        made = kept.with_name(
            f"secret.key.{secrets.token_hex(4)}"
        )  # complete before it gets its name: a killed process leaves no partial file
        with os.fdopen(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(made, kept)
        made.unlink()
        return kept.read_text().strip()

    def receipt_seed(self) -> str:
        """The private key that signs receipts, as 64 hexadecimal digits: `REVIEWQUEUE_RECEIPT_KEY`, or the data
        folder's 0600 file; "" where there is none."""
        if self.receipt_key is not None:
            return self.receipt_key.get_secret_value().strip()
        kept = self.data / RECEIPT_KEY
        return kept.read_text().strip() if kept.exists() else ""

    def keep_first_receipt_seed(self, seed: str) -> None:
        """Write that private key to the data folder's file, where there is none yet."""
        made = self._write_receipt_seed(seed)
        with suppress(FileExistsError):
            os.link(made, self.data / RECEIPT_KEY)
        made.unlink()

    @contextmanager
    def replacing_receipt_seed(self, seed: str) -> Iterator[None]:
        """Write another private key beside the data folder's file, and put it in its place once the block is through.
        Where the block raises, the one before stays."""
        made = self._write_receipt_seed(seed)
        try:
            yield
        except BaseException:
            made.unlink()
            raise
        made.replace(self.data / RECEIPT_KEY)

    def _write_receipt_seed(self, seed: str) -> Path:
        self.data.mkdir(parents=True, exist_ok=True)
        made = self.data / f"{RECEIPT_KEY}.{secrets.token_hex(4)}"  # complete before it gets its name
        with os.fdopen(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(seed)
        return made

    def mail(self) -> str:
        """The mail server's URL with its password; "" where there is none."""
        return self.smtp_url.get_secret_value() if self.smtp_url is not None else ""

    def released_files(self) -> Path:
        """The folder that approved content is written into as files: `REVIEWQUEUE_RELEASE_FOLDER`, else `released` in
        the data folder."""
        return self.release_folder or self.data / "released"

    def mail_host(self) -> str:
        """The mail server's name; "" where REVIEWQUEUE_SMTP_URL is no smtp:// or smtps:// address of one."""
        with suppress(ValueError):
            parts = urlsplit(self.mail())
            if parts.scheme in ("smtp", "smtps") and parts.port != 0:  # reading a port that is no number raises
                return parts.hostname or ""
        return ""

    def address(self) -> str:
        """The URL that people and automations use."""
        host = {"0.0.0.0": "localhost", "::": "localhost"}.get(self.host, self.host)  # noqa: S104  (nobody calls there)
        return (self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}").rstrip("/")

    def mailed_address(self) -> str:
        """The URL that a message may link to: that of `REVIEWQUEUE_PUBLIC_URL`, where mail is set up; else ""."""
        return self.address() if self.public_url and self.mail_host() else ""

    def chats(self) -> frozenset[str]:
        """The hosts of `REVIEWQUEUE_CHAT_HOSTS`: people may be told through incoming webhooks there."""
        return frozenset(one.strip().casefold() for one in self.chat_hosts.split(",") if one.strip())

    def linked_address(self) -> str:
        """The URL that a message to a chat may link to: that of `REVIEWQUEUE_PUBLIC_URL`; else ""."""
        return self.address() if self.public_url else ""

    def path(self) -> str:
        """The path everything is under, as in `/reviews`, when `REVIEWQUEUE_PUBLIC_URL` names one; else ""."""
        return urlsplit(self.public_url).path.rstrip("/")

    def proxies(self) -> list[IPv4Network | IPv6Network]:
        """The proxies that are trusted for a request's address, scheme and host. Raises ValueError naming what is no
        address or network."""
        return [_network(said.strip()) for said in self.trusted_proxies.split(",") if said.strip()]

    def proxy_seen(self, *, silent: bool = False) -> str:
        """The address of a proxy that requests came through since the server started although none is trusted; or of a
        `silent` one, which is trusted and does not say where they come from. "" for none."""
        with suppress(OSError):
            address, _, kind = (self.data / PROXY_SEEN).read_text()[:64].partition(" ")
            return address if (kind == SILENT) == silent else ""
        return ""

    def see_proxy(self, address: str, *, silent: bool = False) -> None:
        """Keep that address in the data folder for `doctor`, which is another process; "" forgets it."""
        kept = self.data / PROXY_SEEN
        with suppress(OSError):
            if address:
                kept.write_text(f"{address} {SILENT}" if silent else address)
            else:
                kept.unlink(missing_ok=True)

    def proxy_unnamed(self) -> bool:
        """Whether there must be a proxy in front (only one can serve this application by https) and none is trusted."""
        return urlsplit(self.public_url).scheme == "https" and not self.trusted_proxies.strip()

    def check(self, *, plain: bool = False) -> None:
        """Refuse unsafe settings: a weak secret, debug, plain HTTP on a public address unless `plain` says that it is
        meant. Raises DomainError, which names all at once."""
        wrong = []
        secret = self.secret()
        if len(secret) < 32 or secret.lower() in WEAK or len(set(secret)) < 8:
            wrong.append("REVIEWQUEUE_SECRET_KEY is weak: use 32 random characters or more")
        if self.metrics_token is not None and len(self.metrics_token.get_secret_value()) < 16:
            wrong.append("REVIEWQUEUE_METRICS_TOKEN is weak: use 16 random characters or more, or leave it out")
        if self.second_opinion_key is not None and not _KEY.fullmatch(self.second_opinion_key.get_secret_value()):
            wrong.append("REVIEWQUEUE_SECOND_OPINION_KEY is no key: it may have neither blanks nor line ends in it")
        if self.debug:
            wrong.append("REVIEWQUEUE_DEBUG is on: remove it, it would show internals to anybody")
        if open_to_others(self.host) and not plain and urlsplit(self.address()).scheme != "https":
            wrong.append(
                f"{self.host} is open to others without encryption: set REVIEWQUEUE_PUBLIC_URL to the https address "
                "of the proxy in front, or listen on 127.0.0.1"
            )
        if self.mail_events_key and not mail_signature.is_public_key(self.mail_events_key):
            wrong.append(mail_signature.NO_KEY)
        wrong += self._wrong_addresses()
        if wrong:
            raise DomainError("Not started. " + ". ".join(wrong) + ".")

    def _wrong_addresses(self) -> list[str]:
        wrong, parts = [], urlsplit(self.public_url)
        if self.public_url and (parts.scheme not in ("http", "https") or not parts.netloc):
            wrong.append("REVIEWQUEUE_PUBLIC_URL is not a web address: write it as https://queue.example.com")
        elif parts.query or parts.fragment or not _PATH.fullmatch(self.path()):
            wrong.append(
                "REVIEWQUEUE_PUBLIC_URL may end in a path of letters, digits, '-', '.', '_' and '~', as in "
                "https://example.com/reviews, and in nothing else"
            )
        try:
            self.proxies()
        except ValueError as error:
            wrong.append(
                f"REVIEWQUEUE_TRUSTED_PROXIES: {error}; list the addresses or networks of your proxies, as in "
                "127.0.0.1, 10.0.0.0/24"
            )
        return wrong

    def shown(self) -> dict[str, str]:
        """Every setting for people to read, secrets masked."""
        found = {}
        for name, value in self.model_dump().items():
            masked = isinstance(value, SecretStr)
            found[variable(name)] = ("********" if value else "") if masked else "" if value is None else str(value)
        return found


def shipped(folder: str) -> Path:
    """A folder that comes with the program: "migrations", "seed_data", "static" or "templates". Read-only."""
    return (SHIPPED if SHIPPED.is_dir() else ROOT) / folder


def data_folder(installed: bool) -> Path:
    """Where data is kept when `REVIEWQUEUE_DATA` is not set: in a checkout its `instance/`, from wherever a command is
    run; for an installed program the user's own data folder, since the program's may be read-only."""
    return platformdirs.user_data_path("reviewqueue", appauthor=False) if installed else ROOT / "instance"


def variable(name: str) -> str:
    """What a setting is called in the environment."""
    return "DATABASE_URL" if name.lower() == "database_url" else f"REVIEWQUEUE_{name.upper()}"


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(text)
    except ValueError:
        raise ValueError(f"{text!r} is neither an address nor a network") from None
    if network.prefixlen == 0:
        raise ValueError(f"{text} is everybody, who could then name any address as theirs")
    return network


def open_to_others(host: str) -> bool:
    """Whether a server that listens on this address can be reached from another machine."""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"
