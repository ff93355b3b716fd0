"""Money: each way of writing an amount, with its currency and the month or year it is for. One row a case."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from reviewqueue.evidence.text.grounding import GroundedDraft
from reviewqueue.evidence.text.values import currencies
from reviewqueue.evidence.text.values.entities import find
from reviewqueue.evidence.text.words import numbers
from reviewqueue.evidence.types import Citation, Source

# (what is written, its amount, its currency or the sign that several share)
WRITTEN = [
    ("€48,000", "48000", "EUR"), ("48.000 €", "48000", "EUR"), ("48.000,- €", "48000", "EUR"), ("€ 48.000,–", "48000", "EUR"),
    ("EUR 48,000.50", "48000.5", "EUR"), ("48,000 eur", "48000", "EUR"), ("48.000,50 Euro", "48000.5", "EUR"),
    ("48 TEUR", "48000", "EUR"), ("48 k€", "48000", "EUR"), ("1,2 Mio. €", "1200000", "EUR"), ("€1.2m", "1200000", "EUR"),
    ("forty-eight thousand euros", "48000", "EUR"), ("achtundvierzigtausend Euro", "48000", "EUR"),
    ("quarante-huit mille euros", "48000", "EUR"), ("cuarenta y ocho mil euros", "48000", "EUR"),
    ("48\u202f000 €", "48000", "EUR"), ("48\u2009000 €", "48000", "EUR"), ("48\u00a0000\u00a0€", "48000", "EUR"),
    ("$48,000", "48000", "$"), ("US$ 48,000", "48000", "USD"), ("48,000 US dollars", "48000", "USD"), ("$48k", "48000", "$"),
    ("£48,000", "48000", "GBP"), ("48,000 pounds sterling", "48000", "GBP"), ("48,000 pounds", "48000", "pound"),
    ("¥48,000", "48000", "¥"), ("48,000円", "48000", "JPY"), ("48,000 yen", "48000", "JPY"), ("JPY 48,000", "48000", "JPY"),
    ("CN¥48,000", "48000", "CNY"), ("48,000元", "48000", "CNY"), ("RMB 48,000", "48000", "CNY"), ("48,000 yuan", "48000", "CNY"),
    ("A$48,000", "48000", "AUD"), ("48,000 Australian dollars", "48000", "AUD"), ("C$48,000", "48000", "CAD"), ("CA$48,000", "48000", "CAD"),
    ("CHF 48'000", "48000", "CHF"), ("Fr. 48’000.–", "48000", "CHF"), ("48'000 Swiss francs", "48000", "CHF"),
    ("48'000 Schweizer Franken", "48000", "CHF"), ("48'000 francs suisses", "48000", "CHF"),
    ("HK$48,000", "48000", "HKD"), ("S$48,000", "48000", "SGD"), ("NZ$48,000", "48000", "NZD"), ("NT$48,000", "48000", "TWD"),
    ("48 000 kr", "48000", "kr"), ("kr 48 000", "48000", "kr"), ("48.000 Kronen", "48000", "kr"), ("48 000 kronor", "48000", "SEK"),
    ("48 000 Swedish kronor", "48000", "SEK"), ("48 000 norwegische Kronen", "48000", "NOK"), ("48.000 Danish kroner", "48000", "DKK"),
    ("SEK 48 000", "48000", "SEK"), ("₩48,000", "48000", "KRW"), ("48,000 won", "48000", "KRW"), ("₹4,80,000", "480000", "INR"),
    ("Rs. 4,80,000", "480000", "Rs"), ("₹4.8 lakh", "480000", "INR"), ("2 crore rupees", "20000000", "INR"),
    ("MX$48,000", "48000", "MXN"), ("48,000 Mexican pesos", "48000", "MXN"), ("48,000 pesos", "48000", "peso"),
    ("R 48 000", "48000", "ZAR"), ("48,000 rand", "48000", "ZAR"), ("R$ 48.000", "48000", "BRL"), ("48.000 reais", "48000", "BRL"),
    ("48 mil reais", "48000", "BRL"), ("48 000 zł", "48000", "PLN"), ("48 000 złotych", "48000", "PLN"), ("฿48,000", "48000", "THB"),
    ("₪48,000", "48000", "ILS"), ("48,000 NIS", "48000", "ILS"), ("48,000 shekels", "48000", "ILS"), ("Rp 48.000.000", "48000000", "IDR"),
    ("48 000 Kč", "48000", "CZK"), ("48,000 Czech crowns", "48000", "CZK"), ("48 000 korun", "48000", "CZK"),
    ("AED 48,000", "48000", "AED"), ("د.إ 48,000", "48000", "AED"), ("48,000 د.إ", "48000", "AED"), ("48,000 UAE dirhams", "48000", "AED"),
    ("₺48.000", "48000", "TRY"), ("48.000 TL", "48000", "TRY"), ("48,000 Turkish lira", "48000", "TRY"), ("48 000 Ft", "48000", "HUF"),
    ("48,000 forints", "48000", "HUF"), ("CLP$48.000", "48000", "CLP"), ("SAR 48,000", "48000", "SAR"), ("48,000 Saudi riyals", "48000", "SAR"),
    ("₱48,000", "48000", "PHP"), ("RM 48,000", "48000", "MYR"), ("48.000 lei", "48000", "RON"), ("₽48 000", "48000", "RUB"),
    ("KWD 90,000.500", "90000.5", "KWD"), ("48,000 Kuwaiti dinars", "48000", "KWD"), ("ARR 46,800 (USD)", "46800", "USD"),
    ("EUR 40,000–45,000", "40000..45000", "EUR"), ("between €40k and €45k", "40000..45000", "EUR"), ("40-45k EUR", "40000..45000", "EUR"),
]  # fmt: skip
OTHER = [
    ("12 %", "percent", "12"), ("twelve percent", "percent", "12"), ("12 Prozent", "percent", "12"), ("12 pour cent", "percent", "12"),
    ("12 por ciento", "percent", "12"), ("10–12 %", "percent", "10..12"), ("40–45 seats", "count", "40..45"), ("40-45 seats", "count", "40..45"),
    ("between 40 and 45 seats", "count", "40..45"), ("zwischen 40 und 45 Lizenzen", "count", "40..45"), ("40 to 45 users", "count", "40..45"),
    ("a dozen licences", "count", "12"), ("half a dozen seats", "count", "6"), ("two dozen seats", "count", "24"),
    ("ein Dutzend Lizenzen", "count", "12"), ("veintiún usuarios", "count", "21"), ("quatre-vingt-dix utilisateurs", "count", "90"),
    ("dos mil veintiséis registros", "count", "2026"), ("soixante et onze sites", "count", "71"), ("zweihundertfünfzig Nutzer", "count", "250"),
]  # fmt: skip
NO_MONEY = [
    "Fr. 5. Juni", "We meet in room RM 101.", "R2 is ready.", "We won 3 deals.", "There are 3 cad files.", "Try 50 of them.",
    "ALL 50 teams come.", "It is KR 12.", "He has 12 rand.", "Row SR 7", "the 7–9 December", "from 4.1 to 2.0", "9-11 Uhr", "Rows 118 to 131",
]  # fmt: skip


@pytest.mark.parametrize(("written", "amount", "unit"), WRITTEN)
def test_an_amount_is_read_with_its_currency(written: str, amount: str, unit: str) -> None:
    """Alone, and in a sentence."""
    for text in (written, f"It costs {written} in all."):
        (one,) = [one for one in find(text, people=False) if one.kind == "money"]
        assert (one.values, one.unit) == ((amount,), unit), text


@pytest.mark.parametrize(("written", "kind", "value"), OTHER)
def test_shares_ranges_and_numbers_in_words(written: str, kind: str, value: str) -> None:
    (one,) = find(f"It is {written}.", people=False)
    assert (one.kind, one.values) == (kind, (value,))


@pytest.mark.parametrize("text", NO_MONEY)
def test_what_only_looks_like_money_is_none(text: str) -> None:
    assert not [one for one in find(text, people=False) if one.kind == "money" or ".." in one.values[0]]


def test_three_decimals_may_be_thousands() -> None:
    """KWD 90.500 is ninety dinars and a half to some, and ninety thousand five hundred to others; yen have no half."""
    assert find("KWD 90.500")[0].values == ("90500", "90.5")
    assert find("JPY 90.500")[0].values == ("90500",)


@pytest.mark.parametrize(
    ("one", "other", "may_be"),
    [
        ("EUR", "EUR", True), ("EUR", "USD", False), ("", "JPY", True), ("$", "CAD", True), ("$", "MXN", True), ("$", "EUR", False),
        ("¥", "CNY", True), ("¥", "JPY", True), ("¥", "KRW", False), ("kr", "DKK", True), ("kr", "CZK", False), ("crown", "CZK", True),
        ("crown", "kr", True), ("pound", "GBP", True), ("pound", "EUR", False), ("Rs", "INR", True), ("dinar", "KWD", True),
    ],
)  # fmt: skip
def test_a_shared_sign_may_be_any_of_its_currencies(one: str, other: str, may_be: bool) -> None:
    assert currencies.may_be_one(one, other) is currencies.may_be_one(other, one) is may_be


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("€4,000 a month", "month"), ("€4,000/month", "month"), ("monthly fee of €4,000", "month"), ("€4,000 monatlich", "month"),
        ("4.000 € im Monat", "month"), ("4 000 € par mois", "month"), ("4.000 € al mes", "month"), ("€48,000 a year", "year"),
        ("€48,000 p.a.", "year"), ("an annual price of €48,000", "year"), ("48.000 € jährlich", "year"), ("ARR: €48,000", "year"),
        ("€4,000 per month, billed per year", "month"), ("€12,000 per quarter", "quarter"), ("€48,000 in all", ""),
        ("€48,000. Each month we talk.", ""), ("€48,000 per user", ""),
    ],
)  # fmt: skip
def test_the_period_of_a_sum(text: str, period: str) -> None:
    (one,) = [one for one in find(text, people=False) if one.kind == "money"]
    assert one.beside == period


def reading(body: str, payload: dict[str, Any], *cited: tuple[str, str], system: str = "salesforce") -> GroundedDraft:
    """A message against one deal; `cited` are (quote, pointer)."""
    deal = Source(system, "Opportunity", "006", {"Id": "006", **payload})
    return GroundedDraft(
        {"body": body}, {"deal": deal}, [Citation("/body", quote, "deal", path) for quote, path in cited]
    )


YEARLY = {"ARR__c": Decimal("48000.00"), "CurrencyIsoCode": "EUR"}


@pytest.mark.parametrize(
    ("sentence", "body", "payload", "expected"),
    [
        ("a year's price as a month's twelfth", "You pay 4,000 euros a month.", YEARLY, "supported"),
        ("a quarter of it", "You pay €12,000 per quarter.", YEARLY, "supported"),
        ("a twelfth, rounded", "You pay €4,167 a month.", {"ARR__c": 50000, "CurrencyIsoCode": "EUR"}, "supported"),
        ("a year's price called a month's", "You pay 48,000 euros a month.", YEARLY, "wrong"),
        ("a deal's amount called a month's", "You pay 48,000 euros a month.", {"Amount": 48000, "CurrencyIsoCode": "EUR"}, "wrong"),
        ("a month's price called a year's", "You pay €4,000 a year.", {"MRR__c": 4000, "CurrencyIsoCode": "EUR"}, "wrong"),
        ("the year of a month's price", "You pay €48,000 a year.", {"MRR__c": 4000, "CurrencyIsoCode": "EUR"}, "supported"),
        ("another sum a month", "You pay 4,100 euros a month.", YEARLY, "unsupported"),
        ("the year's twelfth in another currency", "You pay $4,000 a month.", YEARLY, "unsupported"),
        ("the same figure in another currency", "It is USD 48,000.", YEARLY, "unsupported"),
        ("reais as reais", "The price is R$ 48.000.", {"Amount": 48000, "CurrencyIsoCode": "BRL"}, "supported"),
        ("reais that are dollars", "The price is R$ 48.000.", {"Amount": 48000, "CurrencyIsoCode": "USD"}, "unsupported"),
        ("yen written with the sign of two", "The price is ¥300,000.", {"Amount": 300000, "CurrencyIsoCode": "JPY"}, "supported"),
        ("kroner of any country", "The price is 48 000 kr.", {"Amount": 48000, "CurrencyIsoCode": "NOK"}, "supported"),
        ("crowns that are Czech", "The price is 48 000 kr.", {"Amount": 48000, "CurrencyIsoCode": "CZK"}, "unsupported"),
        ("a range around the record's number", "You have 40–45 seats.", {"Seats__c": 42}, "supported"),
        ("a range beside the record's number", "Your contract has 40–45 seats.", {"Seats__c": 60}, "wrong"),
        ("a dozen", "You have a dozen seats.", {"Seats__c": 12}, "supported"),
    ],
)  # fmt: skip
def test_sums_are_compared_with_currency_and_period(
    sentence: str, body: str, payload: dict[str, Any], expected: str
) -> None:
    one = next(one for one in reading(body, payload).statements if one.kind in ("money", "count"))
    assert ("wrong" if one.wrong else one.status) == expected, sentence


@pytest.mark.parametrize(
    ("sentence", "quote", "payload", "path", "verdict"),
    [
        ("reais that cite reais", "R$ 48.000", {"Amount": 48000, "CurrencyIsoCode": "BRL"}, "/Amount", "same"),
        ("the same figure in the wrong currency", "EUR 48.000", {"Amount": 48000, "CurrencyIsoCode": "BRL"}, "/Amount", "otherwise"),
        ("another figure in another currency", "EUR 8,000", {"Amount": 48000, "CurrencyIsoCode": "BRL"}, "/Amount", "unclear"),
        ("another figure in the same currency", "R$ 8.000", {"Amount": 48000, "CurrencyIsoCode": "BRL"}, "/Amount", "otherwise"),
        ("text in another currency", "EUR 8,000", {"Cap__c": "USD 9,000"}, "/Cap__c", "unclear"),
        ("text in another currency with the figure", "EUR 9,000", {"Cap__c": "USD 9,000"}, "/Cap__c", "otherwise"),
        ("a month's twelfth", "€4,000 a month", YEARLY, "/ARR__c", "same"),
        ("a year's sum a month", "€48,000 a month", YEARLY, "/ARR__c", "otherwise"),
        ("a range with the number in it", "40–60 seats", {"Seats__c": 50}, "/Seats__c", "unclear"),
        ("a range without it", "40–45 seats", {"Seats__c": 50}, "/Seats__c", "otherwise"),
        ("the same range of money", "€5,000–6,000", {"Cap__c": "5.000–6.000 EUR"}, "/Cap__c", "same"),
        ("a sum in a range", "€5,500", {"Cap__c": "5.000–6.000 EUR"}, "/Cap__c", "unclear"),
        ("a sum beside a range", "€6,500", {"Cap__c": "5.000–6.000 EUR"}, "/Cap__c", "otherwise"),
    ],
)  # fmt: skip
def test_a_cited_sum_is_compared_in_its_currency(
    sentence: str, quote: str, payload: dict[str, Any], path: str, verdict: str
) -> None:
    """B07 in prose: a figure in another currency than the record's is never compared with it."""
    (one,) = reading(f"The price is {quote}.", payload, (quote, path)).cited
    assert one is not None
    assert one.verdict == verdict, sentence


@pytest.mark.parametrize(
    ("system", "code", "many"),
    [("stripe", "EUR", 100), ("stripe", "JPY", 1), ("stripe", "KWD", 1000), ("chargebee", "BHD", 1000), ("salesforce", "EUR", 1)],
)  # fmt: skip
def test_billing_systems_count_in_the_smallest_unit(system: str, code: str, many: int) -> None:
    assert currencies.minor_unit(system, code) == many


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("4,80,000", "480000"),
        ("1,20,00,000.50", "12000000.5"),
        ("48\u2009000", "48000"),
        ("48ʼ000", "48000"),
        ("4,80", "4.8"),
    ],
)
def test_groups_of_digits(written: str, value: str) -> None:
    read = numbers.read(written)
    assert read is not None
    assert numbers.plain(read) == value


def test_a_citation_of_a_wrong_plan_says_otherwise() -> None:
    """B01: the words cite a field that says another plan."""
    (one,) = reading("You have the Enterprise plan.", {"Plan__c": "Team"}, ("the Enterprise plan", "/Plan__c")).cited
    assert one is not None
    assert one.verdict == "otherwise"
