"""Business hours: an SLA runs only while the office is open, and an hour stays an hour when the clocks change."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewqueue.policy.business_hours import (
    business_day,
    business_hours,
    due,
    is_working_day,
    move_day,
    resume,
    working_days,
)
from reviewqueue.policy.model.calendar import Calendar

NEW_YORK = Calendar(key="us-east", timezone="America/New_York", opens=9, closes=18, holidays="US")
BERLIN = Calendar(key="europe", timezone="Europe/Berlin", opens=9, closes=17, holidays="DE")
BAVARIA = Calendar(key="bavaria", timezone="Europe/Berlin", opens="08:30", closes="16:45", holidays="DE-BY")
ENGLAND = Calendar(
    key="england", timezone="Europe/London", holidays="GB-ENG", closed=("2026-05-15", "12-24 to 01-02", "10-30")
)
HALF = Calendar(
    key="half",
    timezone="Europe/Berlin",
    holidays="DE",
    closed=("12-24 from 12:00", "2026-12-30 to 2026-12-31 from 12:30"),
)
ALWAYS = Calendar(key="always", timezone="America/New_York", weekdays=(0, 1, 2, 3, 4, 5, 6), opens=0, closes=24)
CALENDARS = st.sampled_from([NEW_YORK, BERLIN, ALWAYS])
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))
HOURS = st.integers(1, 80)


def at(calendar: Calendar, text: str) -> datetime:
    """A moment as the wall clock of that calendar shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(calendar.timezone))


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "wanted", "why"),
    [
        (NEW_YORK, "2026-03-02T10:00", 4, "2026-03-02T14:00", "within one day"),
        (NEW_YORK, "2026-03-02T16:00", 4, "2026-03-03T11:00", "over night"),
        (NEW_YORK, "2026-03-06T17:30", 1, "2026-03-09T09:30", "over a weekend, and over the change of clocks"),
        (NEW_YORK, "2026-03-07T12:00", 2, "2026-03-09T11:00", "asked on a Saturday"),
        (NEW_YORK, "2026-03-02T06:00", 2, "2026-03-02T11:00", "before the office opens"),
        (NEW_YORK, "2026-03-02T20:00", 2, "2026-03-03T11:00", "after it closed"),
        (NEW_YORK, "2026-03-02T14:00", 4, "2026-03-02T18:00", "until the very end of the day"),
        (NEW_YORK, "2026-11-25T17:00", 2, "2026-11-27T10:00", "Thanksgiving is a holiday"),
        (BERLIN, "2026-12-24T16:00", 2, "2026-12-28T10:00", "Christmas Day and the day after, then a weekend"),
        (BERLIN, "2026-10-02T16:00", 2, "2026-10-05T10:00", "3 October is a holiday in Germany"),
        (NEW_YORK, "2026-10-02T17:00", 2, "2026-10-05T10:00", "and a Saturday in New York"),
        (BERLIN, "2026-12-31T16:00", 10, "2027-01-05T10:00", "over the year's end: a holiday, a weekend"),
        (BAVARIA, "2026-03-02T16:00", 1, "2026-03-03T08:45", "it opens at half past eight, and closes at a quarter to"),
        (BAVARIA, "2026-06-03T16:45", 2, "2026-06-05T10:30", "Corpus Christi is a holiday in Bavaria"),
        (BERLIN, "2026-06-03T16:45", 2, "2026-06-04T10:45", "and none where all of Germany is meant"),
        (BAVARIA, "2026-01-05T16:45", 1, "2026-01-07T09:30", "and so is Epiphany"),
        (ENGLAND, "2026-04-02T16:00", 2, "2026-04-07T10:00", "Good Friday, and Easter Monday, which Scotland works"),
        (ENGLAND, "2026-05-14T16:00", 2, "2026-05-18T10:00", "a closing day of its own"),
        (ENGLAND, "2026-12-23T16:00", 2, "2027-01-04T10:00", "closed between the years, in every year"),
        (ENGLAND, "2027-12-23T16:00", 2, "2028-01-04T10:00", "also in the next; the 3rd is a day off in lieu"),
        (ENGLAND, "2027-05-14T16:00", 1, "2027-05-14T17:00", "what is closed in one year is open in another"),
        (HALF, "2026-12-23T16:00", 3, "2026-12-24T11:00", "Christmas Eve is open in the morning"),
        (HALF, "2026-12-24T11:00", 2, "2026-12-28T10:00", "and closed from noon"),
        (HALF, "2026-12-24T13:00", 1, "2026-12-28T10:00", "what is asked in the afternoon waits"),
        (HALF, "2026-12-31T08:00", 4, "2027-01-04T09:30", "half past twelve, in a row of days, in one year"),
        (ALWAYS, "2026-03-08T01:00", 2, "2026-03-08T04:00", "two hours over the change to summer time"),
        (ALWAYS, "2026-11-01T00:30", 3, "2026-11-01T02:30", "and over the change back"),
    ],
)
def test_when_it_is_due(calendar: Calendar, start: str, hours: int, wanted: str, why: str) -> None:
    """The table: wall clock in, wall clock out."""
    assert due(at(calendar, start), hours, calendar) == at(calendar, wanted), why


