"""The weekly risk summary of each CS leader: the clock drafts one a leader and week, over all accounts they lead. It
belongs to no onboarding, waits at the gate that the default lane names for it, and is given to that leader."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.vocabulary import LEADER_SUMMARY, OPEN
from reviewqueue.db.clock_batch import act_on_each
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.items import opening
from reviewqueue.items.submission_rules import Submission
from reviewqueue.onboarding import account_risks
from reviewqueue.onboarding.drafting.leader_summary import leader_summary
from reviewqueue.people import access, api_keys, groups, notifications
from reviewqueue.people.notifications import About
from reviewqueue.policy import business_hours, policy_versions
from reviewqueue.policy.model.policy import Lane, Policy

_ROLE = "cs_leader"


def draft_due(session: Session, now: datetime) -> int:
    """Draft the summaries that are due and not there yet; returns how many. Several workers at once are safe."""
    policy = policy_versions.current(session)
    lane = policy.lane(policy.organisation.default_lane)
    week = week_due(policy, lane, now) if lane else ""
    drafted = 0
    if lane and week and LEADER_SUMMARY in lane.kinds:
        due = {one.id: one for one in _leaders(session) if not _is_there(session, _key(one, week))}
        drafted = act_on_each(due, lambda one: _draft(session, policy, lane, due[one], week, now), "leader")
    if session.in_transaction():
        session.commit()
    return drafted


def week_due(policy: Policy, lane: Lane, now: datetime) -> str:
    """The week, as `2026-W10`, whose summaries are due: from the day that the policy names on, or the next working
    day, until the week ends; "" before that, and on a day off."""
    calendar = policy.calendar(lane.key)
    today = business_hours.local_day(now, calendar)
    if today.weekday() < policy.organisation.summary.weekday or not business_hours.is_working_day(today, calendar):
        return ""
    year, number, _ = today.isocalendar()
    return f"{year}-W{number:02}"


def led_by(session: Session, policy: Policy, leader: Person, now: datetime) -> list[Onboarding]:
    """The running accounts of a leader: those of their team's people, and those that no leader's team has."""
    teams = {group.key for group in policy.organisation.groups if group.team}
    member = {person: teams & {*keys} for person, keys in groups.members(session, now).items()}
    with_leader = {key for one in _leaders(session) for key in member.get(one.id, ())}
    mine = member.get(leader.id, set())
    return [
        one
        for one in account_risks.running(session)
        if (theirs := member.get(one.owner_id or 0, set()) & with_leader) & mine or not theirs
    ]


def _draft(session: Session, policy: Policy, lane: Lane, leader: Person, week: str, now: datetime) -> int:
    """Draft one leader's summary; nothing where they lead no running account."""
    led = led_by(session, policy, leader, now)
    if not led:
        return 0
    found = [one for one in account_risks.risks_of(session, policy, led, week, now) if one.count]
    found.sort(key=lambda one: (not one.blocked, -one.count, one.record.label))
    drafted = leader_summary(leader.name, leader.email, week, found, len(led))
    with writing(session):
        if _is_there(session, _key(leader, week)) or policy_versions.current(session).digest != policy.digest:
            return 0
        override_log.append(session, now, *_open(session, policy, lane, leader, drafted, week, now))
    return 1


def _open(
    session: Session, policy: Policy, lane: Lane, leader: Person, drafted: DraftWithEvidence, week: str, now: datetime
) -> list[Event]:
    """Open its item at the gate and give it to the leader; the one of a week before that still waits is superseded."""
    caller = api_keys.own_caller(session, access.OWN_AUTOMATION, now)
    older = _older(session, leader)
    submission = Submission(lane.key, drafted, _key(leader, week), policy.organisation.name)
    opened = opening.open_item(session, policy, caller, submission, now)
    item = session.get_one(Item, opened.item_id)
    update_row(session, item, assignee_id=leader.id)
    notifications.tell(session, "given", [leader.id], About(item.id), Actor.CHAIN, now)
    facts = {"from": None, "to": Actor.person(leader.id)}
    texts = {"reason": "It is about the accounts that they lead."}
    given = Event.about(item, Actor.CHAIN, EventType.ITEM_REASSIGN, facts=facts, texts=texts)
    return [*opened.events, given, *opening.supersede(session, older, item.id, Actor.CHAIN, now)]


def _leaders(session: Session) -> list[Person]:
    people = session.scalars(select(Person).where(Person.disabled_at.is_(None)).order_by(Person.id))
    return [one for one in people.all() if _ROLE in one.roles]


def _key(leader: Person, week: str) -> str:
    """What a summary's item is told apart by: one a leader and week."""
    return f"{leader.id}/{week}"


def _is_there(session: Session, key: str) -> bool:
    query = select(Item.id).where(Item.onboarding_id.is_(None), Item.kind == LEADER_SUMMARY, Item.subject == key)
    return session.scalar(query.limit(1)) is not None


def _older(session: Session, leader: Person) -> Sequence[Item]:
    mine = Item.kind == LEADER_SUMMARY, Item.subject.startswith(f"{leader.id}/")
    return session.scalars(select(Item).where(*mine, Item.onboarding_id.is_(None), Item.state.in_(OPEN))).all()
