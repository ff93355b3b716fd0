"""What a person asks to be recorded about an item, and whether it may be: checked before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from reviewqueue.core import text_limits
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid
from reviewqueue.core.vocabulary import ACTS, QUESTION, ActKey
from reviewqueue.evidence.row_moves import RowMoves
from reviewqueue.items import corrections, item_context, leases, seen_version
from reviewqueue.onboarding import answer_question, ways_on
from reviewqueue.policy import business_hours, evaluation
from reviewqueue.policy.model.policy import Gate


@dataclass(frozen=True)
class DecisionRequest:
    """What a person asks for. `passes` (check keys) and `expires_on` belong to an override, `choice` to a question's
    answer or to a rejection (what comes next: `onboarding/ways_on.py`), `topics_denied` (marked topics that it does not
    speak of) to an approval, `draft` and `title` to an edit, with the `rows` of its lists that changed places; `claim`
    and `proposed` to one that says a source is wrong.
    `glance` is the page's attention signal: for how many seconds it was open, and whether evidence was opened ("yes",
    "no")."""

    action: str
    reason_code: str
    text: str = ""
    passes: tuple[str, ...] = ()
    expires_on: date | None = None
    choice: str = ""
    draft: dict[str, Any] | None = None
    title: str = ""
    rows: RowMoves = field(default_factory=dict)
    claim: int = 0
    proposed: str = ""
    glance: tuple[float | None, str] | None = None
    topics_denied: tuple[str, ...] = ()


@dataclass(frozen=True)
class ValidRequest:
    """A request that may be recorded: its act, the gate at which it counts, and the correction that an edit opens."""

    act: ActKey
    gate: Gate
    correction: corrections.ProposedCorrection | None


def validate(
    session: Session,
    context: item_context.ItemContext,
    actor: evaluation.Actor,
    request: DecisionRequest,
    seen: seen_version.SeenVersion,
    now: datetime,
) -> ValidRequest:
    """Refuse what may not be decided, as `record`; writes nothing."""
    seen_version.require_current(session, context, seen)
    act = _require_legal(session, context, actor, request)
    gate = context.gate
    assert gate is not None  # noqa: S101  (a missing gate allows no act)
    correction = None
    if act == "edit" and request.reason_code == corrections.SOURCE_WRONG:
        correction = corrections.validate_correction(
            session, context, request.claim, request.proposed, request.draft or {}, request.rows
        )
    _validate_request(session, context, gate, act, request, now, correction)
    return ValidRequest(act, gate, correction)


def _require_legal(
    session: Session, context: item_context.ItemContext, actor: evaluation.Actor, request: DecisionRequest
) -> ActKey:
    act = ACTS.get(request.action)
    if act is None:
        raise Invalid("That is not an action.", [FieldError("/action", f"one of {', '.join(ACTS)}")])
    legal = context.may(actor, act.key)
    if legal.allowed:
        return act.key
    if context.situation.lease_holder not in (None, actor.person_id):
        says = leases.holder_text(session, context)
        raise Conflict(f"{says}, so your decision was not recorded. Your words are kept here; ask for the item.")
    rule = f" ({legal.rule})" if legal.rule else ""
    raise Forbidden(f"{legal.why}{rule}. Nothing was recorded.")


def _validate_request(
    session: Session,
    context: item_context.ItemContext,
    gate: Gate,
    act: ActKey,
    request: DecisionRequest,
    now: datetime,
    correction: corrections.ProposedCorrection | None,
) -> None:
    faults = []
    codes = [reason.code for reason in evaluation.reasons(context.policy, gate, act, context.situation)]
    if request.reason_code not in codes:
        faults.append(FieldError("/reason_code", "choose a reason"))
    due = evaluation.needs_text(gate, act) or correction is not None
    faults += text_limits.validate_reason("/text", request.text, required=due)
    faults += correction.faults if correction else []
    if act == "override":
        faults += _override_faults(context, gate, request, now)
    if act == "approve" and context.item.kind == QUESTION:
        faults += answer_question.choice_faults(context.revision.draft, request.choice)
    if act == "reject":
        faults += ways_on.faults(session, context, request.choice)
    if act == "approve" and not set(request.topics_denied) <= set(context.warned_topics()):
        faults.append(FieldError("/topics_denied", "name only topics that are marked and do not fail"))
    if act == "edit" and not request.draft:
        faults.append(FieldError("/draft", "the edited draft is empty"))
    if faults:
        raise Invalid("Nothing is recorded yet; what you typed is still here.", faults)


def _override_faults(
    context: item_context.ItemContext, gate: Gate, request: DecisionRequest, now: datetime
) -> list[FieldError]:
    faults = []
    failed = set(evaluation.failing_checks(context.situation))
    if set(request.passes) != failed:
        faults.append(FieldError("/passes", f"name each failed check to override: {', '.join(sorted(failed))}"))
    today = business_hours.local_day(now, context.policy.calendar(context.item.lane))
    latest = today + timedelta(days=evaluation.override_days(gate, failed))
    if request.expires_on is None or not today < request.expires_on <= latest:
        faults.append(
            FieldError("/expires_on", f"say until when it holds: after today, at the latest {latest:%d %b %Y}")
        )
    return faults
