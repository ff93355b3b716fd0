"""What is approved of a message that is handed in anew: the approved item is held until somebody decides the newer one.

While it is held it is approved still, and names the newer draft in `superseded_by_id`; `delivery.replaced_releases`
holds and cancels by that.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.checks import recipients
from reviewqueue.core import canonical_json
from reviewqueue.core.vocabulary import APPROVED, OPEN, TO_CUSTOMERS
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.people import Automation
from reviewqueue.db.tables.releases import Release
from reviewqueue.policy.model.policy import Gate

# So many approved items of one subject are looked at, the newest first.
MAX_COMPARED = 20
_RECEIVERS = ("to", "cc")
# The states of a release that goes out no more.
OUT = ("released", "given_up")
# Those of one of which nobody can say that it did not.
MAY_BE_OUT = ("sending", "unknown")


@dataclass(frozen=True)
class Earlier:
    """An approved item of the same onboarding, kind and subject as a later one: where its release stands, when it was
    sent or else approved, and whether the later one `holds` it; `by` is the other automation whose message still goes
    out beside it, "" for none."""

    item_id: int
    title: str
    release: str
    at: datetime
    holds: bool
    by: str = ""


def approved(onboarding_id: int, kind: str, subject: str | None) -> Select[Item, Release]:
    """A query for the approved items of one subject, or of any (None), newest first, with their releases, None where
    nothing goes out."""
    same = [Item.onboarding_id == onboarding_id, Item.kind == kind]
    same += [Item.subject == subject] if subject is not None else []
    return (
        select(Item, Release)
        .outerjoin(Release, Release.item_id == Item.id)
        .where(*same, Item.state.in_(APPROVED))
        .order_by(Item.id.desc(), Release.id.desc())
        .limit(MAX_COMPARED)
    )


def is_identical(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two drafts are one message: the same receivers, in any order, and the same text but for white space.
    `true`, `1` and `1.0` are three texts."""
    here, there = _receivers(one), _receivers(other)
    left_out = _RECEIVERS if here else ()
    plain = [_plain({key: value for key, value in draft.items() if key not in left_out}) for draft in (one, other)]
    texts = [canonical_json.write(draft, digits=True) for draft in plain]
    return here == there and texts[0] == texts[1]


