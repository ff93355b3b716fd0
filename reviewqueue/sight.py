"""Sight: what was on a reviewer's screen, by its digests, and the refusal where any of it moved since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from reviewqueue import desk, source_moves
from reviewqueue.policy import judging
from reviewqueue.records.items import Revision
from reviewqueue.records.people import Person
from reviewqueue.refusals import Moved


@dataclass(frozen=True)
class Seen:
    """The digests that were on the reviewer's screen: of the revision, its evidence as it stood (`Desk.evidence`), and
    the policy."""

    revision: str
    evidence: str
    policy: str


def unmoved(session: Session, found: desk.Desk, seen: Seen, *, also: str = "") -> None:
    """Refuse what was seen before something moved. Raises Moved (409): settled, save in the state `also`; or a digest
    that is not what is there now."""
    item, revision = found.item, found.revision
    if item.state in judging.SETTLED and item.state != also:
        who = session.get(Person, item.settled_by_id) if item.settled_by_id else None
        when = _moment(item.settled_at) if item.settled_at else ""
        by = f" by {who.name}" if who else ""
        raise Moved(
            f"This item was {item.state}{by} on {when}, before your decision came in. Nothing of yours was recorded.",
            code="settled", who=who.name if who else "", when=when, what=["state"],
        )  # fmt: skip
    what = []
    if seen.revision != revision.digest:
        what.append("revision")
    elif seen.evidence.partition(".")[0] != revision.evidence_digest:
        what.append("evidence")
    if not what and seen.evidence != found.evidence:
        raise _source_moved(session, found, seen)
    if seen.policy != item.policy_digest:
        what.append("policy")
    if what:
        by = author(session, revision)
        raise Moved(
            f"The {' and the '.join(what)} moved while you were reading: revision {revision.number} by {by} is "
            "there now. Nothing was recorded. Look at what changed, then decide again; your words are kept.",
            who=by, when=_moment(revision.made_at), what=what,
        )  # fmt: skip


def _moment(at: datetime) -> str:
    """A moment as pages say it, with its zone."""
    return f"{at.day} {at:%b, %H:%M} UTC"


def _source_moved(session: Session, found: desk.Desk, seen: Seen) -> Moved:
    """The refusal where the draft is the same and a record it rests on is not."""
    after = seen.evidence.partition(".")[2]
    known = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    moved = source_moves.shifts(session, found.item.id, after=known)
    when = _moment(moved[-1].at) if moved else ""
    says = "; ".join(f"{one.object} {one.external_id}, {one.says}" for one in moved) or "a record it rests on"
    return Moved(
        f"A source moved while you were reading: {says}. The draft is the same. Nothing was recorded; your words are "
        "kept. Look at what changed, then decide again.",
        who="", when=when, what=["source"],
    )  # fmt: skip


def author(session: Session, revision: Revision) -> str:
    """Who wrote a revision, in words."""
    person = session.get(Person, revision.author_person_id) if revision.author_person_id else None
    return person.name if person else "the automation"
