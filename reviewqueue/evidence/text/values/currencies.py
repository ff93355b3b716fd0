"""Currencies as people and systems name them: ISO 4217 codes, signs and words, and which of them may be one. Amounts of
different currencies are never converted and never compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Sign → its code, or the sign itself where several currencies share it (`SHARED`). Case counts.
SIGNS = {
    "$": "$", "US$": "USD", "U$S": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "Can$": "CAD",
    "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "SG$": "SGD", "NT$": "TWD", "MX$": "MXN", "Mex$": "MXN",
    "R$": "BRL", "BR$": "BRL", "CLP$": "CLP", "COL$": "COP", "€": "EUR", "£": "GBP", "£GB": "GBP", "UK£": "GBP",
    "$US": "USD", "$AU": "AUD", "$CA": "CAD", "$SG": "SGD", "$NZ": "NZD", "$MX": "MXN", "$CL": "CLP",
    "$CO": "COP", "Nkr": "NOK", "Dkr": "DKK", "¥": "¥", "CN¥": "CNY", "JP¥": "JPY", "円": "JPY", "元": "CNY",
    "圓": "TWD", "RMB": "CNY", "CNH": "CNY", "kr": "kr", "kr.": "kr", "Kr": "kr", "Kr.": "kr", "KR": "kr",
    "SKr": "SEK", "NKr": "NOK", "DKr": "DKK", "zł": "PLN", "Kč": "CZK", "Fr.": "CHF", "SFr.": "CHF",
    "sFr.": "CHF", "Fr": "CHF", "SFr": "CHF", "₹": "INR", "Rs": "Rs", "Rs.": "Rs", "₨": "Rs", "₩": "KRW",
    "₺": "TRY", "TL": "TRY", "₪": "ILS", "NIS": "ILS", "ש״ח": "ILS", 'ש"ח': "ILS", "د.إ": "AED", "د.إ.": "AED",
    "Dhs": "AED", "Dhs.": "AED", "Dh": "AED", "د.ك": "KWD", "د.ك.": "KWD", "KD": "KWD", "K.D.": "KWD",
    "﷼": "SAR", "ر.س": "SAR", "ر.س.": "SAR", "SR": "SAR", "د.ب": "BHD", "BD": "BHD", "₽": "RUB", "₴": "UAH",
    "₫": "VND", "฿": "THB", "RM": "MYR", "Rp": "IDR", "Rp.": "IDR", "₱": "PHP", "Ft": "HUF", "lei": "RON",
    "лв": "BGN", "лв.": "BGN", "R": "ZAR",
}  # fmt: skip
# Signs of letters alone that are also other words or labels: they count only beside digits in groups, R 48 000.
WEAK = frozenset(("R", "SR", "BD", "KD", "TL", "Dh", "RM", "Fr", "KR", "Kr", "kr", "Rs", "Rp", "Ft", "lei", "won"))
CODES = frozenset(
    ["USD", "EUR", "JPY", "GBP", "CNY", "AUD", "CAD", "CHF", "HKD", "SGD", "SEK", "KRW", "NOK", "NZD", "INR", "MXN",
     "TWD", "ZAR", "BRL", "DKK", "PLN", "THB", "ILS", "IDR", "CZK", "AED", "TRY", "HUF", "CLP", "SAR", "PHP", "COP",
     "MYR", "RON", "RUB", "UAH", "BGN", "KWD", "BHD", "OMR", "JOD", "QAR", "TND", "VND", "ISK", "EGP", "PKR", "ARS",
     "PEN", "KES", "NGN", "MAD"]
)  # fmt: skip
# Codes that people also write in small letters: none of them is a word.
SMALL_CODES = frozenset(
    ["usd", "eur", "gbp", "chf", "jpy", "sek", "nok", "dkk", "pln", "czk", "inr", "brl", "kwd", "aed", "cny"]
)  # fmt: skip
# Codes that are also words: before a number they count only if it is in groups.
WORDY = frozenset(("TRY", "PEN", "MAD", "COP", "RON", "CAD", "PHP"))

_DOLLARS = frozenset(("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD"))
_PESOS = frozenset(("MXN", "PHP", "CLP", "COP", "ARS"))
_CROWNS = frozenset(("SEK", "NOK", "DKK", "ISK"))
SHARED: dict[str, frozenset[str]] = {
    "$": _DOLLARS | _PESOS,
    "¥": frozenset(("JPY", "CNY")),
    "kr": _CROWNS,
    "crown": _CROWNS | {"CZK"},
    "peso": _PESOS,
    "dinar": frozenset(("KWD", "BHD", "JOD", "TND")),
    "riyal": frozenset(("SAR", "QAR", "OMR")),
    "Rs": frozenset(("INR", "PKR", "IDR")),
    "pound": frozenset(("GBP", "EGP")),
    "dirham": frozenset(("AED", "MAD")),
}
_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3, "TND": 3}
# Billing systems that keep amounts in the smallest unit, and what they do otherwise than ISO 4217.
_KEPT_DIGITS = {"stripe": {"ISK": 2}, "chargebee": {}}
_KEYS = ("CurrencyIsoCode", "deal_currency_code", "currency", "currency_code", "Currency__c", "preferred_currency_code")


def minor_digits(code: str) -> int:
    """How many digits after the point a currency has: two, and none of yen, three of Kuwaiti dinars."""
    return _DIGITS.get(code, 2)


def kept_in_minor(system: str) -> bool:
    """Whether a system keeps amounts in the smallest unit of their currency."""
    return system.casefold() in _KEPT_DIGITS


def minor_unit(system: str, code: str) -> int:
    """How many of what that system counts make one of the currency: 100 cents, 1 yen, 1,000 fils; 1 where it keeps
    whole amounts."""
    own = _KEPT_DIGITS.get(system.casefold())
    return 1 if own is None else 10 ** int(own.get(code, minor_digits(code)))


def known(code: str) -> str:
    """The code of a currency that a record names, in capitals; "" for what is none."""
    told = code.strip().upper()
    return told if len(told) == 3 and told.isascii() and told.isalpha() else ""


def may_be_one(one: str, other: str) -> bool:
    """Whether two currencies, each a code or a shared sign, may be the same; one that is not named may be any."""
    if not one or not other or one == other:
        return True
    return bool(SHARED.get(one, frozenset((one,))) & SHARED.get(other, frozenset((other,))))


def at(payload: Any, path: str) -> str:
    """The currency of the field at a pointer into a payload: the one that the nearest object around it names, or ""."""
    code, held = "", payload
    for name in path.split("/")[1:]:
        if isinstance(held, dict):
            code = of_record(held) or code
            held = held.get(name)
        elif isinstance(held, list) and name.isdigit() and int(name) < len(held):
            held = held[int(name)]
        else:
            break
    return code


def of_record(record: Mapping[str, Any]) -> str:
    """The currency that an object of a record names beside its amounts, or ""."""
    return next((code for name in _KEYS if isinstance(said := record.get(name), str) and (code := known(said))), "")
