"""Days named by the calendar: feasts that move with Easter, seasons, months, quarters and their parts."""

from __future__ import annotations

from datetime import date

import pytest

from reviewqueue.evidence.promises import compare, periods

EASTERS = [(2000, 4, 23), (2008, 3, 23), (2011, 4, 24), (2019, 4, 21), (2024, 3, 31), (2025, 4, 20), (2026, 4, 5),
           (2027, 3, 28), (2035, 3, 25), (2038, 4, 25)]  # fmt: skip


@pytest.mark.parametrize(("year", "month", "day"), EASTERS)
def test_easter_is_computed(year: int, month: int, day: int) -> None:
    assert periods.easter(year) == date(year, month, day)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("by Easter", "easter+0"),
        ("before Ascension Day 2026", "2026-05-14"),
        ("on Good Friday", "easter-2"),
        ("until Christmas", "--12-25"),
        ("in June", "--06-01/--06-30"),
        ("in May 2026", "2026-05-01/2026-05-31"),
        ("end of April", "--04-23/--04-30"),
        ("in Q2 2026", "2026-04-01/2026-06-30"),
        ("at the end of the first quarter", "--03-09/--03-31"),
        ("in the second half of May", "--05-15/--05-31"),
        ("by the end of 2026", "2026-10-01/2026-12-31"),
        ("in the summer", "--06-01/--09-22"),
        ("we may march on", ""),
        ("next year", ""),
    ],
)
def test_days_and_spans_are_read(words: str, value: str) -> None:
    assert [one.values[0] for one in periods.find(words)] == [value] * bool(value)


@pytest.mark.parametrize(
    ("sentence", "said", "kept", "agree"),
    [
        ("Easter is before 3 May", "by easter+0", "2026-05-03", False),
        ("and after 1 April", "by easter+0", "2026-04-01", True),
        ("a day is in its month", "--05-01/--05-31", "2026-05-03", True),
        ("and in no other", "--06-01/--06-30", "2026-05-03", False),
        ("a last day soon after keeps it", "by --05-23/--05-31", "2026-05-03", True),
        ("one much later does not", "by --05-23/--05-31", "2026-04-13", False),
        ("a first day before keeps it", "from easter+0", "2026-05-03", True),
        ("a first day after does not", "from easter+39", "2026-05-03", False),
        ("another year is another day", "2025-05-03", "2026-05-03", False),
        ("without any year Easter agrees with what it can be", "easter+0", "--04-10", True),
        ("and not with what it never is", "easter+0", "--06-10", False),
        ("what is no date is compared as it stands", "soon", "2026-05-03", False),
    ],
)
def test_days_are_compared_as_people_mean_them(sentence: str, said: str, kept: str, agree: bool) -> None:
    assert compare.same("date", said, kept) is agree, sentence


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("easter+39", "Ascension Day"),
        ("2026-05-01/2026-05-31", "1 to 31 May 2026"),
        ("--12-25", "25 December"),
        ("soon", "soon"),
    ],
)
def test_they_are_shown_in_words(value: str, words: str) -> None:
    assert periods.in_words(value) == words
