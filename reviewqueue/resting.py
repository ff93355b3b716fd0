"""Resting: what goes by itself rests on a standing, and a standing on a decision that a person made. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import approvals, desk, policies
from reviewqueue.events import EventType
from reviewqueue.policy import earned
from reviewqueue.policy.shape import Policy
from reviewqueue.policy.words import POLICY_CHANGE
from reviewqueue.records.items import Decision, Item, Revision
from reviewqueue.records.log import LogEntry
from reviewqueue.records.releases import Release
from reviewqueue.records.standings import Standing, StandingItem
from reviewqueue.refusals import Refused


def up(session: Session, lane_key: str, message: str) -> Standing | None:
    """The standing of a message that has not fallen."""
    mine = Standing.lane == lane_key, Standing.message == message, Standing.down_at.is_(None)
    return session.scalars(select(Standing).where(*mine).order_by(Standing.id.desc()).limit(1)).first()


def of_item(session: Session, item_id: int) -> Standing | None:
    """The standing by which an item went by itself; None for all others."""
    mine = StandingItem.item_id == item_id, StandingItem.sampled.is_(False)
    query = select(Standing).join(StandingItem, StandingItem.standing_id == Standing.id).where(*mine)
    return session.scalars(query).first()


def history(session: Session, lane_key: str) -> Sequence[Standing]:
    """Every standing there ever was in a lane, newest first."""
    return session.scalars(select(Standing).where(Standing.lane == lane_key).order_by(Standing.id.desc())).all()


def ended(session: Session, row: Standing, policy: Policy) -> tuple[str, str] | None:
    """(cause, why in words) where the policy in force no longer lets it stand."""
    lane = policy.lane(row.lane)
    if lane is None or lane.stage != "live":
        stage = f"in stage {lane.stage} ({policy.place(f'lane:{row.lane}', 'stage')})" if lane else "gone"
        return "stop", f"Lane {row.lane} is {stage}, and nothing goes by itself there"
    rule = earned.automatic(lane).get(row.message)
    if rule is None or earned.since(rule) != row.since:
        where = policy.place(f"lane:{row.lane}", "messages", row.message, "sending")
        return "stop", f"The policy in force does not let it go by itself since {row.since} ({where})"
    then = _decided_by(session, row)
    if then is None:
        return "stop", "The policy by which people decided it is not there any more"
    if then.template(row.message) != policy.template(row.message):
        return "words", f"Template {row.message} says something else than it did when it earned this"
    return None


def _decided_by(session: Session, row: Standing) -> Policy | None:
    try:
        return policies.version(session, row.policy_digest)
    except Refused:
        return None


def fallen(session: Session, found: desk.Desk, release: Release) -> str:
    """Why what went by itself may not go any more, in words; "" when it may, or when a person decided it."""
    if any(one.id == release.decision_id for one in found.decisions):
        return ""
    row = of_item(session, found.item.id)
    if row is None or unearned(session, found, release):
        return ""  # what never stood is no fall: it fails
    if row.down_at is not None:
        return row.down_says
    why = ended(session, row, policies.version(session, found.in_force))
    return why[1] if why else ""


def unearned(session: Session, found: desk.Desk, release: Release) -> str:
    """Why a release that no decision on its item let go does not rest on a person's standing decision either, in words;
    "" when it does."""
    row = of_item(session, found.item.id)
    if row is None or row.decision_id != release.decision_id:
        return "no decision on this item approved it"
    made = session.get(Decision, row.decision_id)
    about = session.get(Item, made.item_id) if made else None
    if made is None or about is None or about.kind != POLICY_CHANGE or made.action != "approve":
        return "its standing rests on no person's decision"
    if about.state != "approved" or (made.person_id == row.people[0] and not made.exempt):
        return "its standing rests on no second person's decision"
    draft = session.scalar(select(Revision.draft).where(Revision.id == made.revision_id)) or {}
    if why := approvals.why_not(session, desk.open_desk(session, about.id, made.at), made.id):
        return f"its standing rests on no approval: {why}"
    then = _decided_by(session, row) if draft.get("candidate") == row.policy_digest else None
    lane = then.lane(row.lane) if then else None
    rule = earned.automatic(lane).get(row.message) if lane else None
    if rule is None or earned.since(rule) != row.since:
        return "what was decided does not let it go by itself"
    went = LogEntry.item_id == found.item.id, LogEntry.act == EventType.ITEM_STAND.value
    if session.scalar(select(LogEntry.position).where(*went).limit(1)) is None:
        return "the log does not know that it went by itself"
    if found.revision.digest != release.digest or found.revision.number != 1:
        return "it is not what went by itself"
    return ""
