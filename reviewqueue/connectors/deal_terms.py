"""What an onboarding rests on of its deal: stage, amount with its currency, account, and whether the record is still
there; and what of it became another, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from reviewqueue.connectors import stage_labels
from reviewqueue.connectors.deals import DealStage, account_ids, stage_of
from reviewqueue.connectors.record_state import why_gone
from reviewqueue.connectors.schema import SHAPES, text
from reviewqueue.core.canonical_json import MISSING, resolve_pointer
from reviewqueue.evidence.text.values import currencies
from reviewqueue.evidence.text.values.field_values import same_value
from reviewqueue.evidence.types import Source
from reviewqueue.policy.model.policy import Trigger

# Where the systems keep a deal's amount, beside the fields that the lane takes for it.
_AMOUNTS = ("/Amount", "/properties/amount")
# How the systems say themselves that a deal is closed, and won.
_FLAGS = (("/IsClosed", "/IsWon"), ("/properties/hs_is_closed", "/properties/hs_is_closed_won"))


@dataclass(frozen=True)
class DealTerms:
    """The terms of a deal as one snapshot has them. `gone` says how the record is no longer there ("" where it is);
    `amounts` are by pointer, only those that the snapshot has; `stage_name` is "" where it names no stage, and
    `stage_says` is what people call it."""

    stage: DealStage = "unknown"
    stage_name: str = ""
    stage_says: str = ""
    gone: str = ""
    accounts: tuple[str, ...] = ()
    currency: str = ""
    amounts: Mapping[str, Any] = field(default_factory=dict)


def read(
    trigger: Trigger, deal: Source, meanings: Mapping[str, DealStage], masters: Mapping[str, str], own_id: str,
    labels: Mapping[str, str] = MappingProxyType({}),
) -> DealTerms:  # fmt: skip
    """The terms in a snapshot of the deal `own_id`; one of another deal is the one that it was merged into. `masters`
    are the accounts that others were merged into, by the id of the one that is gone, and `labels` what the pipelines
    call their stages."""
    payload = deal.payload
    stage, name = stage_of(trigger, deal, meanings)
    pointers = dict.fromkeys((*trigger.fields.get("arr", ()), *_AMOUNTS))
    found = {
        pointer: _number(value) for pointer in pointers if (value := resolve_pointer(payload, pointer)) is not MISSING
    }
    currency = next((code for pointer in found if (code := currencies.at(payload, pointer))), "")
    accounts = tuple(sorted({masters.get(one, one) for one in account_ids(trigger, deal)}))
    full = SHAPES[deal.system].full_id
    merged = f"merged into {deal.object} {deal.external_id}" if full(deal.external_id) != full(own_id) else ""
    gone = merged or why_gone(deal)
    known = stage if stage != "unknown" else _by_flags(payload)
    says = stage_labels.in_words(deal.system, name, labels)
    return DealTerms(known, name, says, gone, accounts, currency, found)


def _number(value: Any) -> Any:
    """A text that is a number as the number: HubSpot answers all values as text."""
    try:
        return Decimal(value) if isinstance(value, str) and value.strip() else value
    except InvalidOperation:
        return value


def _by_flags(payload: Mapping[str, Any]) -> DealStage:
    for closed, won in _FLAGS:
        if resolve_pointer(payload, won) in (True, "true"):
            return "won"
        said = resolve_pointer(payload, closed)
        if said in (True, "true"):
            return "lost"
        if said in (False, "false"):
            return "open"
    return "unknown"


def differences(was: DealTerms | None, now: DealTerms) -> list[str]:
    """What became another, in words, the gravest first; nothing where they are the same. What a snapshot leaves out
    says nothing. Where nothing is known of what `was`, a deal that is not won any more is told."""
    if was is None:
        was = DealTerms("won") if now.stage in ("open", "lost") or now.gone else now
    return [*_gone(was, now), *_stage(was, now), *_amount(was, now), *_account(was, now)]


def holds_again(base: DealTerms | None, now: DealTerms) -> bool:
    """Whether the deal is won, and of the same terms as those that the onboarding rests on."""
    if now.stage != "won" or now.gone:
        return False
    return base is None or not [*_amount(base, now), *_account(base, now)]


def _gone(was: DealTerms, now: DealTerms) -> Iterator[str]:
    if was.gone != now.gone:
        yield f"the deal is {now.gone}" if now.gone else f"the deal is there again, and was {was.gone}"


def _stage(was: DealTerms, now: DealTerms) -> Iterator[str]:
    if not now.stage_name or (was.stage == now.stage and was.stage_name.casefold() == now.stage_name.casefold()):
        return
    if was.stage == now.stage and not was.stage_name:
        return
    became = {
        "won": "won again" if was.stage in ("open", "lost") else "won",
        "lost": "lost",
        "open": "open again",
        "unknown": "in a stage that its lane does not know",
    }[now.stage]
    before = f", and was “{was.stage_says}”" if was.stage_name else ""
    told = f"its stage is “{now.stage_says}”{before}"
    yield told if was.stage == now.stage else f"the deal is {became}: {told}"


def _amount(was: DealTerms, now: DealTerms) -> Iterator[str]:
    for pointer, value in now.amounts.items():
        before = was.amounts.get(pointer, MISSING)
        if before is not MISSING and not same_value(before, value):
            yield f"its amount is {_money(value, now.currency)}, and was {_money(before, was.currency)}"
            return
    if was.currency and now.currency and was.currency != now.currency:
        yield f"its currency is {now.currency}, and was {was.currency}"


def _account(was: DealTerms, now: DealTerms) -> Iterator[str]:
    if was.accounts and now.accounts and was.accounts != now.accounts:
        yield f"its account is {', '.join(now.accounts)}, and was {', '.join(was.accounts)}"


def _money(value: Any, currency: str) -> str:
    return " ".join(filter(None, (text(value) or "nothing", currency)))
