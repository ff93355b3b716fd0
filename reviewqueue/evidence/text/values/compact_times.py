"""Lengths of time as systems write them in a field: 10w, 30d, P90D, Net 45, and a contract's term as a bare number."""

from __future__ import annotations

import re
from decimal import Decimal

from reviewqueue.core.patterns import as_pattern

TERM_KEY = as_pattern(
    r"(?i)(?:contract_?|initial_?|subscription_?|vertrags?_?|dur[ée]e_?(?:du_?)?)?"
    r"(?:term|laufzeit|duration|dur[ée]e|duraci[óo]n|contrat|engagement)"
    r"(?:_?(?:length|in|en))?(?:_?(?:months|monate|mois|meses|years|jahre|ans|anos))?(?:__c)?"
)
_UNITS = {"d": (1, "day"), "w": (7, "day"), "m": (1, "month"), "y": (12, "month")}
_COMPACT = as_pattern(r"(\d{1,4}) ?([dwmy])", re.I)
_ISO = as_pattern(r"P(\d{1,4})([DWMY])")
_NET = as_pattern(r"(?i)net(?:to)?[ _-]?(\d{1,3})(?: ?d(?:ays)?)?")
_FEWEST, _MOST = 6, 120  # months of a term that nobody names a unit of


def read(value: str, key: str) -> tuple[str, str] | None:
    """(how many, of what) the whole value of a field is; None where it is no such length of time. Only a term has
    months by their letter alone."""
    if hit := _NET.fullmatch(value):
        return str(int(hit[1])), "day"
    hit = _ISO.fullmatch(value) or _COMPACT.fullmatch(value)
    if hit is None or (hit[2] == "m" and not TERM_KEY.fullmatch(key)):
        return None
    many, of = _UNITS[hit[2].lower()]
    return str(int(hit[1]) * many), of


def is_months(key: str, value: Decimal) -> bool:
    """Whether a bare number is a contract's term in months, by its field's name: ContractTerm, initial_term."""
    return TERM_KEY.fullmatch(key) is not None and _FEWEST <= value <= _MOST and value == value.to_integral_value()
