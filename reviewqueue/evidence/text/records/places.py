"""A place in a record, and a number that stands there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from reviewqueue.evidence.text.values import money


@dataclass(frozen=True)
class Place:
    """A field of a record: the record's ref, the pointer into its payload, and the value there as text."""

    ref: str
    path: str
    value: str


class Entry(NamedTuple):
    """A number in a record: its unit as in `Entity`, "" where the field is a bare number; whether it is the `whole`
    field, the field's name, and the period that a sum is for."""

    place: Place
    unit: str
    whole: bool
    key: str
    period: money.Period = ""
