"""The amount of the deal behind a draft, with its currency; and the check that says where a gate's rules cannot be
compared with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from reviewqueue.core import canonical_json
from reviewqueue.evidence.text.values import currencies
from reviewqueue.evidence.types import CheckResult, Source
from reviewqueue.policy import conditions
from reviewqueue.policy.model.policy import Lane, Policy


def check(policy: Policy, lane: Lane, kind: str, sources: Mapping[str, Source]) -> Iterator[CheckResult]:
    """`trigger.currency` warns where the deal is in another currency than the policy's amounts, and its gate has a rule
    about them: the rule did not look at the deal, so a person has to."""
    gate = policy.gate(lane.key, lane.kinds.get(kind, ""))
    rules = conditions.rules_of_amount(policy, gate) if gate else []
    amount, currency = deal_amount(lane, sources) if rules else (None, "")
    if amount is None or currency in ("", policy.organisation.currency):
        return
    named = ", ".join(f"{name} ({place})" for name, place in rules)
    ours = policy.organisation.currency
    why = f"are in {ours}" if ours else "name no currency (`currency` in organisation.toml)"
    says = f"Not compared: {currency}. The deal's amount is {amount:,} {currency}; amounts in this gate's rules {why}."
    says += f" Nothing is converted, so {named} did not look at it: judge the amount yourself."
    yield CheckResult("trigger.currency", "warn", False, says)


def deal_amount(lane: Lane, sources: Mapping[str, Source]) -> tuple[Decimal | None, str]:
    """The deal's amount a year and its currency, from its record at the paths that the lane's trigger names; (None, "")
    where none is there, and "" for a currency that the record does not name."""
    for source, path, said in trigger_values(lane, sources, "arr"):
        if (amount := _decimal(str(said))) is not None:
            return amount, currencies.at(source.payload, path)
    return None, ""


def trigger_values(lane: Lane, sources: Mapping[str, Source], field: str) -> Iterator[tuple[Source, str, Any]]:
    """(record, path, value) of a field of the lane's trigger in the deals' records, the preferred path first."""
    for source in sources.values():
        trigger = lane.triggers.get(source.system)
        if trigger and source.object == trigger.object:
            for path in trigger.fields.get(field, ()):
                value = canonical_json.resolve_pointer(source.payload, path)
                if value not in (canonical_json.MISSING, None, ""):
                    yield source, path, value


def _decimal(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
