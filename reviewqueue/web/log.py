"""The override log: what was decided and done, in the order it was written, and whether it still holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from flask import flash, get_flashed_messages, request
from flask.typing import ResponseReturnValue

from reviewqueue import access, desk, events, override_log, pages, policies
from reviewqueue.events import EventType
from reviewqueue.policy.shape import Policy
from reviewqueue.policy.words import ACTS as DECISIONS
from reviewqueue.proofs import canonical
from reviewqueue.refusals import NotThere
from reviewqueue.web import frame
from reviewqueue.web.extensions import now, session

blueprint = frame.room("log", __name__)
NARROWED = ("view", "actor", "act", "item", "lane", "from", "to")
VIEWS: dict[str, tuple[str, tuple[EventType, ...]]] = {
    "": ("Everything", ()),
    "decisions": ("Decisions", tuple(EventType(f"item.{act}") for act in DECISIONS)),
    "overrides": ("Overrides", (EventType.ITEM_OVERRIDE,)),
    "automatic": ("Automatic", (EventType.ITEM_STAND,)),
}
SHOWN_BREAKS = 5


@blueprint.before_request
def _may_read() -> None:
    frame.must("read the override log")


@blueprint.get("/log")
def entries() -> ResponseReturnValue:
    """One page of the log, newest first, narrowed by what the address says."""
    reading = session()
    filters, policy = _filters(), policies.current(reading)
    listed = pages.log_page(reading, filters, frame.place())
    shown = [entry for (entry,) in listed.rows]
    words = pages.log_words(reading, [entry.position for entry in shown])
    bodies = {entry.position: canonical.read(entry.body) for entry in shown}
    went = {str(body["facts"].get("to") or "") for body in bodies.values()}
    went |= {f"person:{body['facts'].get('person', '')}" for body in bodies.values()}
    names = pages.actors(reading, {entry.actor for entry in shown} | {filters.actor} | went)
    query = {name: value for name, value in request.args.items() if value and name in NARROWED}
    return frame.rendered(
        "log/entries.html", entries=shown, bodies=bodies, words=words, names=names, listed=listed, query=query,
        kinds=list(events.groups()), views=VIEWS, filters=filters, policy=policy,
        people=pages.people(reading, now())[0],
        verdicts=get_flashed_messages(category_filter=["verdict"]), visible=_visible(policy), here="/log",
        unused=_unused(filters), means={kind.value: kind.says for kind in EventType},
    )  # fmt: skip


@blueprint.get("/log/<row:position>")
def entry(position: int) -> ResponseReturnValue:
    """One entry, with the bytes its hash is over."""
    reading = session()
    found = pages.log_entry(reading, position)
    if found is None:
        raise NotThere()
    body = canonical.read(found.body)
    named = {found.actor, *(str(value) for value in body["facts"].values() if isinstance(value, str))}
    named.add(f"person:{body['facts'].get('person', '')}")
    return frame.rendered(
        "log/entry.html", entry=found, body=body, words=pages.log_words(reading, [position]).get(position, {}),
        names=pages.actors(reading, named), last=pages.log_entry(reading, position + 1) is None,
        visible=_visible(policies.current(reading)), kind=_kind(found.act),
    )  # fmt: skip


@blueprint.post("/log/verify")
def verify() -> ResponseReturnValue:
    """Read the whole log again, and say whether it holds."""
    verdict = override_log.verify(session())
    told = {
        "size": verdict.size,
        "root": verdict.root,
        "at": now().isoformat(),
        "breaks": [[found.position, found.says] for found in verdict.breaks[:SHOWN_BREAKS]],
        "more": max(0, len(verdict.breaks) - SHOWN_BREAKS),
    }
    flash(cast(Any, told), "verdict")
    return frame.back_to("log.entries")


def _filters() -> pages.LogFilters:
    given = request.args
    view = given.get("view", "")
    kinds = VIEWS[view][1] if view in VIEWS else ()
    kinds = (kind,) if (kind := _kind(given.get("act", ""))) else kinds
    return pages.LogFilters(
        actor=frame.asked("actor", 64),
        acts=tuple(kind.value for kind in kinds),
        lane=frame.asked("lane", 64),
        item_id=frame.row(given.get("item", "")) or None,
        since=_day(given.get("from", "")),
        until=_day(given.get("to", ""), later=1),
    )


def _unused(filters: pages.LogFilters) -> list[str]:
    """What was asked for and could not narrow the log, in words: nobody takes the whole for a part."""
    given = request.args
    wrong = [f"Item: “{given['item'][:40]}” is no item’s number"] if given.get("item") and not filters.item_id else []
    if given.get("act") and not _kind(given["act"]):
        wrong.append(f"Act: “{given['act'][:40]}” is no kind of entry; choose one from the list")
    for name, said, found in (("from", "From", filters.since), ("to", "To", filters.until)):
        if given.get(name) and found is None:
            wrong.append(f"{said}: “{given[name][:40]}” is no day; write it as 2026-03-31")
    return wrong


def _kind(value: str) -> EventType | None:
    """The kind of that value; None for anything else."""
    return next((kind for kind in EventType if kind.value == value), None)


def _visible(policy: Policy) -> Callable[[Any], bool]:
    """Whether this person sees the item of an entry: only then the entry leads to it."""
    mine = set(access.desks(policy, desk.roles_of(frame.actor(now()))))
    return lambda body: (body["lane"], body["gate"]) in mine


def _day(text: str, later: int = 0) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=later)
    except (ValueError, OverflowError):
        return None