def minutes_open(start: datetime, end: datetime, calendar: Calendar) -> int:
    """The plain second way: walk every quarter of an hour and ask the wall clock whether the office is open."""
    zone, quarters, moment = ZoneInfo(calendar.timezone), 0, start
    free = holidays.country_holidays(calendar.holidays) if calendar.holidays else {}
    while moment < end:
        there = moment.astimezone(zone)
        if there.weekday() in calendar.weekdays and there.date() not in free:
            quarters += calendar.opens <= there.hour < calendar.closes
        moment += timedelta(minutes=15)
    return quarters * 15


@given(MOMENTS, HOURS, CALENDARS)
def test_exactly_so_many_hours_are_open_in_between(start: datetime, hours: int, calendar: Calendar) -> None:
    """Counting the open quarters between start and due gives back the hours that were asked."""
    start = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0)
    assert minutes_open(start, due(start, hours, calendar), calendar) == hours * 60


@given(MOMENTS, HOURS, CALENDARS)
def test_it_is_due_in_office_hours_and_never_early(start: datetime, hours: int, calendar: Calendar) -> None:
    """It is due on an open day, not before so many hours have passed, in UTC."""
    found = due(start, hours, calendar)
    there = found.astimezone(ZoneInfo(calendar.timezone))
    assert found.tzinfo is UTC
    assert found - start >= timedelta(hours=hours)
    if calendar is not ALWAYS:
        assert there.weekday() in calendar.weekdays
        assert calendar.opens <= there.hour <= calendar.closes
        assert there.date() not in holidays.country_holidays(calendar.holidays)


@given(MOMENTS, HOURS, st.integers(0, 10_000), CALENDARS)
def test_who_comes_later_is_due_later(start: datetime, hours: int, minutes: int, calendar: Calendar) -> None:
    """Order is kept: nothing that came in later is due earlier at the same gate."""
    later = start + timedelta(minutes=minutes)
    assert due(start, hours, calendar) <= due(later, hours, calendar)
    assert due(start, hours, calendar) < due(start, hours + 1, calendar)


@pytest.mark.parametrize(
    ("calendar", "start", "end", "wanted", "why"),
    [
        (NEW_YORK, "2026-03-02T10:00", "2026-03-02T14:30", 4.5, "within one day"),
        (NEW_YORK, "2026-03-02T16:00", "2026-03-03T11:00", 4, "the night does not count"),
        (NEW_YORK, "2026-03-06T17:30", "2026-03-09T09:30", 1, "nor the weekend on which the clocks change"),
        (NEW_YORK, "2026-03-07T08:00", "2026-03-08T20:00", 0, "a weekend alone is nothing"),
        (BERLIN, "2026-10-23T16:00", "2026-10-26T10:00", 2, "the clocks go back on the Sunday in Berlin"),
        (BERLIN, "2026-03-27T16:00", "2026-03-30T10:00", 2, "and forward in March, three weeks after New York"),
        (BERLIN, "2026-12-24T16:00", "2026-12-28T10:00", 2, "two holidays and a weekend"),
        (ALWAYS, "2026-03-08T00:00", "2026-03-09T00:00", 23, "a day of 23 hours"),
        (ALWAYS, "2026-11-01T00:00", "2026-11-02T00:00", 25, "a day of 25 hours"),
        (NEW_YORK, "2026-03-03T10:00", "2026-03-02T10:00", 0, "a clock that was put back makes nothing negative"),
    ],
)
def test_how_long_the_office_was_open(calendar: Calendar, start: str, end: str, wanted: float, why: str) -> None:
    """The table: two wall clocks in, open hours out."""
    assert business_hours(at(calendar, start), at(calendar, end), calendar) == timedelta(hours=wanted), why


@given(MOMENTS, HOURS, CALENDARS)
def test_what_is_due_after_so_many_hours_lies_so_many_hours_ahead(
    start: datetime, hours: int, calendar: Calendar
) -> None:
    """Measuring undoes due, to the microsecond."""
    assert business_hours(start, due(start, hours, calendar), calendar) == timedelta(hours=hours)


@given(MOMENTS, st.integers(0, 200_000), st.integers(0, 200_000), CALENDARS)
def test_time_adds_up(start: datetime, first: int, second: int, calendar: Calendar) -> None:
    """Two stretches, one after the other, are as long as both together, and never longer than the clock on the wall."""
    middle = start + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)
    whole = business_hours(start, end, calendar)
    assert business_hours(start, middle, calendar) + business_hours(middle, end, calendar) == whole
    assert timedelta() <= whole <= end - start


@given(MOMENTS, HOURS, MOMENTS, CALENDARS)
def test_pausing_and_resuming_at_once_changes_nothing(
    start: datetime, hours: int, paused: datetime, calendar: Calendar
) -> None:
    """Nor does a resume that the clock puts before the pause."""
    due_at = due(start, hours, calendar)
    assert resume(due_at, paused, paused, calendar) == due_at
    assert resume(due_at, paused, paused - timedelta(minutes=10), calendar) == due_at


