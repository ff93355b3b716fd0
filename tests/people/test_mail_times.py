"""When an e-mail to a person goes out: a row is one wish, one moment, and when it is due."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from reviewqueue.people import mail_times
from reviewqueue.people.mail_times import Wishes

WEEK = (0, 1, 2, 3, 4)
USUAL = Wishes("America/New_York", WEEK)  # five hours behind UTC in the first days of March 2026, four from the 8th
NIGHTS = Wishes("America/New_York", WEEK, {}, time(19), time(8))
NOON = Wishes("America/New_York", WEEK, {}, time(12), time(13))
LATE = Wishes("Europe/Berlin", (1, 2, 3, 4, 5), {}, time(20), time(9, 30))


@pytest.mark.parametrize(
    ("wishes", "way", "happened", "due"),
    [
        pytest.param(USUAL, "now", "2026-03-02 15:00:00", "2026-03-02 15:00:45", id="at once: within a minute"),
        pytest.param(USUAL, "now", "2026-03-08 03:00:00", "2026-03-08 03:00:45", id="without quiet hours at any hour"),
        pytest.param(NIGHTS, "now", "2026-03-02 15:00:00", "2026-03-02 15:00:45", id="not quiet: at once"),
        pytest.param(NIGHTS, "now", "2026-03-02 23:59:30", "2026-03-03 13:00:00", id="it begins while it gathers"),
        pytest.param(NIGHTS, "now", "2026-03-03 06:00:00", "2026-03-03 13:00:00", id="after midnight: the same morning"),
        pytest.param(NIGHTS, "now", "2026-03-07 01:00:00", "2026-03-09 12:00:00", id="a Friday night: on Monday, in summer time"),
        pytest.param(NIGHTS, "now", "2026-03-07 17:00:00", "2026-03-09 12:00:00", id="a day off is quiet all day"),
        pytest.param(NOON, "now", "2026-03-02 17:30:00", "2026-03-02 18:00:00", id="quiet over lunch"),
        pytest.param(NOON, "now", "2026-03-02 18:00:00", "2026-03-02 18:00:45", id="its end is not quiet"),
        pytest.param(USUAL, "digest", "2026-03-02 15:00:00", "2026-03-03 13:00:00", id="the next morning at eight"),
        pytest.param(USUAL, "digest", "2026-03-02 12:00:00", "2026-03-02 13:00:00", id="before eight: the same morning"),
        pytest.param(USUAL, "digest", "2026-03-06 15:00:00", "2026-03-09 12:00:00", id="a Friday: on Monday"),
        pytest.param(LATE, "digest", "2026-03-02 15:00:00", "2026-03-03 08:30:00", id="not while it is quiet"),
        pytest.param(LATE, "digest", "2026-03-07 12:00:00", "2026-03-10 08:30:00", id="who works on Saturdays rests on Monday"),
    ],
)  # fmt: skip
def test_when_it_goes_out(wishes: Wishes, way: str, happened: str, due: str) -> None:
    at, expected = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (happened, due))
    assert mail_times.due(wishes, way, at) == expected
