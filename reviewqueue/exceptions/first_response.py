"""The draft that the first response to an exception starts. It is written from the exception's own texts, cites it, and
waits at the gate of its kind like any other draft; its author is the person who responded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core import vocabulary
from reviewqueue.db.tables.base import moment
from reviewqueue.db.tables.exceptions import ExceptionCase, ExceptionNote
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence.types import Citation, DraftWithEvidence, Source
from reviewqueue.exceptions import case_queries, exception_cases
from reviewqueue.items import opening
from reviewqueue.items.opening import Opened
from reviewqueue.items.submission_rules import Submission
from reviewqueue.people import api_keys, next_in_line
from reviewqueue.people.access import OWN_AUTOMATION
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.policy import Gate

RECEIVER_ROLES = {
    "sales_question": "sales_owner"
}  # the role a message of this kind goes to; else the exception's owner


def draft_kind(session: Session, case: ExceptionCase) -> tuple[str, Gate] | None:
    """(kind of the draft that the first response starts, gate where it will wait); None where the category starts none,
    the exception is about no onboarding, or its lane takes no such kind."""
    category, policy = case_queries.category_of(session, case), policy_versions.current(session)
    kind, lane = category.first_response.starts if category else None, policy.lane(case.lane)
    if kind is None or lane is None or kind not in lane.kinds or case.onboarding_id is None:
        return None
    gate = policy.gate(lane.key, lane.kinds[kind])
    return (kind, gate) if gate else None


def start(session: Session, case: ExceptionCase, person_id: int, text: str, now: datetime) -> Opened | None:
    """Open that draft as an item, inside `writing()`; the caller appends its events to the log. None where nothing is
    started. Raises Invalid when the text does not make a valid draft."""
    kind_and_gate = draft_kind(session, case)
    if kind_and_gate is None or case.onboarding_id is None:
        return None
    kind, _ = kind_and_gate
    onboarding = session.get_one(Onboarding, case.onboarding_id)
    source = _source(session, case, person_id, text, now)
    drafted = _write_draft(kind, source, _recipients(session, case, kind, now))
    submission = Submission(
        lane=case.lane,
        drafted=drafted,
        external_id=onboarding.external_id,
        customer=onboarding.customer,
        system=onboarding.system,
        segment=onboarding.segment,
    )
    caller = api_keys.own_caller(session, OWN_AUTOMATION, now)
    return opening.open_item(session, policy_versions.current(session), caller, submission, now, person_id)


def _source(session: Session, case: ExceptionCase, person_id: int, text: str, now: datetime) -> Source:
    """The exception at the moment of the response, as a source record."""
    category = case_queries.category_of(session, case)
    first = select(ExceptionNote.text).where(ExceptionNote.exception_id == case.id).order_by(ExceptionNote.id).limit(1)
    payload: dict[str, Any] = {
        "number": case.id,
        "category": category.label if category else case.category,
        "customer": case.customer,
        "summary": case.summary,
        "opened_at": moment(case.opened_at),
        "opened_with": session.scalar(first) or "",
        "blocking": case.blocking,
        "first_response": "\n".join(text.strip().splitlines()),
        "by": session.get_one(Person, person_id).name,
        "items": [_item(item) for item in exception_cases.linked_items(session, case)],
    }
    return Source("reviewqueue", "exception", str(case.id), payload, now, f"Exception #{case.id}")


def _item(item: Item) -> dict[str, Any]:
    return {"number": item.id, "title": item.title, "kind": item.kind, "revision": item.revision_number}


def _recipients(session: Session, case: ExceptionCase, kind: str, now: datetime) -> list[str]:
    """The e-mail address of the colleague it goes to; empty where nobody is available, or the kind is not internal."""
    if kind not in vocabulary.INTERNAL_MESSAGES:
        return []
    role = RECEIVER_ROLES.get(kind)
    person_id = next_in_line.next_person(session, [role], case.lane, now) if role else case.owner_id
    return [session.get_one(Person, person_id).email] if person_id else []


def _write_draft(kind: str, source: Source, to: Sequence[str]) -> DraftWithEvidence:
    payload = source.payload
    subject = f"{payload['category']} (exception #{payload['number']})"
    about = [f"#{item['number']} {item['title']}" for item in payload["items"]]
    if kind in vocabulary.ANY_MESSAGE:
        parts = [payload["first_response"], f"What is in the way: {payload['summary']}"]
        body = "\n\n".join([*parts, *([f"It is about: {'; '.join(about)}"] if about else [])])
        draft: dict[str, Any] = {"to": list(to), "subject": subject, "body": body}
        cited_fields = [("/body", "first_response"), ("/body", "summary")]
        titles = [
            Citation("/body", item["title"], "exception", f"/items/{n}/title") for n, item in _numbered_items(payload)
        ]
    else:
        risk = {"risk": payload["summary"], "sign": payload["opened_with"], "effect": "; ".join(about)}
        draft = {"subject": subject, "summary": payload["summary"], "risks": [risk]}
        draft["recommended_action"] = payload["first_response"]
        cited_fields = [("/summary", "summary"), ("/risks/0/risk", "summary"), ("/risks/0/sign", "opened_with")]
        cited_fields.append(("/recommended_action", "first_response"))
        place = "/risks/0/effect"
        titles = [
            Citation(place, item["title"], "exception", f"/items/{n}/title") for n, item in _numbered_items(payload)
        ]
    cited = [Citation(at, payload[name], "exception", f"/{name}") for at, name in cited_fields]
    title = exception_cases.shorten(f"{payload['category']}: {payload['summary']}")
    return DraftWithEvidence(kind, title, draft, {"exception": source}, (*cited, *titles))


def _numbered_items(told: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(told["items"]))
