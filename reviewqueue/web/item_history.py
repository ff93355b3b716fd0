"""What happened to an item, as its page tells it: revisions, decisions and looks at changed sources, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reviewqueue.core.vocabulary import APPROVED, LETS_THROUGH
from reviewqueue.db.tables.items import Decision, Revision
from reviewqueue.evidence.source_changes import Look, SourceChange
from reviewqueue.items.item_context import ItemContext
from reviewqueue.items.item_page import ItemPage


@dataclass(frozen=True)
class HistoryEntry:
    """Something that happened to an item: a revision (with the edit that made it, if a person did), a decision
    (`returned` where it was sent back after it), or a look at `changes` of its sources."""

    at: datetime
    number: int
    revision: Revision | None = None
    decision: Decision | None = None
    is_void: bool = False
    look: Look | None = None
    changes: tuple[SourceChange, ...] = ()
    returned: bool = False


def history(page: ItemPage) -> list[HistoryEntry]:
    """Revisions, decisions and looks, newest first. An approval of an older revision, or from before a source changed
    or it was sent back, is void."""
    last_return = max((made.id for made in page.context.decisions if made.action == "send_back"), default=0)
    numbers = {found.id: found.number for found in page.context.revisions}
    decided = [(made, numbers.get(made.revision_id, 0)) for made in page.context.decisions]
    edits = {number + 1: made for made, number in decided if made.action == "edit"}
    rows = [
        HistoryEntry(found.made_at, found.number, found, edits.get(found.number)) for found in page.context.revisions
    ]
    current = page.context.revision.number
    rows += [
        HistoryEntry(
            *(made.at, number, None, made, made.action in LETS_THROUGH and not _counts(page, made, number)),
            returned=made.id < last_return,
        )
        for made, number in decided
        if made.action != "edit"
    ]
    rows += [
        HistoryEntry(look.at, numbers.get(changes[0].revision_id, current), look=look, changes=changes)
        for look, changes in _looks(page.context).items()
    ]
    return sorted(rows, key=lambda row: (row.at, row.number, row.revision is None), reverse=True)


def _counts(page: ItemPage, made: Decision, number: int) -> bool:
    """Whether an approval is of the current revision, from after it was sent back, with what changed under it since on
    the screen; what let the item through counted then."""
    context = page.context
    if any(later.action == "send_back" for later in context.decisions if later.id > made.id):
        return False
    settled = context.item.state in APPROVED and made.changes_seen == context.decisions[-1].changes_seen
    return number == context.revision.number and (settled or made.changes_seen == context.changes_seen)


def _looks(context: ItemContext) -> dict[Look, tuple[SourceChange, ...]]:
    """Each look at what changed under the item, with all that it was at."""
    found: dict[Look, tuple[SourceChange, ...]] = {}
    for change in context.looked:
        for look in change.looks:
            found[look] = (*found.get(look, ()), change)
    return found
