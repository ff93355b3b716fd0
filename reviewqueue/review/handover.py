"""Somebody goes, or loses a role: what they own goes to others in the same transaction, or stays as nobody's.

`Choices` says who takes what. An item that its taker may not decide, and one that nobody takes, waits for everybody at
its gate again; an account or exception that nobody takes stays in the leaver's name and counts as nobody's
(`belongings.unowned`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.errors import FieldError, Invalid, NotFound
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Person
from reviewqueue.exceptions import case_queries, exception_cases
from reviewqueue.items import assignments, item_context
from reviewqueue.onboarding import question_handover, sales_answers
from reviewqueue.people import absences, account_changes, actors, grants, groups, notifications
from reviewqueue.people.notifications import About
from reviewqueue.policy import policy_versions
from reviewqueue.review import belongings
from reviewqueue.review.belongings import KINDS, Kind, Thing


@dataclass(frozen=True)
class Choices:
    """Who takes what, by person id; 0 is nobody. `kinds` says it for all of a kind, `things` for single ones."""

    kinds: Mapping[Kind, int] = field(default_factory=dict)
    things: Mapping[tuple[Kind, int], int] = field(default_factory=dict)

    def taker(self, thing: Thing) -> int:
        """Who takes this thing."""
        return self.things.get((thing.kind, thing.id), self.kinds.get(thing.kind, 0))


@dataclass
class Handover:
    """What went to whom: (kind, person id) → ids, and what stayed as nobody's: kind → ids."""

    taken: dict[tuple[Kind, int], list[int]] = field(default_factory=dict)
    left: dict[Kind, list[int]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, Any]:
        """What the log keeps of it; nothing where nothing was owned."""
        taken = [
            {"what": kind, "to": Actor.person(person), "ids": ids} for (kind, person), ids in sorted(self.taken.items())
        ]
        return {**({"handed_on": taken} if taken else {}), **({"nobodys": self.left} if self.left else {})}


def disable(session: Session, person_id: int, actor_id: int | None, choices: Choices, now: datetime) -> Handover:
    """Disable an account as `users.disable` does, and hand on what the person owns. Raises as that does, and Invalid
    naming the choice (`/accounts`, `/exceptions`, `/items`, `/questions`)."""
    return _change(session, person_id, actor_id, choices, now, None)


def set_roles(
    session: Session, person_id: int, roles: Collection[str], actor_id: int | None, choices: Choices, now: datetime
) -> Handover:
    """Give a person exactly these roles as `users.set_roles` does, and hand on what they can work on no more. Raises as
    that does, and Invalid naming the choice."""
    return _change(session, person_id, actor_id, choices, now, sorted(set(roles)))


def _change(
    session: Session, person_id: int, actor_id: int | None, choices: Choices, now: datetime, roles: list[str] | None
) -> Handover:
    actor = Actor.CLI if actor_id is None else Actor.person(actor_id)
    account_changes.validate_roles(roles)
    with writing(session):
        account_changes.require_admin(session, actor, now)
        person = session.get(Person, person_id)
        if person is None:
            raise NotFound("There is no such person.")
        policy = policy_versions.current(session)
        things = belongings.things_of(session, policy, person, now, roles)
        _require_takers(session, person_id, choices, [one for kind in KINDS for one in things[kind]], now)
        made = Handover()
        for kind in KINDS:
            for thing in things[kind]:
                _hand_on(session, person, thing, choices.taker(thing), actor, made, now, leaves=roles is None)
        if roles is None:
            events = account_changes.close_account(session, person_id, actor_id, now, made.facts)
        else:
            events = account_changes.change_roles(session, person_id, roles, actor_id, now, made.facts)
        override_log.append(session, now, events[0], *made.events, *events[1:])
    return made


