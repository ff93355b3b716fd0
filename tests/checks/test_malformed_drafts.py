"""Odd drafts: whatever shape comes in, the checks answer and never raise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewqueue import checks
from reviewqueue.evidence.types import Citation, Source
from tests.checks.policies import MID, POLICY, packet, sources

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["sections", "commercial", "segment", "deal", "kickoff", "start_date", "StageName", "AccountId", "Type"]
)
SHAPED = st.recursive(VALUES, lambda inner: st.dictionaries(NAMES, inner, max_size=4), max_leaves=12)
POINTERS = st.text(max_size=10) | st.sampled_from(["", "/", "/sections/commercial/deal", "/~", "/sections/~2/0", "//"])

SHAPES: list[Any] = [
    None,
    [],
    "",
    7,
    {},
    {"sections": None},
    {"sections": []},
    {"sections": {"commercial": "text"}},
    {
        "sections": {
            "commercial": {"segment": ["mid-market"], "arr": {"amount": 1}, "deal": 5},
            "kickoff": {"start_date": True},
        }
    },
]


@pytest.mark.parametrize("draft", SHAPES, ids=repr)
@pytest.mark.parametrize("kind", ["handoff_packet", "customer_email", "trigger_question"])
def test_shapes_nobody_planned_for(kind: str, draft: Any) -> None:
    """Wrong types at each level of a packet: the checks still answer, and a packet without words does not pass."""
    results = checks.run(POLICY, MID, kind, draft, sources(), (Citation("/sections", "x", "deal", "/Name"),))
    assert results[0].outcome == "fail"


@given(draft=SHAPED, payload=st.dictionaries(NAMES | st.text(), VALUES, max_size=5), at=POINTERS, path=POINTERS)
def test_nothing_raises(draft: Any, payload: dict[str, Any], at: str, path: str) -> None:
    """Random drafts, records and citations."""
    rests = {
        "deal": Source("salesforce", "Opportunity", "1", payload),
        "account": Source("hubspot", "COMPANY", "2", payload),
    }
    assert checks.run(POLICY, MID, "handoff_packet", draft, rests, (Citation(at, "x", "deal", path),))


def test_a_good_packet_only_warns_of_what_cites_nothing() -> None:
    """The control: everything in place leaves nothing failing."""
    results = checks.run(POLICY, MID, "handoff_packet", packet(), sources(), ())
    assert {result.key for result in results if result.outcome != "pass"} == {"evidence.unsupported"}
