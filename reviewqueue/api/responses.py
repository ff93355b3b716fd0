"""Builds the answers of the API. Their schemas for the OpenAPI document are in `schemas`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response

from reviewqueue.api.item_queries import OwnItem
from reviewqueue.core import canonical_json
from reviewqueue.core.vocabulary import DECIDED
from reviewqueue.db.tables.base import moment
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.delivery.release_queries import ReleaseStatus
from reviewqueue.delivery.sent_reports import ReportResult
from reviewqueue.evidence.types import Source
from reviewqueue.items import callback_outbox, opening
from reviewqueue.web.extensions import settings


def answer(value: dict[str, Any], status: int = 200) -> Response:
    """A JSON answer in canonical form: the same value is the same bytes, and numbers keep their digits."""
    return Response(canonical_json.write(value, digits=True), status, mimetype="application/json")


def link(path: str) -> str:
    """The full URL of a path of ours."""
    return settings().address() + path


def submission_answer(stored: dict[str, Any]) -> dict[str, Any]:
    """Where an item stands that was just opened, from the answer that is stored for its repetition."""
    return {**stored, "url": link(stored["url"]), "checks": [_check(check) for check in stored["checks"]]}


def standing_answer(own_item: OwnItem) -> dict[str, Any]:
    """Where an item stands, in the form that submit returns."""
    item, revision = own_item.context.item, own_item.context.revision
    return {
        "id": item.id,
        "url": link(f"/items/{item.id}"),
        "state": item.state,
        "gate": item.gate,
        "revision": {"number": revision.number, "digest": revision.digest},
        "checks": [_check(opening.check_answer(check)) for check in own_item.context.checks],
        "needs": [vars(need) for need in own_item.context.needs()],
        "due_at": moment(item.due_at),
    }


def full_item(own_item: OwnItem) -> dict[str, Any]:
    """An item in full."""
    item, revision = own_item.context.item, own_item.context.revision
    decisions = [_decision(own_item, made) for made in own_item.context.decisions]
    settling = [told for told in decisions if told["action"] not in ("edit", "escalate")]
    decided = item.state in (*DECIDED, "sent_back")  # an expired item was decided by nobody
    return {
        **standing_answer(own_item),
        **_clock(item),
        "lane": item.lane,
        "kind": item.kind,
        "why": item.why,
        "title": revision.title,
        "onboarding": _onboarding(item, own_item.onboarding.external_id if own_item.onboarding else None),
        "draft": revision.draft,
        "revision": {
            "number": revision.number,
            "digest": revision.digest,
            "evidence_digest": revision.evidence_digest,
            "based_on": revision.based_on,
            "author": "automation" if revision.author_person_id is None else "person",
            "at": moment(revision.made_at),
            "confidence": _number(revision.confidence),
        },
        "sources": [
            {
                "ref": ref,
                "system": record.system,
                "object": record.object,
                "id": record.external_id,
                "fetched_at": _moment(record.fetched_at),
                "payload": record.payload,
                "digest": record.digest,
                "arrival": _arrival(record),
            }
            for ref, record in own_item.sources.items()
        ],
        "citations": [
            {"at": claim.at, "quote": claim.quote, "source": claim.ref, "path": claim.path} for claim in own_item.claims
        ],
        "decisions": decisions,
        "outcome": settling[-1] if settling and decided else None,
        "policy_digest": item.policy_digest,
        "opened_at": moment(item.opened_at),
        "settled_at": _moment(item.settled_at),
        "superseded_by": own_item.superseded_by,
        "callback_url": item.callback_url or None,
        "purpose": item.purpose or None,
        "source_changes": _source_changes(own_item),
        "release": _release(own_item.release),
    }


def _source_changes(own_item: OwnItem) -> list[dict[str, Any]]:
    context = own_item.context
    waiting = {one.move_id: one for one in context.unsettled.changes}
    looked = {one.move_id: one for one in context.reviewed}
    return [
        {
            "source": one.ref,
            "path": one.path,
            "was": one.was,
            "now": one.now,
            "since": moment(one.at),
            "waits": number in waiting,
            "looks": [
                {
                    "by": own_item.names.get(look.person_id, "somebody"),
                    "reason": {"code": look.reason_code, "text": look.text},
                    "at": moment(look.at),
                }
                for look in one.looks
            ],
        }
        for number, one in sorted({**waiting, **looked}.items())
    ]


def report_answer(report: ReportResult) -> dict[str, Any]:
    """The result of a report of what was sent."""
    return {
        "id": report.item_id,
        "url": link(f"/items/{report.item_id}"),
        "state": report.state,
        "agrees": report.agrees,
        "says": report.says,
    }


def _release(status: ReleaseStatus | None) -> dict[str, Any] | None:
    if status is None:
        return None
    because = [{"code": one.code, "says": one.says, "url": link(one.at) if one.at else None} for one in status.holds]
    row = status.row
    return {
        "id": row.id,
        "key": row.key,
        "to": row.destination,
        "state": status.state,
        "digest": row.digest,
        "because": because,
        "send_at": _moment(row.send_at),
        "sent_at": _moment(row.sent_at),
        "sent_by": row.sent_by,
    }


def list_line(row: tuple[Item, str, str | None, int | None]) -> dict[str, Any]:
    """An item as a list contains it."""
    item, digest, external_id, superseded_by = row
    return {
        "id": item.id,
        "url": link(f"/items/{item.id}"),
        "lane": item.lane,
        "gate": item.gate,
        "kind": item.kind,
        "state": item.state,
        "title": item.title,
        "onboarding": _onboarding(item, external_id),
        "revision": {"number": item.revision_number, "digest": digest},
        "opened_at": moment(item.opened_at),
        "due_at": moment(item.due_at),
        **_clock(item),
        "settled_at": _moment(item.settled_at),
        "superseded_by": superseded_by,
    }


def _clock(item: Item) -> dict[str, Any]:
    held = item.settled_at is None and item.paused_at is not None
    return {
        "paused": {"waits": item.pause, "since": _moment(item.paused_at)} if held else None,
        "overdue_at": _moment(item.overdue_at),
        "expires_at": _moment(item.expires_at),
    }


def _check(check: dict[str, Any]) -> dict[str, Any]:
    return {**check, "confidence": _number(check["confidence"])}


def _number(text: str | None) -> Any:
    return canonical_json.read(text) if text else None


def _decision(own_item: OwnItem, decision: Decision) -> dict[str, Any]:
    revision = next(one for one in own_item.context.revisions if one.id == decision.revision_id)
    edited = revision.draft if revision.author_person_id is not None else None
    return callback_outbox.decision_payload(decision, own_item.names.get(decision.person_id, ""), edited)


def _onboarding(item: Item, external_id: str | None) -> dict[str, Any] | None:
    return None if external_id is None else {"external_id": external_id, "customer": item.customer}


def _arrival(record: Source) -> dict[str, Any] | None:
    """How a record came: in what way, through which automation, and when."""
    came = record.arrival
    return {"way": came.way, "by": came.automation or None, "at": _moment(came.at)} if came else None


def _moment(at: datetime | None) -> str | None:
    return None if at is None else moment(at)
