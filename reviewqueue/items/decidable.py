"""Which of many open items a person can decide now, and what each of the others waits for.

The same rules as on the item page (`policy.legal_acts`), evaluated for many items with a few statements. An item whose
sources changed is decidable when this person's own acknowledgement is all it needs. Reads only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Executable, func, literal, select
from sqlalchemy.orm import Session, aliased

from reviewqueue.core import field_names
from reviewqueue.core.errors import DomainError
from reviewqueue.core.vocabulary import LETS_THROUGH, POLICY_CHANGE
from reviewqueue.db.statements import PreparedIn
from reviewqueue.db.tables.items import Check, Decision, Item, Revision
from reviewqueue.db.tables.model_checks import ModelResult
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Automation, Person
from reviewqueue.evidence import corrected_fields, source_changes
from reviewqueue.evidence.text.corrected_values import StillSaid
from reviewqueue.items import item_context, makers
from reviewqueue.policy import evaluation, legal_acts, policy_versions
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.policy.model.checks import CHANGED
from reviewqueue.policy.model.policy import Gate, Policy

MAX_EVALUATED = 200  # no page and no search for the next item evaluates more items than this
Key = tuple[Any, int]
Ids = list[BindParameter[Any]]
_PAUSED = {"waiting_for_customer": "the customer; it is paused", "waiting_for_sales": "sales; it is paused"}


_INVOLVEMENT_TEXT = {
    "author": "you wrote this revision",
    "editor": "you edited this item",
    "automation_owner": "your automation drafted it",
    "key_maker": "you made a key of the automation that drafted it",
    "answerer": "you gave answers that it cites, or a stand-in gave them",
    "delegate": "you stand in for somebody who made it",
    "delegator": "your stand-in made it",
}


@dataclass(frozen=True)
class Wait:
    """Why this person cannot decide an item now. `says` completes the sentence "It waits for …"."""

    code: str
    says: str


@dataclass
class DecidablePart:
    """A part of a list, in its order: `decidable` are the keys of what a person can decide now, `waits` what each other
    item waits for (by item id), `last_key` the last key evaluated, `has_more` whether the list goes on behind it."""

    decidable: list[Key] = field(default_factory=list)
    waits: dict[int, Wait] = field(default_factory=dict)
    last_key: Key | None = None
    has_more: bool = False


def _facts(ids: Ids) -> Executable:
    first, holder = aliased(Revision), aliased(Person)
    found = select(Item.id, Item.state, Item.kind, Item.lane, Item.gate, Item.fails, Item.pause, Item.paused_at)
    return (
        found.add_columns(Item.lease_holder_id, Item.lease_until, Item.policy_digest, Revision.id.label("revision"))
        .add_columns(Automation.owner_id.label("automation_owner"))
        .add_columns(Onboarding.owner_id.label("account_owner"), holder.name.label("holder"))
        .add_columns(item_context.HAS_OPEN_CORRECTION.label("questioned"), makers.KEY_MAKERS.label("key_makers"))
        .add_columns(item_context.HAS_ACCEPTED_CORRECTION.label("corrected"))
        .add_columns(Item.opened_at, Item.onboarding_id, source_changes.last_change_id(Item.id).label("last_move"))
        .add_columns(ModelResult.digest.label("model_digest"), makers.ANSWERERS.label("answerers"))
        .join(Revision, (Revision.item_id == Item.id) & (Revision.number == Item.revision_number))
        .outerjoin(ModelResult, ModelResult.revision_id == Revision.id)
        .join(first, (first.item_id == Item.id) & (first.number == 1))
        .join(Automation, Automation.id == func.coalesce(first.author_automation_id, Item.automation_id))
        .outerjoin(Onboarding, Onboarding.id == Item.onboarding_id)
        .outerjoin(holder, holder.id == Item.lease_holder_id)
        .where(Item.id.in_(ids))
    )


def _writers(ids: Ids) -> Executable:
    found = select(Revision.item_id, Revision.id, Revision.author_person_id)
    return found.where(Revision.item_id.in_(ids), Revision.author_person_id.is_not(None))


def _votes(ids: Ids) -> Executable:
    made = select(Decision.item_id, Decision.revision_id, Decision.person_id, Decision.role, Decision.action)
    made = made.add_columns(Decision.changes_seen)
    passing = Decision.action.in_([literal(act) for act in LETS_THROUGH])
    return (
        made.add_columns(Decision.passes, Decision.expires_at)
        .where(Decision.item_id.in_(ids), passing)
        .order_by(Decision.id)
    )


def _checks(revisions: Ids) -> Executable:
    found = select(Check.revision_id, Check.key, Check.outcome, Check.blocking)
    return found.where(Check.revision_id.in_(revisions), (Check.outcome == "fail") | (Check.key == CHANGED))


_FACTS, _WRITERS, _VOTES, _CHECKS = (PreparedIn(one, step=52) for one in (_facts, _writers, _votes, _checks))


def find_decidable(
    session: Session,
    actor: evaluation.Actor,
    next_keys: Callable[[Key | None, int], Sequence[Key]],
    wanted: int,
    now: datetime,
    excluded: Collection[int] = (),
) -> DecidablePart:
    """Go along a list until `wanted` items that the person can decide now are found, the list ends, or MAX_EVALUATED
    items were evaluated. `next_keys(last, limit)` gives the keys behind `last`; items in `excluded` are left out."""
    part, evaluated, limit = DecidablePart(), 0, wanted + 1
    while evaluated < MAX_EVALUATED:
        limit = min(limit, MAX_EVALUATED - evaluated)
        keys = next_keys(part.last_key, limit)
        waits = waits_of(session, actor, [item for _, item in keys if item not in excluded], now)
        for key in keys:
            evaluated, part.last_key = evaluated + 1, key
            if key[1] in waits:
                part.waits[key[1]] = waits[key[1]]
            elif key[1] not in excluded:
                part.decidable.append(key)
            if len(part.decidable) == wanted:
                part.has_more = key is not keys[-1] or (len(keys) == limit and bool(next_keys(key, 1)))
                return part
        if len(keys) < limit:
            return part
        limit *= 2
    part.has_more = bool(next_keys(part.last_key, 1))
    return part


def waits_of(session: Session, actor: evaluation.Actor, ids: Sequence[int], now: datetime) -> dict[int, Wait]:
    """What each of these items waits for, by item id; items that this person can decide now are left out."""
    facts = _FACTS.rows(session, list(ids))
    wrote, votes, checks = dict[int, list[Any]](), dict[int, list[Any]](), dict[int, list[Any]]()
    for row in _WRITERS.rows(session, list(ids)):
        wrote.setdefault(row.item_id, []).append(row)
    for row in _VOTES.rows(session, list(ids)):
        votes.setdefault(row.revision_id, []).append(row)
    for row in _CHECKS.rows(session, [one.revision for one in facts if one.fails or one.kind == POLICY_CHANGE]):
        checks.setdefault(row.revision_id, []).append(row)
    corrected = {row.id: _corrected(session, row) for row in facts if row.corrected}
    for row in facts:
        for said in corrected.get(row.id, ()):
            checks.setdefault(row.revision, []).append(said.check)
        changes = item_context.changes_seen(row.last_move, corrected.get(row.id, ()))
        if row.revision in votes:
            votes[row.revision] = [made for made in votes[row.revision] if made.changes_seen == changes]
    by_situation: dict[Any, Wait | None] = {}
    waits = {}
    for row in facts:
        situation = _situation(
            actor, row, wrote.get(row.id, ()), votes.get(row.revision, ()), checks.get(row.revision, ()), now
        )
        key = (row.policy_digest, row.lane, row.gate, situation)
        if key not in by_situation:
            by_situation[key] = _first_wait(session, row, situation, actor)
        if wait := _current_wait(session, row, by_situation[key], actor, now):
            waits[row.id] = wait
    return waits


def _situation(
    actor: evaluation.Actor, row: Any, wrote: Sequence[Any], votes: Sequence[Any], checks: Sequence[Any], now: datetime
) -> evaluation.Situation:
    """The item's situation without what is unique to it, so that equal ones are evaluated once. When it was opened
    matters only where the person was granted a role since."""
    late = any(one.at > row.opened_at for one in actor.grants)
    return evaluation.Situation(
        state=row.state,
        kind=row.kind,
        checks=tuple([evaluation.CheckOutcome(one.key, one.outcome, one.blocking) for one in checks]),
        votes=tuple(
            [
                evaluation.Vote(made.person_id, made.role, made.action, tuple(made.passes))
                for made in votes
                if made.expires_at is None or made.expires_at > now
            ]
        ),
        authors=frozenset([one.author_person_id for one in wrote if one.id == row.revision]),
        editors=frozenset([one.author_person_id for one in wrote]),
        automation_owner=row.automation_owner,
        key_makers=makers.ids(row.key_makers),
        answerers=makers.ids(row.answerers),
        opened_at=row.opened_at if late else None,
        onboarding=row.onboarding_id if late else None,
        account_owner=row.account_owner if row.account_owner in actor.acts_for else None,
        running=item_context.running(row.kind, checked=row.model_digest is not None),
    )


def _first_wait(session: Session, row: Any, situation: evaluation.Situation, actor: evaluation.Actor) -> Wait | None:
    """The first thing that items in this situation wait for; None when this person can decide them."""
    try:
        policy = policy_versions.version(session, row.policy_digest)
    except (DomainError, BadPolicy):
        return Wait("gate", "RevOps: its policy is missing or does not load")
    gate = policy.gate(row.lane, row.gate)
    if gate is None:
        return Wait("gate", "RevOps: its gate is missing from its policy")
    situation = replace(situation, late_grants_count=policy.organisation.small_team)
    who = evaluation.decider_text(policy, gate, situation)
    if situation.state == "sent_back":
        return Wait("sent_back", "a new draft")
    if not evaluation.acting_role(gate, situation, actor):
        return Wait("role", who)
    involvement = evaluation.involvement(situation, gate, actor)
    if involvement and not policy.organisation.small_team:
        return Wait("own", f"another {who}: {_INVOLVEMENT_TEXT[involvement]}")
    if any(vote.person_id == actor.person_id for vote in situation.votes):
        return Wait("approved", f"one more approval from {who}: you have approved it")
    return _check_wait(policy, gate, situation, actor)


def _current_wait(session: Session, row: Any, wait: Wait | None, actor: evaluation.Actor, now: datetime) -> Wait | None:
    """What this one item waits for: its lease, pause or open correction first, then what its situation waits for."""
    if wait and wait.code in ("gate", "sent_back", "role"):
        return wait
    if row.lease_holder_id not in (None, actor.person_id) and row.lease_until and row.lease_until > now:
        return Wait("lease", f"{row.holder}, who has taken it")
    if row.paused_at is not None:
        return Wait("paused", _PAUSED.get(row.pause, "somebody who resumes it; it is paused"))
    if row.questioned and (asked := _question(session, row)):
        return Wait("source", asked)
    return wait


def _question(session: Session, row: Any) -> str:
    """Who answers the first open correction of a field the item cites, in words; "" where there is none."""
    item = session.get_one(Item, row.id)
    asked = source_changes.unsettled(session, item, row.revision, questioned=True).corrections
    if not asked:
        return ""
    role = asked[0].owner_role.replace("_", " ")
    return f"the {role}, who answers correction {asked[0].correction_id} of {field_names.with_pointer(asked[0].path)}"


def _corrected(session: Session, row: Any) -> Sequence[StillSaid]:
    """The passages of an item's current revision that an accepted correction says are wrong."""
    draft = session.get_one(Revision, row.revision).draft
    return corrected_fields.still_said(session, row.onboarding_id, row.revision, draft)


