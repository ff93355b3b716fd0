"""Releases: approved items that are sent, where each stands, and what a person can do about it by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from flask import Response, request
from flask.typing import ResponseReturnValue

from reviewqueue.core import canonical_json
from reviewqueue.core.errors import Conflict, Forbidden, Invalid, NotFound
from reviewqueue.core.vocabulary import APPROVED, PLAN
from reviewqueue.db import heartbeat
from reviewqueue.delivery import files, manual_send, receipt_keys, receipts, release_queries, send_stops
from reviewqueue.delivery import releases as sent_releases
from reviewqueue.delivery import undo as before_sending
from reviewqueue.delivery.outgoing import outgoing_of
from reviewqueue.items import item_context, send_time
from reviewqueue.policy.model.destinations import Destination
from reviewqueue.web import items, layout
from reviewqueue.web.extensions import now, session, settings, visitor

FORMATS = {"csv": "text/csv", "json": "application/json"}
blueprint = layout.signed_in_blueprint("releases", __name__)
TITLES = {
    "": "Not yet out", "trouble": "Failed or unknown", "released": "Released", "undone": "Taken back",
    "given_up": "Given up",
}  # fmt: skip


@blueprint.get("/releases")
def outbound() -> ResponseReturnValue:
    """One page of releases at the gates that this person sees, newest first."""
    view = request.args.get("view", "")
    view = view if view in TITLES else ""
    reading, at = session(), now()
    mail = bool(settings().mail())
    listed = release_queries.page(reading, layout.actor(at), view, layout.page_position(), at, mail=mail)
    return layout.page(
        "releases/releases.html", listed=listed, view=view, titles=TITLES, here="/releases",
        no_worker=heartbeat.read(reading, at).wrong, stops=send_stops.in_force(reading), in_words=send_time.in_words,
    )  # fmt: skip


@blueprint.get("/items/<row:item_id>/release/receipt")
def receipt(item_id: int) -> ResponseReturnValue:
    """The signed receipt of what went out of an item, as a file, for whoever sees the item."""
    reading, at = session(), now()
    context = item_context.load_visible(reading, item_id, layout.actor(at), at)
    release = sent_releases.of_item(reading, item_id)
    if release is None:
        raise NotFound()
    whole = canonical_json.write(receipts.signed(reading, context, release, settings()))
    named = {"Content-Disposition": f'attachment; filename="receipt-{release.id}.json"'}
    return Response(whole, mimetype="application/json", headers=named)


@blueprint.get("/items/<row:item_id>/plan.csv", defaults={"form": "csv"})
@blueprint.get("/items/<row:item_id>/plan.json", defaults={"form": "json"})
def plan(item_id: int, form: Literal["csv", "json"]) -> ResponseReturnValue:
    """An approved plan as a file: a table of its milestones, or the whole draft."""
    reading, at = session(), now()
    context = item_context.load_visible(reading, item_id, layout.actor(at), at)
    if context.item.kind != PLAN or context.item.state not in APPROVED:
        raise NotFound()
    found = outgoing_of(reading, context, Destination(key="plan", name="Plan", kind="file", does="Kept", format=form))
    named = {"Content-Disposition": f'attachment; filename="{files.name_of(found)}"'}
    return Response(files.content(found), mimetype=FORMATS[form], headers=named)


@blueprint.get("/releases/keys")
def keys() -> ResponseReturnValue:
    """The public keys that sign receipts."""
    found = receipt_keys.published(session())
    return layout.page("releases/keys.html", keys=found, here="/releases")


@blueprint.post("/items/<row:item_id>/release/sent")
def sent(item_id: int) -> ResponseReturnValue:
    """A person reports that they sent what was on their screen. A refusal is shown on the item page, which keeps what
    was typed."""
    digest, text, mail = request.form.get("digest", ""), _typed_text("text"), bool(settings().mail())
    told = ("It is released", "The item, the log and its automation say that you sent it by hand.")
    done = manual_send.mark_sent
    return _perform(
        item_id, "sent", told, lambda: done(session(), _person_id(), item_id, digest, text, now(), mail=mail)
    )


@blueprint.post("/items/<row:item_id>/release/retry")
def retry(item_id: int) -> ResponseReturnValue:
    """Try the release again: the same content, under the same key."""
    reason = _typed_text("reason")
    told = ("It is tried again", "The same content under the same key; this page says what comes of it.")
    return _perform(item_id, "retry", told, lambda: manual_send.retry(session(), _person_id(), item_id, reason, now()))


@blueprint.post("/items/<row:item_id>/release/give-up")
def give_up(item_id: int) -> ResponseReturnValue:
    """Give the release up, with a reason: it never goes out."""
    reason = _typed_text("reason")
    told = ("Given up", "It does not go out. The log keeps your reason.")
    return _perform(
        item_id, "give-up", told, lambda: manual_send.give_up(session(), _person_id(), item_id, reason, now())
    )


@blueprint.post("/items/<row:item_id>/release/let-go")
def let_go(item_id: int) -> ResponseReturnValue:
    """Let an approved message go out although it was submitted anew, with a reason."""
    reason = _typed_text("reason")
    told = ("It goes out as it was approved", "The newer draft does not hold it any more. The log keeps your reason.")
    return _perform(
        item_id, "let-go", told, lambda: manual_send.let_go(session(), _person_id(), item_id, reason, now())
    )


@blueprint.post("/items/<row:item_id>/release/undo")
def undo(item_id: int) -> ResponseReturnValue:
    """Undo the approval of what waits for its time, with a reason: it is back at its gate."""
    reason = _typed_text("reason")
    told = ("The approval is undone", "Nothing went out. The draft is back at its gate; the log keeps your reason.")
    return _perform(item_id, "undo", told, lambda: before_sending.undo(session(), _person_id(), item_id, reason, now()))


@blueprint.post("/items/<row:item_id>/release/now")
def send_now(item_id: int) -> ResponseReturnValue:
    """Have an approved item go out before its time, with a reason."""
    reason = _typed_text("reason")
    told = ("It goes out now", "Unless something else holds it: this page says so. The log keeps your reason.")
    act = before_sending.send_now
    return _perform(item_id, "now", told, lambda: act(session(), _person_id(), item_id, reason, now()))


def _perform(item_id: int, act: str, messages: tuple[str, str], do: Callable[[], None]) -> ResponseReturnValue:
    try:
        do()
    except (Conflict, Forbidden, Invalid) as refused:
        says = "; ".join([refused.says.rstrip("."), *(fault.message for fault in refused.faults)])
        typed = _typed_text("text") or _typed_text("reason")
        return items.item(
            item_id, None, refused.status, release_says=f"{says}.", release_act=act, release_typed=typed
        )  # fmt: skip
    layout.flash_result("pass", messages[0], more=messages[1], taken=f"{act}-release-{item_id}")
    return layout.back_to("items.one", item_id=item_id)


def _typed_text(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n")


def _person_id() -> int:
    return visitor().person_id
