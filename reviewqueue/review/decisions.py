"""A named person decides one item: the decision and the item's transition, in one transaction with the log entry. Which
acts are open is in `policy/legal_acts.py`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits, vocabulary
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid
from reviewqueue.core.vocabulary import ACTS, POLICY_CHANGE, QUESTION, ActKey
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, update_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Decision
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Person
from reviewqueue.delivery import releases
from reviewqueue.evidence import commitments, flag_changes, source_records
from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.exceptions import exception_cases
from reviewqueue.items import callback_outbox, corrections, item_context, leases, revise, revisions, seen_version
from reviewqueue.lanes import proposals
from reviewqueue.lanes.autosend import sending
from reviewqueue.measurement.sampling import attention
from reviewqueue.measurement.seeded import seeded_drafts
from reviewqueue.onboarding import answer_question, next_drafts
from reviewqueue.people import actors
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.policy import Gate


@dataclass(frozen=True)
class DecisionRequest:
    """What a person asks for. `passes` (check keys) and `expires_on` belong to an override, `choice` to a question's
    answer, `draft` and `title` to an edit; `claim` and `proposed` to one that says a source is wrong. `glance` is the
    page's attention signal: for how many seconds it was open, and whether evidence was opened ("yes", "no")."""

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
class DecisionResult:
    """The result of a decision: the item's state now, what is still missing if it is not settled, and the person as
    they were at that moment."""

    state: str
    needs: tuple[evaluation.Need, ...]
    revision_number: int
    title: str
    customer: str
    kind: str
    actor: evaluation.Actor


def decide(
    session: Session, person_id: int, item_id: int, ask: DecisionRequest, seen: seen_version.SeenVersion, now: datetime
) -> DecisionResult:
    """Record a person's act on what they saw, and move the item as the policy says.

    Raises NotFound (404), Conflict (409: settled, or anything on the screen changed), Forbidden (403, with the rule)
    and Invalid (422, naming the field). Whatever is raised, nothing was written.
    """
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        found = item_context.load_visible(session, item_id, actor, now)
        override_log.append(session, now, *record(session, found, actor, ask, seen, now))
        left = () if found.item.state in vocabulary.SETTLED else tuple(item_context.load(session, item_id, now).needs())
    item = found.item
    return DecisionResult(item.state, left, item.revision_number, found.revision.title, item.customer, item.kind, actor)


def record(
    session: Session,
    found: item_context.ItemContext,
    actor: evaluation.Actor,
    ask: DecisionRequest,
    seen: seen_version.SeenVersion,
    now: datetime,
) -> list[Event]:
    """The same inside a transaction the caller holds; returns the events for the caller to append, last. Raises as
    `decide`, but for NotFound, before it writes anything."""
    seen_version.require_current(session, found, seen)
    act = _legal(session, found, actor, ask)
    gate = found.gate
    assert gate is not None  # noqa: S101  (a missing gate allows no act)
    doubt = None
    if act == "edit" and ask.reason_code == corrections.SOURCE_WRONG:
        doubt = corrections.validate_correction(session, found, ask.claim, ask.proposed, ask.draft or {})
    _reasoned(found, gate, act, ask, now, doubt)
    made = _record(session, found, gate, actor, act, ask, now)
    if shown := seeded_drafts.reveal_if_seeded(session, found, made, ask.draft, now):
        return [_event(found, made, {}), *shown]
    if act == "edit":
        events = _edited(session, found, made, ask, now)
    else:
        _move(session, found, gate, made, now)
        events = _follow_up(session, found, made, now)
    events += corrections.open_correction(session, found, made, doubt, now) if doubt else []
    events += sending.on_decision(session, found, made, now)
    goes_out = releases.enqueue(session, found, gate, made, now) if found.item.state == "approved" else {}
    return [_event(found, made, goes_out), *events]


