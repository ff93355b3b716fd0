"""An index of what a draft's records say, by value. A payload is read once; a look-up then costs next to nothing."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from reviewqueue.core import folding
from reviewqueue.core.canonical_json import escape
from reviewqueue.evidence.text import currencies, dates, moments, money, names, numbers
from reviewqueue.evidence.text.entities import Entity, find
from reviewqueue.evidence.text.record_keys import ABOUT_RECORD, ID, MONEY_KEY
from reviewqueue.evidence.text.vocabulary import TIMES
from reviewqueue.evidence.types import Source

MAX_PLACES = 4
_MACHINE = re.compile(r"-?\d{1,20}(?:\.\d{1,10})?")
_TELLING = re.compile(
    r"[\d@]|\b(?:half|a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w*zehn|zwei|drei|vier|fünf|sechs|sieben|acht|neun|elf|zwölf|\w+ty|\w+ßig|\w+zig)\b",
    re.IGNORECASE,
)
YEARLY_KEY = re.compile(r"(?i)(?:\A|_|[a-z](?=A))(?:arr|acv|annual|yearly|jahres)")
MONTHLY_KEY = re.compile(r"(?i)(?:\A|_|[a-z](?=M))(?:mrr|monthly|monats)")
# A deal's own amount is of a year, or of its whole term: it is never a month's.
_DEAL_AMOUNT = frozenset(("Amount", "TotalAmount", "amount"))
_DEAL_SYSTEMS = frozenset(("salesforce", "hubspot"))
_TIME_KEY = re.compile(r"(?i).*?(minute|hour|day|week|month|quarter|year)s?(?:__c)?\Z|(?:days|months|weeks)_.*")
_NAMES = (("FirstName", "LastName"), ("firstname", "lastname"), ("first_name", "last_name"), ("firstName", "lastName"))


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


class Index:
    """What the records of one draft say, by value."""

    def __init__(self, sources: Mapping[str, Source], zone: str = "UTC") -> None:
        """`zone` is where a moment's day is read."""
        self.zone = zone
        self._kept: dict[tuple[str, str], list[Place]] = defaultdict(list)
        self._numbers: dict[str, list[Entry]] = defaultdict(list)
        self._sums: list[tuple[Decimal, Entry]] = []
        self._texts: dict[str, list[tuple[str, str]]] = {}
        for ref, source in sources.items():
            self._texts[ref] = []
            _Reader(self, ref, source).read(source.payload)

    def places_of(self, one: Entity) -> list[Place]:
        """The fields that say this entity, those that say little else first; at most four."""
        return sorted(dict.fromkeys(self._places(one)), key=lambda place: len(place.value))[:MAX_PLACES]

    def says(self, ref: str, path: str, one: Entity) -> bool:
        """Whether this one field says it."""
        return any((place.ref, place.path) == (ref, path) for place in self._places(one))

    def _places(self, one: Entity) -> list[Place]:
        if one.kind == "name":
            found = [place for value in one.values for place in self._named(value)]
        elif one.kind in ("email", "phone"):
            found = self._kept.get((one.kind, one.values[0]), [])
        elif one.kind == "date":
            found = [
                place
                for value in one.values
                for key in dates.lookup_keys(value, one.beside)
                for place in self._kept.get(("date", key), [])
            ]
        elif one.kind == "duration":
            found = self._kept.get((one.unit, one.values[0]), [])
        else:
            found = [entry.place for value in one.values for entry in self._said(value) if _fits(one, entry)]
            found += self._derived(one) if one.kind == "money" and not found else []
        return found

    def _said(self, value: str) -> Iterator[Entry]:
        """The numbers that are this value; for a range, those in it, and the range itself."""
        yield from self._numbers.get(value, ())
        if ".." in value:
            inside = [
                kept for number, kept in self._numbers.items() if number != value and numbers.within(number, value)
            ]
            yield from (entry for kept in inside for entry in kept)

    def _derived(self, one: Entity) -> list[Place]:
        """The sums of another period that come to this one: a year's price is twelve months'."""
        times = money.A_YEAR.get(one.beside)
        if times is None or ".." in one.values[0]:
            return []
        found = []
        for value, entry in self._sums:
            others = money.A_YEAR.get(entry.period)
            if others and others != times and currencies.may_be_one(one.unit, entry.unit):
                exact = value * others / times
                if any(_rounds_to(exact, Decimal(said)) for said in one.values):
                    said = f"{entry.place.value} a {entry.period}"
                    found.append(Place(entry.place.ref, entry.place.path, said))
        return found

    def other_weekday(self, one: Entity) -> list[Place]:
        """The fields that have this date, where the draft calls it by another weekday than it is."""
        wrong = one.kind == "date" and one.beside and not self._places(one)
        return self._places(one._replace(beside="")) if wrong else []

    def ahead(self, one: Entity, today: date) -> list[Place]:
        """The fields with a day that lies so far ahead of today: "in six weeks"."""
        many = Decimal(one.values[0]) if one.beside == "ahead" and ".." not in one.values[0] else Decimal(0)
        if not 0 < many < 2000 or many != many.to_integral_value():
            return []
        days = dates.ahead(today, int(many), one.unit)
        return list(dict.fromkeys(place for day in days for place in self._kept.get(("date", day), [])))

    def other_period(self, one: Entity) -> list[Place]:
        """The fields that have this sum for another period: a year's price that the draft calls a month's."""
        if one.kind != "money" or one.beside not in money.PERIODS:
            return []
        return [
            entry.place
            for value, entry in self._sums
            if entry.period and entry.period != one.beside and numbers.plain(value) in one.values
            and currencies.may_be_one(one.unit, entry.unit)
        ]  # fmt: skip

    def _named(self, name: str) -> list[Place]:
        """The fields that name this; where none has it word for word, those that have it without its suffix or legal
        form, or with an initial or a middle name."""
        found = self._spelled(name)
        if not found and (bare := names.bare(name)) != name:
            found = self._spelled(bare, closed=True)
        return found or self._other_forms(name)

    def _spelled(self, name: str, *, closed: bool = False) -> list[Place]:
        """The fields with these words; if `closed`, only where no other legal form follows."""
        found: list[Place] = []
        for ref, text, starts, leaves in self._joined:
            at = text.find(name)
            while at >= 0 and len(found) < MAX_PLACES:
                end = at + len(name)
                whole = not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum())
                if whole and not (closed and names.begins_legal(text[end : end + 12].partition("\n")[0])):
                    path, value = leaves[bisect_right(starts, at) - 1]
                    found.append(Place(ref, path, value))
                at = text.find(name, end)
        return found

    def _other_forms(self, name: str) -> list[Place]:
        pattern = names.forms(name)
        found: list[Place] = []
        for ref, text, starts, leaves in self._joined if pattern else ():
            for hit in pattern.finditer(text) if pattern else ():
                path, value = leaves[bisect_right(starts, hit.start()) - 1]
                found.append(Place(ref, path, value))
        return found[:MAX_PLACES]

    @cached_property
    def _joined(self) -> list[tuple[str, str, list[int], list[tuple[str, str]]]]:
        """Each record's texts as one folded text, with the offset of each field in it. A field with umlauts stands
        there in both spellings, and a name written "Last, First" also the other way round."""
        made = []
        for ref, leaves in self._texts.items():
            starts, parts, fields, at = [], [], [], 1
            for path, value in leaves:
                for said in (*folding.readings(value), *folding.readings(names.turned(value))):
                    if said:
                        starts.append(at)
                        parts.append(said)
                        fields.append((path, value))
                        at += len(said) + 1
            made.append((ref, "\n" + "\n".join(parts), starts, fields))
        return made

    def keep(self, kind: str, value: str, place: Place) -> None:
        """Add a value that a field says."""
        self._kept[kind, value].append(place)

    def number(self, value: Decimal, entry: Entry) -> None:
        """Add a number that a field says."""
        self._numbers[numbers.plain(value)].append(entry)
        if entry.period:
            self._sums.append((value, entry))

    def span(self, value: str, entry: Entry) -> None:
        """Add a range that a field says."""
        self._numbers[value].append(entry)

    def text(self, ref: str, path: str, value: str) -> None:
        """Add a text in which names are looked for."""
        self._texts[ref].append((path, value))


