"""Settings: an installation that is not safe does not start, and what is shown hides what is secret (row 31)."""

from __future__ import annotations

import secrets
import stat
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from reviewqueue.core.errors import DomainError
from reviewqueue.core.settings import Settings

STRONG = secrets.token_urlsafe(48)


def settings(tmp_path: Path, **changes: Any) -> Settings:
    """Settings that are safe but for `changes`."""
    return Settings(**{"data": tmp_path, "secret_key": SecretStr(STRONG), **changes})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"secret_key": SecretStr("changeme")}, "REVIEWQUEUE_SECRET_KEY is weak"),
        ({"secret_key": SecretStr("dev")}, "REVIEWQUEUE_SECRET_KEY is weak"),
        ({"secret_key": SecretStr("a" * 64)}, "REVIEWQUEUE_SECRET_KEY is weak"),
        ({"secret_key": SecretStr("abababababababababababababababababab")}, "REVIEWQUEUE_SECRET_KEY is weak"),
        ({"secret_key": SecretStr("")}, "REVIEWQUEUE_SECRET_KEY is weak"),
        ({"secret_key": SecretStr(STRONG[:31])}, "REVIEWQUEUE_SECRET_KEY is weak"),
        ({"secret_key": None}, "no secret key"),
        ({"debug": True}, "REVIEWQUEUE_DEBUG is on"),
        ({"second_opinion_key": SecretStr("sk-1\nHost: x")}, "REVIEWQUEUE_SECOND_OPINION_KEY is no key"),
        ({"host": "0.0.0.0"}, "open to others without encryption"),
        ({"host": "::"}, "open to others without encryption"),
        ({"host": "192.0.2.10"}, "open to others without encryption"),
        ({"host": "queue.example.com"}, "open to others without encryption"),
        ({"host": "0.0.0.0", "public_url": "http://queue.example.com"}, "open to others without encryption"),
    ],
)
def test_what_is_not_safe_does_not_start(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    """Each is refused with the setting's name and the fix."""
    with pytest.raises(DomainError, match=says):
        settings(tmp_path, **changes).check()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"host": "localhost"},
        {"host": "::1"},
        {"host": "0.0.0.0", "public_url": "https://queue.example.com"},
    ],
)
def test_what_is_safe_starts(tmp_path: Path, changes: dict[str, Any]) -> None:
    """The control: the same settings with the fault fixed."""
    settings(tmp_path, **changes).check()


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    """One start reports everything there is to fix."""
    with pytest.raises(DomainError) as refused:
        settings(tmp_path, secret_key=SecretStr("x"), debug=True, host="0.0.0.0").check()
    assert all(word in str(refused.value) for word in ("SECRET_KEY", "DEBUG", "0.0.0.0"))


def test_the_application_is_not_made_of_unsafe_settings(tmp_path: Path) -> None:
    """`create_app` asks before it does anything else."""
    from reviewqueue import create_app

    with pytest.raises(DomainError, match="Not started"):
        create_app(settings(tmp_path, debug=True))


def test_a_made_secret_is_strong_kept_and_nobody_elses(tmp_path: Path) -> None:
    """`demo` makes one secret, in a file that only its owner reads, and keeps it."""
    data = tmp_path / "instance"
    made = settings(data, secret_key=None).secret(make=True)
    kept = data / "secret.key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert settings(data, secret_key=None).secret() == made
    settings(data, secret_key=None).check()


def test_shown_settings_hide_what_is_secret(tmp_path: Path) -> None:
    """Neither the secret nor the database's password is shown, only that they are set."""
    shown = settings(tmp_path, database_url=SecretStr("postgresql://rq:hush@db/rq")).shown()
    assert shown["REVIEWQUEUE_SECRET_KEY"] == shown["DATABASE_URL"] == "********"
    assert STRONG not in repr(shown)
    assert "hush" not in repr(shown)
    assert settings(tmp_path, secret_key=None).shown()["REVIEWQUEUE_SECRET_KEY"] == ""


def test_a_secret_of_digits_stays_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's text is not read as a number."""
    monkeypatch.setenv("REVIEWQUEUE_SECRET_KEY", "0123456789" * 4)
    assert Settings().secret() == "0123456789" * 4
