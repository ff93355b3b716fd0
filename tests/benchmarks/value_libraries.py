"""`python -m tests.benchmarks.value_libraries FOLDER [money dates numbers names]`: our rules for values in text beside the
libraries that read them, on texts that neither wrote: amounts and days as CLDR (Babel) writes them in ten places, numbers
as num2words spells them in four languages. FOLDER is where pip put them, with `pip install --target FOLDER babel
price-parser dateparser python-dateutil text2num word2number num2words nameparser unidecode anyascii`. The figures are in
docs/decisions/0159."""

from __future__ import annotations

import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any

from reviewqueue.core import folding
from reviewqueue.evidence.text.values import currencies
from reviewqueue.evidence.text.values.entities import find
from reviewqueue.evidence.text.words import number_words

CURRENCIES = [
    "USD",
    "EUR",
    "JPY",
    "GBP",
    "CNY",
    "AUD",
    "CAD",
    "CHF",
    "HKD",
    "SGD",
    "SEK",
    "KRW",
    "NOK",
    "NZD",
    "INR",
    "MXN",
    "TWD",
    "ZAR",
    "BRL",
    "DKK",
    "PLN",
    "THB",
    "ILS",
    "IDR",
    "CZK",
    "AED",
    "TRY",
    "HUF",
    "CLP",
    "SAR",
]  # the thirty most traded
PLACES = ["en_US", "en_GB", "de_DE", "de_CH", "fr_FR", "es_ES", "sv_SE", "pl_PL", "pt_BR", "en_IN"]
LANGUAGES = ["en", "de", "fr", "es"]
FIGURES = [
    *range(2, 101),
    111,
    120,
    199,
    250,
    365,
    480,
    999,
    1000,
    1200,
    2026,
    12_000,
    48_000,
    52_500,
    480_000,
    1_200_000,
]
LONG = 100_000
Read = Callable[[str], Any]


def money() -> None:
    """Each of the thirty currencies as each place writes it: amount and currency as meant."""
    babel = import_module("babel.numbers")
    rows = []
    for code in CURRENCIES:
        amount = Decimal("48250.50") if babel.get_currency_precision(code) else Decimal("48250")
        for place in PLACES:
            styles: list[dict[str, Any]] = [{}, *([{"format_type": "name"}] if place[:2] in LANGUAGES else [])]
            for style in styles:
                rows.append((babel.format_currency(amount, code, locale=place, **style), (amount, code)))
    parse = import_module("price_parser").parse_price

    def library(text: str) -> Any:
        found = parse(text)
        return found.amount, found.currency or ""

    def ours(text: str) -> Any:
        found = [one for one in find(text, people=False) if one.kind == "money"]
        return (Decimal(found[0].values[0]), found[0].unit) if len(found) == 1 else None

    def right(said: Any, meant: tuple[Decimal, str]) -> bool:
        if said is None or said[0] != meant[0]:
            return False
        sign = currencies.SIGNS.get(said[1], said[1])
        return bool(said[1]) and currencies.may_be_one(sign, meant[1])

    _compared("money", rows, {"ours": ours, "price-parser": library}, right)


def dates() -> None:
    """Every ninth day of two years, in the three lengths of four languages: the day, or both where it may be two."""
    babel = import_module("babel.dates")
    days = [date.fromordinal(date(2026, 1, 1).toordinal() + number) for number in range(0, 730, 9)]
    rows = [
        (f"{babel.format_date(day, length, locale=language)}.", day.isoformat())
        for day in days for language in LANGUAGES for length in ("full", "long", "medium")
    ]  # fmt: skip
    parse, search = import_module("dateutil.parser").parse, import_module("dateparser.search").search_dates

    def ours(text: str) -> Any:
        return [value for one in find(text, people=False) if one.kind == "date" for value in one.values]

    def by_dateutil(text: str) -> Any:
        return [parse(text, fuzzy=True).date().isoformat()]

    def by_dateparser(text: str) -> Any:
        return [moment.date().isoformat() for _, moment in search(text, languages=LANGUAGES) or []]

    ways: dict[str, Read] = {"ours": ours, "dateutil": by_dateutil, "dateparser": by_dateparser}
    _compared("dates", rows, ways, lambda said, meant: meant in (said or []) and len(said) < 3)
    _compared(
        "none",
        [(f"We have {many} seats in room {many}, step {many}.", "") for many in range(2, 60)],
        ways,
        lambda said, _: not said,
    )