def _fits(one: Entity, entry: Entry) -> bool:
    """Whether a record's number can be the draft's entity, by kind, unit and the field's name."""
    if one.kind == "money":
        same_period = not one.beside or not entry.period or one.beside == entry.period
        counts = entry.whole and _is_count_key(entry.key)
        return currencies.may_be_one(one.unit, entry.unit) and same_period and not counts
    if one.kind == "percent":
        return entry.unit == "%" or (entry.whole and (entry.unit == "" or "discount" in entry.key.casefold()))
    if one.kind == "number":
        return entry.unit != "%"
    if entry.unit == one.unit:
        return True
    if entry.whole:
        return (
            entry.unit == "" and not MONEY_KEY.match(entry.key) and (_is_count_key(entry.key) or len(one.values[0]) > 1)
        )
    # Different nouns may count the same: 41 stores, 41 shops. Seats are not just any forty-one things.
    return (
        "seat" not in (one.unit, entry.unit)
        and entry.unit not in currencies.CODES
        and entry.unit not in currencies.SHARED
        and entry.unit != "%"
        and len(one.values[0]) > 1
    )


def _is_count_key(key: str) -> bool:
    plain = re.sub("account|discount", "", key.casefold())
    return any(word in plain for word in ("quantity", "seat", "licen", "user", "count", "number"))


