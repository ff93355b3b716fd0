"""Parses numbers as people group their digits, `48,000.00`, `48.000,00`, `48 000` and `48'000`, as exact decimals."""

from __future__ import annotations

import re
from decimal import Decimal

LONGEST = 24
_GROUPED = re.compile(r"(\d{1,3}(?:([.,'’ \u00a0\u202f])\d{3})(?:\2\d{3})*)(?:([.,])(\d{1,4}))?")
_PLAIN = re.compile(r"(\d+)(?:[.,](\d+))?")


def read(token: str) -> Decimal | None:
    """The number, or None when it is none. One group of three after a dot or a comma is thousands (`48.000`), unless
    the number begins with a zero."""
    if len(token) > LONGEST:
        return None
    if (hit := _GROUPED.fullmatch(token)) and hit[2] != hit[3] and not hit[1].startswith("0"):
        digits = re.sub(r"\D", "", hit[1])
        return Decimal(f"{digits}.{hit[4]}" if hit[4] else digits)
    if hit := _PLAIN.fullmatch(token):
        return Decimal(f"{hit[1]}.{hit[2]}" if hit[2] else hit[1])
    return None


def plain(value: Decimal) -> str:
    """The one spelling of a number: no exponent, no trailing zeros after the point."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
