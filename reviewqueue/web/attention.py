"""Attention signals that a decision's form carries: for how long the item's page was open, and whether evidence was
opened.

The first is a signed timestamp in the form; the second is set by a script, and "unknown" without it. Both are only used
to weight the draw of the QA sample (docs/quality.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from reviewqueue.web.extensions import now, visitor

UNKNOWN = "unknown"


def token(item_id: int) -> str:
    """A signed timestamp: when this person was shown this item."""
    return _signer().dumps([visitor().person_id, item_id])


def submitted_signals(typed: Mapping[str, str], item_id: int) -> tuple[float | None, str]:
    """The attention signals of a submitted form: (seconds since the page was shown to this person, None where it does
    not say so; whether evidence was opened)."""
    opened = typed.get("evidence_opened", UNKNOWN)
    try:
        signed, at = _signer().loads(typed.get("opened_at", ""), return_timestamp=True)
    except BadData:
        return None, opened
    return (_seconds_since(at), opened) if signed == [visitor().person_id, item_id] else (None, opened)


def _seconds_since(at: datetime) -> float:
    return (now() - at).total_seconds()


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="opened-at")