def _rounds_to(exact: Decimal, said: Decimal) -> bool:
    """Whether a sum that was said is the exact one, rounded as far as people round: to whole units or to hundredths."""
    step = Decimal(1) if said == said.to_integral_value() else Decimal("0.01")
    return abs(exact - said) <= step / 2


def _period_of(system: str, key: str) -> money.Period:
    """The period that a field's sum is for, by the field's name."""
    if MONTHLY_KEY.search(key):
        return "month"
    deal = key in _DEAL_AMOUNT and system in _DEAL_SYSTEMS
    return "year" if deal or YEARLY_KEY.search(key) else ""


class _Reader:
    """Reads one payload into an index."""

    def __init__(self, index: Index, ref: str, source: Source) -> None:
        self.index, self.ref, self.system = index, ref, source.system.casefold()

    def read(self, payload: Any) -> None:
        self._value(payload, "", "", "")

    def _value(self, value: Any, path: str, key: str, currency: str) -> None:
        if isinstance(value, str):
            self._text(value, path, key, currency)
        elif isinstance(value, dict):
            self._object(value, path, currency)
        elif isinstance(value, list):
            for number, inner in enumerate(value):
                self._value(inner, f"{path}/{number}", key, currency)
        elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            self._number(Decimal(str(value)), Place(self.ref, path, str(value)), key, currency)

    def _object(self, value: dict[str, Any], path: str, currency: str) -> None:
        currency = currencies.of_record(value) or currency
        for first, last in _NAMES:
            if isinstance(value.get(first), str) and isinstance(value.get(last), str):
                self.index.text(self.ref, f"{path}/{last}", f"{value[first]} {value[last]}")
        self._term(value, path)
        for name, inner in value.items():
            if not (ABOUT_RECORD.match(name) and not isinstance(inner, dict | list)) and name != "attributes":
                self._value(inner, f"{path}/{escape(name)}", name, currency)

    def _term(self, value: dict[str, Any], path: str) -> None:
        """Add a duration that stands in two fields: an interval and how many of it."""
        for unit, many in (("interval", "interval_count"), ("billing_period_unit", "billing_period")):
            known = TIMES.get(value[unit]) if isinstance(value.get(unit), str) else None
            count = value.get(many)
            if known and isinstance(count, int) and not isinstance(count, bool):
                place = Place(self.ref, f"{path}/{many}", f"{count} {value[unit]}")
                self.index.keep(known[1], str(known[0] * count), place)

    def _text(self, value: str, path: str, key: str, currency: str) -> None:
        if not value or ID.match(key):
            return
        place = Place(self.ref, path, value)
        self.index.text(self.ref, path, value)
        if day := moments.day_of(value, self.index.zone):
            for answer in dates.index_keys(day):
                self.index.keep("date", answer, place)
        elif _MACHINE.fullmatch(value):
            self._number(Decimal(value), place, key, currency)
        elif _TELLING.search(value):
            for one in find(value, people=False):
                self._found(one, place)

    def _found(self, one: Entity, place: Place) -> None:
        if one.kind == "date":
            for value in one.values:
                for answer in dates.index_keys(value):
                    self.index.keep("date", answer, place)
        elif one.kind == "duration":
            self.index.keep(one.unit, one.values[0], place)
        elif one.kind in ("email", "phone"):
            self.index.keep(one.kind, one.values[0], place)
        else:
            for value in one.values:
                entry = Entry(place, one.unit, False, "", one.beside)
                if ".." in value:
                    self.index.span(value, entry)
                else:
                    self.index.number(Decimal(value), entry)

    def _number(self, value: Decimal, place: Place, key: str, currency: str) -> None:
        if not value.is_finite() or abs(value.adjusted()) > numbers.LONGEST or ID.match(key):
            return
        if (
            value == value.to_integral_value()
            and (day := dates.from_timestamp(int(value), self.index.zone))
            and not MONEY_KEY.match(key)
        ):
            place = Place(place.ref, place.path, f"{day} ({place.value})")
            for answer in dates.index_keys(day):
                self.index.keep("date", answer, place)
            return
        priced = bool(MONEY_KEY.match(key))
        if priced:
            value = value / currencies.minor_unit(self.system, currency)
        period = _period_of(self.system, key) if priced else ""
        self.index.number(value, Entry(place, currency if priced else "", True, key, period))
        if (hit := _TIME_KEY.match(key)) and hit[1] and not priced:
            many, of = TIMES[hit[1].casefold()]
            self.index.keep(of, numbers.plain(value * many), place)
