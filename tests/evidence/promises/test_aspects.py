"""Each side of a promise is held against what a message says of it, and a denial of another value goes against nothing."""

from __future__ import annotations

import pytest

from reviewqueue.checks import commitments
from reviewqueue.evidence.promises import KeptPromise, documents
from tests.checks.policies import MID


def contradicts(promise: str, says: str) -> bool:
    """Whether a message goes against the promise, which an earlier message made."""
    held = [
        KeptPromise(one, "the welcome message", 7) for one in documents.promises("customer_email", {"body": promise})
    ]
    assert held, "no promise was found"
    found = commitments.changes(MID, "customer_email", {"subject": "Welcome", "body": says}, {}, held)
    return any(one.contradicts for one in found)


@pytest.mark.parametrize(
    ("sentence", "promise", "says", "against"),
    [
        ("another edition", "Your order is for the Business edition.", "Your package is the Starter edition.", True),
        ("not another one", "Your order is for the Business edition.", "Your package is not the Starter edition.", False),
        ("the contract begins later", "The contract starts on 1 March 2026.", "The subscription takes effect on 1 May 2026.", True),
        ("not later", "The contract starts on 1 March 2026.", "The subscription does not take effect on 1 May 2026.", False),
        ("another contact", "Your contact person is Dana Whitfield.", "Your point of contact is Marcus Bell.", True),
        ("not that one", "Your contact person is Dana Whitfield.", "Your point of contact is not Marcus Bell.", False),
    ],
)  # fmt: skip
def test_what_is_denied_is_not_said(sentence: str, promise: str, says: str, against: bool) -> None:
    assert contradicts(promise, says) is against, sentence
