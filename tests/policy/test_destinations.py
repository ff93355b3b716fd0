"""Kinds of destinations: the policy's words, what can be done with each, who sends, and what the database takes agree."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from pydantic import SecretStr
from sqlalchemy import CheckConstraint

from reviewqueue.core.destinations import DESTINATIONS, REPORTED, SENT_HERE
from reviewqueue.core.settings import Settings
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import destinations
from reviewqueue.policy.model.destinations import Destination


def settings(tmp_path: Path, url: str) -> Settings:
    """Settings with that mail server."""
    return Settings(data=tmp_path, secret_key=SecretStr("k" * 40), smtp_url=SecretStr(url))


def test_each_kind_is_a_word_of_the_policy_and_of_the_database() -> None:
    """A kind that one of them lacks could be written into a policy, and fail when something is approved."""
    assert get_args(Destination.model_fields["kind"].annotation) == tuple(DESTINATIONS)
    table = Release.metadata.tables["releases"]
    checks = {str(one.sqltext) for one in table.constraints if isinstance(one, CheckConstraint)}
    assert f"kind IN ({', '.join(repr(key) for key in DESTINATIONS)})" in checks


@pytest.mark.parametrize("key", DESTINATIONS)
def test_somebody_sends_it_and_one_alone(key: str, tmp_path: Path) -> None:
    """Sent from here by one sender, or by its automation, which reports it: never neither, and never both."""
    assert (key in SENT_HERE) != (key in REPORTED)
    assert (key in SENT_HERE) == (key in destinations.senders(settings(tmp_path, "smtp://mail.example.com")))


@pytest.mark.parametrize("key", DESTINATIONS)
def test_without_a_mail_server_what_needs_one_has_no_sender(key: str, tmp_path: Path) -> None:
    """So it is held; what needs none goes on."""
    kind = DESTINATIONS[key]
    assert (key in destinations.senders(settings(tmp_path, ""))) == (kind.sent_here and not kind.mail_server)


def test_nothing_but_the_table_lists_the_kinds() -> None:
    """No other module and no template asks a destination for its kind by name."""
    root = Path(destinations.__file__).parent.parent
    asked = ('kind == "email"', 'kind != "email"', 'kind == "automation"', 'kind != "automation"')
    for path in [*root.rglob("*.py"), *(root.parent / "templates").rglob("*.html")]:
        if "evidence" not in path.parts:  # a kind of words in a text
            source = path.read_text(encoding="utf-8")
            assert not [one for one in asked if one in source], path
