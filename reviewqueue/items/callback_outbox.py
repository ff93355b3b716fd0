"""The callback outbox: callbacks are written in the transaction of what they report. `delivery.callbacks` sends
them."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from reviewqueue.core import canonical_json
from reviewqueue.db.rows import insert_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.callbacks import Callback
from reviewqueue.db.tables.items import Decision, Item


def enqueue(session: Session, item: Item, kind: str, now: datetime, data: dict[str, Any]) -> None:
    """Put a callback of type `kind` into the outbox, if the item has a callback URL. Only inside `writing()`."""
    if not item.callback_url:
        return
    message = {
        "type": kind,
        "timestamp": base.moment(now),
        "data": {
            **{name: getattr(item, name) for name in ("id", "kind", "lane", "gate", "state")},
            "url": f"/items/{item.id}",
            **data,
        },
    }
    insert_row(
        session,
        Callback,
        webhook_id=f"msg_{secrets.token_urlsafe(18)}",
        type=kind,
        automation_id=item.automation_id,
        item_id=item.id,
        url=item.callback_url,
        body=canonical_json.write(message, digits=True),
        next_at=now,
        created_at=now,
    )


def enqueue_superseded(session: Session, item: Item, newer_item_id: int, now: datetime) -> None:
    """Tell an item's automation that a newer one took its place, by number where it may read that one: where it is its
    own. Only inside `writing()`."""
    newer = session.get_one(Item, newer_item_id)
    named = newer_item_id if newer.automation_id == item.automation_id else None
    enqueue(session, item, "item.superseded", now, {"superseded_by": named})


def decision_payload(decision: Decision | Any, person: str, draft: Any = None) -> dict[str, Any]:
    """A decision as JSON for its automation; `draft` only where a person edited it."""
    payload: dict[str, Any] = {
        "action": decision.action,
        "reason": {"code": decision.reason_code, "text": decision.text},
        "by": person,
        "at": base.moment(decision.at),
        "revision_digest": decision.revision_digest,
        "evidence_digest": decision.evidence_digest,
        "policy_digest": decision.policy_digest,
        "checks_passed_over": list(decision.passes),
        "expires_at": base.moment(decision.expires_at) if decision.expires_at else None,
    }
    if decision.choice:
        payload["choice"] = decision.choice
    return payload if draft is None else {**payload, "draft": draft}
