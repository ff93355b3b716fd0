"""What the customer said, written down by a person of ours: it closes an open point, as a record that drafts cite."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits
from reviewqueue.core.characters import single_line, visible
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid
from reviewqueue.core.patterns import as_pattern
from reviewqueue.db.database import writing
from reviewqueue.db.tables import base
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence import flag_changes, source_records
from reviewqueue.evidence.types import Source
from reviewqueue.onboarding import customer_points, next_drafts, sales_answers
from reviewqueue.onboarding.customer_points import OpenPoint
from reviewqueue.people import actors, visibility
from reviewqueue.policy import business_hours, policy_versions

_MAX_ANSWER, _MAX_WHO = 4_000, 200
_FIRST_YEAR = 2000  # earlier is a slip of the keyboard
_DAY = as_pattern(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class CustomerAnswer:
    """What the customer said: the words, who said it and where, and the day, as `2026-03-06`."""

    words: str
    said_by: str
    said_on: str


def record(session: Session, person_id: int, onboarding_id: int, key: str, said: CustomerAnswer, now: datetime) -> None:
    """Keep what the customer answered to an open point, in the name of who writes it down, and withdraw what is still
    to ask it. Raises NotFound, Forbidden, Conflict where the point is not open, and Invalid naming the field."""
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        onboarding, policy = visibility.load_onboarding(session, onboarding_id, actor), policy_versions.current(session)
        if not visibility.may_record_milestones(onboarding, actor):
            raise Forbidden(
                "Only the account's owner, a CSM, an implementation lead or RevOps writes down what the customer said."
            )
        points = customer_points.open_points(session, policy, onboarding)
        point = next((one for one in points if one.field.key == key), None)
        if point is None:
            raise Conflict("This is no open point any more: it is answered, or filled in. Reload the page.")
        today = business_hours.local_day(now, policy.calendar(onboarding.lane))
        if faults := _faults(said, today):
            raise Invalid("Nothing was kept yet.", faults)
        source = _source(onboarding, point, said, session.get_one(Person, person_id), now)
        fresh, by = source_records.keep(session, [source], now, "imported").fresh, Actor.person(person_id)
        flagged = flag_changes.flag_changes(session, [source], fresh, by, now)
        facts = {"field": key, "record": source.digest, "said_on": said.said_on.strip()}
        kept = Event(by, EventType.CUSTOMER_ANSWER, onboarding_id=onboarding.id, lane=onboarding.lane, facts=facts)
        override_log.append(session, now, kept, *flagged)
        if withdrawn := next_drafts.withdraw_outdated(session, onboarding.id, now):
            override_log.append(session, now, *withdrawn)


def _faults(said: CustomerAnswer, today: date) -> list[FieldError]:
    faults = []
    if not visible(said.words) or len(said.words) > _MAX_ANSWER:
        faults.append(FieldError("/words", f"write what they said, in at most {_MAX_ANSWER} characters"))
    if not visible(said.said_by) or len(said.said_by) > _MAX_WHO:
        faults.append(FieldError("/said_by", f"say who said it, and where, in at most {_MAX_WHO} characters"))
    day = said.said_on.strip()
    if not _DAY.fullmatch(day) or not _is_day(day):
        faults.append(FieldError("/said_on", "give the day on which they said it, such as 2026-03-06"))
    elif date.fromisoformat(day) > today:
        faults.append(FieldError("/said_on", "this day is still to come; give the day on which they said it"))
    return faults


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).year >= _FIRST_YEAR
    except ValueError:
        return False


def _source(onboarding: Onboarding, point: OpenPoint, said: CustomerAnswer, person: Person, now: datetime) -> Source:
    who = single_line(text_limits.replace_invalid(said.said_by.strip()))
    payload = {
        "field": point.field.key,
        "label": point.field.label,
        "question": point.name,
        "outcome": "value",
        "answer": text_limits.replace_invalid(said.words.strip()),
        "note": "",
        "said_by": who,
        "said_on": said.said_on.strip(),
        "by": person.name,
        "person": person.id,
        "at": base.moment(now),
    }
    label = single_line(f"{who}: {point.field.label}", 200)
    return Source(sales_answers.SYSTEM, sales_answers.OBJECT, point.id, payload, None, label)
