"""Checks for source records of one draft that contradict each other."""

from __future__ import annotations

from reviewqueue.checks.grounding import quote_safely
from reviewqueue.evidence.text.grounding import GroundedDraft
from reviewqueue.evidence.text.records.conflicts import Conflict
from reviewqueue.evidence.text.records.fact_paths import Fact
from reviewqueue.evidence.text.records.shared_facts import RecordFact
from reviewqueue.evidence.text.values import currencies
from reviewqueue.evidence.types import CheckResult

# (the last part of the check's key, what it is about, whether it blocks, what to do).
_SAYS: dict[Fact, tuple[str, str, bool, str]] = {
    "quantity": ("quantity", "seats", True, "Find out what was bought, and have the other record corrected."),
    "amount": ("amount", "price", True, "Find out what was agreed, and have the other record corrected."),
    "date": ("date", "start", False, "Confirm the date before anybody names it to the customer."),
    "renewal": ("renewal", "end of the term", False, "Find out whether it renews before anybody speaks of its term."),
    "domain": (
        "domain",
        "customer's domain",
        False,
        "Confirm which of them is the customer's before anything is sent.",
    ),
    "email": ("contact", "e-mail address", False, "Confirm the address before anything is sent to it."),
    "phone": ("contact", "telephone number", False, "Confirm the number before anybody calls it."),
    "address": ("address", "postal address", False, "Confirm which of them holds."),
    "owner": ("owner", "sales owner", False, "Confirm who answers for what was promised."),
}


def check(reading: GroundedDraft) -> list[CheckResult]:
    """`conflict.quantity` and `conflict.amount` fail; `conflict.date`, `.renewal`, `.domain`, `.contact`, `.address`
    and `.owner` warn, one for each pair of records that disagree; empty where none do. What another automation alone
    claims only warns."""
    return [_result(reading, one) for one in reading.disputes]


def _result(reading: GroundedDraft, dispute: Conflict) -> CheckResult:
    key, about, blocking, fix = _SAYS[dispute.fact]
    claims = [one for one in (dispute.one, dispute.other) if one.place.ref in reading.records.doubtful]
    blocks = blocking and dispute.confidence == 1 and not claims
    whom = f" of {quote_safely(dispute.one.about.title())}" if dispute.fact in ("email", "phone") else ""
    sides = "; ".join(_said(reading, one) for one in (dispute.one, dispute.other))
    says = f"Two records differ on the {about}{whom}: {sides}. {fix}"
    if dispute.fact == "amount" and not currencies.may_be_one(dispute.one.currency, dispute.other.currency):
        codes = f"{quote_safely(dispute.one.currency)} and {quote_safely(dispute.other.currency)}"
        says = f"Not compared: {codes}. {sides}. Find out which currency was agreed."
    sure = None if dispute.confidence == 1 else str(dispute.confidence)
    return CheckResult(f"conflict.{key}", "fail" if blocks else "warn", blocks, says, _place(reading, dispute), sure)


def _said(reading: GroundedDraft, one: RecordFact) -> str:
    source = reading.record(one.place.ref)
    came = source.arrival if source and one.place.ref in reading.records.doubtful else None
    by = f", {quote_safely(came.says)}," if came else ""
    return f"{quote_safely(one.record)}{by} says {quote_safely(one.shown)} ({one.place.path})"


def _place(reading: GroundedDraft, dispute: Conflict) -> str:
    """Where the draft states what is disputed: a citation of either field, or a statement found that rests on it."""
    fields = {(one.place.ref, one.place.path) for one in (dispute.one, dispute.other)}
    cited = (one.at for one in reading.citations if (one.ref, one.path) in fields)
    told = (one.at for one in reading.statements if any((place.ref, place.path) in fields for place in one.places))
    return next(cited, "") or next(told, "")
