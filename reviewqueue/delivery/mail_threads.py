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

_MAX_SENT, _MAX_THREAD = 200, 20
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


def answered(session: Session, context: ItemContext, release: Release | None) -> AnsweredMail | None:
    """The e-mail that an item's answers: as it was chosen when its release was first taken, else as it would be chosen
    now. None where it begins a thread, and for what does not go out by e-mail. One statement."""
    to = context.policy.destination(context.gate.release) if context.gate else None
    if to is None or not to.can.addressed or context.item.state not in (*OPEN, *APPROVED):
        return None
    if release is not None and release.done_at is not None and not release.message_id:
        return None  # it was sent by hand, or given up before it was taken
    rows = session.execute(_sent_beside(context.item)).all()
    sent = [row for row in rows if row.Item.id != context.item.id]
    if release is not None and release.message_id:
        chosen = next((row for row in sent if row.Release.message_id == release.in_reply_to), None)
    else:
        own = next((row.template for row in rows if row.Item.id == context.item.id), None)
        mine = _Matter.of(context.policy, context.item, own, context.revision.draft)
        chosen = next((row for row in sent if mine.is_also(context.policy, row)), None)
    if chosen is None:
        return None
    subject = message.read(chosen.draft)[0].subject
    return AnsweredMail(chosen.Item.id, subject, chosen.Release.sent_at, _thread(chosen, sent))


def _sent_beside(item: Item) -> Any:
    """The e-mails of an item's onboarding that went out, the last one first, and a row for the item itself."""
    went_out = and_(Release.state == "released", Release.message_id != "")
    return (
        select(Item, Release, Revision.draft, _TEMPLATE.label("template"))
        .outerjoin(Release, and_(Release.item_id == Item.id, went_out))
        .outerjoin(Revision, Revision.id == Release.revision_id)
        .where(Item.onboarding_id == item.onboarding_id, or_(Item.id == item.id, Release.id.is_not(None)))
        .order_by((Item.id == item.id).desc(), Release.sent_at.desc(), Release.id.desc())
        .limit(_MAX_SENT)
    )


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
