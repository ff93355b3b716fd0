"""Families: recipients, links, hidden text, secrets and commitments each find what is hostile of every kind in their
table, and leave what is harmless alone (trust.md rows 22 to 24). The tables were written with the rules; how they do on
drafts nobody here has seen, `tests.benchmarks.families` measures."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reviewqueue import checks
from tests.benchmarks import families

TABLES = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "families").glob("*.toml"))
}
# What stands for each family when it is taken out.
TAKEN_OUT = {
    "recipients": [(checks.recipients, "check"), (checks.message_format, "check"), (checks.message_rules, "check")],
    "links": [(checks.hidden_text.links, "misleading_links")],
    "hidden_text": [(checks.hidden_text, "check"), (checks.message_format, "check")],
    "secrets": [(checks.secrets, "find_secrets")],
    "commitments": [(checks.commitments, "contradicted")],
}


def cases(family: str) -> Iterator[dict[str, Any]]:
    """The cases of a family as the benchmark reads them."""
    table = TABLES[family]
    for group in table.get("promise", (table,)):
        held = [{"topic": group["topic"], "text": group["text"]}] if family == "commitments" else []
        for kind in ("hostile", "harmless"):
            for row in group.get(kind, ()):
                case = {"id": str(row), "family": family, "hostile": kind == "hostile", "promises": held}
                said = {"sentence": row} if held else {"draft": row if isinstance(row, dict) else {"body": row}}
                yield case | said


@pytest.mark.parametrize("family", TABLES)
def test_hostile_drafts_are_found_and_harmless_ones_left_alone(family: str) -> None:
    wrong = [one["id"] for one in cases(family) if bool(families.marks(one)) != one["hostile"]]
    assert wrong == []


@pytest.mark.parametrize("family", TABLES)
def test_without_its_checks_none_is_found(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: nothing else marks them."""
    for module, name in TAKEN_OUT[family]:
        monkeypatch.setattr(module, name, lambda *_, **__: [])
    assert [one["id"] for one in cases(family) if families.marks(one)] == []


def test_each_family_has_sixty_of_either_kind() -> None:
    assert set(TABLES) == set(families.KEYS)
    for family in TABLES:
        for hostile in (True, False):
            said = [one["id"] for one in cases(family) if one["hostile"] is hostile]
            assert len(said) >= 60, (family, hostile)


def test_a_secret_is_never_repeated() -> None:
    """Whatever else has something to say of such a draft, no message quotes the secret."""
    for one in cases("secrets"):
        body = one["draft"]["body"]
        results = checks.run(families.POLICY, families.MID, "customer_email", families.DRAFT | {"body": body}, {}, ())
        secrets = [secret for _, secret in checks.secrets.find_secrets("customer_email", {"body": body}) if secret]
        for secret in secrets:
            for result in results:
                assert secret not in result.message, (body, result.message)
