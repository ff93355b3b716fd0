"""A message that is handed in once more, word for word, after its approval: its automation is told that it is approved
already, and nothing is opened, so that nothing goes out twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.vocabulary import TO_CUSTOMERS
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.people import Person
from reviewqueue.db.tables.releases import Release
from reviewqueue.evidence import flag_changes, source_records
from reviewqueue.items import earlier_messages, item_context, open_onboarding, opening
from reviewqueue.items.submission_rules import Submission, supersede_key
from reviewqueue.people.access import Caller
from reviewqueue.policy.model.policy import Policy

SENT, APPROVED = "sent-already", "approved-already"
# The codes of a notice that say that nothing was opened.
NOTHING_OPENED = (SENT, APPROVED)


def find(session: Session, caller: Caller, submission: Submission) -> tuple[Item, Release | None] | None:
    """This automation's approved item that says the same to the same people, whatever its title, with its release; also
    where a person edited it before it was approved. None where there is none, and for what does not go out."""
    drafted = submission.drafted
    onboarding = open_onboarding.find(session, submission)
    if onboarding is None or onboarding.ended_at is not None or onboarding.lane != submission.lane:
        return None
    # Without a subject of its own a message is told by its title, which no receiver sees.
    subject = supersede_key(submission) if drafted.draft.get("subject") else None
    rows = session.execute(earlier_messages.approved(onboarding.id, drafted.kind, subject)).all()
    for item, release in rows:
        goes_out = release is not None or item.kind in TO_CUSTOMERS
        mine = item.automation_id == caller.automation_id and caller.reaches(item.lane, item.gate)
        if goes_out and mine:
            drafts = _handed_in(session, item)
            if any(earlier_messages.is_identical(one, drafted.draft) for one in drafts):
                return item, release
    return None


def _handed_in(session: Session, item: Item) -> Sequence[dict[str, Any]]:
    """What was approved, and what its automation had written last."""
    query = select(Revision.draft, Revision.author_automation_id).where(Revision.item_id == item.id)
    rows = session.execute(query.order_by(Revision.number.desc())).all()
    written = next((row.draft for row in rows if row.author_automation_id is not None), rows[0].draft)
    return rows[0].draft, written


def answer(
    session: Session,
    policy: Policy,
    caller: Caller,
    submission: Submission,
    known: tuple[Item, Release | None],
    now: datetime,
) -> opening.Opened:
    """The API's answer to the same message once more: the approved item and what became of it. The records that came
    along are kept, and flag what they changed. Only inside `writing()`; the caller appends the events to the log."""
    item, release = known
    context, actor = item_context.load(session, item.id, now), Actor.automation(caller.automation_id)
    brought, trusted = submission.drafted.sources.values(), policy.organisation.trusted_automations
    _, fresh, _ = source_records.keep_sources(session, submission.drafted, now, caller.automation_id)
    flagged = flag_changes.flag_changes(session, brought, fresh, actor, now, trusted)
    code = SENT if release is not None and release.state == "released" else APPROVED
    standing = {
        "id": item.id,
        "url": f"/items/{item.id}",
        "state": item.state,
        "gate": item.gate,
        "revision": {"number": context.revision.number, "digest": context.revision.digest},
        "checks": [opening.check_answer(check) for check in context.checks],
        "needs": [],
        "due_at": base.moment(item.due_at),
        "notice": {"code": code, "says": _says(session, context, release), "item": item.id},
    }
    repeated = Event.about(item, actor, EventType.ITEM_REPEAT, facts={"key": caller.key_id, "told": code})
    return opening.Opened(item.id, standing, [repeated, *flagged])


def _says(session: Session, context: item_context.ItemContext, release: Release | None) -> str:
    item = context.item
    who = session.get(Person, item.settled_by_id) if item.settled_by_id else None
    by = f" by {who.name}" if who else ""
    edited = "" if context.revision.author_person_id is None else ", as a person edited it: use that draft"
    if release is None:
        became = "Nothing goes out of it from here"
    elif release.state == "released":
        became = f"It was sent {earlier_messages.moment(release.sent_at)}"
    elif release.state == "given_up":
        became = "It does not go out: its release was given up"
    elif item.superseded_by_id is not None:
        became = f"It is held, because item {item.superseded_by_id} says it otherwise"
    else:
        became = "It is not sent yet"
    when = earlier_messages.moment(item.settled_at)
    return (
        f"This is approved already: item {item.id} was approved{by} {when}{edited}. {became}. Nothing was opened; "
        "a message that is to go out once more says something else."
    )
