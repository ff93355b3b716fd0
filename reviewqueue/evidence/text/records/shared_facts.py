"""The facts that two systems both hold about one customer, by the table in `fact_paths`. `conflicts` compares them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from reviewqueue.core import domain_names
from reviewqueue.core.canonical_json import MISSING, resolve_pointer
from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.vocabulary import SYSTEM_NAMES
from reviewqueue.evidence.text.records.fact_paths import FACT_PATHS, SYNONYMS, Fact, FactPaths, Paths, Side
from reviewqueue.evidence.text.records.places import Place
from reviewqueue.evidence.text.records.record_values import term_of
from reviewqueue.evidence.text.values import addresses, currencies, dates, moments
from reviewqueue.evidence.text.words import names, numbers
from reviewqueue.evidence.types import Source

_ENDED = frozenset(("canceled", "cancelled", "incomplete", "incomplete_expired", "non_renewing"))
RENEWS = "renews"
# Where a subscription that is set to end has its last day.
_LAST_DAY = ("/cancel_at", "/cancelled_at", "/current_term_end", "/current_period_end",
             "/items/data/0/current_period_end")  # fmt: skip
# Numbers of a deal that count nothing.
_NO_COUNT = as_pattern(
    r"(?i)term|month|day|year|notice|discount|amount|price|value|percent|probab|budget|_?id\Z|employee"
)
_YEARLY = {"day": 365, "week": 52, "month": 12, "year": 1}


@dataclass(frozen=True)
class RecordFact:
    """One fact as one record has it. `value` is compared, `shown` is for people; `about` names the person that a
    contact's facts are about; `source` is the record's ref."""

    fact: Fact
    side: Side
    system: str
    value: str
    shown: str
    place: Place
    record: str
    about: str = ""
    currency: str = ""


def facts_in(sources: Mapping[str, Source], zone: str = "UTC") -> list[RecordFact]:
    """Every fact of the table that these records hold; `zone` is where a moment's day is read."""
    found = [one for ref, source in sources.items() for one in _of(ref, source, zone)]
    other = _counted_otherwise(sources, found)
    return [one for one in found if not (one.side == "billing" and one.fact == "quantity" and one.value in other)]


def _counted_otherwise(sources: Mapping[str, Source], found: list[RecordFact]) -> set[str]:
    """What the deals count in other fields than that for seats: a subscription for twelve practices sells no seats."""
    seats = {(one.place.ref, one.place.path) for one in found if one.fact == "quantity" and one.side != "billing"}
    counted = set[str]()
    for ref in {ref for ref, _ in seats}:
        held = sources[ref].payload
        base = "/properties" if isinstance(held.get("properties"), dict) else ""
        named = held.get("properties", held)
        for key, value in named.items() if isinstance(named, dict) else ():
            if _NO_COUNT.search(key) or (ref, f"{base}/{key}") in seats:
                continue
            if (many := _decimal(value)) and many > 1:
                counted.add(numbers.plain(many))
    return counted


def _of(ref: str, source: Source, zone: str) -> Iterator[RecordFact]:
    system, kind = source.system.casefold(), source.object.casefold()
    knows = FACT_PATHS.get((system, SYNONYMS.get(kind, kind)))
    if knows is None:
        return
    state = invoice_state(source)
    record = " ".join(filter(None, (SYSTEM_NAMES.get(system, source.system), state, source.object, source.external_id)))

    def made(fact: Fact, path: str, value: str, shown: str, about: str = "", currency: str = "") -> RecordFact:
        # A Unix time and an amount in cents are shown as what they mean.
        raw = _text(source, path)
        told = shown if fact in ("date", "renewal") or (fact == "amount" and currencies.kept_in_minor(system)) else raw
        return RecordFact(fact, knows.side, system, value, shown, Place(ref, path, told), record, about, currency)

    if knows.side == "billing":
        yield from _billed_facts(source, made)
    elif (
        (path := _first_filled(source, knows.quantity))
        and (many := _decimal(resolve_pointer(source.payload, path)))
        and many > 0
    ):
        yield made("quantity", path, numbers.plain(many), f"{numbers.plain(many)} seats")
    if not state:  # what is not final was not billed
        yield from _amounts(source, system, knows, made)
    if (path := _first_filled(source, knows.start)) and (day := _day(resolve_pointer(source.payload, path), zone)):
        yield made("date", path, day, day)
    yield from _renewals(source, knows, made, zone)
    if path := _first_filled(source, knows.owner):
        yield made("owner", path, names.folded(_text(source, path)), _text(source, path))
    yield from _of_somebody(source, knows, made)


