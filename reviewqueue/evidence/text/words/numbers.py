"""Parses numbers as people group their digits, `48,000.00`, `48.000,00`, `48 000`, `48'000` and `4,80,000`, as exact
decimals. A range of two is written `40..45`."""

from __future__ import annotations

import re
from decimal import Decimal

from reviewqueue.core.patterns import as_pattern

LONGEST = 24
BLANKS = " \u00a0\u202f\u2009\u2007"
_GROUPED = as_pattern(rf"(\d{{1,3}}(?:([.,'’ʼ{BLANKS}])\d{{3}})(?:\2\d{{3}})*)(?:([.,])(\d{{1,4}}))?")
_INDIAN = as_pattern(r"(\d{1,2}(?:,\d{2}){1,4},\d{3})(?:\.(\d{1,4}))?")
_PLAIN = as_pattern(r"(\d+)(?:[.,](\d+))?")


def read(token: str) -> Decimal | None:
    """The number, or None when it is none. One group of three after a dot or a comma is thousands (`48.000`), unless
    the number begins with a zero."""
    if len(token) > LONGEST:
        return None
    if (hit := _GROUPED.fullmatch(token)) and hit[2] != hit[3] and not hit[1].startswith("0"):
        digits = re.sub(r"\D", "", hit[1])
        return Decimal(f"{digits}.{hit[4]}" if hit[4] else digits)
    if hit := _INDIAN.fullmatch(token):
        return Decimal(f"{hit[1].replace(',', '')}.{hit[2] or 0}")
    if hit := _PLAIN.fullmatch(token):
        return Decimal(f"{hit[1]}.{hit[2]}" if hit[2] else hit[1])
    return None


def plain(value: Decimal) -> str:
    """The one spelling of a number: no exponent, no trailing zeros after the point."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def between(low: Decimal, high: Decimal) -> str:
    """A range as a value."""
    return f"{plain(low)}..{plain(high)}"


def ends(value: str) -> tuple[Decimal, Decimal]:
    """The least and the greatest number of a value, which are one unless it is a range."""
    low, _, high = value.partition("..")
    return Decimal(low), Decimal(high or low)


def within(value: str, other: str) -> bool:
    """Whether one value lies in another, which may be a range."""
    low, high = ends(other)
    least, greatest = ends(value)
    return low <= least and greatest <= high
