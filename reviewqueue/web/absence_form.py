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


def acting_places(
    session: Session, people: Sequence[Person], me: int, stand_in: int, at: datetime
) -> tuple[int, list[str]]:
    """(at how many places this person acts, those of them at which this stand-in does not act)."""
    policy, members = policy_versions.current(session), groups.members(session, at)
    mine, theirs = ((one.roles, members.get(one.id, ())) for who in (me, stand_in) for one in people if one.id == who)
    return len(absences.places(policy, *mine)), absences.left_open(policy, mine, *theirs)


def says_of_stand_in(name: str, places: int, left_open: Sequence[str]) -> str:
    """What a stand-in does in those days, of somebody who acts at so many places, in words."""
    if not places:
        return f"{name} is named as your stand-in. You decide nowhere, so there is nothing to decide for you."
    if len(left_open) >= places:
        return f"{name} is named as your stand-in, but acts at none of the places where you do: they are listed below."
    if left_open:
        return f"{name} acts for you in those days, but not everywhere: where nobody stands in for you is listed below."
    return f"{name} acts for you in those days, wherever you do."


def _possible(day: date | None) -> bool:
    return day is not None and date(2000, 1, 1) < day < date(9000, 1, 1)


def _moment(day: date, calendar: Calendar, *, noon: bool) -> datetime:
    return business_hours.noon(day, calendar) if noon else business_hours.midnight(day, calendar)