@given(MOMENTS, HOURS, st.integers(0, 40), HOURS, CALENDARS)
def test_a_pause_moves_the_due_time_by_the_business_hours_it_took(
    start: datetime, hours: int, worked: int, stood: int, calendar: Calendar
) -> None:
    """Paused for so many business hours it is due so many business hours later."""
    due_at, paused = due(start, hours, calendar), due(start, worked, calendar)
    resumed = due(paused, stood, calendar)
    later = resume(due_at, paused, resumed, calendar)
    assert business_hours(due_at, later, calendar) == timedelta(hours=stood)
    if worked <= hours:
        assert later == due(start, hours + stood, calendar)


def test_a_calendar_without_an_open_hour_says_so() -> None:
    """It does not look for ever."""
    never = Calendar(key="never", timezone="UTC").model_copy(update={"weekdays": ()})
    with pytest.raises(ValueError, match="'never' has no business hours"):
        due(datetime.combine(date(2026, 3, 2), datetime.min.time(), UTC), 1, never)


@pytest.mark.parametrize(
    ("calendar", "day", "count", "wanted", "why"),
    [
        (NEW_YORK, "2026-03-02", 0, "2026-03-02", "a working day is itself"),
        (NEW_YORK, "2026-03-07", 0, "2026-03-09", "a Saturday is the Monday after it"),
        (NEW_YORK, "2026-03-06", 1, "2026-03-09", "the day after a Friday is a Monday"),
        (NEW_YORK, "2026-03-07", 1, "2026-03-10", "one day after a Saturday counts from the Monday"),
        (NEW_YORK, "2026-11-25", 1, "2026-11-27", "Thanksgiving is left out in New York"),
        (BERLIN, "2026-11-25", 1, "2026-11-26", "and is a day like any other in Berlin"),
        (BERLIN, "2026-12-24", 1, "2026-12-28", "two days of Christmas and a Sunday"),
        (ALWAYS, "2026-03-06", 2, "2026-03-08", "an office that is always open counts every day"),
        (NEW_YORK, "2026-03-02", 250, "2027-03-02", "250 working days, eleven holidays and the weekends are a year"),
    ],
)
def test_the_working_day_so_many_after(calendar: Calendar, day: str, count: int, wanted: str, why: str) -> None:
    assert business_day(date.fromisoformat(day), count, calendar).isoformat() == wanted, why


@given(day=st.dates(date(2024, 1, 1), date(2027, 1, 1)), count=st.integers(0, 60), calendar=CALENDARS)
def test_a_due_day_is_a_working_day_with_so_many_before_it(day: date, count: int, calendar: Calendar) -> None:
    """Counted day by day, by another way than the one that found it."""
    found = business_day(day, count, calendar)
    assert is_working_day(found, calendar)
    between = [day + timedelta(days=number) for number in range((found - day).days)]
    assert sum(is_working_day(one, calendar) for one in between) == count


@pytest.mark.parametrize(
    ("day", "count", "wanted", "why"),
    [
        ("2026-03-06", 1, "2026-03-09", "a Friday and one is a Monday"),
        ("2026-03-09", -1, "2026-03-06", "and back"),
        ("2026-03-07", 1, "2026-03-09", "from a Saturday too"),
        ("2026-03-07", 0, "2026-03-07", "none is the day itself, also on a Saturday"),
        ("2026-11-27", -2, "2026-11-24", "Thanksgiving is left out on the way back"),
    ],
)
def test_a_day_is_moved_by_working_days(day: str, count: int, wanted: str, why: str) -> None:
    assert move_day(date.fromisoformat(day), count, NEW_YORK).isoformat() == wanted, why


@given(day=st.dates(date(2024, 1, 1), date(2027, 1, 1)), count=st.integers(-60, 60), calendar=CALENDARS)
def test_a_moved_day_is_so_many_working_days_away(day: date, count: int, calendar: Calendar) -> None:
    """What is moved can be counted again, and a working day that is moved there and back is itself."""
    moved = move_day(day, count, calendar)
    if is_working_day(day, calendar):
        assert working_days(day, moved, calendar) == count
        assert move_day(moved, -count, calendar) == day


def test_a_day_beyond_the_last_year_says_so() -> None:
    with pytest.raises(ValueError, match="before the year 10000"):
        business_day(date(9999, 12, 31), 1, ALWAYS)


def test_one_country_is_loaded_without_the_others_and_says_the_same() -> None:
    """The library's own way in loads all of them; each is asked in a process of its own."""
    ours = (
        "import sys; from reviewqueue.policy.holidays import days_off; "
        "print(sorted(days_off('DE', 2026)), sum(name.startswith('holidays.countries.') for name in sys.modules) < 5)"
    )
    whole = (
        "import sys, holidays; print(sorted(d.isoformat() for d in holidays.country_holidays('DE', years=2026)), "
        "sum(name.startswith('holidays.countries.') for name in sys.modules) > 100)"
    )
    said = [
        subprocess.run([sys.executable, "-c", one], capture_output=True, text=True, check=True).stdout
        for one in (ours, whole)
    ]
    assert said[0] == said[1]
    assert said[0].endswith("True\n")
