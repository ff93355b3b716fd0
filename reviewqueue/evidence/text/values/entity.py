"""What is found in a text: an entity with its place and its value."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["date", "money", "count", "percent", "number", "duration", "email", "phone", "name", "claim"]


class Entity(NamedTuple):
    """An entity in a text. `values` are its possible readings: an ISO date (see `dates`), a plain number or a range of
    two (see `numbers`), an address, a folded name. `unit` is the currency of money ("" when none is said), what a count
    counts ("seat" for seats, licences and users), or the unit of a duration. `firm` is False for what makes no claim,
    such as the day a question proposes: it is worth showing where a record says it, and no finding where none does.
    `beside` is what stands beside it and counts: the period of money ("month", "year"), the weekday of a date ("1" is
    Tuesday), "ahead" for a time from today on."""

    start: int
    end: int
    kind: Kind
    values: tuple[str, ...]
    unit: str = ""
    firm: bool = True
    beside: str = ""
