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
    whole = {
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
        body=canonical_json.write(whole, digits=True),
        next_at=now,
        created_at=now,
    )


def decision_payload(made: Decision | Any, person: str, draft: Any = None) -> dict[str, Any]:
    """A decision as JSON for its automation; `draft` only where a person edited it."""
    told: dict[str, Any] = {
        "action": made.action,
        "reason": {"code": made.reason_code, "text": made.text},
        "by": person,
        "at": base.moment(made.at),
        "revision_digest": made.revision_digest,
        "evidence_digest": made.evidence_digest,
        "policy_digest": made.policy_digest,
        "checks_passed_over": list(made.passes),
        "expires_at": base.moment(made.expires_at) if made.expires_at else None,
    }
    if made.choice:
        told["choice"] = made.choice
    return told if draft is None else {**told, "draft": draft}
