"""An index of what a draft's records say, by value. A payload is read once; a look-up then costs next to nothing."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from reviewqueue.core.canonical_json import escape
from reviewqueue.evidence.text import dates, names, numbers
from reviewqueue.evidence.text.entities import Entity, find
from reviewqueue.evidence.text.vocabulary import DOLLARS, TIMES, WHOLE
from reviewqueue.evidence.types import Source

MAX_PLACES = 4
_MACHINE = re.compile(r"-?\d{1,20}(?:\.\d{1,10})?")
_TELLING = re.compile(
    r"[\d@]|\b(?:half|a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w*zehn|zwei|drei|vier|fünf|sechs|sieben|acht|neun|elf|zwölf|\w+ty|\w+ßig|\w+zig)\b",
    re.IGNORECASE,
)
# Metadata that a system keeps about its own record is no fact about the customer.
_ABOUT_RECORD = re.compile(
    r"(?i)(?:(?:hs_)?(?:created?|last_?modified|updated?|modified|synced|last_?(?:viewed|referenced|activity))_?(?:at|date|on|by(?:id)?)?"
    r"|systemmodstamp|createdat|updatedat|resource_version|apiversion|api_version|.*url|attributes|livemode|object|etag|digest)\Z"
)
_ID = re.compile(r"(?:.*(?:Id|ID|_id|_ids|_key)|id|hubspot_owner_id|.*Id__c)\Z")
_MONEY_KEY = re.compile(
    r"(?i).*(?:amount|total|price|arr|mrr|acv|tcv|value|revenue|fee|due|paid|remaining|dues|balance|discount)"
)
_TIME_KEY = re.compile(r"(?i).*?(minute|hour|day|week|month|quarter|year)s?(?:__c)?\Z|(?:days|months|weeks)_.*")
_CURRENCIES = (
    "CurrencyIsoCode",
    "deal_currency_code",
    "currency",
    "currency_code",
    "Currency__c",
    "preferred_currency_code",
)
_NAMES = (("FirstName", "LastName"), ("firstname", "lastname"), ("first_name", "last_name"), ("firstName", "lastName"))
_MINOR = frozenset(("stripe", "chargebee"))


@dataclass(frozen=True)
class Place:
    """A field of a record: the record's ref, the pointer into its payload, and the value there as text."""

    ref: str
    path: str
    value: str


class Entry(NamedTuple):
    """A number in a record: its unit as in `Found`, "" where the field is a bare number; whether it is the `whole`
    field, and the field's name."""

    place: Place
    unit: str
    whole: bool
    key: str


def tells_about_record(path: str) -> bool:
    """Whether a field is what a system keeps about its own record: ids, when it was changed."""
    name = path.rpartition("/")[2]
    return bool(_ABOUT_RECORD.match(name) or _ID.match(name))


class Index:
    """What the records of one draft say, by value."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._kept: dict[tuple[str, str], list[Place]] = defaultdict(list)
        self._numbers: dict[str, list[Entry]] = defaultdict(list)
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
            found = self._named(one.values[0])
        elif one.kind in ("email", "phone"):
            found = self._kept.get((one.kind, one.values[0]), [])
        elif one.kind == "date":
            found = [
                place
                for value in one.values
                for key in dates.lookup_keys(value)
                for place in self._kept.get(("date", key), [])
            ]
        elif one.kind == "duration":
            found = self._kept.get((one.unit, one.values[0]), [])
        else:
            kept = self._numbers.get(one.values[0], [])
            found = [entry.place for entry in kept if _fits(one, entry)]
        return found

    def _named(self, name: str) -> list[Place]:
        found: list[Place] = []
        for ref, text, starts, leaves in self._joined:
            at = text.find(name)
            while at >= 0 and len(found) < MAX_PLACES:
                if not (text[at - 1 : at].isalnum() or text[at + len(name) : at + len(name) + 1].isalnum()):
                    path, value = leaves[bisect_right(starts, at) - 1]
                    found.append(Place(ref, path, value))
                at = text.find(name, at + len(name))
        return found

    @cached_property
    def _joined(self) -> list[tuple[str, str, list[int], list[tuple[str, str]]]]:
        """Each record's texts as one folded text, with the offset of each field in it."""
        made = []
        for ref, leaves in self._texts.items():
            starts, parts, at = [], [], 1
            for _, value in leaves:
                starts.append(at)
                parts.append(names.folded(value))
                at += len(parts[-1]) + 1
            made.append((ref, "\n" + "\n".join(parts), starts, leaves))
        return made

    def keep(self, kind: str, value: str, place: Place) -> None:
        """Add a value that a field says."""
        self._kept[kind, value].append(place)

    def number(self, value: Decimal, entry: Entry) -> None:
        """Add a number that a field says."""
        self._numbers[numbers.plain(value)].append(entry)

    def text(self, ref: str, path: str, value: str) -> None:
        """Add a text in which names are looked for."""
        self._texts[ref].append((path, value))


