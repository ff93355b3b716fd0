"""Which e-mail that went out an e-mail answers: the last one to the same customer in the same matter. Reads only.

A matter is one onboarding and either the `thread` of the template that a message was written from (or whose place it
takes), or the same subject. Only what was sent from here counts: of everything else nobody knows the Message-ID.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.orm import Session

from reviewqueue.core.mime import message
from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.vocabulary import APPROVED, OPEN
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.releases import Release
from reviewqueue.items.item_context import ItemContext
from reviewqueue.policy.model.policy import Policy

_MAX_BESIDE, _MAX_THREAD = 200, 20
# What mail programs put in front of the subject of an answer, in the languages of our customers.
_ANSWERING = as_pattern(r"^(?:(?:re|aw|fwd?|wg|sv|rv|antw|ref)\s?:\s?)+")
_TEMPLATE = select(DraftJob.template).where(DraftJob.item_id == Item.id).limit(1).correlate(Item).scalar_subquery()


@dataclass(frozen=True)
class AnsweredMail:
    """The e-mail that another answers: its item, its subject, when it went out, and the Message-IDs of its thread,
    oldest first, its own last."""

    item_id: int
    subject: str
    sent_at: datetime
    thread: tuple[str, ...]


@dataclass(frozen=True)
class SentBefore:
    """What of the e-mails that went out before concerns another one: the one that it answers, and the item and moment
    of the last invitation to the meeting to which it invites as well."""

    answered: AnsweredMail | None = None
    invited: tuple[int, datetime] | None = None


def approved_beside(session: Session, context: ItemContext) -> Sequence[Row[Any]]:
    """What is approved of an item's onboarding and has a release, and the item itself: rows of Item, Release, the draft
    and the template. Nothing where the item does not go out by e-mail, and so is in no thread. One statement."""
    to = context.policy.destination(context.gate.release) if context.gate else None
    if to is None or not to.can.addressed or context.item.state not in (*OPEN, *APPROVED):
        return ()
    item = context.item
    query = (
        select(Item, Release, Revision.draft, _TEMPLATE.label("template"))
        .outerjoin(Release, and_(Release.item_id == Item.id, Item.state.in_(APPROVED)))
        .outerjoin(Revision, Revision.id == Release.revision_id)
        .where(Item.onboarding_id == item.onboarding_id, or_(Item.id == item.id, Release.id.is_not(None)))
        .order_by((Item.id == item.id).desc(), Item.id.desc(), Release.id.desc())
        .limit(_MAX_BESIDE)
    )
    return session.execute(query).all()


def sent_before(context: ItemContext, release: Release | None, beside: Sequence[Row[Any]]) -> SentBefore:
    """What went out before an item's e-mail: as it was chosen when its release was first taken, else as it would be
    chosen now. `beside` is the result of `approved_beside`."""
    if release is not None and release.done_at is not None and not release.message_id:
        return SentBefore()  # it was sent by hand, or given up before it was taken
    sent = [row for row in beside if row.Release and row.Release.state == "released" and row.Release.message_id]
    sent = sorted((row for row in sent if row.Item.id != context.item.id), key=_left, reverse=True)
    if release is not None and release.message_id:
        chosen = next((row for row in sent if row.Release.message_id == release.in_reply_to), None)
    else:
        own = next((row.template for row in beside if row.Item.id == context.item.id), None)
        mine = _Matter.of(context.policy, context.item, own, context.revision.draft)
        chosen = next((row for row in sent if mine.is_also(context.policy, row)), None)
    return SentBefore(_answered(chosen, sent) if chosen else None, _invited(context, release, sent))


def _left(row: Row[Any]) -> tuple[datetime, int]:
    return row.Release.sent_at, row.Release.id


def _answered(chosen: Row[Any], sent: Sequence[Row[Any]]) -> AnsweredMail:
    subject = message.read(chosen.draft)[0].subject
    return AnsweredMail(chosen.Item.id, subject, chosen.Release.sent_at, _thread(chosen, sent))


def _invited(context: ItemContext, release: Release | None, sent: Sequence[Row[Any]]) -> tuple[int, datetime] | None:
    invitation = message.read(context.revision.draft)[0].invitation
    before = [row for row in sent if invitation and row.Release.meeting == invitation.meeting]
    if release is not None and release.meeting:
        before = [row for row in before if row.Release.meeting_number < release.meeting_number]
    return (before[0].Item.id, before[0].Release.sent_at) if before else None


@dataclass(frozen=True)
class _Matter:
    """What a message is about, and to whom it goes."""

    thread: str
    subject: str
    receivers: frozenset[str]

    @classmethod
    def of(cls, policy: Policy, item: Item, template: str | None, draft: Any) -> _Matter:
        key = template or item.purpose
        known = policy.template(key) if key else None
        to = message.read(draft, smtputf8=True)[0].envelope
        receivers = frozenset(one.casefold() for one in to)
        return cls(known.thread or key if known else key, _ANSWERING.sub("", item.subject), receivers)

    def is_also(self, policy: Policy, row: Row[Any]) -> bool:
        """Whether an e-mail that went out is in the same matter, and went to somebody whom this goes to as well."""
        other = _Matter.of(policy, row.Item, row.template, row.draft)
        same = self.thread == other.thread if self.thread and other.thread else self.subject == other.subject
        return same and bool(self.receivers & other.receivers)


def _thread(last: Row[Any], sent: Sequence[Row[Any]]) -> tuple[str, ...]:
    """The Message-IDs from the beginning of the thread to this e-mail."""
    answers = {row.Release.message_id: row.Release.in_reply_to for row in sent}
    found = [last.Release.message_id]
    while (earlier := answers.get(found[-1])) and earlier not in found and len(found) < _MAX_THREAD:
        found.append(earlier)
    return tuple(reversed(found))