def _is_to_others(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two messages have no receiver in common: they are two, whatever they say."""
    here, there = ({address for _, address in _receivers(draft)} for draft in (one, other))
    return bool(here or there) and not here & there


def _receivers(draft: dict[str, Any]) -> set[tuple[str, str]]:
    return {(field, address) for field, _, address in recipients.addressed(draft) if field in _RECEIVERS}


def _plain(value: Any) -> Any:
    """Texts without what no reader sees: any white space is one space, and letters are composed alike."""
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value).split())
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def hold(
    session: Session, item_id: int, draft: dict[str, Any], older: Collection[int], actor: Actor
) -> tuple[dict[str, Any] | None, list[Event]]:
    """Let the item that was just opened hold what is approved of the same message and not out: (what its automation is
    told, None for nothing; the events for the log). It holds what its own automation submitted, and what our drafter
    wrote for its `purpose`; nobody else's. What the items held that it supersedes (`older`), it holds. Only inside
    `writing()`."""
    item = session.get_one(Item, item_id)
    held: dict[int, Event] = {}
    in_doubt: list[int] = []
    sent: Row[Item, Release] | None = None
    rows = session.execute(approved(item.onboarding_id or 0, item.kind, item.subject)).all()
    ours = _drafted_for(session, item.purpose, [row.Item.id for row in rows])
    for row in rows:
        earlier = row.Item
        if row.Release is None or row.Release.state == "given_up" or earlier.id in held:
            continue
        if earlier.automation_id != item.automation_id and earlier.id not in ours:
            continue
        text = select(Revision.draft).where(Revision.item_id == earlier.id, Revision.number == earlier.revision_number)
        if earlier.superseded_by_id not in older and _is_to_others(session.scalars(text).one(), draft):
            continue
        if row.Release.state == "released":
            sent = sent or row
        else:
            update_row(session, earlier, superseded_by_id=item_id)
            held[earlier.id] = Event.about(earlier, actor, EventType.RELEASE_REPLACE, facts={"by": item_id})
            in_doubt += [earlier.id] if row.Release.state in MAY_BE_OUT else []
    if held:
        says = _says_held([one for one in held if one not in in_doubt], in_doubt, ours)
        first = next((one for one in held if one not in ours), None)
        return {"code": "holds-earlier", "says": says, "item": first}, list(held.values())
    if sent is not None:
        says = (
            f"{_called([sent.Item.id], ours)} of this subject was sent {moment(sent.Release.sent_at)}: this is one "
            "message more, and goes out once it is approved."
        )
        return {"code": "follows-sent", "says": says, "item": None if sent.Item.id in ours else sent.Item.id}, []
    return None, []


def _drafted_for(session: Session, purpose: str, ids: Sequence[int]) -> set[int]:
    """Those of these items that our drafter wrote from the template whose place a message takes."""
    if not purpose or not ids:
        return set()
    jobs = select(DraftJob.item_id).where(DraftJob.item_id.in_(ids), DraftJob.template == purpose)
    return {one for one in session.scalars(jobs) if one is not None}


def _called(ids: Sequence[int], ours: Collection[int]) -> str:
    """Items as an automation is told of them: by number where it may read them, its own."""
    mine = [str(one) for one in ids if one not in ours]
    named = [f"item {' and '.join(mine)}"] if mine else []
    both = " and ".join([*named, *(["the message that Review Queue drafted for it"] if len(mine) < len(ids) else [])])
    return f"{both[:1].upper()}{both[1:]}"


def _says_held(waiting: Sequence[int], in_doubt: Sequence[int], ours: Collection[int]) -> str:
    """What an automation is told of the items that are held: those that wait, and those that may be out."""
    says = []
    if waiting:
        says.append(
            f"{_called(waiting, ours)} is approved, and this says it otherwise. It is held until "
            "somebody decides this one: if this is approved, this goes out instead of it."
        )
    if in_doubt:
        says.append(
            f"{_called(in_doubt, ours)} of this subject is approved and may have gone out already: if "
            "it did, this is one message more, once it is approved."
        )
    return " ".join(says)


def moment(at: datetime | None) -> str:
    """A moment in words for an automation."""
    return f"on {at:%d %b %Y at %H:%M} UTC" if at else "before"


def of_item(session: Session, item: Item, gate: Gate | None, approved_ones: Sequence[Row[Any]] = ()) -> list[Earlier]:
    """What an open item of this gate that goes out holds; where it holds nothing, what was sent last of its subject;
    and what others submitted of that subject and is to go out as well. `approved_ones` are the approved items of its
    onboarding with their releases, newest first, where the caller has read them."""
    goes_out = item.kind in TO_CUSTOMERS or bool(gate and gate.release)
    if item.onboarding_id is None or item.state not in OPEN or not goes_out:
        return []
    rows: Sequence[Any] = _of_subject(item, approved_ones)
    if not approved_ones:
        earlier = approved(item.onboarding_id, item.kind, item.subject)
        rows = session.execute(earlier.where(Item.id < item.id, Release.id.is_not(None))).all()
    holding = [row for row in rows if row.Item.superseded_by_id == item.id and row.Release.state not in OUT]
    sent = [row for row in rows if row.Release.state == "released"]
    beside = [row for row in rows if row.Item.superseded_by_id is None and row.Release.state not in OUT]
    beside = [row for row in beside if row.Item.automation_id != item.automation_id]
    names = select(Automation.id, Automation.name).where(Automation.id.in_({row.Item.automation_id for row in beside}))
    by = {row.id: row.name for row in session.execute(names)} if beside else {}
    return [
        *(_earlier(row, bool(holding)) for row in holding or sent[:1]),
        *(_earlier(row, False, by.get(row.Item.automation_id, "another automation")) for row in beside),
    ]


def _of_subject(item: Item, approved_ones: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """Those of an item's own kind and subject that are older and have a release, the newest first."""
    older = (row for row in approved_ones if row.Release is not None and row.Item.id < item.id)
    return [row for row in older if (row.Item.kind, row.Item.subject) == (item.kind, item.subject)][:MAX_COMPARED]


def _earlier(row: Any, holds: bool, by: str = "") -> Earlier:
    at = row.Release.sent_at or row.Item.settled_at
    return Earlier(row.Item.id, row.Item.title, row.Release.state, at, holds, by)
