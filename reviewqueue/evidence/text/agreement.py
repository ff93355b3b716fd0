"""Whether two entities found in texts agree, and whether a field's value contradicts one."""

from __future__ import annotations

import re
from decimal import Decimal

from reviewqueue.evidence.text import dates
from reviewqueue.evidence.text.entities import Entity, find
from reviewqueue.evidence.text.vocabulary import DOLLARS


def agree(one: Entity, other: Entity) -> bool:
    """Whether two entities of one kind say the same; a date without its year agrees with that day of any year."""
    if one.kind == "date":
        return any(_days_agree(left, right) for left in one.values for right in other.values)
    units = {one.unit, other.unit}
    return bool(set(one.values) & set(other.values)) and (len(units) == 1 or "" in units or _dollars(units))


def agree_in_all_readings(one: Entity, other: Entity) -> bool:
    """Whether two dates that agree do so in every reading: 3/4/2026 is another day to Americans than to others."""
    return one.values == other.values or all(_days_agree(left, right) for left in one.values for right in other.values)


def _dollars(units: set[str]) -> bool:
    return "$" in units and units <= DOLLARS


def _days_agree(left: str, right: str) -> bool:
    if left.startswith("--") or right.startswith("--"):
        return len(left) > 6 and len(right) > 6 and left[-5:] == right[-5:]
    if "Q" in left + right:
        return dates.quarter(left) == dates.quarter(right)
    return left.startswith(right) or right.startswith(left)


def contradicts(one: Entity, value: str) -> bool:
    """Whether a record's field that holds only one figure says another than this entity."""
    if len(value) > 60 or one.kind in ("name", "phone") or not one.firm:
        return False
    told = value.strip()
    if one.kind in ("money", "count", "percent", "number") and re.fullmatch(r"\d{1,15}(?:\.\d{1,6})?", told):
        return Decimal(told) != Decimal(one.values[0])
    others = [other for other in find(told, people=False) if other.end - other.start == len(told)]
    same = [other for other in others if other.kind == one.kind and (other.unit == one.unit or one.kind == "money")]
    return bool(same) and not any(agree(one, other) for other in same)