def _check_wait(policy: Policy, gate: Gate, situation: evaluation.Situation, actor: evaluation.Actor) -> Wait | None:
    if any(legal_acts.permission(policy, gate, situation, actor, act).allowed for act in LETS_THROUGH):
        return None
    if situation.running:
        return Wait("check-running", "its check for the six topics, which is still running")
    failed = evaluation.failing_checks(situation)
    if not failed:
        missing_roles = evaluation.roles_missing(gate, situation)
        return Wait("role", f"an approval from {' and '.join(map(policy.called, missing_roles))}")
    rules = [rule[1] for key in failed if (rule := gate.override_for(key))]
    able = [
        role
        for role in (*evaluation.decider_roles(gate, situation.state), *gate.goes_up_to)
        if all(role in rule.roles for rule in rules)
    ]
    keys = ", ".join(failed)
    if len(rules) == len(failed) and able:
        return Wait(
            "checks", f"{' or '.join(map(policy.called, dict.fromkeys(able)))}, who may override {keys}, or an edit"
        )
    fixed = [key for key in failed if not evaluation.overridable(gate, key)]
    why = f"nobody may override {', '.join(fixed)}" if fixed else f"no one reason covers overriding {keys} together"
    return Wait("checks", f"an edit or a new draft: {why}")
