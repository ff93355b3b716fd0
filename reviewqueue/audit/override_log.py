"""The override log: append entries, each chained to the one before and a leaf of the Merkle tree; verify and export
them. Append last in a transaction, inside `writing()`."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from reviewqueue.audit import merkle
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.core import canonical_json
from reviewqueue.db.database import begin_snapshot
from reviewqueue.db.rows import insert_rows
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.base import moment
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.log import LogEntry, LogHead, LogText

NO_PREVIOUS = "0" * 64
_HEAD = Prepared(select(LogHead.size, LogHead.peaks, LogHead.last))
_SET_HEAD = Prepared(
    update(cast(Table, LogHead.__table__)).values(size=bindparam("n"), peaks=bindparam("p"), last=bindparam("l"))
)


@dataclass(frozen=True)
class Event:
    """What an entry records. `facts` hold no words of a person's: those go to `texts`, of which the entry keeps only
    seals. `append` takes no kind that is not in `EventType`."""

    actor: Actor
    act: EventType
    item_id: int | None = None
    onboarding_id: int | None = None
    lane: str = ""
    gate: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def about(
        cls, item: Item, actor: Actor, act: EventType, *, facts: dict[str, Any] | None = None,
        texts: dict[str, str] | None = None,
    ) -> Event:  # fmt: skip
        """An event about an item, with the onboarding, lane and gate where it stands."""
        return cls(actor, act, item.id, item.onboarding_id, item.lane, item.gate, facts or {}, texts or {})


@dataclass(frozen=True)
class Violation:
    """Where the log is not intact, and how that shows."""

    position: int
    says: str


@dataclass(frozen=True)
class Verification:
    """The result of verifying: the log's size and root as recomputed, and every break."""

    size: int
    root: str
    breaks: tuple[Violation, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.breaks


def seal(salt: str, words: str) -> str:
    """What an entry keeps of a person's words: SHA-256 over the salt and the text."""
    return hashlib.sha256(bytes.fromhex(salt) + words.encode()).hexdigest()


def append(session: Session, at: datetime, *events: Event) -> int:
    """Append entries in order and return the last position. Only inside `writing()`, and last in it. Raises ValueError
    for a kind that is no EventType: nothing is appended then."""
    head = _HEAD.row(session, {})
    tree, last = merkle.Frontier.parse(head.size, head.peaks), head.last
    rows: list[dict[str, Any]] = []
    words: list[dict[str, Any]] = []
    for event in events:
        act = EventType(event.act).value
        position = tree.size + 1
        salts = {name: secrets.token_hex(16) for name in event.texts}
        words += [
            {"position": position, "name": name, "salt": salts[name], "text": text}
            for name, text in event.texts.items()
        ]
        body = _body(position, at, event, act, salts, last)
        leaf = merkle.leaf_hash(body.encode())
        tree, last = tree.add(leaf), leaf.hex()
        columns = {"actor": event.actor, "act": act, "lane": event.lane, "item_id": event.item_id}
        rows.append({"position": position, "at": at, **columns, "body": body, "leaf": last})
    insert_rows(session, LogEntry, rows)
    insert_rows(session, LogText, words)
    _SET_HEAD.run(session, {"n": tree.size, "p": tree.text(), "l": last})
    return tree.size


def _body(position: int, at: datetime, event: Event, act: str, salts: dict[str, str], last: str) -> str:
    return canonical_json.write(
        {
            "position": position,
            "at": moment(at),
            "actor": event.actor,
            "act": act,
            "item": event.item_id,
            "onboarding": event.onboarding_id,
            "lane": event.lane,
            "gate": event.gate,
            "facts": event.facts,
            "sealed": {name: seal(salts[name], text) for name, text in event.texts.items()},
            "previous": last,
        }
    )


def verify(session: Session) -> Verification:
    """Read the whole log in order and check every entry, the chain, the seals, the columns and the head."""
    begin_snapshot(session)
    breaks: list[Violation] = []
    tree, last, expected = merkle.Frontier(), NO_PREVIOUS, 1
    for entry, texts in _iter_entries(session):
        if entry.position < expected:
            breaks.append(Violation(entry.position, "there is an entry before the first one"))
        elif entry.position > expected:
            breaks.append(Violation(expected, f"entries {expected} to {entry.position - 1} are missing"))
        breaks += [Violation(entry.position, says) for says in _entry_faults(entry, texts, last)]
        leaf = merkle.leaf_hash(entry.body.encode())
        tree, last, expected = tree.add(leaf), leaf.hex(), entry.position + 1
    if says := _head_fault(session, tree, last):
        breaks.append(Violation(tree.size, says))
    orphaned = session.scalars(select(LogText.position).where(LogText.position.not_in(select(LogEntry.position))))
    breaks += [
        Violation(position, "there are words here that belong to no entry") for position in sorted(set(orphaned))
    ]
    return Verification(tree.size, tree.root().hex(), tuple(breaks))


def _head_fault(session: Session, tree: merkle.Frontier, last: str) -> str:
    head = session.execute(select(LogHead.size, LogHead.peaks, LogHead.last)).one_or_none()
    if head is None or head.size != tree.size:
        return f"the head speaks of {head.size if head else 'no'} entries, the log has {tree.size}"
    if head.peaks != tree.text():
        return "the head's tree is not the tree of these entries"
    return "" if head.last == last else "the head does not end where the log ends"


def _iter_entries(session: Session) -> Iterator[tuple[LogEntry, dict[str, LogText]]]:
    after = -(2**63)
    while True:
        query = select(LogEntry).where(LogEntry.position > after).order_by(LogEntry.position).limit(1000)
        entries = session.scalars(query).all()
        if not entries:
            return
        first, after = entries[0].position, entries[-1].position
        words: dict[int, dict[str, LogText]] = {}
        for text in session.scalars(select(LogText).where(LogText.position.between(first, after))):
            words.setdefault(text.position, {})[text.name] = text
        for entry in entries:
            yield entry, words.get(entry.position, {})
        session.expunge_all()


def _entry_faults(entry: LogEntry, texts: dict[str, LogText], last: str) -> list[str]:
    try:
        body = canonical_json.read(entry.body)
        columns = (body["position"], body["at"], body["actor"], body["act"], body["lane"], body["item"])
        sealed, previous = dict(body["sealed"]), body["previous"]
    except (canonical_json.NotCanonical, KeyError, TypeError, ValueError):
        return ["the entry's body cannot be read"]
    found = []
    if merkle.leaf_hash(entry.body.encode()).hex() != entry.leaf:
        found.append("the entry's body does not match its hash: it was changed")
    if previous != last:
        found.append("the entry does not follow the one before it: something was changed, dropped or swapped")
    if columns != (entry.position, moment(entry.at), entry.actor, entry.act, entry.lane, entry.item_id):
        found.append("the entry's columns do not say what its body says")
    for name in sealed.keys() | texts.keys():
        if name not in texts:
            found.append(f"the words sealed as {name!r} are gone")
        elif name not in sealed or not _seal_matches(texts[name], sealed[name]):
            found.append(f"the words of {name!r} are not the ones that were sealed")
    return found


def _seal_matches(kept: LogText, sealed: str) -> bool:
    try:
        return seal(kept.salt, kept.text) == sealed
    except ValueError:  # the salt is not hexadecimal
        return False


def export(session: Session) -> Iterator[str]:
    """The log as JSON lines, oldest first: body, leaf hash, and the sealed words with their salts."""
    begin_snapshot(session)
    for entry, texts in _iter_entries(session):
        words = {name: {"salt": text.salt, "text": text.text} for name, text in sorted(texts.items())}
        yield canonical_json.write({"body": entry.body, "leaf": entry.leaf, "texts": words})
