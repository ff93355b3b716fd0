"""What automations report as sent, compared with what was approved; and the exception when they report nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import canonical_json, text_limits
from reviewqueue.core.destinations import REPORTED
from reviewqueue.core.errors import FieldError, Invalid
from reviewqueue.db import leased_jobs
from reviewqueue.db.clock_batch import act_on_each
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.db.tables.releases import Release, ReleaseAttempt
from reviewqueue.delivery import holds, manual_send, releases
from reviewqueue.delivery.holds import Hold
from reviewqueue.items import callback_outbox, intake, item_context
from reviewqueue.people.access import Caller

# How far apart our clock and an automation's may be.
CLOCK_SKEW = timedelta(minutes=5)
REPORT = EventType.RELEASE_REPORT


@dataclass(frozen=True)
class SentReport:
    """What an automation reports as sent: the digest of what really went out, when, and by what."""

    digest: str
    at: datetime
    by: str


@dataclass(frozen=True)
class ReportResult:
    """The result of a report: whether it is what was approved and nothing held it, in words, and the item's state."""

    item_id: int
    agrees: bool
    says: str
    state: str


def record_report(session: Session, caller: Caller, item_id: int, report: SentReport, now: datetime) -> ReportResult:
    """Record what went out. What is not what was approved, or went out without approval or while something held it,
    opens an exception and is recorded all the same: it happened.

    The same report again changes nothing. Raises NotFound, and Invalid naming the field.
    """
    faults = text_limits.validate_line("/by", report.by)
    if report.at > now + CLOCK_SKEW:
        faults.append(FieldError("/at", "this moment has not come yet; say when it was sent"))
    if faults:
        raise Invalid("The report was not accepted and nothing was changed.", faults)
    with writing(session):
        context = intake.load_own(session, caller, item_id, now)
        row, actor = releases.of_item(session, item_id), Actor.automation(caller.automation_id)
        active_holds = (
            holds.current_holds(session, context, row, now, mail=True) if row and row.state == "waiting" else []
        )
        discrepancy = _discrepancy(session, context, row, report, active_holds)
        if not _is_repeated(session, item_id, row, actor, report, discrepancy):
            events = _store_report(session, context, row, report, discrepancy, actor, now)
            override_log.append(session, now, *events)
    return ReportResult(item_id, not discrepancy, f"{discrepancy or 'It is what was approved'}.", context.item.state)


def _discrepancy(
    session: Session,
    context: item_context.ItemContext,
    row: Release | None,
    report: SentReport,
    active_holds: list[Hold],
) -> str:
    """What is wrong with it, in words; "" when exactly what was approved went out, once and when it might."""
    item = context.item
    if row is None and item.state != "approved":
        return f"It went out while the item is {item.state.replace('_', ' ')}: nobody approved it"
    if report.digest != (row.digest if row else context.revision.digest):
        return "What went out is not what was approved: its digest is another"
    if row is None:
        return ""
    if not row.can.reported:
        return (
            f"It went out by its automation, and it goes out from here ({row.destination}): it may have gone out twice"
        )
    if row.state != "released" and (why := holds.why_unapproved(session, context, row)):
        return f"It went out and was not approved: {why}"
    if row.state == "given_up":
        return "It went out after a person had given it up"
    if row.state == "released" and row.done_by_id is not None:
        return "It went out by its automation, and a person had sent it by hand: it may have gone out twice"
    if report.at < row.opened_at - CLOCK_SKEW:
        return "It went out before it was approved"
    if active_holds:
        return f"It went out while something held it: {'; '.join(one.says for one in active_holds)}"
    return ""


