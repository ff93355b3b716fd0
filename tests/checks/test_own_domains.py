"""Our own domains: where the policy names none, whatever asks whether something is ours fails, and says what to write."""

from __future__ import annotations

from typing import Any

import pytest

from reviewqueue import checks
from reviewqueue.evidence.types import CheckResult, Source
from reviewqueue.policy import loading
from tests import northbeam
from tests.checks.test_recipients import MAIL, SOURCES

NOBODYS = loading.load(loading.files_in(loading.SHIPPED))
NORTHBEAMS = northbeam.policy()
INSIDE = {"to": ["lena.vogt@northbeam.example"], "subject": "s", "body": "b"}
LINK = "Hello Rosa,\n\nplease open {} by Friday.\n\nDana"


def failed(policy: Any, kind: str, draft: dict[str, Any], sources: dict[str, Source]) -> list[CheckResult]:
    """What fails of recipients and links under a policy."""
    results = checks.run(policy, policy.lanes[1], kind, draft, sources, ())
    return [one for one in results if one.outcome == "fail" and one.key in ("recipient.belongs", "text.link")]


# (what, kind, draft, records, where it fails without a domain of ours); with Northbeam's, nothing of it fails.
TABLE: list[tuple[str, str, dict[str, Any], dict[str, Source], list[str]]] = [
    ("an alert to our own people", "internal_alert", INSIDE, {}, ["/to/0"]),
    ("a question to sales", "sales_question", INSIDE, {}, ["/to/0"]),
    ("a customer whose domain no record says", "customer_email", {**MAIL, "body": "b"}, {}, ["/to/0"]),
    ("a copy to our own people", "customer_email", {**MAIL, "body": "b", "cc": INSIDE["to"]}, SOURCES, ["/cc/0"]),
    ("a link to our portal", "customer_email", {**MAIL, "body": LINK.format("https://portal.northbeam.example/t/1")},
     SOURCES, ["/body"]),
    ("a link without its scheme", "portal_update", {**MAIL, "body": LINK.format("portal.northbeam.example/t/1")},
     SOURCES, ["/body"]),
    ("a link to the customer's own site", "customer_email", {**MAIL, "body": LINK.format("www.marlowfreight.example")},
     SOURCES, []),
    ("a file's name", "customer_email", {**MAIL, "body": LINK.format("branches.csv")}, SOURCES, []),
]  # fmt: skip


@pytest.mark.parametrize(("what", "kind", "draft", "sources", "at"), TABLE, ids=[row[0] for row in TABLE])
def test_without_a_domain_of_ours_nothing_is_taken_for_ours(
    what: str, kind: str, draft: dict[str, Any], sources: dict[str, Source], at: list[str]
) -> None:
    found = failed(NOBODYS, kind, draft, sources)
    assert [one.at for one in found] == at, what
    assert all(one.blocking and "organisation.toml" in one.message for one in found if one.at != "/cc/0")
    assert failed(NORTHBEAMS, kind, draft, sources) == [], what


def test_a_packet_may_link_to_its_records_all_the_same() -> None:
    """Nobody outside reads it: what it links to is no question of what is ours."""
    draft = {"sections": {"links": {"deal": "https://crm.example/006"}}}
    assert failed(NOBODYS, "handoff_packet", draft, SOURCES) == []
