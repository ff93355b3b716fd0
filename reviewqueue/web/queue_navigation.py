"""Navigation within the list from which an item was opened: its address, and the next and the previous item.

An item's URL may carry the queue's view and filters, and the item's position there (`at`); every link and form of that
item passes them on. They only narrow the list: each step checks again what the person may see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, has_request_context, request, url_for
from sqlalchemy.orm import Session

from reviewqueue.core.errors import NotFound
from reviewqueue.items import item_context, queue_positions, queue_ranges
from reviewqueue.items.queue_positions import Position, Start, Step
from reviewqueue.items.queue_ranges import QueueFilters
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.web import layout
from reviewqueue.web.extensions import now

TEXT_FILTERS = ("lane", "gate", "kind", "state", "customer")
FLAG_FILTERS = ("overdue", "paused", "moved")
_MAX_POSITION = 64


def init(app: Flask) -> None:
    """Pass the list on in every URL of the item that is shown."""
    app.url_defaults(_add_list_to_url)


def _add_list_to_url(endpoint: str, values: dict[str, Any]) -> None:
    if not has_request_context() or "item_id" not in values:
        return
    if values["item_id"] == (request.view_args or {}).get("item_id"):
        for name, value in carried_query().items():
            values.setdefault(name, value)


def filters() -> QueueFilters:
    """The view and filters that the query names; unknown values are ignored."""
    named: dict[str, Any] = {name: layout.query_arg(name) for name in TEXT_FILTERS}
    page = layout.page_position("after", str)
    view = request.args.get("view", "mine")
    known: queue_ranges.View = next((one for one in queue_ranges.VIEWS if one == view), "mine")
    whom = 0 if known == "decided" else layout.row_id(layout.query_arg("for"))
    named |= {name: request.args.get(name) == "1" for name in FLAG_FILTERS}
    return QueueFilters(view=known, whom=whom, after=page.edge, back=page.back, **named)


def query(narrow: QueueFilters) -> dict[str, str]:
    """The query of a list, without its view and position."""
    kept = {name: getattr(narrow, name) for name in TEXT_FILTERS}
    ticked = {name: "1" if getattr(narrow, name) else "" for name in FLAG_FILTERS}
    whom = {"for": str(narrow.whom) if narrow.whom else ""}
    return {name: value for name, value in {**kept, **ticked, **whom}.items() if value}


def list_url(narrow: QueueFilters, after: str = "") -> str:
    """The URL of a list, or of its page that begins behind a key."""
    more: dict[str, Any] = {"after": after} if after else {}
    return url_for("queue.lines", **_list_query(narrow), **more)


def _list_query(narrow: QueueFilters) -> dict[str, Any]:
    return {**({"view": narrow.view} if narrow.view != "mine" else {}), **query(narrow)}


def has_list() -> bool:
    """Whether the query says from which list the item was opened."""
    return any(name in request.args for name in ("at", "view", "for", *TEXT_FILTERS, *FLAG_FILTERS))


def carried_query() -> dict[str, str]:
    """What every URL of the same item passes on; empty where no list is named."""
    if not has_list():
        return {}
    at = layout.query_arg("at", _MAX_POSITION)
    return {**_list_query(filters()), **({"at": at} if at else {})}


def item_url(narrow: QueueFilters, item_id: int, at: str) -> str:
    """The URL of an item in a list."""
    return f"{url_for('items.one', item_id=item_id)}?{urlencode({**_list_query(narrow), 'at': at}, safe=':')}"


def item_link(narrow: QueueFilters, item: Any, *, by_name: bool) -> str:
    """The URL of an item as a list shows it."""
    place = queue_positions.start(item, narrow, by_name=by_name)
    return item_url(narrow, item.id, place.at if place else "")


@dataclass(frozen=True)
class ListPosition:
    """The list around an item: its URL, the item's position, and whether that is the first or the last."""

    address: str
    position: Position

    @property
    def first(self) -> bool:
        """Whether nothing comes before it."""
        return self.position.number == 1

    @property
    def last(self) -> bool:
        """Whether nothing comes after it."""
        return not self.position.total.more and self.position.number == self.position.total.many


def list_position(session: Session, item: Any, actor: evaluation.Actor) -> ListPosition | None:
    """The list around the item that is shown; None where the query names no list."""
    if not has_list():
        return None
    narrow = filters()
    listed = queue_positions.QueueList(session, policy_versions.current(session), actor, narrow, now())
    place = queue_positions.read(layout.query_arg("at", _MAX_POSITION), item.id) or queue_positions.start(
        item, narrow, by_name=False
    )
    if place is None:
        return None
    return ListPosition(list_url(narrow), listed.position(place, item.id))


def next_url(
    session: Session, actor: evaluation.Actor, item_id: int, *, back: bool = False, settled: bool = False
) -> str:
    """The URL of the next item in the list from which an item was opened, or of the previous one with `back`; at the
    end of the list the list itself.

    Where the query names no list, it is the list of what the person can decide: it starts over at its end, and starts
    at its front after an item that was just `settled`.
    """
    narrow, at = filters(), layout.query_arg("at", _MAX_POSITION)
    listed = queue_positions.QueueList(session, policy_versions.current(session), actor, narrow, now())
    place = queue_positions.read(at, item_id)
    if place is None and not settled:
        place = _position_now(session, actor, item_id, narrow)
    step = listed.step(place, item_id, back=back)
    if step.item_id is None and not has_list() and not back:
        step = listed.step(None, item_id)
    return _url_of_step(narrow, step)


def first_url(session: Session, actor: evaluation.Actor) -> str:
    """The URL of the first item of the list that the query names."""
    narrow = filters()
    return _url_of_step(
        narrow, queue_positions.QueueList(session, policy_versions.current(session), actor, narrow, now()).step(None, 0)
    )


def _url_of_step(narrow: QueueFilters, step: Step) -> str:
    if step.item_id is None:
        return list_url(narrow, step.resume_cursor)
    return item_url(narrow, step.item_id, step.at) if has_list() else url_for("items.one", item_id=step.item_id)


def _position_now(session: Session, actor: evaluation.Actor, item_id: int, narrow: QueueFilters) -> Start | None:
    """The item's position now; None for one that this person may not see."""
    try:
        item = item_context.load_visible(session, item_id, actor, now()).item
    except NotFound:
        return None
    whom = queue_ranges.leading_assignee(narrow, actor)
    return queue_positions.start(item, narrow, by_name=bool(whom) and item.assignee_id == whom)