def _fits(one: Entity, entry: Entry) -> bool:
    """Whether a record's number can be the draft's entity, by kind, unit and the field's name."""
    if one.kind == "money":
        return _same_currency(one.unit, entry.unit) and (not entry.whole or not _is_count_key(entry.key))
    if one.kind == "percent":
        return entry.unit == "%" or (entry.whole and (entry.unit == "" or "discount" in entry.key.casefold()))
    if one.kind == "number":
        return entry.unit != "%"
    if entry.unit == one.unit:
        return True
    if entry.whole:
        return (
            entry.unit == ""
            and not _MONEY_KEY.match(entry.key)
            and (_is_count_key(entry.key) or len(one.values[0]) > 1)
        )
    # Different nouns may count the same: 41 stores, 41 shops. Seats are not just any forty-one things.
    return (
        "seat" not in (one.unit, entry.unit)
        and entry.unit not in _CURRENCY
        and entry.unit != "%"
        and len(one.values[0]) > 1
    )


def _is_count_key(key: str) -> bool:
    plain = re.sub("account|discount", "", key.casefold())
    return any(word in plain for word in ("quantity", "seat", "licen", "user", "count", "number"))


_CURRENCY = DOLLARS | frozenset(
    ("EUR", "GBP", "CHF", "JPY", "SEK", "NOK", "DKK", "PLN", "CZK", "INR", "BRL", "HKD", "ZAR")
)


def _same_currency(asked: str, kept: str) -> bool:
    if not asked or not kept:
        return True
    return asked == kept or ("$" in (asked, kept) and asked in DOLLARS and kept in DOLLARS)


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
        for name in _CURRENCIES:
            said = value.get(name)
            if isinstance(said, str) and len(said) == 3:
                currency = said.upper()
        for first, last in _NAMES:
            if isinstance(value.get(first), str) and isinstance(value.get(last), str):
                self.index.text(self.ref, f"{path}/{last}", f"{value[first]} {value[last]}")
        self._term(value, path)
        for name, inner in value.items():
            if not (_ABOUT_RECORD.match(name) and not isinstance(inner, dict | list)) and name != "attributes":
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
        if not value or _ID.match(key):
            return
        place = Place(self.ref, path, value)
        self.index.text(self.ref, path, value)
        if _MACHINE.fullmatch(value):
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
            self.index.number(Decimal(one.values[0]), Entry(place, one.unit, False, ""))

    def _number(self, value: Decimal, place: Place, key: str, currency: str) -> None:
        if not value.is_finite() or abs(value.adjusted()) > numbers.LONGEST or _ID.match(key):
            return
        if (
            value == value.to_integral_value()
            and (day := dates.from_timestamp(int(value)))
            and not _MONEY_KEY.match(key)
        ):
            place = Place(place.ref, place.path, f"{day} ({place.value})")
            for answer in dates.index_keys(day):
                self.index.keep("date", answer, place)
            return
        money = bool(_MONEY_KEY.match(key))
        if money and self.system in _MINOR:
            value = value if currency in WHOLE else value / 100
        self.index.number(value, Entry(place, currency if money else "", True, key))
        if (hit := _TIME_KEY.match(key)) and hit[1] and not money:
            many, of = TIMES[hit[1].casefold()]
            self.index.keep(of, numbers.plain(value * many), place)
