"""Round trips: a value, however a person writes it, is found in a record that has it, and in no other."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reviewqueue.evidence.text.records.index import Index
from reviewqueue.evidence.text.values.entities import Entity, find
from reviewqueue.evidence.types import Source

_ENGLISH = "January February March April May June July August September October November December"
_GERMAN = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
ENGLISH, GERMAN = _ENGLISH.split(), _GERMAN.split()
DATES = {
    "iso": lambda day: day.isoformat(),
    "american": lambda day: f"{day.month}/{day.day}/{day.year}",
    "european": lambda day: f"{day.day:02}/{day.month:02}/{day.year}",
    "german digits": lambda day: f"{day.day}.{day.month}.{day.year}",
    "american words": lambda day: f"{ENGLISH[day.month - 1]} {day.day}, {day.year}",
    "english words": lambda day: f"{day.day} {ENGLISH[day.month - 1]} {day.year}",
    "short month": lambda day: f"{day.day} {ENGLISH[day.month - 1][:3]} {day.year}",
    "ordinal": lambda day: f"the {day.day}th of {ENGLISH[day.month - 1]} {day.year}",
    "german words": lambda day: f"{day.day}. {GERMAN[day.month - 1]} {day.year}",
    "no year": lambda day: f"{day.day} {ENGLISH[day.month - 1]}",
    "month only": lambda day: f"in {ENGLISH[day.month - 1]} {day.year}",
}
KEPT = {
    "as a date": lambda day: day.isoformat(),
    "as a moment": lambda day: f"{day.isoformat()}T00:00:00.000Z",
    "as seconds": lambda day: int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()),
    "as milliseconds": lambda day: int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000,
    "in words": lambda day: f"We agreed on {day.day} {ENGLISH[day.month - 1]} {day.year}, as they asked.",
}
DAYS = st.dates(date(2001, 1, 1), date(2099, 12, 31))


def one(text: str, kind: str) -> Entity:
    """The one thing of a kind in a text."""
    (found,) = [found for found in find(text) if found.kind == kind]
    return found


def paths(found: Entity, payload: dict[str, Any], system: str = "salesforce") -> list[str]:
    """Where a record says it."""
    index = Index({"deal": Source(system, "Opportunity", "1", payload)})
    return [place.path for place in index.places_of(found)]


@settings(max_examples=300)
@given(written=st.sampled_from(sorted(DATES)), kept=st.sampled_from(sorted(KEPT)), day=DAYS, other=DAYS)
def test_dates(written: str, kept: str, day: date, other: date) -> None:
    """Eleven ways to write a day, five ways to keep one."""
    found = one(f"It begins {DATES[written](day)}, they say.", "date")
    assert paths(found, {"Begins": KEPT[kept](day)}) == ["/Begins"]
    assume((other.month, other.day) not in {(day.month, day.day), (day.day, day.month)})
    assume((other.year, other.month) != (day.year, day.month))
    assert paths(found, {"Begins": KEPT[kept](other)}) == []


AMOUNTS = {
    "american": lambda sum_: f"${sum_:,.2f}",
    "code before": lambda sum_: f"USD {sum_:,.2f}",
    "code after": lambda sum_: f"{sum_:,.2f} USD",
    "german": lambda sum_: f"{sum_:,.2f}".replace(",", "x").replace(".", ",").replace("x", ".") + " USD",
    "swiss": lambda sum_: "USD " + f"{sum_:,.2f}".replace(",", "'"),
    "blanks": lambda sum_: f"{sum_:,.2f} USD".replace(",", "\u00a0"),
    "plain": lambda sum_: f"{sum_:.2f} USD",
    "words": lambda sum_: f"{sum_:.2f} dollars",
}


@given(written=st.sampled_from(sorted(AMOUNTS)), cents=st.integers(100, 10**11))
def test_money(written: str, cents: int) -> None:
    """Eight ways to write an amount; records keep it as a number, as text, in cents, or in a sentence."""
    amount = Decimal(cents) / 100
    found = one(f"It costs {AMOUNTS[written](amount)} a year.", "money")
    assert paths(found, {"ARR__c": amount}) == ["/ARR__c"]
    assert paths(found, {"ARR__c": str(amount)}) == ["/ARR__c"]
    assert paths(found, {"unit_amount": cents, "currency": "usd"}, "stripe") == ["/unit_amount"]
    assert paths(found, {"Description": f"We agreed on {amount:,.2f} USD."}) == ["/Description"]
    assert paths(found, {"ARR__c": amount + 1}) == []
    assert paths(found, {"ARR__c": amount, "CurrencyIsoCode": "EUR"}) == []


@given(thousands=st.integers(1, 9_999))
def test_money_in_thousands(thousands: int) -> None:
    """48k and 48K are 48,000."""
    for written in (f"{thousands}k", f"€{thousands}K", f"EUR {thousands}k"):
        assert paths(one(f"About {written} then.", "money"), {"Amount": thousands * 1000}) == ["/Amount"]


@given(many=st.integers(2, 5_000).filter(lambda many: not 1900 <= many <= 2100))
def test_seats(many: int) -> None:
    """Seats, users, licences and their German names are one thing, and no amount."""
    for noun in ("seats", "users", "licences", "named users", "user licences", "Nutzer", "Lizenzen", "Plätze"):
        found = one(f"The order has {many} {noun} in it.", "count")
        assert paths(found, {"Seats__c": many}) == ["/Seats__c"]
        assert paths(found, {"quantity": many}, "stripe") == ["/quantity"]
        assert paths(found, {"Description": f"{many} seats, one admin"}) == ["/Description"]
        assert paths(found, {"Seats__c": many + 1}) == []
        assert paths(found, {"Amount": many, "OwnerId": str(many), "Tickets": f"{many} tickets"}) == []


@given(many=st.integers(1, 400))
def test_durations(many: int) -> None:
    """Weeks are days and years are months; in words, in a field of its own, or as an interval."""
    weeks, years = one(f"It takes {many} weeks, then.", "duration"), one(f"The term is {many} years.", "duration")
    assert paths(weeks, {"Note": f"{many * 7} days of work"}) == ["/Note"]
    assert paths(weeks, {"Duration_Weeks__c": many}) == ["/Duration_Weeks__c"]
    assert paths(years, {"Note": f"a {many * 12}-month term"}) == ["/Note"]
    assert paths(years, {"interval": "year", "interval_count": many}) == ["/interval_count"]
    assert paths(weeks, {"Note": f"{many * 7 + 1} days of work"}) == []


LOCAL = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9.+_-]{0,20}[a-zA-Z0-9]", fullmatch=True)


@given(local=LOCAL, host=st.from_regex(r"[a-zäöü]{2,12}\.(?:example|test)", fullmatch=True))
def test_addresses(local: str, host: str) -> None:
    """Addresses are the same in any case, with their domain in letters or as IDNA."""
    found = one(f"Write to {local}@{host}, please.", "email")
    kept = f"{local.upper()}@{host.encode('idna').decode()}"
    assert paths(found, {"Email": kept}) == ["/Email"]
    assert paths(found, {"Email": f"x{kept}"}) == []


def test_names_are_found_whole_and_across_two_fields() -> None:
    """A first and a last name kept apart are one name; a part of another word is none."""
    found = one("Rosa Marlow decides.", "name")
    assert paths(found, {"FirstName": "Rosa", "LastName": "Marlow"}) == ["/LastName"]
    assert paths(found, {"Note": "Ask ROSA  MARLOW first."}) == ["/Note"]
    assert paths(found, {"Note": "Ask Rosa Marlowe first."}) == []
    greeted = one("Dear Rosa,\nwelcome.", "name")
    assert paths(greeted, {"Email": "rosa.marlow@x.example"}) == ["/Email"]
    assert paths(greeted, {"Note": "Formarosa Ltd"}) == []


def test_what_a_system_keeps_about_its_record_bears_nothing_out() -> None:
    """The day a record was changed is no day of the project, and an id is no number."""
    payload = {"Id": "50", "OwnerId": "50", "external_id": "50 wards on 23 March 2026", "SystemModstamp": "2026-03-23T00:00:00Z", "createdAt": "2026-03-23", "hs_lastmodifieddate": "2026-03-23"}  # fmt: skip
    for text in ("It begins 23 March 2026.", "It has 50 wards."):
        assert paths(find(text)[0], payload) == []


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=12))  # fmt: skip
def test_any_payload_is_read(payload: Any) -> None:
    """Whatever a record holds."""
    assert (
        Index({"deal": Source("stripe", "invoice", "1", {"data": payload})}).places_of(find("50 seats")[0]) is not None
    )