def _amounts(source: Source, system: str, knows: FactPaths, made: Any) -> Iterator[RecordFact]:
    code = _text(source, _first_filled(source, knows.currency)).upper()
    for path in knows.amounts if knows.side in ("deal", "order") else (_first_filled(source, knows.amounts),):
        amount = _decimal(resolve_pointer(source.payload, path)) if path else None
        if amount and amount > 0:
            amount = amount / currencies.minor_unit(system, code)
            yield made("amount", path, numbers.plain(amount), _money(amount, code), "", code)
            # What the whole term costs says what a year does.
            if (months := _term(source.payload)) and months != 12:
                year = amount * 12 / months
                yield made("amount", path, numbers.plain(year), _money(amount, code), "", code)


def _of_somebody(source: Source, knows: FactPaths, made: Any) -> Iterator[RecordFact]:
    """How a person or an account is reached."""
    about = names.folded(" ".join(filter(None, (_text(source, path) for path in knows.name))))
    if (path := _first_filled(source, knows.email)) and about:
        yield made("email", path, addresses.folded(_text(source, path).strip()), _text(source, path), about)
    if (path := _first_filled(source, knows.phone)) and about and (digits := addresses.digits(_text(source, path))):
        yield made("phone", path, digits, _text(source, path), about)
    if path := _first_filled(source, knows.address):
        parts = [text for one in knows.address if (text := _text(source, one))]
        yield made(
            "address",
            path,
            names.folded(parts[0]).replace(" ", ""),
            " ".join(parts),
            "city" if "city" in path.casefold() else "code",
        )
    domains = ((path, text, _own_domain(text)) for path in knows.domain if (text := _text(source, path)))
    if told := next((one for one in domains if one[2]), None):
        path, text, domain = told
        yield made("domain", path, domain, text)


def _own_domain(text: str) -> str:
    """The registered domain of a website or a mail address; "" where it is none, or one that many share."""
    host = (urlsplit(text).netloc if "//" in text else text).rpartition("@")[2].partition("/")[0].partition(":")[0]
    name = domain_names.to_ascii(host.strip().strip("."))
    return "" if not name or domain_names.is_shared(name) else domain_names.registered_domain(name)


def _renewals(source: Source, knows: FactPaths, made: Any, zone: str) -> Iterator[RecordFact]:
    """Whether the term renews, or its last day. `value` is RENEWS, or that day; "" where it ends and none is named."""
    if knows.side == "billing":
        yield from _billed_renewal(source, made, zone)
        return
    told = ((path, _yes_or_no(resolve_pointer(source.payload, path))) for path in knows.renews)
    path, renews = next((one for one in told if one[1] is not None), ("", None))
    if renews:
        yield made("renewal", path, RENEWS, "that it renews automatically")
        return
    path = _first_filled(source, knows.ends)
    if renews is None and path and (day := _day(resolve_pointer(source.payload, path), zone)):
        yield made("renewal", path, day, f"that it runs until {day}")


def _billed_renewal(source: Source, made: Any, zone: str) -> Iterator[RecordFact]:
    """Whether a running subscription is set to end, and when; one that has ended says nothing."""
    base = "/subscription" if isinstance(resolve_pointer(source.payload, "/subscription"), dict) else ""
    held = resolve_pointer(source.payload, base)
    if not isinstance(held, dict) or held.get("status") in _ENDED - {"non_renewing"}:
        return
    word = next((one for one in ("cancel_at_period_end", "cancel_at") if held.get(one)), "")
    word = "status" if held.get("status") == "non_renewing" else word
    if not word:
        yield made("renewal", f"{base}/status", RENEWS, "that it goes on")
        return
    last = (
        "/cancel_at",
        "/cancelled_at",
        "/current_term_end",
        "/current_period_end",
        "/items/data/0/current_period_end",
    )
    days = (_day(value, zone) for at in last if (value := resolve_pointer(held, at)) is not MISSING)
    day = next((one for one in days if one), "")
    yield made("renewal", f"{base}/{word}", day, f"that it ends on {day}" if day else "that it ends with its period")