def _legal(session: Session, found: item_context.ItemContext, actor: evaluation.Actor, ask: DecisionRequest) -> ActKey:
    act = ACTS.get(ask.action)
    if act is None:
        raise Invalid("That is not an action.", [FieldError("/action", f"one of {', '.join(ACTS)}")])
    legal = found.may(actor, act.key)
    if legal.allowed:
        return act.key
    if found.situation.lease_holder not in (None, actor.person_id):
        says = leases.holder_says(session, found)
        raise Conflict(f"{says}, so your decision was not recorded. Your words are kept here; ask for the item.")
    rule = f" ({legal.rule})" if legal.rule else ""
    raise Forbidden(f"{legal.why}{rule}. Nothing was recorded.")


def _reasoned(
    found: item_context.ItemContext,
    gate: Gate,
    act: ActKey,
    ask: DecisionRequest,
    now: datetime,
    doubt: corrections.ProposedCorrection | None,
) -> None:
    faults = []
    codes = [reason.code for reason in evaluation.reasons(found.policy, gate, act, found.situation)]
    if ask.reason_code not in codes:
        faults.append(FieldError("/reason_code", "choose a reason"))
    due = evaluation.needs_text(gate, act) or doubt is not None
    faults += text_limits.validate_reason("/text", ask.text, due=due)
    faults += doubt.faults if doubt else []
    if act == "override":
        faults += _override_faults(found, gate, ask, now)
    if act == "approve" and found.item.kind == QUESTION:
        faults += answer_question.faults(found.revision.draft, ask.choice)
    if act == "edit" and not ask.draft:
        faults.append(FieldError("/draft", "the edited draft is empty"))
    if faults:
        raise Invalid("Nothing is recorded yet; what you typed is still here.", faults)


def _override_faults(
    found: item_context.ItemContext, gate: Gate, ask: DecisionRequest, now: datetime
) -> list[FieldError]:
    faults = []
    left = set(evaluation.failing(found.situation))
    if set(ask.passes) != left:
        faults.append(FieldError("/passes", f"name each failed check to override: {', '.join(sorted(left))}"))
    latest = now.date() + timedelta(days=evaluation.override_days(gate, left))
    if ask.expires_on is None or not now.date() < ask.expires_on <= latest:
        faults.append(
            FieldError("/expires_on", f"say until when it holds: after today, at the latest {latest:%d %b %Y}")
        )
    return faults


def _record(
    session: Session,
    found: item_context.ItemContext,
    gate: Gate,
    actor: evaluation.Actor,
    act: ActKey,
    ask: DecisionRequest,
    now: datetime,
) -> Decision:
    role = evaluation.acting_role(gate, found.situation, actor, act)
    behalf = evaluation.on_behalf_of(found.situation, actor, role)
    involved = evaluation.exempted(gate, found.situation, actor, role) if ACTS[act].lets_through else ""
    override = act == "override"
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
        "passes": sorted(set(ask.passes)) if override else [],
        "expires_at": datetime.combine(ask.expires_on, time(), now.tzinfo) if override and ask.expires_on else None,
        "choice": ask.choice if act == "approve" else "",
        "exempt": involved,
    }
    made = insert_row(session, Decision, **row)
    if ask.glance is not None:
        attention.record_attention(session, made, *ask.glance, now)
    return cast("Decision", SimpleNamespace(id=made, **row))  # as a plain row: it is never changed


def _move(session: Session, found: item_context.ItemContext, gate: Gate, made: Decision, now: datetime) -> None:
    """Move the item to the act's own state, or to `approved` with the last vote it needs; its lease ends."""
    becomes: dict[str, Any] = {"lease_holder_id": None, "lease_until": None}
    if after := ACTS[made.action].state_after:
        becomes["state"] = after
    elif evaluation.satisfied(found.policy, gate, _with_vote(found.situation, made)):
        becomes["state"] = "approved"
    if made.action == "escalate":
        known = evaluation.reasons(found.policy, gate, "escalate", found.situation)
        label = next((one.label for one in known if one.code == made.reason_code), made.reason_code)
        rule = found.policy.place(f"gate:{gate.key}", "goes_up_to")
        becomes["why"] = f"Escalated at {gate.name}: {label} ({rule})"
    if becomes.get("state") in vocabulary.SETTLED:
        becomes |= {"settled_at": now, "settled_by_id": made.person_id}
    update_row(session, found.item, **becomes)