def _is_repeated(
    session: Session, item_id: int, row: Release | None, actor: Actor, report: SentReport, discrepancy: str
) -> bool:
    """Whether this report was taken before. Where nothing was to go out, the log alone knows."""
    if row is None:
        entries = select(LogEntry.body).where(LogEntry.item_id == item_id, LogEntry.act == REPORT.value)
        earlier = (
            canonical_json.read(body)["facts"] for body in session.scalars(entries.where(LogEntry.actor == actor))
        )
        return any((one["digest"], one["agrees"]) == (report.digest, not discrepancy) for one in earlier)
    if not discrepancy:
        return row.state == "released"
    same = select(ReleaseAttempt.id).where(
        ReleaseAttempt.release_id == row.id, ReleaseAttempt.actor == actor, ReleaseAttempt.digest == report.digest
    )
    return session.scalar(same.limit(1)) is not None


def _store_report(
    session: Session,
    context: item_context.ItemContext,
    row: Release | None,
    report: SentReport,
    discrepancy: str,
    actor: Actor,
    now: datetime,
) -> list[Event]:
    facts: dict[str, Any] = {"digest": report.digest, "sent_at": base.moment(report.at), "agrees": not discrepancy}
    words = {"by": report.by, **({"wrong": discrepancy} if discrepancy else {})}
    events = [Event.about(context.item, actor, REPORT, facts=facts, texts=words)]
    marks_release = row is not None and report.digest == row.digest and row.can.reported
    marks_release = marks_release and row is not None and row.state in ("waiting", "failed", "unknown")
    if row is not None:
        outcome = "differs" if discrepancy else "released"
        releases.log_attempt(
            session, row, actor, outcome, discrepancy or f"Sent by {report.by}", now, digest=report.digest
        )
        if marks_release:  # also while something held it: it is out, and the exception says the rest
            events += releases.mark_released(session, context, row, actor, report.at, now, report.by)
    if not discrepancy:
        return events
    category = context.policy.exceptions.differs
    if row is not None and not marks_release and row.state in ("waiting", "failed", "unknown"):
        return events + releases.close(
            session, context, row, "failed", discrepancy, now, category=category, actor=actor, attempt=False
        )
    if not marks_release:
        payload = releases.payload(row) if row else {"release": None}
        callback_outbox.enqueue(session, context.item, "release.failed", now, {**payload, "says": discrepancy})
    return events + releases.open_exception(session, context, category, discrepancy, actor, now)


def check_silence(session: Session, now: datetime, at_most: int = 50) -> int:
    """Open an exception for each release that was approved long ago and that nobody reports as sent, once, each in a
    transaction of its own; returns how many. One that is held meanwhile gets its whole time again from now."""
    query = select(Release.id).where(_is_silent(now)).order_by(Release.next_at, Release.id).limit(at_most)
    return act_on_each(session.scalars(query).all(), lambda one: _open_silence(session, one, now), "release")


def _is_silent(now: datetime) -> ColumnElement[bool]:
    return Release.kind.in_(REPORTED) & leased_jobs.due(Release, now) & Release.alarmed_at.is_(None)


def _open_silence(session: Session, release_id: int, now: datetime) -> bool:
    with writing(session):
        row = session.scalars(select(Release).where(Release.id == release_id, _is_silent(now))).first()
        if row is None:
            return False
        context = item_context.load(session, row.item_id, now)
        if holds.current_holds(session, context, row, now, mail=True):
            update_row(session, row, next_at=releases.next_look(context, row.destination, now))
            return False
        update_row(session, row, alarmed_at=now)
        by_hand = manual_send.sender(row, context.automation) == "person"
        sender_text = "a person sends it by hand" if by_hand else f"{context.automation} sends it"
        says = f"Nobody has said that it went out. Approved on {row.opened_at:%d %b %H:%M} UTC; {sender_text}"
        facts = {"release": row.id, "to": row.destination, "digest": row.digest}
        silent = Event.about(context.item, Actor.RELEASE, EventType.RELEASE_SILENCE, facts=facts)
        category = context.policy.exceptions.unsent
        opened = releases.open_exception(session, context, category, says, Actor.RELEASE, now)
        override_log.append(session, now, silent, *opened)
        return True
