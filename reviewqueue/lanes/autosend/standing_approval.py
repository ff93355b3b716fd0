"""Standing approvals: which one covers a message or an item, whether it is still valid, and whether it rests on a
proposal that a second person approved. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import EventType
from reviewqueue.core.errors import DomainError
from reviewqueue.core.vocabulary import POLICY_CHANGE
from reviewqueue.db.tables.autosend import StandingApproval, StandingItem
from reviewqueue.db.tables.items import Decision, Item, Revision
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.db.tables.releases import Release
from reviewqueue.items import approvals, item_context
from reviewqueue.policy import autosend as policy_autosend
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.policy import Policy


def active_approval(session: Session, lane_key: str, message: str) -> StandingApproval | None:
    """The standing approval of a message that is not revoked; None without one."""
    mine = StandingApproval.lane == lane_key, StandingApproval.message == message, StandingApproval.down_at.is_(None)
    return session.scalars(select(StandingApproval).where(*mine).order_by(StandingApproval.id.desc()).limit(1)).first()


def of_item(session: Session, item_id: int) -> StandingApproval | None:
    """The standing approval under which an item was sent automatically; None for all others."""
    mine = StandingItem.item_id == item_id, StandingItem.sampled.is_(False)
    query = select(StandingApproval).join(StandingItem, StandingItem.standing_id == StandingApproval.id).where(*mine)
    return session.scalars(query).first()


def history(session: Session, lane_key: str) -> Sequence[StandingApproval]:
    """Every standing approval a lane ever had, newest first."""
    return session.scalars(
        select(StandingApproval).where(StandingApproval.lane == lane_key).order_by(StandingApproval.id.desc())
    ).all()


def why_ended(session: Session, row: StandingApproval, policy: Policy) -> tuple[str, str] | None:
    """(cause, why in words) where the active policy ends a standing approval; None while it is valid."""
    lane = policy.lane(row.lane)
    if lane is None or lane.stage != "live":
        stage = f"in stage {lane.stage} ({policy.place(f'lane:{row.lane}', 'stage')})" if lane else "gone"
        return "stop", f"Lane {row.lane} is {stage}, and nothing is sent automatically there"
    rule = policy_autosend.automatic_rules(lane).get(row.message)
    if rule is None or policy_autosend.automatic_since(rule) != row.since:
        where = policy.place(f"lane:{row.lane}", "messages", row.message, "sending")
        return "stop", f"The active policy does not let it be sent automatically since {row.since} ({where})"
    deciding_policy = _deciding_policy(session, row)
    if deciding_policy is None:
        return "stop", "The policy by which people decided it is not there any more"
    if deciding_policy.template(row.message) != policy.template(row.message):
        return "words", f"Template {row.message} says something else than it did when it earned this"
    return None


def _deciding_policy(session: Session, row: StandingApproval) -> Policy | None:
    try:
        return policy_versions.version(session, row.policy_digest)
    except DomainError:
        return None


def why_lapsed(session: Session, context: item_context.ItemContext, release: Release) -> str:
    """Why an automatic release may not be sent any more, in words; "" when it may, when a person decided the item, and
    where `why_unapproved` applies."""
    if any(one.id == release.decision_id for one in context.decisions):
        return ""
    row = of_item(session, context.item.id)
    if row is None or why_unapproved(session, context, release):
        return ""  # never approved, so it has not lapsed: `why_unapproved` makes it fail
    if row.down_at is not None:
        return row.down_says
    why = why_ended(session, row, policy_versions.version(session, context.in_force))
    return why[1] if why else ""


def why_unapproved(session: Session, context: item_context.ItemContext, release: Release) -> str:
    """Why a release without an approving decision on its item has no valid standing approval either, in words; "" when
    it has one, which is evaluated again from the stored proposal, its approval and the log."""
    row = of_item(session, context.item.id)
    if row is None or row.decision_id != release.decision_id:
        return "no decision on this item approved it"
    decision = session.get(Decision, row.decision_id)
    proposal = session.get(Item, decision.item_id) if decision else None
    if decision is None or proposal is None or proposal.kind != POLICY_CHANGE or decision.action != "approve":
        return "its standing approval rests on no person's decision"
    if proposal.state != "approved" or (decision.person_id == row.people[0] and not decision.exempt):
        return "its standing approval rests on no second person's decision"
    draft = session.scalar(select(Revision.draft).where(Revision.id == decision.revision_id)) or {}
    if why := approvals.why_not_approved(session, item_context.load(session, proposal.id, decision.at), decision.id):
        return f"its standing approval rests on no approval: {why}"
    deciding_policy = _deciding_policy(session, row) if draft.get("candidate") == row.policy_digest else None
    lane = deciding_policy.lane(row.lane) if deciding_policy else None
    rule = policy_autosend.automatic_rules(lane).get(row.message) if lane else None
    if rule is None or policy_autosend.automatic_since(rule) != row.since:
        return "what was decided does not let it be sent automatically"
    sent_entry = LogEntry.item_id == context.item.id, LogEntry.act == EventType.ITEM_STAND.value
    if session.scalar(select(LogEntry.position).where(*sent_entry).limit(1)) is None:
        return "the log has no entry that it was sent automatically"
    if context.revision.digest != release.digest or context.revision.number != 1:
        return "it is not what was sent automatically"
    return ""
