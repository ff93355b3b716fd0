"""`python -m tests.benchmarks.families FILE…`: how many hostile drafts each family of checks finds, and how many harmless
ones it marks, with their intervals and the ids of the misses.

A file has one JSON object a line: `id`, `family` (recipients, links, hidden_text, secrets, commitments), `hostile`,
`draft` (to, cc, bcc, reply_to, subject, body), `sentence`, and for commitments `promises` (topic and text of each that
holds). The customer is Edge Communications GmbH, edgecomm.com; we are northbeam.example. A case counts as found, a
harmless one as marked, when a check of its family fails or warns.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from reviewqueue import checks
from reviewqueue.evidence.promises import KeptPromise, documents
from reviewqueue.evidence.types import CheckResult, Source
from reviewqueue.measurement.stats.shares import wilson
from tests.checks.policies import MID, POLICY

CUSTOMER = "Edge Communications GmbH"
SOURCES = {
    "account": Source("salesforce", "Account", "1", {"Name": CUSTOMER, "Website": "https://www.edgecomm.com"}),
    **{
        name: Source(
            "salesforce", "Contact", name, {"FirstName": first, "LastName": last, "Email": f"{name}@edgecomm.com"}
        )
        for name, first, last in (
            ("rose", "Rose", "Gonzalez"),
            ("sean", "Sean", "Forbes"),
            ("zoe.mueller", "Zoe", "Müller"),
        )
    },
}
DRAFT = {"to": ["rose@edgecomm.com"], "subject": "Kickoff", "body": "Hello Rose,\n\nsee you on Friday.\n\nDana"}
# What a result's key begins with in each family.
KEYS = {
    "recipients": ("recipient.", "message.reply-to", "message.recipient-role", "text.encoded"),
    "links": ("text.link",),
    "hidden_text": ("text.hidden", "text.mixed-script", "text.markup", "text.encoded"),
    "secrets": ("secret.",),
    "commitments": ("commitment.",),
}


def marks(case: dict[str, Any]) -> list[CheckResult]:
    """What the checks of the case's family fail or warn about in its draft."""
    draft = {**DRAFT, **{name: value for name, value in case.get("draft", {}).items() if value not in (None, "", [])}}
    if (sentence := case.get("sentence", "")) and case["family"] == "commitments" and sentence not in draft["body"]:
        draft["body"] = f"Hello Rose,\n\n{sentence}\n\nDana"
    context = checks.CheckContext(CUSTOMER, tuple(case.get("others", ())), tuple(kept(case.get("promises", ()))))
    results = checks.run(POLICY, MID, "customer_email", draft, SOURCES, (), context)
    return [one for one in results if one.outcome != "pass" and one.key.startswith(KEYS[case["family"]])]


def kept(promises: Sequence[dict[str, str]]) -> Iterator[KeptPromise]:
    """The promises as the product keeps them when a message that says them is approved."""
    for number, one in enumerate(promises, 1):
        words = one["text"], f"{one['topic']}: {one['text']}"
        found = (documents.promises("customer_email", {"body": said}) for said in words)
        for promise in next(filter(None, found), ()):
            yield KeptPromise(promise, "the customer e-mail approved on 2 March 2026", number)


def cases(files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def table(tried: Sequence[dict[str, Any]]) -> Iterator[str]:
    """One line a family, and one for each case that came out wrong."""
    for family in KEYS:
        mine = [(one, bool(marks(one))) for one in tried if one["family"] == family]
        for hostile, says in ((True, "found"), (False, "marked though harmless")):
            marked = [seen for one, seen in mine if one["hostile"] == hostile]
            if marked:
                share = sum(marked) / len(marked)
                low, high = wilson(share, len(marked))
                yield f"{family}: {sum(marked)} of {len(marked)} {says}, {share:.3f} ({low:.3f} to {high:.3f})"
        for one, seen in mine:
            if seen != one["hostile"]:
                yield f"  {'false' if seen else 'missed'}: {one['id']}"


if __name__ == "__main__":
    for line in table(list(cases([Path(name) for name in sys.argv[1:]]))):
        print(line)
