"""What the name of a record's field tells: an id, what a system keeps about its own record, a sum of money."""

from __future__ import annotations

from functools import lru_cache

from reviewqueue.core.patterns import as_pattern

# Metadata that a system keeps about its own record is no fact about the customer.
ABOUT_RECORD = as_pattern(
    r"(?i)(?:(?:hs_)?(?:created?|last_?modified|updated?|modified|synced|last_?(?:viewed|referenced|activity))_?(?:at|date|on|by(?:id)?)?"
    r"|systemmodstamp|createdat|updatedat|resource_version|apiversion|api_version|.*url|attributes|livemode|object|etag|digest)\Z"
)
ID = as_pattern(r"(?:.*(?:Id|ID|_id|_ids|_key)|id|hubspot_owner_id|.*Id__c)\Z")
MONEY_KEY = as_pattern(
    r"(?i).*(?:amount|total|price|arr|mrr|acv|tcv|value|revenue|fee|due|paid|remaining|dues|balance|discount|cost|budget"
    r"|frais|montant|prix|preis|pauschale|betrag|jahreswert|auftragswert|importe|precio)"
)
_WORD = as_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+")
_DAYS = as_pattern(r"(?:.*(?<!up)(?<!man)(?<!candi)date|datum|fecha|dt)")
_SHARES = frozenset(("pct", "percent", "percentage", "prozent", "pourcentage", "porcentaje"))
_PRICED = frozenset(("unit", "plan", "price", "per", "preis", "prix", "precio", "item", "seat"))
_ONCE = frozenset(
    ("setup", "once", "onetime", "oneoff", "implementation", "onboarding", "migration", "services", "invoice")
)
_PERIODS = {
    word: period
    for period, words in {"month": "month monat mes mois maand", "year": "year jahr ano jaar", "week": "week"}.items()
    for word in words.split()
}
_TOTALLED = as_pattern(
    r"(?:.*[^su]s)(?<!fees)(?<!costs)(?<!sales)(?<!services)(?<!charges)(?<!items)(?<!lines)(?<!taxes)"
)
# A yes or no about the record itself: an open ticket does not say that nothing else is closed.
STATE_OF_RECORD = as_pattern(r"(?i)(?:hs_)?(?:is_?)?(?:closed|won|deleted|archived|escalated|done|completed?)")


@lru_cache(maxsize=4_096)
def key_words(key: str) -> tuple[str, ...]:
    """The words of a field's name, in small letters: Rooms_Total__c has rooms and total."""
    return tuple(word.casefold() for word in _WORD.findall(key.removesuffix("__c")))


@lru_cache(maxsize=4_096)
def is_money(key: str) -> bool:
    """Whether a field holds a sum of money by its name: no day (due_date), no share (discount_percentage), and no count
    of things (total_students)."""
    if not MONEY_KEY.match(key):
        return False
    words = key_words(key)
    if names_day(key) or not _SHARES.isdisjoint(words):
        return False
    others = [word for word in words if word != "total"]
    return any(MONEY_KEY.match(word) for word in others) or not any(map(_TOTALLED.fullmatch, others))


def names_day(key: str) -> bool:
    """Whether a field holds a day by its name: due_date, signed_on, due_at."""
    words = key_words(key)
    return any(map(_DAYS.fullmatch, words)) or (len(words) > 1 and words[-1] in ("on", "at"))


def is_price(key: str) -> bool:
    """Whether a field holds what one thing or one item of a subscription costs, for a period that its name may leave
    out: unit_amount, plan.amount, Price_Per_Location__c."""
    words = key_words(key)
    if not is_money(key) or _PRICED.isdisjoint(words) or not _ONCE.isdisjoint(words):
        return False
    return {"total", "annual", "yearly", "fixed"}.isdisjoint(words)


@lru_cache(maxsize=4_096)
def period_in(key: str) -> str:
    """The period in the name of a price's field: price_per_user_month, precio_empleado_mes; "" where none is."""
    return next((_PERIODS[word] for word in reversed(key_words(key)) if word in _PERIODS), "")


def tells_about_record(path: str) -> bool:
    """Whether a field is what a system keeps about its own record: ids, when it was changed."""
    name = path.rpartition("/")[2]
    return bool(ABOUT_RECORD.match(name) or ID.match(name))
