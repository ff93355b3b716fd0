"""Checks the deal behind a draft: whether it is closed-won and of this lane, has what the lane requires, and belongs to
a known customer."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from reviewqueue.checks.packet_fields import has_value, pointer
from reviewqueue.connectors import account_names, deals
from reviewqueue.connectors.schema import SHAPES, first, text
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.evidence.text.values import dates as text_dates
from reviewqueue.evidence.types import CheckResult, Source
from reviewqueue.policy.model.policy import Lane, PacketField, Policy, Trigger

# The lane's word for a required fact, where the packet's field has another.
PACKET_KEYS = {"owner": "sales_owner"}
# Required facts that are not plain text.
_TYPED = (("start_date", "a date"), ("arr", "an amount"))
_DEAL = "/sections/commercial/deal"


def check(policy: Policy, lane: Lane, draft: Any, sources: Mapping[str, Source]) -> list[CheckResult]:
    """`trigger.object`, `trigger.required-fields`, `trigger.inclusion` and `trigger.identity`."""
    deal = deal_in(lane, sources)
    trigger = lane.triggers.get(deal.system) if deal else None
    return [
        _object(lane, deal, trigger, sources),
        _required(policy, lane, draft),
        _inclusion(lane, draft, deal, trigger),
        _identity(deal, trigger, sources),
    ]


def deal_in(lane: Lane, sources: Mapping[str, Source]) -> Source | None:
    """The deal among the sources: the one called `deal`, else the first of the lane's trigger object."""
    ordered = sorted(sources, key=lambda ref: ref != "deal")
    found = (sources[ref] for ref in ordered)
    return next((one for one in found if (own := lane.triggers.get(one.system)) and own.object == one.object), None)


def _object(lane: Lane, deal: Source | None, trigger: Trigger | None, sources: Mapping[str, Source]) -> CheckResult:
    key = "trigger.object"
    if deal is None or trigger is None:
        wanted = " or ".join(f"{one.object} of {system}" for system, one in lane.triggers.items())
        return CheckResult(key, "fail", True, f"No deal stands behind this. Send the record: {wanted}.", _DEAL)
    stages = deals.stage_meanings(one for one in sources.values() if one.object == "pipeline")
    stage, says = deals.stage_of(trigger, deal, stages)
    name = f"{deal.object} {deal.external_id}"
    if stage == "won":
        return CheckResult(key, "pass", True, f"{name} is closed won (stage “{says}”).", _DEAL)
    if stage == "unknown" and _has_answer(sources):
        return CheckResult(key, "pass", True, f"{name} is closed won: a person said so (stage “{says}”).", _DEAL)
    known = ", ".join(trigger.won)
    return CheckResult(key, "fail", True, f"{name} is not closed won: stage “{says}”, lane asks for {known}.", _DEAL)


def _required(policy: Policy, lane: Lane, draft: Any) -> CheckResult:
    key = "trigger.required-fields"
    known = {field.key: field for field in policy.packet.fields}
    fields = {name: known[own] for name in lane.required if (own := PACKET_KEYS.get(name, name)) in known}
    missing = [field for field in fields.values() if not has_value(resolve_pointer(draft, pointer(field)))]
    wrong = [(fields[name], kind) for name, kind in _TYPED if name in fields and not _fits(kind, fields[name], draft)]
    if not missing and not wrong:
        return CheckResult(key, "pass", True, "Every field the lane requires is there.")
    says = [f"Missing: {', '.join(field.label.lower() for field in missing)}."] if missing else []
    says += [f"{field.label} is not {kind}." for field, kind in wrong]
    at = pointer(missing[0] if missing else wrong[0][0])
    return CheckResult(key, "fail", True, f"{' '.join(says)} The lane requires it: fill it in, or ask sales.", at)


def _fits(kind: str, field: PacketField, draft: Any) -> bool:
    """Whether a field's value is of its kind; a missing value is not reported here."""
    value = resolve_pointer(draft, pointer(field))
    return not has_value(value) or (_is_date if kind == "a date" else _is_amount)(text(value))


