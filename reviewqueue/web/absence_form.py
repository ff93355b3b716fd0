"""The form on which a person says when they are away, in whole and half days, and who stands in."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from wtforms import BooleanField, DateField

from reviewqueue.policy import business_hours
from reviewqueue.policy.model.calendar import Calendar
from reviewqueue.web import layout
from reviewqueue.web.forms import Form, select_field


class AwayForm(Form):
    """Out of office: first and last day, each whole or half, and the person who stands in."""

    delegate = select_field("Who decides for you", coerce=lambda given: layout.row_id(str(given)))
    starts_at = DateField("From")
    ends_at = DateField("To and including")
    from_noon = BooleanField("From noon on the first day")
    until_noon = BooleanField("Until noon on the last day")

    def period(self, calendar: Calendar) -> tuple[datetime | None, datetime | None]:
        """When it begins and ends where the office is; None for a day that is not there or not possible."""
        first, last = self.starts_at.data, self.ends_at.data
        whole = timedelta(0 if self.until_noon.data else 1)
        starts = _moment(first, calendar, noon=self.from_noon.data) if _possible(first) else None
        ends = _moment(last + whole, calendar, noon=self.until_noon.data) if _possible(last) else None
        return starts, ends


def _possible(day: date | None) -> bool:
    return day is not None and date(2000, 1, 1) < day < date(9000, 1, 1)


def _moment(day: date, calendar: Calendar, *, noon: bool) -> datetime:
    return business_hours.noon(day, calendar) if noon else business_hours.midnight(day, calendar)
