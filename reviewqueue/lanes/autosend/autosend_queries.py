"""How each message of a lane is sent now, what auto-send of it still takes, and its standing approvals. Reads only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.db.tables.autosend import StandingApproval
from reviewqueue.db.tables.items import Decision
from reviewqueue.lanes import readiness_queries
from reviewqueue.lanes.autosend import eligibility, standing_approval
from reviewqueue.lanes.autosend.eligibility import Eligibility
from reviewqueue.policy import autosend as policy_autosend
from reviewqueue.policy.model.messages import SENDING, MessageRule
from reviewqueue.policy.model.policy import Lane, Policy
from reviewqueue.policy.model.templates import Template


@dataclass(frozen=True)
class ApprovalHistory:
    """A standing approval with its `tally` (`eligibility.tally`) and the item id of the proposal that granted it."""

    row: StandingApproval
    tally: Counter[str]
    proposal: int


@dataclass(frozen=True)
class MessageSending:
    """One message of a lane. `says` is how it is sent now, `place` the file and line of that; `may` describes a message
    that can ever be sent automatically, and is "" for all others; `eligibility` is its eligibility, where it can.
    `active` is its active standing approval, `revoked` are the revoked ones."""

    template: Template
    rule: MessageRule | None
    says: str
    place: str
    may: str
    eligibility: Eligibility | None
    active: ApprovalHistory | None
    revoked: tuple[ApprovalHistory, ...]

    @property
    def lacks_approval(self) -> bool:
        """Whether the active policy sends it automatically, but no active standing approval does."""
        return self.active is None and self.rule is not None and self.rule.sending == "automatic"


def of_lane(session: Session, policy: Policy, lane_key: str, now: datetime) -> tuple[Lane, list[MessageSending]]:
    """(lane, its messages: those that can be sent automatically first). Raises NotFound."""
    lane = readiness_queries.lane_of(policy, lane_key)
    approvals = [_with_history(session, row) for row in standing_approval.history(session, lane_key)]
    messages = [_message_sending(session, policy, lane, one, approvals, now) for one in _messages(policy, lane)]
    return lane, sorted(messages, key=lambda one: not one.may)


def _messages(policy: Policy, lane: Lane) -> Iterator[Template]:
    for one in policy.templates:
        if one.message and one.kind in lane.kinds and lane.key in (one.lanes or (lane.key,)):
            yield one


def _message_sending(
    session: Session,
    policy: Policy,
    lane: Lane,
    template: Template,
    approvals: Sequence[ApprovalHistory],
    now: datetime,
) -> MessageSending:
    name, rule = lane.message_rule(template.kind, template.key) or ("", None)
    own_approvals = [one for one in approvals if one.row.message == template.key]
    may = policy_autosend.ALLOWED_MESSAGES.get(template.key, "")
    return MessageSending(
        template=template,
        rule=rule,
        says=SENDING[rule.sending if rule else "approve"],
        place=policy.place(f"lane:{lane.key}", "messages", name, "sending")
        if rule
        else policy.place(f"lane:{lane.key}"),
        may=may,
        eligibility=eligibility.eligibility(session, policy, lane, template.key, now) if may else None,
        active=next((one for one in own_approvals if one.row.down_at is None), None),
        revoked=tuple(one for one in own_approvals if one.row.down_at is not None),
    )


def _with_history(session: Session, row: StandingApproval) -> ApprovalHistory:
    proposal = session.scalar(select(Decision.item_id).where(Decision.id == row.decision_id))
    return ApprovalHistory(row, eligibility.tally(session, row), proposal or 0)


def plain(message: MessageSending) -> dict[str, Any]:
    """One message as JSON."""
    return {
        "message": message.template.key,
        "name": message.template.name,
        "sending": message.rule.sending if message.rule else "approve",
        "place": message.place,
        "may_go_by_itself": bool(message.may),
        "shown": message.eligibility.plain() if message.eligibility else None,
        "standing": _approval_json(message.active) if message.active else None,
        "fallen": [_approval_json(past) for past in message.revoked],
    }


def _approval_json(past: ApprovalHistory) -> dict[str, Any]:
    row = past.row
    down = {"at": row.down_at, "cause": row.down_cause, "says": row.down_says, "by": row.down_by}
    counts = {name: past.tally[name] for name in ("went", "sampled", "decided", "caught")}
    return {
        "id": row.id, "since": row.since.isoformat(), "stood_at": row.stood_at, "decision": row.decision_id,
        "proposal": past.proposal, "people": row.people, **counts, "down": down if row.down_at else None,
    }  # fmt: skip


def with_automatic(text: str, message: str, since: date) -> str:
    """The text of a lane's file, changed so that the message is sent automatically since that day and a lane in pilot
    is live; unchanged where the file has no rule of its own for the message."""
    table = re.compile(
        rf'(\[messages\."?{re.escape(message)}"?\]\n(?:[^\[]*\n)??)sending *=.*\n(?:automatic_since *=.*\n)?'
    )
    changed = table.sub(rf'\1sending = "automatic"\nautomatic_since = {since.isoformat()}\n', text, count=1)
    return text if changed == text else re.sub(r'(?m)^stage *= *"pilot"', 'stage = "live"', changed, count=1)
