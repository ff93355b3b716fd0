"""Reads what one record says into the values that are kept of it: days, numbers with their units and periods, texts."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from functools import lru_cache
from typing import Any

from reviewqueue.core.canonical_json import escape
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.records.places import Entry, Place
from reviewqueue.evidence.text.records.record_keys import ABOUT_RECORD, ID, is_money, period_in
from reviewqueue.evidence.text.values import bare_amounts, compact_times, currencies, dates, moments, money, shares_said
from reviewqueue.evidence.text.values.compact_times import TERM_KEY
from reviewqueue.evidence.text.values.entities import SHORT, Entity, find
from reviewqueue.evidence.text.words import numbers
from reviewqueue.evidence.text.words.vocabulary import MONTH, TIMES
from reviewqueue.evidence.types import Source

_MACHINE = as_pattern(r"-?\d{1,20}(?:\.\d{1,10})?")
_GROUPED = as_pattern(r"\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?|\d{1,6},\d{1,2}")
_TELLING = as_pattern(
    r"[\d@]|\b(?:half|a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|\w+teen|\w*zehn|zwei"
    r"|drei|vier|fünf|sechs|sieben|acht|neun|elf|zwölf|\w+ty|\w+aine|\w+ßig|\w+zig|deux|trois|quatre|cinq|sept|huit"
    r"|neuf|dix|onze|douze|\w{2,6}orze|quinze|seize|vingt|trente|\w+ante|dos|tres|cuatro|cinco|seis|siete|ocho|nueve"
    r"|diez|once|doce|trece|veinte|first|second|third|\w{2,9}th|premier|primero|erste[nr]|mid|end|early|late|ende|anfang|mitte"
    r"|fin|début|fines|quarter|quartal"
    rf"|{MONTH}|\w*hundert\w*|\w*tausend\w*|hundred|thousand|millions?|cents?|mille|cien\w*|\w{2, 6}cient[oa]s|mil)\b",
    re.IGNORECASE,
)
YEARLY_KEY = as_pattern(r"(?i)(?:\A|_|[a-z](?=A))(?:arr|acv|annual|yearly|jahres)")
MONTHLY_KEY = as_pattern(r"(?i)(?:\A|_|[a-z](?=M))(?:mrr|monthly|monats)")
# A deal's own amount is of a year, or of its whole term: it is never a month's.
DEAL_AMOUNT = frozenset(("Amount", "TotalAmount", "amount"))
DEAL_SYSTEMS = frozenset(("salesforce", "hubspot"))
_START_KEY = as_pattern(
    r"(?i)(?:contract_?|subscription_?|service_?|vertrags_?|date_?(?:de_?)?|fecha_?(?:de_?)?)?"
    r"(?:start_?date|start(?:_?on)?|effective_?date|begin\w*|d[ée]but(?:_?(?:du_?)?contrat)?|inicio(?:_?contrato)?)(?:__c)?"
)
# "From 55 to 30 minutes" says both.
_FROM_TO = as_pattern(
    r"(?i)\b(?:from|von|de) (\d{1,6}(?:[.,]\d{1,3})?) ?(%?) ?(?:to|auf|bis|à|a) \d{1,6}(?:[.,]\d{1,3})?"
    r" ?([^\W\d_]{2,20}|%)"
)
_INTERVALS: dict[tuple[str, int], money.Period] = {
    ("day", 1): "day", ("week", 1): "week", ("month", 1): "month", ("month", 3): "quarter", ("month", 12): "year",
    ("quarter", 1): "quarter", ("year", 1): "year",
}  # fmt: skip
_UNIT_KEYS = ("unit_amount", "unit_price")
_LINE_KEYS = ("amount", *_UNIT_KEYS)
_NAMES = (("FirstName", "LastName"), ("firstname", "lastname"), ("first_name", "last_name"), ("firstName", "lastName"))


_UNTIL = frozenset(("until", "to", "of", "bis"))  # days_until_due is a length of time, whatever is due
_KEY_WORD = as_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+")


@lru_cache(maxsize=4_096)
def time_unit(key: str, priced: bool = False) -> tuple[int, str] | None:
    """(how many, of what) the unit of time in a field's name is: Notice_Period_Days__c, duree_mois. A sum of money has
    one only where its unit leads to something: days_until_due."""
    words = [word.casefold() for word in _KEY_WORD.findall(key.removesuffix("__c"))]
    for at, word in enumerate(words):
        unit = _UNIT_WORDS.get(word)
        if unit and (not priced or (words[at + 1 : at + 2] and words[at + 1] in _UNTIL)):
            return unit
    return None


_UNIT_WORDS = {name.casefold(): unit for name, unit in TIMES.items() if len(name) > 2}


def term_of(value: dict[str, Any]) -> tuple[str, int]:
    """(name of the field, months) of the term that an object names; ("", 0) where it names none."""
    for key, held in value.items():
        if not TERM_KEY.fullmatch(key) or not isinstance(held, str | int) or isinstance(held, bool):
            continue
        if _MACHINE.fullmatch(str(held)):
            unit = time_unit(key)
            many = Decimal(str(held))
            bare = not unit and compact_times.is_months(key, many)
            months = int(many * unit[0]) if unit and unit[1] == "month" else int(many) if bare else 0
        else:
            spans = [one for one in find(str(held), people=False) if one.kind == "duration"]
            whole = len(spans) == 1 and spans[0].unit == "month" and spans[0].values[0].isdigit()
            months = int(spans[0].values[0]) if whole else 0
        if 0 < months < 1000:
            return key, months
    return "", 0


def _in_whole_units(key: str, written: str) -> bool:
    """Whether an amount is written in whole units of its currency, wherever it is kept: cents have no decimals."""
    return re.search(r"[.,]\d", written) is not None and "decimal" not in key.casefold()


class Kept:
    """What is kept of the records of one draft, by value."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self._kept: dict[tuple[str, str], list[Place]] = defaultdict(list)
        self._numbers: dict[str, list[Entry]] = defaultdict(list)
        self._sums: list[tuple[Decimal, Entry]] = []
        self._texts: dict[str, list[tuple[str, str]]] = {}
        self.terms: dict[str, int] = {}
        self._bare: list[tuple[bare_amounts.Bare, Place]] = []
        self._currencies: set[str] = set()

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

    def bare(self, one: bare_amounts.Bare, place: Place) -> None:
        """Add an amount without a currency, which counts in the one that all records name."""
        self._bare.append((one, place))

    def currency(self, code: str) -> None:
        """Add a currency that a record names."""
        self._currencies.add(code)

    def text(self, ref: str, path: str, value: str) -> None:
        """Add a text in which names are looked for."""
        self._texts[ref].append((path, value))


