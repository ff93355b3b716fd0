"""Who may see an item or an onboarding, and who may record an onboarding's milestones.

Who may see an exception is `exceptions/case_queries.py:sees`; the override log is read by ability (`access.ABILITIES`).
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from reviewqueue.core.errors import NotFound
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Automation
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.policy.model.policy import Gate, Policy

# Whether the person bound as `viewer` made an item: wrote one of its revisions, or owns the automation that did.
MADE_BY_VIEWER = exists(
    select(Revision.id)
    .join(Automation, Automation.id == func.coalesce(Revision.author_automation_id, Item.automation_id))
    .where(Revision.item_id == Item.id)
    .where(
        or_(
            Revision.author_person_id == bindparam("viewer"),
            and_(Revision.number == 1, Automation.owner_id == bindparam("viewer")),
        )
    )
    .correlate(Item)
)
_ITEMS = (
    select(Item.id, Item.lane, Item.gate, Item.policy_digest, Onboarding.owner_id, MADE_BY_VIEWER.label("made"))
    .outerjoin(Onboarding, Onboarding.id == Item.onboarding_id)
    .where(Item.id.in_(bindparam("items", expanding=True)))
)


def sees_item(gate: Gate | None, actor: evaluation.Actor, *, owner: int | None, made: bool) -> bool:
    """Whether this person may see an item: they made it, it is about their account and its gate lets the account's
    owner decide, or they see its gate. `gate` is the item's under its own policy; `owner` is the account's."""
    owns = gate is not None and gate.account_owner and owner in actor.acts_for
    return made or owns or access.sees_gate(gate, actors.effective_roles(actor))


def visible_items(session: Session, item_ids: Iterable[int | None], actor: evaluation.Actor) -> frozenset[int]:
    """The ids of those of these items that this person may see; one statement for all of them."""
    rows = session.execute(_ITEMS, {"items": list({*item_ids} - {None}), "viewer": actor.person_id})
    seen = set()
    for row in rows:
        gate = policy_versions.version(session, row.policy_digest).gate(row.lane, row.gate)
        if sees_item(gate, actor, owner=row.owner_id, made=row.made):
            seen.add(row.id)
    return frozenset(seen)


def sees_onboarding(policy: Policy, onboarding: Onboarding, actor: evaluation.Actor) -> bool:
    """Whether this person may see an onboarding: it is their account, or they see its lane by the active policy."""
    lanes = access.visible_lanes(policy, actors.effective_roles(actor))
    return owns_account(onboarding, actor) or onboarding.lane in lanes


def load_onboarding(session: Session, onboarding_id: int | None, actor: evaluation.Actor) -> Onboarding:
    """An onboarding for somebody who may see it. Raises the same NotFound for a hidden one as for an absent one."""
    onboarding = session.get(Onboarding, onboarding_id) if onboarding_id is not None else None
    if onboarding is None or not sees_onboarding(policy_versions.current(session), onboarding, actor):
        raise NotFound()
    return onboarding


def owns_account(onboarding: Onboarding, actor: evaluation.Actor) -> bool:
    """Whether the onboarding's account is this person's, or that of somebody they stand in for."""
    return onboarding.owner_id in actor.acts_for


def may_record_milestones(onboarding: Onboarding, actor: evaluation.Actor) -> bool:
    """Whether this person may record the evidence of this onboarding's milestones, and take it back."""
    held = actors.effective_roles(actor)
    return owns_account(onboarding, actor) or access.has_ability(held, "record a milestone's evidence")
