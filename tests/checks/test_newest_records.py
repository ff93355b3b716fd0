"""What is known beside what a draft sent, together with accepted corrections and with what another automation claims."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reviewqueue import checks
from reviewqueue.checks.known_records import KnownRecords
from reviewqueue.evidence.text.corrected_values import AcceptedCorrection
from reviewqueue.evidence.types import Arrival, Citation, Source
from tests.checks.policies import MID, POLICY

OLD, NEW = "2026-03-23", "2026-04-06"
IMPORTED, CLAIMED = Arrival("imported"), Arrival("claimed", "Renewal agent", None, 9)
CORRECTED = AcceptedCorrection(
    1, "/Start_Date__c", "salesforce", "Opportunity", "006", OLD, NEW, "Sam", datetime(2026, 3, 2, tzinfo=UTC)
)


def deal(day: str, came: Arrival = IMPORTED) -> Source:
    """The deal with its start."""
    return Source("salesforce", "Opportunity", "006", {"Name": "Marlow", "Start_Date__c": day}, arrival=came)


def told(
    says: str,
    sent: Source | None,
    known: Source,
    corrections: tuple[AcceptedCorrection, ...] = (),
    *,
    doubtful: bool = False,
) -> set[tuple[str, str]]:
    """(key, outcome) of what is said of a message's evidence; `doubtful`: another automation alone claims `known`."""
    sources = {"deal": sent} if sent else {}
    cited = (Citation("/body", f"starts on {says}", "deal", "/Start_Date__c"),) if sent else ()
    newest = {"deal": known}
    records = KnownRecords(sources, newest, frozenset(newest) if doubtful else frozenset(), ("Planner",))
    around = checks.CheckContext("Marlow", corrections=corrections, records=records)
    draft = {"subject": "Kickoff", "body": f"Your project starts on {says}."}
    found = checks.run(POLICY, MID, "customer_email", draft, sources, cited, around)
    return {(one.key, one.outcome) for one in found if one.key.startswith("evidence.") and one.outcome != "pass"}


# (what is so, the day the draft says, what it sent, what is known, without the correction, with it)
SETTLED: list[tuple[str, str, Source | None, Source, set[tuple[str, str]], set[tuple[str, str]]]] = [
    (
        "the right value in passing, in no record that was sent",
        NEW, None, deal(OLD), {("evidence.contradicted", "fail")}, set(),
    ),
    (
        "the right value, claimed otherwise than it was imported",
        NEW, deal(NEW, CLAIMED), deal(OLD), {("evidence.claimed-differs", "fail")}, set(),
    ),
    (
        "a third value, which the correction does not settle",
        "2026-05-01", None, deal(OLD), {("evidence.contradicted", "fail")}, {("evidence.contradicted", "fail")},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("says", "day", "sent", "known", "before", "after"), SETTLED, ids=[row[0] for row in SETTLED])
def test_a_correction_counts_in_the_newest_version(
    says: str, day: str, sent: Source | None, known: Source, before: set[tuple[str, str]], after: set[tuple[str, str]]
) -> None:
    """What it settles is not held against a draft, whether the draft sent that record or not."""
    assert told(day, sent, known) == before, says
    assert told(day, sent, known, (CORRECTED,)) == after, says


def test_what_another_automation_claims_contradicts_nothing() -> None:
    """Neither by a field nor by what the value stands for there; imported, it does."""
    assert ("evidence.contradicted", "fail") in told(NEW, None, deal(OLD))
    assert not [one for one in told(NEW, None, deal(OLD, CLAIMED), doubtful=True) if one[1] == "fail"]
