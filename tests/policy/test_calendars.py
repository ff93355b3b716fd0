"""Calendars of a policy: parts of a country, closing days, opening times, and what is doubted of a country's code."""

from __future__ import annotations

from datetime import date

import pytest

from reviewqueue.policy import loading, validate_calendars
from reviewqueue.policy.business_hours import business_day, is_working_day
from reviewqueue.policy.model.calendar import holiday_code

SHIPPED = loading.files_in(loading.SHIPPED)
TODAY = date(2026, 3, 2)


def with_calendar(*lines: str) -> dict[str, str]:
    """The shipped policy whose office keeps another calendar."""
    text = SHIPPED["organisation.toml"].replace('holidays = ""\n', "".join(f"{line}\n" for line in lines))
    return {**SHIPPED, "organisation.toml": text}


DAYS = [
    (['holidays = "DE-BY"'], date(2026, 1, 6), False, "Epiphany, in Bavaria"),
    (['holidays = "DE"'], date(2026, 1, 6), True, "and a working day where the whole country's days are kept"),
    (['holidays = "GB-ENG"'], date(2026, 4, 6), False, "Easter Monday, in England"),
    (['holidays = "GB-SCT"'], date(2026, 4, 6), True, "which Scotland works"),
    (['closed = ["2026-12-24"]'], date(2026, 12, 24), False, "a closing day"),
    (['closed = ["2026-12-24"]'], date(2027, 12, 24), True, "of one year"),
    (["closed = [2026-12-24]"], date(2026, 12, 24), False, "written as TOML writes a day"),
    (['closed = ["12-24"]'], date(2031, 12, 24), False, "a closing day of every year"),
    (['closed = ["2026-12-24 to 2026-12-31"]'], date(2026, 12, 30), False, "days in a row"),
    (['closed = ["2026-12-24 to 2026-12-31"]'], date(2027, 1, 1), True, "and not the day after"),
    (['closed = ["12-24 to 01-02"]'], date(2030, 1, 2), False, "over the end of every year"),
    (['closed = ["12-24 to 01-02"]'], date(2030, 12, 23), True, "and not the day before"),
    (['closed = ["12-24 from 12:00"]'], date(2026, 12, 24), True, "a half day is a working day"),
    (['closed = ["12-24 from 08:00"]'], date(2026, 12, 24), False, "and closed before it opens it is none"),
    (['closed = ["02-29"]'], date(2028, 2, 29), False, "a day that only some years have"),
]


@pytest.mark.parametrize(("lines", "day", "works", "why"), DAYS, ids=[row[3] for row in DAYS])
def test_a_day_is_worked_or_not(lines: list[str], day: date, works: bool, why: str) -> None:
    calendar = loading.load(with_calendar(*lines)).calendar("mid-market-saas")
    assert is_working_day(day, calendar) is works, why
    assert (business_day(day, 0, calendar) == day) is works, "dates of a plan go by it"


def test_a_country_most_of_whose_parts_keep_more_is_doubted_at_its_line() -> None:
    """GB alone counts Easter Monday as worked; three of its four parts do not."""
    (doubt,) = validate_calendars.warnings(loading.load(with_calendar('holidays = "GB"')), TODAY)
    line = SHIPPED["organisation.toml"][: SHIPPED["organisation.toml"].index('holidays = ""')].count("\n") + 1
    assert doubt.place == f"organisation.toml:{line}"
    assert "2026-04-06 is a working day here, and a day off in GB-ENG, GB-NIR, GB-WLS" in doubt.message
    for code in ("GB-ENG", "DE", "US", "PT", ""):
        assert not [*validate_calendars.warnings(loading.load(with_calendar(f'holidays = "{code}"')), TODAY)], code


@pytest.mark.parametrize(
    ("given", "meant"),
    [("de-by", "DE-BY"), (" gb-eng ", "GB-ENG"), ("pt", "PT"), ("DE-AUGSBURG", "DE-Augsburg"), ("zz", "ZZ"), ("", "")],
)
def test_a_code_is_spelled_as_it_is_known(given: str, meant: str) -> None:
    assert holiday_code(given) == meant