def _yes_or_no(value: Any) -> bool | None:
    """A field that says yes or no; None where it says neither."""
    text = value.strip().casefold() if isinstance(value, str) else value
    return True if text in (True, "true", "yes", "1") else False if text in (False, "false", "no", "0") else None


def invoice_state(source: Source) -> str:
    """What an invoice is that is not final, so that nothing was billed with it yet, or no more: "draft", or "void"; ""
    for one that is, and for every other record."""
    if SYNONYMS.get(kind := source.object.casefold(), kind) != "invoice":
        return ""
    status = _text(source, _first_filled(source, ("/invoice/status", "/status"))).casefold()
    return {"draft": "draft", "pending": "draft", "void": "void", "voided": "void"}.get(status, "")


def _billed_facts(source: Source, made: Any) -> Iterator[RecordFact]:
    """What an active subscription bills: its seats, where one item counts more than one, and what a year costs."""
    base = "/subscription" if isinstance(resolve_pointer(source.payload, "/subscription"), dict) else ""
    held = resolve_pointer(source.payload, base)
    if not isinstance(held, dict) or held.get("status") in _ENDED or held.get("discounts"):
        return
    at = f"{base}/items/data" if source.system.casefold() == "stripe" else f"{base}/subscription_items"
    listed = resolve_pointer(source.payload, at)
    items = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    items = [one for one in items if one.get("item_type") != "charge"]  # once, not each year
    code = str(held.get("currency") or held.get("currency_code") or "").upper()
    counted = [
        (number, many) for number, one in enumerate(items) if (many := _decimal(one.get("quantity"))) and many > 1
    ]
    if len(counted) == 1:
        number, many = counted[0]
        yield made("quantity", f"{at}/{number}/quantity", numbers.plain(many), f"{numbers.plain(many)} seats")
    yearly = [_yearly(one, held) for one in items]
    if yearly and all(amount is not None for amount in yearly):
        whole = sum((amount for amount in yearly if amount is not None), Decimal())
        whole = whole / currencies.minor_unit(source.system, code)
        path = f"{at}/0/price/unit_amount" if "price" in items[0] else f"{at}/0/unit_price"
        if whole > 0:
            yield made("amount", path, numbers.plain(whole), f"{_money(whole, code)} a year", "", code)


def _term(payload: Any) -> int:
    """The months of the term that a deal names; 0 where it names none."""
    held = payload.get("properties", payload) if isinstance(payload, dict) else {}
    return term_of(held)[1] if isinstance(held, dict) else 0


def _yearly(item: dict[str, Any], subscription: dict[str, Any]) -> Decimal | None:
    """What one item costs in a year, in the smallest unit of its currency; None when that cannot be told."""
    price, many = item.get("price"), _decimal(item.get("quantity", 1))
    if isinstance(price, dict):
        unit, times = _decimal(price.get("unit_amount")), resolve_pointer(price, "/recurring")
        often = times if isinstance(times, dict) else {}
        interval, count = often.get("interval"), often.get("interval_count", 1)
    else:
        unit = _decimal(item.get("unit_price"))
        interval, count = subscription.get("billing_period_unit"), subscription.get("billing_period", 1)
    if unit is None or many is None or interval not in _YEARLY or not isinstance(count, int) or count < 1:
        return None
    return unit * many * _YEARLY[interval] / count


def _first_filled(source: Source, paths: Paths) -> str:
    return next((path for path in paths if _text(source, path)), "")


def _text(source: Source, path: str) -> str:
    value = resolve_pointer(source.payload, path) if path else ""
    if isinstance(value, bool | None):
        return ""
    return value.strip() if isinstance(value, str) else str(value) if isinstance(value, int | float | Decimal) else ""


def _decimal(value: Any) -> Decimal | None:
    """A number of a record, or None when it is none that could be a quantity or an amount."""
    if isinstance(value, bool | None) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) < numbers.LONGEST else None


def _day(value: Any, zone: str) -> str:
    if isinstance(value, str):
        value = value.strip()
        if day := moments.day_of(value, zone):
            return day
        if not value.isdigit():
            found = dates.from_digits(value[:10])
            return found[0] if len(found) == 1 else ""
    number = _decimal(value)
    return dates.from_timestamp(int(number), zone) if number is not None else ""


def _money(amount: Decimal, code: str) -> str:
    digits = currencies.minor_digits(code)
    text = f"{amount:,.{digits}f}".removesuffix("." + "0" * digits)
    return f"{text} {code}".strip()
