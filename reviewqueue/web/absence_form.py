"""The form on which a person says when they are away, in whole and half days, and who stands in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session
from wtforms import BooleanField, DateField

from reviewqueue.db.tables.people import Absence, Person
from reviewqueue.people import absences, groups
from reviewqueue.policy import business_hours, policy_versions
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


def stand_ins(
    session: Session, people: Sequence[Person], me: int, absence: Absence | None, at: datetime
) -> tuple[frozenset[int], list[str]]:
    """(the ids of those who may stand in for this person, where whoever stands in for them now does not act)."""
    policy, members = policy_versions.current(session), groups.members(session, at)
    held = {one.id: (one.roles, members.get(one.id, ())) for one in people}
    able = frozenset(
        one.id
        for one in people
        if one.id != me
        and one.disabled_at is None
        and not absences.why_cannot_stand_in(policy, held[me], *held[one.id])
    )
    known = absence is not None and absence.delegate_id in held
    left = absences.left_open(policy, held[me], *held[absence.delegate_id]) if absence and known else []
    return able, left


def _possible(day: date | None) -> bool:
    return day is not None and date(2000, 1, 1) < day < date(9000, 1, 1)


def _moment(day: date, calendar: Calendar, *, noon: bool) -> datetime:
    return business_hours.noon(day, calendar) if noon else business_hours.midnight(day, calendar)
