"""Makes the letter of a release that is taken to be sent. What it answers, and to which version of which meeting it
invites, is chosen the first time and kept, so that every attempt sends the same."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core.mime import message
from reviewqueue.core.mime.compose import Letter, message_id
from reviewqueue.core.mime.invitation import Version
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import mail_threads
from reviewqueue.items.item_context import ItemContext
from reviewqueue.policy.model.destinations import Destination


def of_release(session: Session, context: ItemContext, release: Release, to: Destination) -> Letter:
    """The letter of a release to that destination. Inside `writing()`."""
    answered = mail_threads.sent_before(context, release, mail_threads.approved_beside(session, context)).answered
    if not release.message_id:
        chosen = {
            "message_id": message_id(release.key, to.sender),
            "in_reply_to": answered.thread[-1] if answered else "",
        }
        update_row(session, release, **chosen, **_meeting(session, context, release))
    invites = Version(release.meeting_uid, release.meeting_number) if release.meeting_uid else None
    thread = answered.thread if answered else ()
    return Letter(release.key, to.sender, context.revision.draft, to.smtputf8, thread, invites, to.html)


def _meeting(session: Session, context: ItemContext, release: Release) -> dict[str, object]:
    """Which meeting its invitation is: that of an earlier one to the same meeting of its onboarding, changed once more,
    whatever became of that one; else a new one."""
    invitation = message.read(context.revision.draft)[0].invitation
    if invitation is None:
        return {}
    earlier = select(Release.meeting_uid, Release.meeting_number).join(Item, Item.id == Release.item_id)
    mine = Item.onboarding_id == context.item.onboarding_id, Release.meeting == invitation.meeting
    query = earlier.where(*mine).order_by(Release.meeting_number.desc()).limit(1)
    last = session.execute(query).first() if context.item.onboarding_id is not None else None
    uid, number = (last.meeting_uid, last.meeting_number + 1) if last else (str(uuid5(NAMESPACE_URL, release.key)), 0)
    return {"meeting": invitation.meeting, "meeting_uid": uid, "meeting_number": number}
