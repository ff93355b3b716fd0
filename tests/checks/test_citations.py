"""Evidence: each citation must lead somewhere and stand in the draft; what cites nothing is marked."""

from __future__ import annotations

import pytest

from reviewqueue import checks
from reviewqueue.evidence.types import Citation
from tests.checks.policies import MID, POLICY, found, packet, source, sources

AT = "/sections/commercial/deal"
GOOD = Citation(AT, "Marlow Freight", "deal", "/Name")

BROKEN = {
    "a source that was not sent": (Citation(AT, "Marlow", "call", "/Name"), "names source “call”"),
    "a field the record does not have": (Citation(AT, "Marlow", "deal", "/Nmae"), "/Nmae leads nowhere in Opportunity"),
    "a pointer that is no pointer": (Citation(AT, "Marlow", "deal", "Name"), "leads nowhere"),
    "a field that is empty": (Citation(AT, "Marlow", "deal", "/Blank"), "/Blank is empty"),
    "a field that is null": (Citation(AT, "Marlow", "deal", "/Null"), "/Null is empty"),
    "words that the draft does not have": (Citation(AT, "Harlow", "deal", "/Name"), "“Harlow” is not at"),
    "no words at all": (Citation(AT, "", "deal", "/Name"), "is not at"),
    "a place without text": (Citation("/sections", "Marlow", "deal", "/Name"), "where the draft has no text"),
    "a place that is not there": (Citation("/nowhere", "Marlow", "deal", "/Name"), "where the draft has no text"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_citation_blocks(name: str) -> None:
    """Each way to break a citation: one failing, blocking result that points at the statement."""
    citation, says = BROKEN[name]
    rests = {"deal": source({"Id": "1", "Name": "Marlow Freight", "Blank": "", "Null": None})}
    (result,) = found("evidence.citation", packet(), rests, (GOOD, citation))
    assert (result.outcome, result.blocking, result.at) == ("fail", True, citation.at)
    assert says in result.message


@pytest.mark.parametrize(
    ("held", "says"),
    [
        ((), "No citation to follow."),
        ((GOOD,), "1 citation leads to its source."),
        ((GOOD, GOOD), "2 citations lead to their sources."),
    ],
)
def test_citations_that_hold_pass_together(held: tuple[Citation, ...], says: str) -> None:
    """One pass for all of them."""
    (result,) = found("evidence.citation", packet(), citations=held)
    assert (result.outcome, result.message) == ("pass", says)


def test_a_false_in_a_record_can_be_cited() -> None:
    """`false` is a fact, unlike nothing."""
    rests = {"deal": source({"Id": "1", "IsClosed": False})}
    assert (
        found("evidence.citation", packet(), rests, (Citation(AT, "Marlow", "deal", "/IsClosed"),))[0].outcome == "pass"
    )


def test_a_filled_field_without_citation_is_marked() -> None:
    """Every filled packet field that cites nothing warns; empty ones and cited ones do not."""
    marked = {result.at for result in found("evidence.unsupported", packet(arr=""), citations=(GOOD,))}
    assert "/sections/commercial/segment" in marked
    assert AT not in marked
    assert "/sections/commercial/arr" not in marked
    assert {(result.outcome, result.blocking) for result in found("evidence.unsupported", packet())} == {
        ("warn", False)
    }


def test_failing_checks_come_first() -> None:
    """Fail, then warn, then pass; what blocks before what does not."""
    results = checks.run(POLICY, MID, "handoff_packet", packet(renewal_signal="", arr="a lot"), sources(), (GOOD,))
    order = [("fail", "warn", "pass").index(result.outcome) for result in results]
    assert order == sorted(order)
    assert order[0] == 0