def interval_of(value: dict[str, Any]) -> money.Period:
    """The period that an object bills, by its interval and how many of it; "" where it names none that has a word."""
    for unit, many in (("interval", "interval_count"), ("billing_period_unit", "billing_period")):
        count = value.get(many, 1)
        if isinstance(value.get(unit), str) and isinstance(count, int):
            return _INTERVALS.get((value[unit], count), "")
    inner = value.get("recurring") or value.get("price")
    return interval_of(inner) if isinstance(inner, dict) else ""


def _period_of(system: str, key: str, billed: money.Period) -> money.Period:
    """The period that a field's sum is for, by the field's name, or as its object is `billed`."""
    if MONTHLY_KEY.search(key):
        return "month"
    if named := period_in(key):
        return named
    if key in _LINE_KEYS and billed:
        return billed
    deal = key in DEAL_AMOUNT and system in DEAL_SYSTEMS
    return "year" if deal or YEARLY_KEY.search(key) else ""


class Reader:
    """Reads one payload into an index."""

    def __init__(self, index: Kept, ref: str, source: Source) -> None:
        self.index, self.ref, self.system = index, ref, source.system.casefold()
        self._billed: money.Period = ""

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
        self.index.currency(currency)
        for first, last in _NAMES:
            if isinstance(value.get(first), str) and isinstance(value.get(last), str):
                self.index.text(self.ref, f"{path}/{last}", f"{value[first]} {value[last]}")
        self._term(value, path)
        self._ends(value, path)
        around, self._billed = self._billed, self._bills(value)
        self._times(value, path, currency)
        for name, inner in value.items():
            if not (ABOUT_RECORD.match(name) and not isinstance(inner, dict | list)) and name != "attributes":
                self._value(inner, f"{path}/{escape(name)}", name, currency)
        self._billed = around

    def _bills(self, value: dict[str, Any]) -> money.Period:
        """The period that the amounts of an object are for, its own or that of the object around it; of a charge
        none."""
        if value.get("item_type") == "charge":
            return ""
        return (interval_of(value) or self._billed) if currencies.kept_in_minor(self.system) else ""

    def _times(self, value: dict[str, Any], path: str, currency: str) -> None:
        """Add what an item costs altogether: its price so often as it is bought."""
        inner = value.get("price")
        price: dict[str, Any] = inner if isinstance(inner, dict) else value
        unit = next((price[key] for key in _UNIT_KEYS if isinstance(price.get(key), int)), None)
        many = value.get("quantity")
        if unit is None or not isinstance(many, int) or many < 2 or not self._billed:
            return
        code = currencies.of_record(price) or currency
        whole = Decimal(unit * many) / currencies.minor_unit(self.system, code)
        said = f"{many} for {numbers.plain(whole)} {code} a {self._billed}"
        at = Place(self.ref, f"{path}/quantity", said)
        self.index.number(whole, Entry(at, code, True, "amount", self._billed))

    def _ends(self, value: dict[str, Any], path: str) -> None:
        """Add the day a term ends, by its start and its length in months."""
        starts = next((one for key, one in value.items() if _START_KEY.fullmatch(key) and isinstance(one, str)), "")
        key, months = term_of(value)
        if not months:
            return
        self.index.terms.setdefault(self.ref, months)
        days = dates.from_digits(starts[:10]) if starts else ()
        if len(days) == 1 and 0 < months < 1000:
            for day in dates.term_ends(days[0], months):
                at = Place(self.ref, f"{path}/{escape(key)}", f"{value[key]} from {days[0]}, until {day}")
                for answer in dates.index_keys(day):
                    self.index.keep("date", answer, at)

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
        if days := moments.days_of(value, self.index.zone):
            for answer in dict.fromkeys(key for day in days for key in dates.index_keys(day)):
                self.index.keep("date", answer, place)
        elif _MACHINE.fullmatch(value) or (_GROUPED.fullmatch(value) and not dates.from_digits(value)):
            figure = Decimal(value) if _MACHINE.fullmatch(value) else numbers.read(value)
            if figure is not None:
                self._number(figure, place, key, currency)
        elif made := compact_times.read(value, key):
            self.index.keep(made[1], made[0], place)
        elif _TELLING.search(value):
            found = find(value, people=False)
            for one in found:
                self._found(one, place)
            for share in shares_said.find(value[:SHORT]):
                self.index.number(share, Entry(place, "%", False, ""))
            for bare in bare_amounts.find(value[:SHORT], found):
                self.index.bare(bare, place)
            for hit in _FROM_TO.finditer(value[:4_000]):
                for one in find(f"{hit[1]}{'' if hit[3] == '%' else ' '}{hit[3]}", people=False):
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
            if one.kind == "money":
                self.index.currency(one.unit)
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
            and not is_money(key)
        ):
            place = Place(place.ref, place.path, f"{day} ({place.value})")
            for answer in dates.index_keys(day):
                self.index.keep("date", answer, place)
            return
        priced, counted = is_money(key), value
        if priced and not _in_whole_units(key, place.value):
            value = value / currencies.minor_unit(self.system, currency)
        period = _period_of(self.system, key, self._billed) if priced else ""
        if 0 < value < 1 and "discount" in key.casefold():  # a share kept as a fraction
            self.index.number(value * 100, Entry(place, "%", True, key))
        self.index.number(value, Entry(place, currency if priced else "", True, key, period))
        timed = time_unit(key, priced) or ((1, "month") if compact_times.is_months(key, counted) else None)
        if timed:
            self.index.keep(timed[1], numbers.plain(counted * timed[0]), place)