def _is_date(words: str) -> bool:
    return text_dates.read(words) is not None


def _is_amount(words: str) -> bool:
    try:
        amount = Decimal(words)
    except InvalidOperation:
        return False
    return amount.is_finite() and amount >= 0


def _inclusion(lane: Lane, draft: Any, deal: Source | None, trigger: Trigger | None) -> CheckResult:
    key, at = "trigger.inclusion", "/sections/commercial/segment"
    segment = text(resolve_pointer(draft, at))
    kind = deals.fact_text(trigger, deal, "deal_type") if trigger and deal else ""
    if segment and deals.normalise(segment) != deals.normalise(lane.segment):
        says = f"Segment “{segment[:60]}” is not this lane's ({lane.segment}). Send it to its own lane."
        return CheckResult(key, "fail", True, says, at)
    if kind and deals.normalise(kind) in map(deals.normalise, lane.excluded_deal_types):
        return CheckResult(
            key, "fail", True, f"Deal type “{kind[:60]}” is excluded from this lane. Reject it here.", _DEAL
        )
    if kind and lane.deal_types and deals.normalise(kind) not in map(deals.normalise, lane.deal_types):
        says = f"Deal type “{kind[:60]}” is not in the lane's list: {', '.join(lane.deal_types)}."
        return CheckResult(key, "fail", True, says, _DEAL)
    blank = [name for name, value in (("segment", segment), ("deal type", kind)) if not value]
    if blank:
        says = f"The deal has no {' and no '.join(blank)}, so nobody knows whether the lane is right. Confirm it."
        return CheckResult(key, "warn", False, says, at)
    return CheckResult(key, "pass", True, f"Segment “{segment}” and deal type “{kind}” are in the lane.", at)


def _identity(deal: Source | None, trigger: Trigger | None, sources: Mapping[str, Source]) -> CheckResult:
    key, account = "trigger.identity", sources.get("account")
    if _has_answer(sources):
        return CheckResult(key, "pass", True, "A person named the customer in answer to a question.", _DEAL)
    if deal is None or trigger is None:
        return CheckResult(key, "warn", False, "No deal record says who the customer is. Confirm it.", _DEAL)
    named = deals.account_ids(trigger, deal)
    if account is None:
        says = f"account {named[0]}, whose record was not imported" if named else "no account"
        return CheckResult(key, "warn", False, f"The deal names {says}. Confirm who the customer is.", _DEAL)
    if account.external_id in named:
        return CheckResult(
            key, "pass", True, f"The deal names its account: {account.label} {account.external_id}.", _DEAL
        )
    if named:
        says = f"The deal names account {named[0]}, but this draft rests on {account.external_id}. Reject it."
        return CheckResult(key, "fail", True, says, _DEAL)
    return _by_name(deals.name_of(trigger, deal), account)


def _by_name(deal: str, account: Source) -> CheckResult:
    """The result where the account was found by its name only: the more of the name they share, the surer."""
    name, _ = first(account, (SHAPES[account.system].account_name,) if account.system in SHAPES else ())
    count, whole = account_names.shared_words(deal, name), len(account_names.words(name))
    if not count:
        says = f"Nothing ties the deal to account “{name[:80]}”: neither an id nor its name. Reject it."
        return CheckResult("trigger.identity", "fail", True, says, _DEAL)
    sure = "0.90" if count == whole else "0.75" if count > 1 else "0.50"
    says = f"The deal names no account; “{name[:80]}” was matched by name ({count} of {whole} words). Confirm it."
    return CheckResult("trigger.identity", "warn", False, says, _DEAL, sure)


def _has_answer(sources: Mapping[str, Source]) -> bool:
    """Whether a person's own answer is among the sources; only this application writes records of that system."""
    return any(one.system == "reviewqueue" and one.object == "answer" for one in sources.values())
