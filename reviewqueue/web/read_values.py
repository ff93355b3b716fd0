"""Values of a packet as people read them, beside the record's own text: an amount with its currency, and a moment in
the lane's time zone. What is stored, compared and cited stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.statements import Statement
from reviewqueue.evidence.text.values import currencies, moments
from reviewqueue.evidence.text.values.dates import in_words
from reviewqueue.evidence.types import Source
from reviewqueue.policy.model.policy import Policy

_AMOUNT_KEYS = ("arr",)
_NUMBER = as_pattern(r"\d{1,15}(?:\.\d{1,4})?")
_MILLISECONDS = as_pattern(r"\d{12,13}")


def of_packet(
    policy: Policy, lane: str, draft: Any, statements: Iterable[Statement], sources: Mapping[str, Source]
) -> dict[str, str]:
    """What stands in the packet's fields as people read it, by pointer; a field that reads well as it is has none."""
    cited = {one.at: one for one in statements if one.ref}
    zone, found = policy.calendar(lane).timezone, dict[str, str]()
    for field in policy.packet.fields:
        says = resolve_pointer(draft, field.at)
        if not isinstance(says, str):
            continue
        claim = cited.get(field.at)
        source = sources.get(claim.ref) if claim else None
        currency = currencies.at(source.payload, claim.path) if claim and source else ""
        read = _amount(says, currency) if field.key in _AMOUNT_KEYS else _moment(says, zone)
        found |= {field.at: read} if read else {}
    return found


def _amount(says: str, currency: str) -> str:
    if not _NUMBER.fullmatch(says.strip()):
        return ""
    number = Decimal(says.strip())
    whole = f"{number:,.0f}" if number == number.to_integral_value() else f"{number:,.2f}"
    read = f"{whole} {currency}".strip()
    return "" if read == says.strip() else read


def _moment(says: str, zone: str) -> str:
    milliseconds = _MILLISECONDS.fullmatch(says.strip())
    moment = moments.from_timestamp(int(says)) if milliseconds else moments.read(says)
    if moment is None:
        return ""
    day = in_words(moments.day_in(moment, zone))
    local = moment.astimezone(ZoneInfo(zone))
    return day if (moment.hour, moment.minute, moment.second) == (0, 0, 0) else f"{day}, {local:%H:%M} {local.tzname()}"
