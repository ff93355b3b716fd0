"""Listed: the list of items that a page was come to from, as the address says it, and the way on in it.

An item's address may carry the queue's view and filters, and the place it had there (`at`). They travel along with
every link and form of that item. They only narrow: each step asks again what the person may see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, has_request_context, request, url_for
from sqlalchemy.orm import Session

from reviewqueue import desk, policies, positions, queue_ranges
from reviewqueue.policy import judging
from reviewqueue.positions import Position, Start, Step
from reviewqueue.queue_ranges import Filters
from reviewqueue.refusals import NotThere
from reviewqueue.web import frame
from reviewqueue.web.extensions import now

WORDS = ("lane", "gate", "kind", "state", "customer")
TICKED = ("overdue", "paused", "moved")
_PLACE = 64


def init(app: Flask) -> None:
    """Let the list travel along with every address of the item that is shown."""
    app.url_defaults(_along)


def _along(endpoint: str, values: dict[str, Any]) -> None:
    if not has_request_context() or "item_id" not in values:
        return
    if values["item_id"] == (request.view_args or {}).get("item_id"):
        for name, value in carried().items():
            values.setdefault(name, value)


def filters() -> Filters:
    """The view and its filters that the address names; what it does not know narrows nothing."""
    named: dict[str, Any] = {name: frame.asked(name) for name in WORDS}
    page = frame.place("after", str)
    view = request.args.get("view", "mine")
    known: queue_ranges.View = next((one for one in queue_ranges.VIEWS if one == view), "mine")
    whom = 0 if known == "decided" else frame.row(frame.asked("for"))
    named |= {name: request.args.get(name) == "1" for name in TICKED}
    return Filters(view=known, whom=whom, after=page.edge, back=page.back, **named)


def query(narrow: Filters) -> dict[str, str]:
    """What the address says besides the view and the place in it."""
    kept = {name: getattr(narrow, name) for name in WORDS}
    ticked = {name: "1" if getattr(narrow, name) else "" for name in TICKED}
    whom = {"for": str(narrow.whom) if narrow.whom else ""}
    return {name: value for name, value in {**kept, **ticked, **whom}.items() if value}


def address(narrow: Filters, after: str = "") -> str:
    """The address of a list, or of the page of it that goes on behind a key."""
    more: dict[str, Any] = {"after": after} if after else {}
    return url_for("queue.lines", **_words(narrow), **more)


def _words(narrow: Filters) -> dict[str, Any]:
    return {**({"view": narrow.view} if narrow.view != "mine" else {}), **query(narrow)}


def given() -> bool:
    """Whether the address says which list the item was come to from."""
    return any(name in request.args for name in ("at", "view", "for", *WORDS, *TICKED))


def carried() -> dict[str, str]:
    """What every address of the same item carries along; nothing where no list is named."""
    if not given():
        return {}
    at = frame.asked("at", _PLACE)
    return {**_words(filters()), **({"at": at} if at else {})}


def link(narrow: Filters, item_id: int, at: str) -> str:
    """The address of an item in a list."""
    return f"{url_for('items.one', item_id=item_id)}?{urlencode({**_words(narrow), 'at': at}, safe=':')}"


def link_of(narrow: Filters, item: Any, *, by_name: bool) -> str:
    """The address of an item where a list shows it."""
    place = positions.start(item, narrow, by_name=by_name)
    return link(narrow, item.id, place.at if place else "")


@dataclass(frozen=True)
class Around:
    """The list around an item: its address, where the item stands in it, and whether that is the first or the last."""

    address: str
    position: Position

    @property
    def first(self) -> bool:
        """Whether nothing comes before it."""
        return self.position.number == 1

    @property
    def last(self) -> bool:
        """Whether nothing comes behind it."""
        return not self.position.total.more and self.position.number == self.position.total.many


def around(session: Session, item: Any, actor: judging.Actor) -> Around | None:
    """The list around the item that is shown; None where the address names no list."""
    if not given():
        return None
    narrow = filters()
    listed = positions.Listed(session, policies.current(session), actor, narrow, now())
    place = positions.read(frame.asked("at", _PLACE), item.id) or positions.start(item, narrow, by_name=False)
    if place is None:
        return None
    return Around(address(narrow), listed.position(place, item.id))


def onward(session: Session, actor: judging.Actor, item_id: int, *, back: bool = False, settled: bool = False) -> str:
    """The address of what comes behind an item in the list it was come to from, or before it; at its end the list.

    Where the address names no list, it is what the person can decide, which begins again at its end, and at its front
    behind an item that was just `settled`.
    """
    narrow, at = filters(), frame.asked("at", _PLACE)
    listed = positions.Listed(session, policies.current(session), actor, narrow, now())
    place = positions.read(at, item_id)
    if place is None and not settled:
        place = _place(session, actor, item_id, narrow)
    step = listed.step(place, item_id, back=back)
    if step.item_id is None and not given() and not back:
        step = listed.step(None, item_id)
    return _to(narrow, step)


def first(session: Session, actor: judging.Actor) -> str:
    """The address of the first item of the list that the address names."""
    narrow = filters()
    return _to(narrow, positions.Listed(session, policies.current(session), actor, narrow, now()).step(None, 0))


def _to(narrow: Filters, step: Step) -> str:
    if step.item_id is None:
        return address(narrow, step.on)
    return link(narrow, step.item_id, step.at) if given() else url_for("items.one", item_id=step.item_id)


def _place(session: Session, actor: judging.Actor, item_id: int, narrow: Filters) -> Start | None:
    """Where an item stands now; None where there is none that this person may see."""
    try:
        item = desk.for_person(session, item_id, actor, now()).item
    except NotThere:
        return None
    whom = queue_ranges.named(narrow, actor)
    return positions.start(item, narrow, by_name=bool(whom) and item.assignee_id == whom)
