"""Look-alikes: each check that nobody may override has its table of harmless drafts, which it must let through, and of
hostile ones, which it must stop."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from reviewqueue import checks
from reviewqueue.checks.message_rules import OnboardingState
from reviewqueue.evidence.types import Source
from reviewqueue.policy import loading
from reviewqueue.policy.model.checks import BY_ITSELF
from tests import drafts, northbeam
from tests.checks.policies import POLICY
from tests.onboarding.drafting.approved_onboarding import MORE, PIET, ROSA, contact

FILES = northbeam.files()
GATE = "gates/customer-communication.toml"
FILES[GATE] = FILES[GATE].replace('release = "automation"', 'release = "outgoing-mail"')
SENDING = loading.load(FILES)  # customers are written to by e-mail from here
FOLDER = Path(__file__).parent / "look_alikes"
TABLES = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
LEAST = 20
OTHERS = ("Ostrander Property", "Harlow & Finch Outfitters Inc.", "Brightwell Clinics GmbH", "Kestrel Ridge Bank")
SITE = Source("salesforce", "Account", "1", {"Name": "Marlow Freight", "Website": "https://www.marlowfreight.example"})
RESTS = {
    **drafts.deal().sources,
    "site": SITE,
    "rosa": contact("A", ROSA),
    "piet": contact("B", PIET),
    "private": Source("hubspot", "CONTACT", "3", {"properties": {"email": "piet.marlow@gmail.com"}}),
    "onboarding": MORE["onboarding"],
}
MAIL = {"to": ["piet@marlowfreight.example"], "subject": "Kickoff", "body": "Hello Piet,\n\nwe call you on 4 May."}

UNWANTED = ("rosa", "o'neil", "jürgen", "billing+inbox")
SUPPRESSED = {f"{name}@marlowfreight.example": "on 01 Mar 2026, a mail to it came back" for name in UNWANTED}
INVITES = "Hello Piet,\n\nwe meet on Tuesday, 10 March 2026, 10:00."


def drafted(key: str, row: Any) -> tuple[str, dict[str, Any], OnboardingState]:
    """(kind, draft, how its onboarding stands) of one row."""
    kind, template, draft = "customer_email", "", dict(MAIL)
    stands: dict[str, Any] = {}
    if key == "message.suppressed":
        stands = {**row, "exceptions": tuple(row.get("exceptions", ()))}
        kind, template = stands.pop("kind"), stands.pop("template")
    elif key in ("recipient.valid", "recipient.belongs"):
        draft["to"] = [row]
    elif key == "message.recipient-role":
        draft["to"] = row
        template = "welcome"
    elif isinstance(row, dict):
        draft |= {"body": INVITES} if key == "message.invitation" else {}
        draft |= row
    else:
        draft["body"] = row
        template = "welcome" if key == "message.promise" else ""
    return kind, draft, OnboardingState(template, **stands)


def stopped(key: str, row: Any) -> bool:
    """Whether that check fails on this row, and blocks."""
    kind, draft, standing = drafted(key, row)
    today = date(2026, 3, 2) if key == "message.invitation" else None
    around = checks.CheckContext("Marlow Freight", OTHERS, (), standing, today=today, suppressed=SUPPRESSED)
    policy = SENDING if key == "message.sendable" else POLICY
    results = checks.run(policy, policy.lanes[1], kind, draft, RESTS, (), around)
    return any(one.key == key and one.outcome == "fail" and one.blocking for one in results)


def rows(kind: str) -> Iterator[Any]:
    for key, table in TABLES.items():
        for number, row in enumerate(table[kind]):
            yield pytest.param(key, row, id=f"{key} {number + 1}: {str(row)[:60]}".encode("ascii", "replace").decode())


@pytest.mark.parametrize(("key", "row"), rows("harmless"))
def test_a_harmless_draft_is_let_through(key: str, row: Any) -> None:
    """Nobody may override this check, so what it stops wrongly can never be sent."""
    assert not stopped(key, row), row


@pytest.mark.parametrize(("key", "row"), rows("hostile"))
def test_a_hostile_draft_is_stopped(key: str, row: Any) -> None:
    """The control: the same check still sees what it is there for."""
    assert stopped(key, row), row


def test_every_check_nobody_may_pass_over_has_its_table() -> None:
    """Those of our own that fail, and that no gate's override names, whatever their draft."""
    named = [name for gate in POLICY.gates for _, rule in gate.overrides for name in rule.checks]
    fail = [key for key, outcomes in BY_ITSELF.items() if "fail" in outcomes]
    assert {key for key in fail if not any(fnmatchcase(key, name) for name in named)} == set(TABLES)
    for key, table in TABLES.items():
        for kind in ("harmless", "hostile"):
            assert len(table[kind]) >= LEAST, (key, kind)
            assert len({str(row) for row in table[kind]}) == len(table[kind]), (key, kind)
