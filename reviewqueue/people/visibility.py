"""Who may see an onboarding, who owns it, and who may record its milestones."""

from __future__ import annotations

from sqlalchemy.orm import Session

from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.policy.model.policy import Policy


def sees(session: Session, run: Onboarding, actor: evaluation.Actor) -> bool:
    """Whether this person may read about an onboarding: they see its lane, or it is their account."""
    return owns(run, actor) or run.lane in access.lanes(policy_versions.current(session), actors.effective_roles(actor))


def owns(run: Onboarding, actor: evaluation.Actor) -> bool:
    """Whether the onboarding's account is this person's, or that of somebody they stand in for."""
    return run.owner_id is not None and run.owner_id in {actor.person_id, *actor.delegators}


def may_record_milestones(run: Onboarding, actor: evaluation.Actor) -> bool:
    """Whether this person may record the evidence of this onboarding's milestones, and take it back."""
    return owns(run, actor) or access.has_ability(actors.effective_roles(actor), "record a milestone's evidence")


def sees_lane_of(policy: Policy, onboarding: Onboarding, actor: evaluation.Actor) -> bool:
    """Whether an onboarding is in a lane this person sees under that policy, whoever owns the account."""
    return onboarding.lane in access.lanes(policy, actors.effective_roles(actor))
