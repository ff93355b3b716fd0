"""Review: a named person decides one item. One function, one transition, one transaction with its log entry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import (
    answers,
    chain,
    commitments,
    corrections,
    desk,
    exceptions,
    glances,
    leases,
    marking,
    messages,
    opening,
    override_log,
    planted,
    proposals,
    release,
    renewal,
    revisions,
    sight,
    standing,
    texts,
)
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.evidence import Drafted
from reviewqueue.override_log import Event
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Gate
from reviewqueue.policy.words import ACTS, POLICY_CHANGE, TEXT_ALWAYS, Act
from reviewqueue.records.items import Decision, Item
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.records.people import Person
from reviewqueue.records.rows import change, put
from reviewqueue.refusals import Fault, Invalid, Moved, NotAllowed

AFTER = {"send_back": "sent_back", "escalate": "escalated", "reject": "rejected"}


@dataclass(frozen=True)
class Ask:
    """What a person asks for. `passes` and `expires_on` belong to an override, `choice` to a question's answer,
    `draft` and `title` to an edit; `claim` and `proposed` to one that says a source is wrong. `glance` is what
    the page told: for how many seconds it was open, and whether evidence was opened ("yes", "no")."""

    action: str
    reason_code: str
    text: str = ""
    passes: tuple[str, ...] = ()
    expires_on: date | None = None
    choice: str = ""
    draft: dict[str, Any] | None = None
    title: str = ""
    claim: int = 0
    proposed: str = ""
    glance: tuple[float | None, str] | None = None


@dataclass(frozen=True)
class Done:
    """What became of it: the item's state now, what is still missing if it is not settled, and who did it as they
    were at that moment."""

    state: str
    needs: tuple[judging.Need, ...]
    revision_number: int
    title: str
    customer: str
    kind: str
    actor: judging.Actor


def decide(session: Session, person_id: int, item_id: int, ask: Ask, seen: sight.Seen, now: datetime) -> Done:
    """Record a person's act on what they saw, and move the item as the policy says.

    Raises NotThere (404), Moved (409: settled, or anything on the screen moved), NotAllowed (403, with the rule) and
    Invalid (422, with the place). Whatever is raised, nothing was written.
    """
    with writing(session):
        actor = desk.actor_of(session, person_id, now)
        found = desk.for_person(session, item_id, actor, now)
        override_log.append(session, now, *recorded(session, found, actor, ask, seen, now))
        left = () if found.item.state in judging.SETTLED else tuple(desk.open_desk(session, item_id, now).needs())
    item = found.item
    return Done(item.state, left, item.revision_number, found.revision.title, item.customer, item.kind, actor)


def recorded(
    session: Session, found: desk.Desk, actor: judging.Actor, ask: Ask, seen: sight.Seen, now: datetime
) -> list[Event]:
    """The same inside a transaction the caller holds; returns the events for the caller to append, last. What it
    refuses it refuses before it writes anything."""
    sight.unmoved(session, found, seen)
    act = _legal(session, found, actor, ask)
    gate = found.gate
    assert gate is not None  # noqa: S101  (a missing gate allows no act)
    doubt = None
    if act == "edit" and ask.reason_code == corrections.SOURCE_WRONG:
        doubt = corrections.doubted(session, found, ask.claim, ask.proposed, ask.draft or {})
    _reasoned(found, gate, act, ask, now, doubt)
    made = _record(session, found, gate, actor, act, ask, now)
    if shown := planted.revealed(session, found, made, ask.draft, now):
        return [_event(found, made, {}), *shown]
    extra = _edited(session, found, made, ask, now) if act == "edit" else _moved_on(session, found, gate, made, now)
    extra += corrections.opened(session, found, made, doubt, now) if doubt else []
    extra += standing.minded(session, found, made, now)
    goes_out = release.opened(session, found, gate, made, now) if found.item.state == "approved" else {}
    return [_event(found, made, goes_out), *extra]


def _legal(session: Session, found: desk.Desk, actor: judging.Actor, ask: Ask) -> Act:
    act = next((known for known in ACTS if known == ask.action), None)
    if act is None:
        raise Invalid("That is no act.", [Fault("/action", f"one of {', '.join(ACTS)}")])
    legal = found.may(actor, act)
    if legal.allowed:
        return act
    if found.situation.lease_holder not in (None, actor.person_id):
        says = leases.holder_says(session, found)
        raise Moved(f"{says}, so your decision was not recorded. Your words are kept here; ask for the item.")
    rule = f" ({legal.rule})" if legal.rule else ""
    raise NotAllowed(f"{legal.why}{rule}. Nothing was recorded.")


def _reasoned(found: desk.Desk, gate: Gate, act: Act, ask: Ask, now: datetime, doubt: corrections.Doubt | None) -> None:
    faults = []
    codes = [reason.code for reason in judging.reasons(found.policy, gate, act, found.situation)]
    if ask.reason_code not in codes:
        faults.append(Fault("/reason_code", "choose a reason"))
    due = act in TEXT_ALWAYS or act in gate.text_for or doubt is not None
    faults += texts.reason_faults("/text", ask.text, due=due)
    faults += doubt.faults if doubt else []
    if act == "override":
        faults += _override_faults(found, gate, ask, now)
    if act == "approve" and found.item.kind == "trigger_question":
        faults += answers.faults(found.revision.draft, ask.choice)
    if act == "edit" and not ask.draft:
        faults.append(Fault("/draft", "the edited draft is empty"))
    if faults:
        raise Invalid("Nothing is recorded yet; what you typed is still here.", faults)


def _override_faults(found: desk.Desk, gate: Gate, ask: Ask, now: datetime) -> list[Fault]:
    faults = []
    left = set(judging.failing(found.situation))
    if set(ask.passes) != left:
        faults.append(Fault("/passes", f"name each failed check you pass over: {', '.join(sorted(left))}"))
    latest = now.date() + timedelta(days=judging.override_days(gate, left))
    if ask.expires_on is None or not now.date() < ask.expires_on <= latest:
        faults.append(Fault("/expires_on", f"say until when it holds: after today, at the latest {latest:%d %b %Y}"))
    return faults


def _record(
    session: Session, found: desk.Desk, gate: Gate, actor: judging.Actor, act: Act, ask: Ask, now: datetime
) -> Decision:
    role = judging.acting_role(gate, found.situation, actor, act)
    behalf = judging.on_behalf_of(found.situation, actor, role)
    involved = judging.exempted(gate, found.situation, actor, role) if act in ("approve", "override") else ""
    row: dict[str, Any] = {
        "item_id": found.item.id,
        "revision_id": found.revision.id,
        "action": act,
        "reason_code": ask.reason_code,
        "text": ask.text,
        "person_id": actor.person_id,
        "role": role,
        "on_behalf_of_id": behalf,
        "at": now,
        "revision_digest": found.revision.digest,
        "evidence_digest": found.revision.evidence_digest,
        "policy_digest": found.item.policy_digest,
        "passes": sorted(set(ask.passes)) if act == "override" else [],
        "expires_at": _midnight(ask.expires_on, now) if act == "override" and ask.expires_on else None,
        "choice": ask.choice if act == "approve" else "",
        "exempt": involved,
    }
    made = put(session, Decision, **row)
    if ask.glance is not None:
        glances.keep(session, made, *ask.glance, now)
    return cast("Decision", SimpleNamespace(id=made, **row))  # as a plain row: it is never changed


def _midnight(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), now.tzinfo)


def _label(found: desk.Desk, gate: Gate, made: Decision) -> str:
    known = judging.reasons(found.policy, gate, "escalate", found.situation)
    return next((one.label for one in known if one.code == made.reason_code), made.reason_code)


def _moved_on(session: Session, found: desk.Desk, gate: Gate, made: Decision, now: datetime) -> list[Event]:
    item: Item = found.item
    becomes: dict[str, Any] = {"lease_holder_id": None, "lease_until": None}
    if made.action in AFTER:
        becomes["state"] = AFTER[made.action]
        if made.action == "escalate":
            rule = found.policy.place(f"gate:{gate.key}", "goes_up_to")
            becomes["why"] = f"Escalated at {gate.name}: {_label(found, gate, made)} ({rule})"
    else:
        vote = judging.Vote(made.person_id, made.role, made.action, tuple(made.passes))
        now_is = replace(found.situation, votes=(*found.situation.votes, vote))
        if judging.satisfied(found.policy, gate, now_is):
            becomes["state"] = "approved"
    if becomes.get("state") in judging.SETTLED:
        becomes |= {"settled_at": now, "settled_by_id": made.person_id}
    change(session, item, **becomes)
    extra = []
    if item.state == "approved":
        commitments.keep(session, item, found.revision, made, now)
    if item.state == "approved" and item.kind == "trigger_question":
        extra = answers.answer(session, found, made, now)
    if item.state == "approved" and item.kind == POLICY_CHANGE:
        extra = proposals.accepted(session, found, made, now)
    if made.action == "escalate" and item.kind != POLICY_CHANGE:
        extra = _excepted(session, found, made, now)
    if item.state == "approved":
        extra += chain.follows(session, found, now)
    if item.state in ("approved", "rejected", "sent_back"):
        _tell(session, found, made, now)
    return extra


def _excepted(session: Session, found: desk.Desk, made: Decision, now: datetime) -> list[Event]:
    """An escalation opens an exception, or joins the one that is open; a policy without exceptions has none."""
    category, because = exceptions.chosen(found, made.reason_code)
    if category is None:
        return []
    actor = f"person:{made.person_id}"
    return exceptions.open_for(session, found, category.key, made.text, actor, now, because=because)


def _tell(session: Session, found: desk.Desk, made: Decision, now: datetime) -> None:
    if not found.item.callback_url:
        return
    person = session.get(Person, made.person_id)
    edited = found.revision.author_person_id is not None
    kind = "item.sent_back" if found.item.state == "sent_back" else "item.decided"
    data = {
        "revision": {"number": found.revision.number, "digest": found.revision.digest},
        "decision": messages.outcome(made, person.name if person else "", found.revision.draft if edited else None),
    }
    if found.item.onboarding_id is not None:
        external = select(Onboarding.external_id).where(Onboarding.id == found.item.onboarding_id)
        data["onboarding"] = {"external_id": session.scalar(external), "customer": found.item.customer}
    messages.tell(session, found.item, kind, now, data)


def _edited(session: Session, found: desk.Desk, made: Decision, ask: Ask, now: datetime) -> list[Event]:
    before, draft = renewal.drafted(session, found.revision, found.item.kind), ask.draft or {}
    if found.unsettled.shifts:
        before = marking.caught_up(session, found.unsettled, before, draft)
    kept = revisions.still_said(before, draft)
    after = Drafted(before.kind, ask.title or before.title, draft, before.sources, kept)
    author = renewal.Author(person_id=made.person_id, confidence=found.revision.confidence)
    return renewal.renew(session, found, after, author, now, revisions.sent_along(found.checks))


def _event(found: desk.Desk, made: Decision, goes_out: dict[str, Any]) -> Event:
    facts: dict[str, Any] = {
        "decision": made.id,
        "reason": made.reason_code,
        "role": made.role,
        "on_behalf_of": f"person:{made.on_behalf_of_id}" if made.on_behalf_of_id else None,
        "revision": found.revision.number,
        "revision_digest": made.revision_digest,
        "evidence_digest": made.evidence_digest,
        "policy_digest": made.policy_digest,
        "state": found.item.state,
        "override": {"passes": made.passes, "until": override_log.moment(made.expires_at)} if made.expires_at else None,
        **goes_out,
    }
    if made.exempt:
        facts["separation"] = {"exempted": made.exempt, "rule": found.policy.place("organisation")}
    if made.choice:
        facts["choice"] = made.choice
    place = opening.whereabouts(found.item)
    words = {"text": made.text} if made.text else {}
    return Event(f"person:{made.person_id}", EventType(f"item.{made.action}"), **place, facts=facts, texts=words)
