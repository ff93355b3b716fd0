"""Placeholders in internal drafts: what is not known is told beside the draft, and stops nobody."""

from __future__ import annotations

import pytest

from reviewqueue.checks import placeholders

GAP = "[CSM: not known, name one for this onboarding]"
DRAFTS = [
    ("kickoff_brief", {"agenda": [{"who": f"{GAP} and Edna Frank"}]}, ["/agenda/0/who"]),
    ("risk_summary", {"summary": f"Owner: {GAP}", "action": "Call them."}, ["/summary"]),
    ("kickoff_brief", {"agenda": [{"who": "Edna Frank", "topic": "What is not known [yet]"}]}, []),
    ("customer_email", {"to": ["a@x.example"], "subject": "s", "body": GAP}, []),
    ("project_plan", {"milestones": [{"owner": GAP}]}, []),
]


@pytest.mark.parametrize(("kind", "draft", "places"), DRAFTS)
def test_a_gap_of_an_internal_draft_is_told_where_it_stands(kind: str, draft: object, places: list[str]) -> None:
    """Messages, packets and plans tell theirs by checks of their own, which fail."""
    found = list(placeholders.check(kind, draft))
    assert [one.at for one in found] == places
    assert {(one.outcome, one.blocking) for one in found} <= {("warn", False)}
