"""An index of what a draft's records say, by value. A payload is read once; a look-up then costs next to nothing."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import combinations

from reviewqueue.core import folding
from reviewqueue.evidence.text.records.places import Entry, Place
from reviewqueue.evidence.text.records.record_keys import is_money, is_price
from reviewqueue.evidence.text.records.record_values import DEAL_AMOUNT, Kept, Reader
from reviewqueue.evidence.text.values import bare_amounts, currencies, dates, money
from reviewqueue.evidence.text.values.entities import Entity
from reviewqueue.evidence.text.words import names, numbers
from reviewqueue.evidence.types import Source

__all__ = ["MAX_PLACES", "Index", "Place"]
MAX_PLACES = 4
_MOST_ADDED = 14
_MOST_MONTHS = 6  # that are said for days
_COUNTS = ("quantity", "seat", "licen", "lizenz", "user", "nutzer", "utilisateur", "usuario", "count", "number")


class Index(Kept):
    """What the records of one draft say, by value."""

    def __init__(self, sources: Mapping[str, Source], zone: str = "UTC") -> None:
        """`zone` is where a moment's day is read."""
        super().__init__(zone)
        for ref, source in sources.items():
            self._texts[ref] = []
            Reader(self, ref, source).read(source.payload)
        self._by_name: dict[str, list[Place]] = {}
        self.of_term: set[tuple[str, str]] = set()  # (ref, path) of the sums that are of a whole term
        self._settle_terms()
        self._settle_bare()

    def _settle_terms(self) -> None:
        """A deal's own amount is its whole term's where another sum of the records says what a year costs, and the term
        makes that the amount."""
        deals = [(value, one) for value, one in self._sums if one.key in DEAL_AMOUNT and one.period == "year"]
        for value, one in deals:
            others = [
                amount * money.A_YEAR[other.period]
                for amount, other in self._sums
                if other.period in money.A_YEAR and other.place != one.place and other.whole
                and currencies.may_be_one(one.unit, other.unit)
            ]  # fmt: skip
            months = self.terms.get(one.place.ref, 12)
            yearly = any(abs(value - other) <= max(Decimal(1), value / 1000) for other in others)
            if not yearly and any(
                abs(value - other * months / 12) <= max(Decimal(1), value / 1000) for other in others
            ):
                term = one._replace(period="term")
                self.of_term.add((one.place.ref, one.place.path))
                key = numbers.plain(value)
                self._sums = [(amount, term if kept is one else kept) for amount, kept in self._sums]
                self._numbers[key] = [term if kept is one else kept for kept in self._numbers[key]]

    def _settle_bare(self) -> None:
        """An amount without a currency counts only where all records name one and the same."""
        code = bare_amounts.only_currency(frozenset(filter(None, self._currencies)))
        for bare, place in self._bare if code else ():
            entry = Entry(place, code, False, "", bare.period)
            if ".." in bare.value:
                self.span(bare.value, entry)
            else:
                self.number(Decimal(bare.value), entry)

    def of_its_period(self, one: Entity) -> tuple[Place, ...]:
        """The sums that the records have for the period of this one, where only fields without a period say it."""
        if one.kind != "money" or one.beside not in money.A_YEAR:
            return ()
        held = [entry for value in one.values for entry in self._said(value) if _fits(one, entry)]
        if not held or any(entry.period or not entry.whole or is_price(entry.key) for entry in held):
            return ()
        same = (other for _, other in self._sums if other.period == one.beside and other.whole)
        found = [other.place for other in same if other.unit and currencies.may_be_one(one.unit, other.unit)]
        return tuple(dict.fromkeys(found))[:2]

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
            found = self._kept.get((one.unit, one.values[0])) or self._kept.get(_in_days(one), [])
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

    def adds_up(self, one: Entity) -> list[Place]:
        """The two or three sums of the records that come to this one, in its currency."""
        sums: dict[Decimal, Place] = {}
        for value, entries in self._numbers.items():
            for entry in entries:
                if entry.whole and entry.unit and currencies.may_be_one(one.unit, entry.unit) and Decimal(value) > 1:
                    sums.setdefault(Decimal(value), entry.place)
        few = sorted(sums)[-_MOST_ADDED:]
        for many in (2, 3):
            for parts in combinations(few, many):
                if numbers.plain(sum(parts, Decimal())) in one.values:
                    return [sums[part] for part in parts]
        return []

    def for_each(self, one: Entity) -> list[Place]:
        """A sum of the records and what they count, where the sum divided by it comes to this one: a year's price for
        one seat."""
        counts = [
            (Decimal(number), entry.place)
            for number, held in self._numbers.items()
            for entry in held
            if entry.whole and ".." not in number and _is_count_key(entry.key) and Decimal(number) > 1
        ]
        return next(
            (
                [entry.place, place]
                for value, entry in self._sums
                if currencies.may_be_one(one.unit, entry.unit)
                for many, place in counts
                if any(_rounds_to(self._in_period(value, entry, one) / many, Decimal(said)) for said in _plain(one))
            ),
            [],
        )

    def for_term(self, one: Entity) -> list[Place]:
        """A sum of the records for a period, where so many of them as the term has come to this one."""
        return [
            entry.place
            for value, entry in self._sums
            if entry.period in money.A_YEAR and currencies.may_be_one(one.unit, entry.unit)
            for months in set(self.terms.values())
            if any(_rounds_to(value * money.A_YEAR[entry.period] * months / 12, Decimal(said)) for said in _plain(one))
        ][:MAX_PLACES]

    def _in_period(self, value: Decimal, entry: Entry, one: Entity) -> Decimal:
        """A sum brought to the period of an entity, where both have one."""
        if one.beside in money.A_YEAR and entry.period in money.A_YEAR:
            return value * money.A_YEAR[entry.period] / money.A_YEAR[one.beside]
        return value

    def between(self, one: Entity, low: Decimal, high: Decimal) -> list[Place]:
        """The fields whose number lies between two others and may be this entity's."""
        kept = ((number, held) for number, held in self._numbers.items() if ".." not in number)
        inside = [held for number, held in kept if low <= Decimal(number) <= high]
        return [entry.place for held in inside for entry in held if _fits(one, entry)][:MAX_PLACES]

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
        found = self._by_name.get(name)
        if found is None:
            found = self._by_name[name] = self._looked_up(name)
        return found

    def _looked_up(self, name: str) -> list[Place]:
        found = self._spelled(name)
        if not found and (bare := names.bare(name)) != name:
            found = self._spelled(bare, closed=True, said=name)
        return found or ([] if names.generation(name) else self._other_forms(name))

    def _spelled(self, name: str, *, closed: bool = False, said: str = "") -> list[Place]:
        """The fields with these words; if `closed`, only where no other legal form or generation follows."""
        found: list[Place] = []
        for ref, text, starts, leaves in self._joined:
            at = text.find(name)
            while at >= 0 and len(found) < MAX_PLACES:
                end = at + len(name)
                whole = not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum())
                after = text[end : end + 12].partition("\n")[0]
                if whole and not (closed and (names.begins_legal(after) or names.other_generation(said, after))):
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