def numbers_in_words() -> None:
    """Numbers as num2words spells them."""
    spell = import_module("num2words").num2words
    for language in LANGUAGES:
        rows = [(f"{spell(many, lang=language)} x", f"{many} x") for many in FIGURES]
        to_digits, word_to_number = (
            import_module("text_to_num").alpha2digit,
            import_module("word2number.w2n").word_to_num,
        )
        ways: dict[str, Read] = {
            "ours": number_words.with_figures.__wrapped__,  # type: ignore[attr-defined]
            "text2num": lambda text, language=language: to_digits(text, language),
        }
        if language == "en":
            ways["word2number"] = lambda text: f"{word_to_number(text)} x"
        _compared(f"numbers, {language}", rows, ways, lambda said, meant: said == meant)


def names() -> None:
    """Names of one person written in two ways, and names of two: told the same, and told apart."""
    one = ["Genève", "Müller", "Sørensen", "Łukasz", "Weiß", "Zoë", "Núñez", "Ångström", "Çelik", "Đorđević", "Škoda"]
    two = [
        ("バス", "ハス"),
        ("Йод", "Иод"),
        ("北京", "背景"),
        ("Илья", "Ilya"),
        ("Marlow", "Marlowe"),
        ("がき", "かき"),
        ("서울", "서을"),
    ]
    pairs: list[tuple[tuple[str, str], bool]] = [((name, unicodedata.normalize("NFD", name)), True) for name in one]
    plain = [
        "Geneve",
        "Muller",
        "Sorensen",
        "Lukasz",
        "Weiss",
        "Zoe",
        "Nunez",
        "Angstrom",
        "Celik",
        "Dordevic",
        "Skoda",
    ]
    pairs += [((name, other), True) for name, other in zip(one, plain, strict=True)]
    pairs += [((name, other.upper()), True) for name, other in zip(one, one, strict=True)] + [
        (pair, False) for pair in two
    ]
    unidecode, anyascii = import_module("unidecode").unidecode, import_module("anyascii").anyascii
    fold: dict[str, Callable[[str], str]] = {
        "ours": folding.folded,
        "unidecode": lambda name: unidecode(name).casefold().strip(),
        "anyascii": lambda name: anyascii(name).casefold().strip(),
        "casefold": str.casefold,
    }
    for way, read in fold.items():
        wrong = [pair for pair, same in pairs if (read(pair[0]) == read(pair[1])) is not same]
        print(f"names: {way}: {len(pairs) - len(wrong)} of {len(pairs)}; wrong: {wrong}")
    human = import_module("nameparser").HumanName
    parsed = human("Dr. Maria de la Cruz III, PhD")
    print(
        f"nameparser: {parsed.first!r} {parsed.last!r} {parsed.suffix!r}: it takes a name apart, and finds none in a text"
    )


def _compared(
    what: str, rows: Sequence[tuple[str, Any]], ways: dict[str, Read], right: Callable[[Any, Any], bool]
) -> None:
    """How many of the rows each way reads as meant, its time a text, and its time for 100 kB of one of them."""
    for name, read in ways.items():
        begun = time.process_time()
        wrong = [(text, said, meant) for text, meant in rows if not right(said := _safely(read, text), meant)]
        took = (time.process_time() - begun) / len(rows) * 1e6
        text = f"{rows[0][0]} "
        begun = time.process_time()
        _safely(read, text * (LONG // len(text)))
        long = time.process_time() - begun
        print(
            f"{what}: {name}: {len(rows) - len(wrong)} of {len(rows)}; {took:,.0f} µs a text; 100 kB {long:.2f} s",
            flush=True,
        )
        for line in wrong[:: max(len(wrong) // 12, 1)][:12] if name == "ours" else ():
            print(f"   {line}")


def _safely(read: Read, text: str) -> Any:
    try:
        return read(text)
    except BaseException as error:  # a library in Rust panics with one that is no Exception
        if isinstance(error, KeyboardInterrupt):
            raise
        return None


if __name__ == "__main__":
    sys.path.append(sys.argv[1])
    known: dict[str, Callable[[], None]] = {"money": money, "dates": dates, "numbers": numbers_in_words, "names": names}
    for name in sys.argv[2:] or known:
        print(f"# {name}", flush=True)
        known[name]()
