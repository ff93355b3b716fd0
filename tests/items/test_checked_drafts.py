"""The tests keep what the checks found of a draft (tests/support/process_caches.py): of another draft it is not taken, and
a check that a test patches is seen at once and leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from reviewqueue.checks import CheckContext, placeholders
from reviewqueue.evidence.types import CheckResult, DraftWithEvidence
from reviewqueue.items import revisions
from reviewqueue.policy import loading
from tests import drafts, northbeam

POLICY = loading.load(northbeam.files())
LANE = POLICY.lane(drafts.LANE)
VALUES = (1, True, "1", Decimal("1.0"), Decimal(1), None, "None")
PATCHED = CheckResult("text.placeholder", "fail", True, "It was patched.")


def found(drafted: DraftWithEvidence) -> revisions.CheckedDraft:
    """What the checks find of it."""
    assert LANE is not None
    return revisions.check_draft(POLICY, LANE, POLICY.gates[0], drafted, (), CheckContext())


def with_field(drafted: DraftWithEvidence, value: Any) -> DraftWithEvidence:
    """The draft over a record with one field more."""
    deal = drafted.sources["deal"]
    more = replace(deal, payload={**deal.payload, "Seats__c": value})
    return replace(drafted, sources={**drafted.sources, "deal": more})


def test_the_same_is_checked_once_and_nothing_else_is_taken_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also not what is equal and written otherwise, such as 1 and 1.0; and each caller has a list of its own."""
    drafted = drafts.email().drafted
    first, again = found(drafted), found(replace(drafted))
    assert (again, again.checks is first.checks) == (first, False)
    known = [found(with_field(drafted, value)) for value in VALUES]
    monkeypatch.setattr(placeholders, "check", placeholders.check)  # from here on, nothing is known
    assert known == [found(with_field(drafted, value)) for value in VALUES]


def test_a_patched_check_is_seen_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A draft that is known is checked anew while anything is patched; after that, it is as it was."""
    drafted = drafts.email().drafted
    before = found(drafted)
    with monkeypatch.context() as patch:
        patch.setattr(placeholders, "check", lambda *_: [PATCHED])
        assert [one for one in found(drafted).checks if one.message == PATCHED.message]
    assert found(drafted) == before
