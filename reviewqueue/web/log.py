"""Pages of the override log: its entries in the order they were written, one entry in full, and verification."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from flask import flash, get_flashed_messages, request
from flask.typing import ResponseReturnValue

from reviewqueue.audit import events, log_queries, override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.core import canonical_json
from reviewqueue.core.errors import NotFound
from reviewqueue.people import directory, visibility
from reviewqueue.policy import policy_versions
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session

blueprint = layout.signed_in_blueprint("log", __name__)
FILTER_NAMES = ("view", "actor", "act", "item", "lane", "from", "to")
VIEWS: dict[str, tuple[str, tuple[EventType, ...]]] = {
    "": ("Everything", ()),
    "decisions": ("Decisions", events.DECISIONS),
    "overrides": ("Overrides", (EventType.ITEM_OVERRIDE,)),
    "automatic": ("Automatic", (EventType.ITEM_STAND,)),
}
MAX_BREAKS = 5


@blueprint.before_request
def _may_read() -> None:
    layout.require("read the override log")


@blueprint.get("/log")
def entries() -> ResponseReturnValue:
    """One page of the log, newest first, filtered by the query."""
    reading = session()
    filters, policy = _filters(), policy_versions.current(reading)
    listed = log_queries.log_page(reading, filters, layout.page_position())
    shown = [entry for (entry,) in listed.rows]
    words = log_queries.log_words(reading, [entry.position for entry in shown])
    bodies = {entry.position: canonical_json.read(entry.body) for entry in shown}
    other_actors = {str(body["facts"].get("to") or "") for body in bodies.values()}
    other_actors |= {Actor.person(body["facts"].get("person", "")) for body in bodies.values()}
    names = log_queries.actors(reading, {entry.actor for entry in shown} | {filters.actor} | other_actors)
    query = {name: value for name, value in request.args.items() if value and name in FILTER_NAMES}
    return layout.render(
        "log/entries.html", entries=shown, bodies=bodies, words=words, names=names, listed=listed, query=query,
        kinds=list(events.groups()), views=VIEWS, filters=filters, policy=policy,
        people=directory.people(reading, now())[0],
        verdicts=get_flashed_messages(category_filter=["verdict"]), here="/log",
        visible=_item_visible(entry.item_id for entry in shown), unused=_unusable_filters(filters),
        means={kind.value: kind.says for kind in EventType},
    )  # fmt: skip


@blueprint.get("/log/<row:position>")
def entry(position: int) -> ResponseReturnValue:
    """One entry, with the bytes that its hash covers."""
    reading = session()
    found = log_queries.log_entry(reading, position)
    if found is None:
        raise NotFound()
    body = canonical_json.read(found.body)
    named = {found.actor, *(str(value) for value in body["facts"].values() if isinstance(value, str))}
    named.add(Actor.person(body["facts"].get("person", "")))
    return layout.render(
        "log/entry.html", entry=found, body=body, words=log_queries.log_words(reading, [position]).get(position, {}),
        names=log_queries.actors(reading, named), last=log_queries.log_entry(reading, position + 1) is None,
        visible=_item_visible([found.item_id]), kind=_event_type(found.act),
    )  # fmt: skip


@blueprint.post("/log/verify")
def verify() -> ResponseReturnValue:
    """Read the whole log again and verify it."""
    verdict = override_log.verify(session())
    result = {
        "size": verdict.size,
        "root": verdict.root,
        "at": now().isoformat(),
        "breaks": [[found.position, found.says] for found in verdict.breaks[:MAX_BREAKS]],
        "more": max(0, len(verdict.breaks) - MAX_BREAKS),
    }
    flash(cast(Any, result), "verdict")
    return layout.back_to("log.entries")


def _filters() -> log_queries.LogFilters:
    given = request.args
    view = given.get("view", "")
    kinds = VIEWS[view][1] if view in VIEWS else ()
    kinds = (kind,) if (kind := _event_type(given.get("act", ""))) else kinds
    return log_queries.LogFilters(
        actor=layout.query_arg("actor", 64),
        acts=tuple(kind.value for kind in kinds),
        lane=layout.query_arg("lane", 64),
        item_id=layout.row_id(given.get("item", "")) or None,
        since=_parse_day(given.get("from", "")),
        until=_parse_day(given.get("to", ""), later=1),
    )


def _unusable_filters(filters: log_queries.LogFilters) -> list[str]:
    """Filters that were asked for and could not be applied, in words, so that nobody takes the whole log for a part."""
    given = request.args
    wrong = [f"Item: “{given['item'][:40]}” is not an item number"] if given.get("item") and not filters.item_id else []
    if given.get("act") and not _event_type(given["act"]):
        wrong.append(f"Act: “{given['act'][:40]}” is not a kind of entry; choose one from the list")
    for name, said, found in (("from", "From", filters.since), ("to", "To", filters.until)):
        if given.get(name) and found is None:
            wrong.append(f"{said}: “{given[name][:40]}” is not a date; write it as 2026-03-31")
    return wrong


def _event_type(value: str) -> EventType | None:
    """The event type of that value; None for anything else."""
    return next((kind for kind in EventType if kind.value == value), None)


def _item_visible(item_ids: Iterable[int | None]) -> frozenset[int]:
    """Those of these items that this person may see: only they are linked."""
    return visibility.visible_items(session(), item_ids, layout.actor(now()))


def _parse_day(text: str, later: int = 0) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=later)
    except (ValueError, OverflowError):
        return None
