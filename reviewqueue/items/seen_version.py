"""Optimistic concurrency for decisions: the digests that were on a reviewer's screen, and the conflict (409) where any
of them changed since."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from reviewqueue.core import vocabulary
from reviewqueue.core.errors import Conflict
from reviewqueue.db.tables.items import Revision
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence import source_changes
from reviewqueue.items import item_context


@dataclass(frozen=True)
class SeenVersion:
    """The digests that were on the reviewer's screen: of revision, evidence (`ItemContext.evidence`) and policy."""

    revision: str
    evidence: str
    policy: str


def require_current(
    session: Session, context: item_context.ItemContext, seen: SeenVersion, *, also_state: str = ""
) -> None:
    """Raise Conflict (409) where the item is settled, unless in the state `also_state`, or where a seen digest is not
    the current one; the error says who changed what and when."""
    item, revision = context.item, context.revision
    if item.state in vocabulary.SETTLED and item.state != also_state:
        who = session.get(Person, item.settled_by_id) if item.settled_by_id else None
        when = _moment(item.settled_at) if item.settled_at else ""
        by = f" by {who.name}" if who else ""
        raise Conflict(
            f"This item was {item.state}{by} on {when}, before your decision came in. Nothing of yours was recorded.",
            code="settled", who=who.name if who else "", when=when, what=["state"],
        )  # fmt: skip
    what = []
    if seen.revision != revision.digest:
        what.append("revision")
    elif seen.evidence.partition(".")[0] != revision.evidence_digest:
        what.append("evidence")
    # A page about many items does not say which corrections it showed: none of those can be passed from there.
    shown = context.evidence if ".c" in seen.evidence else re.sub(r"\.c\w+", "", context.evidence)
    if not what and seen.evidence != shown:
        moved = sources_moved(seen, context) or seen.evidence.partition(".m")[0] != shown.partition(".m")[0]
        raise _source_conflict(session, context, seen) if moved else _checks_conflict(context)
    if seen.policy != item.policy_digest:
        what.append("policy")
    if what:
        by = author_name(session, revision)
        raise Conflict(
            f"The {' and the '.join(what)} changed while you were reading: revision {revision.number} by {by} is "
            "there now. Nothing was recorded. Look at what changed, then decide again; your words are kept.",
            who=by, when=_moment(revision.made_at), what=what,
        )  # fmt: skip


def _moment(at: datetime) -> str:
    """A time as pages show it, with its zone."""
    return f"{at.day} {at:%b, %H:%M} UTC"


def sources_moved(seen: SeenVersion, context: item_context.ItemContext) -> bool:
    """Whether a source changed since the evidence was seen; where not, and it differs, the model's check came to its
    result since."""
    return _last_change_seen(seen) != (context.last_move or 0)


def _last_change_seen(seen: SeenVersion) -> int:
    after = seen.evidence.partition(".")[2].partition(".")[0]
    return int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0


def _checks_conflict(context: item_context.ItemContext) -> Conflict:
    """The conflict where the model's check came to its result while the page was open."""
    marks = [check.message for check in context.checks if check.model and check.outcome != "pass"]
    found = f"It found: {' '.join(marks)}" if marks else "It found nothing."
    return Conflict(
        f"The check for the six topics came to its result while you were reading. {found} The draft is the same. "
        "Nothing was recorded; your words are kept. Look at the checks, then decide again.",
        who="", when="", what=["checks"],
    )  # fmt: skip


def _source_conflict(session: Session, context: item_context.ItemContext, seen: SeenVersion) -> Conflict:
    """The conflict where the draft is the same but a source record it cites changed."""
    changes = source_changes.changes(session, context.item.id, after=_last_change_seen(seen))
    when = _moment(changes[-1].at) if changes else ""
    says = (
        "; ".join(f"{one.object} {one.external_id}, {one.says}" for one in changes)
        or "a correction was accepted, or shown by an import"
    )
    return Conflict(
        f"A source changed while you were reading: {says}. The draft is the same. Nothing was recorded; your words are "
        "kept. Look at what changed, then decide again.",
        who="", when=when, what=["source"],
    )  # fmt: skip


def author_name(session: Session, revision: Revision) -> str:
    """Who wrote a revision, in words."""
    person = session.get(Person, revision.author_person_id) if revision.author_person_id else None
    return person.name if person else "the automation"
