"""Blind second review: somebody who was not involved in a draft says what they would have decided, and only then sees
the decision. Where the two differ on whether it may pass as it was, a third person settles it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, insert_rows
from reviewqueue.db.tables.sampling import ANSWERS, FINDINGS, VERDICTS, QaFinding, QaReview, QaSettlement
from reviewqueue.exceptions import exception_cases
from reviewqueue.items import item_context
from reviewqueue.measurement.sampling import sample_queries
from reviewqueue.measurement.sampling.stratified_draw import PASSED
from reviewqueue.people import actors
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.policy.model.policy import Policy

REFUSAL = "Nothing is recorded yet; what you typed is still here."


@dataclass(frozen=True)
class FindingInput:
    """Something a reviewer found: a category of FINDINGS, and a text."""

    category: str
    text: str


@dataclass(frozen=True)
class SecondAnswer:
    """What a second reviewer would have decided, without knowing the decision."""

    action: str
    reason_code: str
    text: str = ""
    findings: tuple[FindingInput, ...] = ()


def review(session: Session, person_id: int, place_id: int, answer: SecondAnswer, now: datetime) -> int:
    """Give the second answer, once and for good; returns its id.

    Raises NotFound, Forbidden naming why, Conflict (409) when somebody else was first, and Invalid naming the field.
    """
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        sampled, policy = sample_queries.sampled_draft(session, place_id), policy_versions.current(session)
        role = sample_queries.role_of(policy, sampled, actor)
        if not role and not sample_queries.may_compare(policy, sampled, actor):
            raise NotFound()
        if sampled.review is not None:
            raise Conflict("Somebody gave the second answer before you, so yours was not recorded. Pick another draft.")
        if how := sample_queries.involvement(sampled.people_involved, actor):
            raise Forbidden(
                f"You had a part in this draft ({sample_queries.INVOLVEMENTS[how]}), so another person "
                "reviews it a second time."
            )
        if faults := _answer_faults(policy, sampled, answer):
            raise Invalid(REFUSAL, faults)
        differs = (answer.action == "approve") != (sampled.place.stratum in PASSED)
        row = {"action": answer.action, "reason_code": answer.reason_code, "text": answer.text.strip()}
        review_id = insert_row(
            session, QaReview, place_id=place_id, person_id=person_id, role=role, differs=differs, at=now, **row
        )
        insert_rows(
            session, QaFinding, [_finding_row(review_id, person_id, one, False, now) for one in answer.findings]
        )
        facts = {
            "sample": sampled.sample.id, "place": place_id, "decision": sampled.first.id, "action": answer.action,
            "reason": answer.reason_code, "role": role, "differs": differs,
            "findings": [one.category for one in answer.findings],
        }  # fmt: skip
        words = {"text": answer.text.strip()} if answer.text.strip() else {}
        words |= {f"finding-{number}": one.text.strip() for number, one in enumerate(answer.findings, 1)}
        override_log.append(session, now, _event(sampled, actor, EventType.QA_REVIEW, facts, words))
    return review_id


def _answer_faults(policy: Policy, sampled: sample_queries.SampledDraft, answer: SecondAnswer) -> list[FieldError]:
    act = next((known for known in ANSWERS if known == answer.action), None)
    if act is None:
        return [FieldError("/action", f"say what you would have decided: {', '.join(ANSWERS)}")]
    codes = [reason.code for reason in sample_queries.reasons(policy, sampled, act)]
    faults = []
    if answer.reason_code not in codes:
        faults.append(FieldError("/reason_code", "choose a reason"))
    faults += text_limits.validate_reason("/text", answer.text, required=act != "approve")
    for number, one in enumerate(answer.findings):
        faults += _finding_faults(f"/findings/{number}", one)
    return faults


def _finding_faults(at: str, finding: FindingInput) -> list[FieldError]:
    faults = (
        [] if finding.category in FINDINGS else [FieldError(f"{at}/category", f"choose one of: {', '.join(FINDINGS)}")]
    )
    return faults + text_limits.validate_reason(f"{at}/text", finding.text, ask="say what you found")


def _finding_row(review_id: int, person_id: int, finding: FindingInput, outward: bool, now: datetime) -> dict[str, Any]:
    row = {"category": finding.category, "text": finding.text.strip(), "outward": outward}
    return {"review_id": review_id, "person_id": person_id, "at": now, **row}


def _event(
    sampled: sample_queries.SampledDraft,
    actor: evaluation.Actor,
    act: EventType,
    facts: dict[str, Any],
    words: dict[str, str],
) -> Event:
    return Event.about(sampled.item, Actor.person(actor.person_id), act, facts=facts, texts=words)


def add_finding(
    session: Session, person_id: int, place_id: int, finding: FindingInput, now: datetime, category: str = ""
) -> int:
    """Add a finding to a draft that has both answers; returns its id. With a `category` of exception it says that what
    went out was wrong, and opens an exception of that category, or joins the open one.

    Raises NotFound, Forbidden and Invalid naming the field.
    """
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        sampled, policy = sample_queries.sampled_draft(session, place_id), policy_versions.current(session)
        if not sample_queries.may_compare(policy, sampled, actor) or sampled.review is None:
            raise NotFound()
        if not sample_queries.may_add_finding(policy, sampled, actor):
            raise Forbidden("Only the second reviewer, who settles disputes and RevOps add findings. Tell one of them.")
        faults = _finding_faults("", finding)
        if category and sampled.item.state != "released":
            faults.append(FieldError("/exception", f"this draft is {sampled.item.state}: nothing of it went out"))
        context = item_context.load(session, sampled.item.id, now)
        if category and context.policy.exceptions.called(category) is None:
            faults.append(FieldError("/exception", "the policy it was decided under has no such category"))
        if faults:
            raise Invalid(REFUSAL, faults)
        events: list[Event] = []
        if category:
            words = f"Second review of what went out: {finding.text.strip()}"
            about, by = (context.policy, context.item), Actor.person(person_id)
            events = exception_cases.open_for_item(session, *about, category, words, by, now)
        finding_id = insert_row(
            session, QaFinding, **_finding_row(sampled.review.id, person_id, finding, bool(category), now)
        )
        facts = {"sample": sampled.sample.id, "place": place_id, "finding": finding_id, "category": finding.category}
        facts |= {"exception": category} if category else {}
        event = _event(sampled, actor, EventType.QA_FIND, facts, {"text": finding.text.strip()})
        override_log.append(session, now, event, *events)
    return finding_id


def settle(session: Session, person_id: int, place_id: int, verdict: str, text: str, now: datetime) -> int:
    """Settle a dispute: who was right, `first`, `second` or `both`, and why; returns its id.

    Raises NotFound, Forbidden naming why, Conflict (409: no open dispute) and Invalid naming the field.
    """
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        sampled, policy = sample_queries.sampled_draft(session, place_id), policy_versions.current(session)
        if not sample_queries.may_compare(policy, sampled, actor) or sampled.review is None:
            raise NotFound()
        if not sampled.disputed:
            raise Conflict("There is no open dispute here, so nothing was settled. Reload the page.")
        if why := sample_queries.why_not_settle(policy, sampled, actor):
            raise Forbidden(f"{why}. Nothing was recorded.")
        faults = text_limits.validate_reason("/text", text)
        if verdict not in VERDICTS:
            faults.insert(0, FieldError("/verdict", "say who was right: first, second or both"))
        if faults:
            raise Invalid(REFUSAL, faults)
        sampling, _ = policy.sampling(sampled.item.lane)
        role = next(role for role in sampling.disputes_to if role in actors.effective_roles(actor))
        row = {"person_id": person_id, "role": role, "verdict": verdict, "text": text.strip(), "at": now}
        settlement_id = insert_row(session, QaSettlement, review_id=sampled.review.id, **row)
        facts = {"sample": sampled.sample.id, "place": place_id, "verdict": verdict, "role": role}
        override_log.append(session, now, _event(sampled, actor, EventType.QA_SETTLE, facts, {"text": text.strip()}))
    return settlement_id