def _require_takers(session: Session, person_id: int, choices: Choices, things: list[Thing], now: datetime) -> None:
    """Raises Invalid where a chosen person could not work on what they would take."""
    policy, members = policy_versions.current(session), groups.members(session, now)
    faults: dict[tuple[Kind, int], FieldError] = {}
    for thing in things:
        taker, key = choices.taker(thing), (thing.kind, choices.taker(thing))
        if not taker or key in faults:
            continue
        person = session.get(Person, taker)
        if person is None or person.disabled_at is not None or taker == person_id:
            faults[key] = FieldError(f"/{thing.kind}", "choose somebody else with an open account")
        elif thing.kind == "questions" and question_handover.ROLE not in person.roles:
            faults[key] = FieldError(
                "/questions", f"{person.name} cannot answer them: they are no sales owner; choose somebody else"
            )
        elif why := absences.why_cannot_delegate(policy, person.roles, members.get(taker, ())):
            why = why.partition(", and stands in")[0]
            faults[key] = FieldError(f"/{thing.kind}", f"{person.name} cannot take them: {why}; choose somebody else")
    if faults:
        raise Invalid("Nothing was changed.", list(faults.values()))


def _hand_on(
    session: Session, person: Person, thing: Thing, to: int, actor: Actor, made: Handover, now: datetime, *,
    leaves: bool,
) -> None:  # fmt: skip
    """Hand one thing on, or note that nobody takes it. Of an item only the assignment ends where nobody does."""
    why = f"{person.name}’s account was closed" if leaves else f"{person.name} lost a role for it"
    if to and (event := _HAND_ON[thing.kind](session, thing, to, actor, why, now)):
        made.events.append(event)
        made.taken.setdefault((thing.kind, to), []).append(thing.id)
    elif thing.kind != "items" and (leaves or thing.kind in ("exceptions", "questions")):
        made.left.setdefault(thing.kind, []).append(thing.id)


def _account(session: Session, thing: Thing, to: int, actor: Actor, why: str, now: datetime) -> Event:
    onboarding = session.get_one(Onboarding, thing.id)
    facts = {"from": Actor.person_or_none(onboarding.owner_id), "to": Actor.person(to), "why": why}
    update_row(session, onboarding, owner_id=to)
    roles = session.get_one(Person, to).roles
    grants.record(session, to, [f"account_owner:{thing.id}"], actor, now, to_admin="admin" in roles)
    notifications.tell(session, "given", [to], About(onboarding_id=thing.id), actor, now)
    return Event(actor, EventType.ONBOARDING_OWNER, onboarding_id=thing.id, lane=onboarding.lane, facts=facts)


def _exception(session: Session, thing: Thing, to: int, actor: Actor, why: str, now: datetime) -> Event:
    case, taker = session.get_one(ExceptionCase, thing.id), session.get_one(Person, to)
    handle = case_queries.roles_of(policy_versions.current(session), case)
    role = next(iter(sorted(taker.roles & handle)), sorted(taker.roles)[0])
    facts = {"from": Actor.person_or_none(case.owner_id), "to": Actor.person(to), "role": role, "why": why}
    update_row(session, case, owner_id=to, owner_role=role)
    exception_cases.add_note(session, case, actor, "moved", f"To {taker.name}. {why}.", now)
    notifications.tell(session, "exception", [to], About(exception_id=case.id), actor, now)
    return exception_cases.log_event(case, actor, EventType.EXCEPTION_MOVE, facts, {})


def _item(session: Session, thing: Thing, to: int, actor: Actor, why: str, now: datetime) -> Event | None:
    context = item_context.load(session, thing.id, now)
    if not assignments.may_decide(context, actors.load_actor(session, to, now)):
        return None
    item = session.get_one(Item, thing.id)
    facts = {"from": Actor.person_or_none(item.assignee_id), "to": Actor.person(to), "why": why}
    update_row(session, item, assignee_id=to)
    notifications.tell(session, "given", [to], About(item.id), actor, now)
    return Event.about(item, actor, EventType.ITEM_REASSIGN, facts=facts)


def _question(session: Session, thing: Thing, to: int, actor: Actor, why: str, now: datetime) -> Event:
    item, before = (
        session.get_one(Item, thing.id),
        sales_answers.about(session, session.get_one(Item, thing.id).onboarding_id or 0),
    )
    return question_handover.record(
        session, item, before.to if before else (), session.get_one(Person, to), actor, why, now
    )


_HAND_ON = {"accounts": _account, "exceptions": _exception, "items": _item, "questions": _question}
