"""The field audit: what blocks a kickoff when it is missing, and the question to sales that goes with it."""

from __future__ import annotations

from typing import Any

import pytest

from reviewqueue import checks
from reviewqueue.checks.packet_fields import has_value
from tests.checks.policies import MID, POLICY, found, packet, sources

# The audit as the field knows it: field, whether its absence blocks.
AUDIT = {
    "customer_outcome": True,
    "first_value_milestone": True,
    "key_stakeholders": True,
    "customer_owner": True,
    "promised_deliverables": True,
    "non_standard_terms": True,
    "technical_requirements": True,
    "renewal_signal": False,
}
WAIVABLE = ("customer_owner", "technical_requirements")


@pytest.mark.parametrize("field", AUDIT)
def test_a_missing_field_is_named_with_its_question(field: str) -> None:
    """Blank blocks where the audit says so, else it is noted; the message asks sales and points at the place."""
    result = found(f"field.{field}", packet(**{field: ""}))[0]
    asked = next(one for one in POLICY.packet.fields if one.key == field)
    assert (result.outcome, result.blocking) == (("fail", True) if AUDIT[field] else ("warn", False))
    assert f"Ask sales: {asked.ask}" in result.message
    assert result.at == f"/sections/{asked.section}/{field}"


def test_a_full_packet_passes_the_audit() -> None:
    """Each of the eight fields said: eight passes."""
    results = checks.run(POLICY, MID, "handoff_packet", packet(), sources(), ())
    assert {result.key: result.outcome for result in results if result.key.startswith("field.")} == {
        f"field.{name}": "pass" for name in AUDIT
    }


@pytest.mark.parametrize("field", AUDIT)
def test_a_waiver_lets_only_what_is_usual_through(field: str) -> None:
    """A lane may waive a field that "usually" blocks; the waiver is shown. It cannot waive one that always blocks."""
    lane = MID.model_copy(update={"waived_fields": (field,)})
    result = found(f"field.{field}", packet(**{field: ""}), lane=lane)[0]
    if field in WAIVABLE:
        assert (result.outcome, result.blocking) == ("warn", False)
        assert "Lane Mid-market SaaS waives it" in result.message
    else:
        assert result.outcome == ("fail" if AUDIT[field] else "warn")
        assert "waives" not in result.message


@pytest.mark.parametrize(
    ("value", "is_said"),
    [
        ("none", True),
        ("", False),
        ("  \n", False),
        ("\u200b", False),
        (None, False),
        (False, False),
        (0, True),
        (["", {"who": "Rosa"}], True),
        (["", {}], False),
        ({}, False),
    ],
)
def test_what_counts_as_said(value: Any, is_said: bool) -> None:
    """ "none" is said; blank, white space and what nobody can see are not."""
    assert has_value(value) is is_said


def test_other_kinds_have_no_audit() -> None:
    """A customer e-mail is no packet: only its text and its citations are checked."""
    results = checks.run(POLICY, MID, "customer_email", {"body": "Hello"}, {}, ())
    assert [result.key for result in results if result.key.startswith(("field.", "trigger."))] == []
