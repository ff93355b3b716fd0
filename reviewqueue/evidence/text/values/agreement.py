"""Whether two entities found in texts agree, and whether a field's value contradicts one."""

from __future__ import annotations

import re

from reviewqueue.evidence.text.values import currencies, dates
from reviewqueue.evidence.text.values.entities import Entity, find
from reviewqueue.evidence.text.words import numbers


def agree(one: Entity, other: Entity) -> bool:
    """Whether two entities of one kind say the same; a date without its year agrees with that day of any year. Amounts
    agree in one currency and for one period."""
    if one.kind == "date":
        return any(dates.agree(left, right) for left in one.values for right in other.values)
    if not set(one.values) & set(other.values):
        return False
    if one.kind == "money":
        return currencies.may_be_one(one.unit, other.unit) and _periods_agree(one.beside, other.beside)
    return one.unit == other.unit or not one.unit or not other.unit


def _periods_agree(one: str, other: str) -> bool:
    return one == other or not one or not other


def agree_in_all_readings(one: Entity, other: Entity) -> bool:
    """Whether two dates that agree do so in every reading: 3/4/2026 is another day to Americans than to others."""
    return one.values == other.values or all(dates.agree(left, right) for left in one.values for right in other.values)


def contradicts(one: Entity, value: str) -> bool:
    """Whether a record's field that holds only one figure says another than this entity."""
    if len(value) > 60 or one.kind in ("name", "phone") or not one.firm:
        return False
    told = value.strip()
    if one.kind in ("money", "count", "percent", "number") and re.fullmatch(r"\d{1,15}(?:\.\d{1,6})?", told):
        return not any(numbers.within(told, value) for value in one.values)
    others = [other for other in find(told, people=False) if other.end - other.start == len(told)]
    same = [other for other in others if other.kind == one.kind and comparable(one, other)]
    return bool(same) and not any(agree(one, other) for other in same)


def comparable(one: Entity, other: Entity) -> bool:
    """Whether two entities of one kind can be held against each other: amounts of two currencies only where the figure
    is the same, which is then said in the wrong one."""
    if one.kind == "money":
        return currencies.may_be_one(one.unit, other.unit) or bool(set(one.values) & set(other.values))
    return one.kind == "date" or one.unit == other.unit