def _with_vote(situation: evaluation.Situation, made: Decision) -> evaluation.Situation:
    vote = evaluation.Vote(made.person_id, made.role, made.action, tuple(made.passes))
    return replace(situation, votes=(*situation.votes, vote))


def _follow_up(session: Session, found: item_context.ItemContext, made: Decision, now: datetime) -> list[Event]:
    """What follows from the state the item is in now, in the same transaction; returns its events."""
    events: list[Event] = []
    if found.item.state == "approved":
        events = _take_effect(session, found, made, now)
    elif made.action == "escalate":
        events = _open_exception(session, found, made, now)
    if found.item.state in ("approved", "rejected", "sent_back") and found.item.callback_url:
        _enqueue_callback(session, found, made, now)
    return events


def _take_effect(session: Session, found: item_context.ItemContext, made: Decision, now: datetime) -> list[Event]:
    """What was approved holds: its promises are kept, its question is answered, its policy comes into force, and the
    drafts that come next are due."""
    events: list[Event] = []
    commitments.keep(session, found.item, found.revision, made, now)
    if found.item.kind == QUESTION:
        events = answer_question.answer(session, found, made, now)
    if found.item.kind == POLICY_CHANGE:
        events = proposals.activate(session, found, made, now)
    return events + next_drafts.schedule_after_approval(session, found, now)


def _open_exception(session: Session, found: item_context.ItemContext, made: Decision, now: datetime) -> list[Event]:
    """An escalation opens an exception, or joins the one that is open; none of a policy proposal, and none under a
    policy without exceptions."""
    category, because = exception_cases.category_for(found, made.reason_code)
    if category is None:
        return []
    about, actor = (found.policy, found.item), Actor.person(made.person_id)
    return exception_cases.open_for(session, *about, category.key, made.text, actor, now, because)


def _enqueue_callback(session: Session, found: item_context.ItemContext, made: Decision, now: datetime) -> None:
    person = session.get(Person, made.person_id)
    edited = found.revision.author_person_id is not None
    kind = "item.sent_back" if found.item.state == "sent_back" else "item.decided"
    data = {
        "revision": {"number": found.revision.number, "digest": found.revision.digest},
        "decision": callback_outbox.decision_payload(
            made, person.name if person else "", found.revision.draft if edited else None
        ),
    }
    if found.item.onboarding_id is not None:
        external = select(Onboarding.external_id).where(Onboarding.id == found.item.onboarding_id)
        data["onboarding"] = {"external_id": session.scalar(external), "customer": found.item.customer}
    callback_outbox.enqueue(session, found.item, kind, now, data)


def _edited(
    session: Session, found: item_context.ItemContext, made: Decision, ask: DecisionRequest, now: datetime
) -> list[Event]:
    before, draft = revise.load_draft(session, found.revision, found.item.kind), ask.draft or {}
    if found.unsettled.shifts:
        before = flag_changes.rebase_sources(session, found.unsettled, before, draft)
    kept = source_records.still_said(before, draft)
    after = DraftWithEvidence(before.kind, ask.title or before.title, draft, before.sources, kept)
    author = revise.Author(person_id=made.person_id, confidence=found.revision.confidence)
    return revise.add_revision(session, found, after, author, now, revisions.sent_along(found.checks))


def _event(found: item_context.ItemContext, made: Decision, goes_out: dict[str, Any]) -> Event:
    facts: dict[str, Any] = {
        "decision": made.id,
        "reason": made.reason_code,
        "role": made.role,
        "on_behalf_of": Actor.person_or_none(made.on_behalf_of_id),
        "revision": found.revision.number,
        "revision_digest": made.revision_digest,
        "evidence_digest": made.evidence_digest,
        "policy_digest": made.policy_digest,
        "state": found.item.state,
        "override": {"passes": made.passes, "until": base.moment(made.expires_at)} if made.expires_at else None,
        **goes_out,
    }
    if made.exempt:
        facts["separation"] = {"exempted": made.exempt, "rule": found.policy.place("organisation")}
    if made.choice:
        facts["choice"] = made.choice
    words = {"text": made.text} if made.text else {}
    act = EventType(f"item.{made.action}")
    return Event.about(found.item, Actor.person(made.person_id), act, facts=facts, texts=words)