def _fits(one: Entity, entry: Entry) -> bool:
    """Whether a record's number can be the draft's entity, by kind, unit and the field's name."""
    if one.kind == "money":
        same_period = not one.beside or not entry.period or one.beside == entry.period
        counts = entry.whole and _is_count_key(entry.key) and not is_money(entry.key)
        return currencies.may_be_one(one.unit, entry.unit) and same_period and not counts
    if one.kind == "percent":
        return entry.unit == "%" or (entry.whole and (entry.unit == "" or "discount" in entry.key.casefold()))
    if one.kind == "number":
        return entry.unit != "%"
    if entry.unit == one.unit:
        return True
    if entry.whole:
        return entry.unit == "" and not is_money(entry.key) and (_is_count_key(entry.key) or len(one.values[0]) > 1)
    # Different nouns may count the same: 41 stores, 41 shops. Seats are not just any forty-one things.
    return (
        "seat" not in (one.unit, entry.unit)
        and entry.unit not in currencies.CODES
        and entry.unit not in currencies.SHARED
        and entry.unit != "%"
        and len(one.values[0]) > 1
    )


def _in_days(one: Entity) -> tuple[str, str]:
    """A few months in the days that a record may have for them, and the other way round: two months for sixty days."""
    many = Decimal(0) if ".." in one.values[0] else Decimal(one.values[0])
    if one.unit == "month" and many <= _MOST_MONTHS:
        return "day", numbers.plain(many * 30)
    if one.unit == "day" and not many % 30 and 30 < many <= _MOST_MONTHS * 30:  # "a month" is seldom a length
        return "month", numbers.plain(many / 30)
    return "", ""


def _plain(one: Entity) -> list[str]:
    """The readings of a sum that are no range."""
    return [value for value in one.values if ".." not in value]


def _is_count_key(key: str) -> bool:
    plain = re.sub("account|discount", "", key.casefold())
    return any(word in plain for word in _COUNTS)


def _rounds_to(exact: Decimal, said: Decimal) -> bool:
    """Whether a sum that was said is the exact one, rounded as far as people round: to whole units or to hundredths."""
    step = Decimal(1) if said == said.to_integral_value() else Decimal("0.01")
    return abs(exact - said) <= step / 2
