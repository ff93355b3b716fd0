"""What an onboarding's page says of its drafts: which approved version holds, and what was not drafted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.onboarding.onboardings import Version, still_missing, versions_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def approved(item_id: int, hours: int, kind: str = "project_plan", state: str = "approved") -> Item:
    return Item(id=item_id, kind=kind, state=state, settled_at=NOON + timedelta(hours=hours))


CASES = [
    ("one alone says nothing", [approved(1, 0)], {}),
    ("the newer one holds", [approved(2, 1), approved(1, 0)], {1: Version(0, 2), 2: Version(1, 0)}),
    ("approved last counts, not drafted last", [approved(2, 0), approved(1, 1)], {2: Version(0, 1), 1: Version(2, 0)}),
    (
        "of three each is replaced by the next",
        [approved(3, 2), approved(2, 1), approved(1, 0)],
        {1: Version(0, 2), 2: Version(1, 3), 3: Version(2, 0)},
    ),
    ("a rejected one replaces nothing", [approved(2, 1, state="rejected"), approved(1, 0)], {}),
    ("documents of two kinds stand apart", [approved(2, 1, "kickoff_brief"), approved(1, 0)], {}),
    ("messages have no versions", [approved(2, 1, "customer_email"), approved(1, 0, "customer_email")], {}),
]


MISSING = [
    ("nothing came later", [(1, "sales-question")], {}, [1]),
    ("a later job is due, or drafted it since", [(1, "sales-question")], {"sales-question": 2}, []),
    ("it was drafted before, and skipped since", [(3, "sales-question")], {"sales-question": 2}, [3]),
    ("another template makes up for nothing", [(1, "sales-question")], {"kickoff-brief": 2}, [1]),
    ("of several the newest is named", [(1, "sales-question"), (4, "sales-question")], {"sales-question": 2}, [4]),
]


def test_what_was_not_drafted_and_is_still_missing() -> None:
    for sentence, past, later, found in MISSING:
        jobs = [DraftJob(id=number, template=template) for number, template in past]
        assert [one.id for one in still_missing(jobs, later)] == found, sentence


def test_which_version_of_a_document_holds() -> None:
    for sentence, items, found in CASES:
        assert versions_of(items) == found, sentence
