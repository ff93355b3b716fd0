"""What a person is told of: the page behind the bell, what is new while a page stands open, and how they want it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue
from pydantic import SecretStr

from reviewqueue.core.errors import Invalid, NotFound
from reviewqueue.core.notification_kinds import KINDS, WAYS
from reviewqueue.exceptions import notification_lines
from reviewqueue.items import queue_positions, queue_ranges
from reviewqueue.people import chat_webhooks, notification_queries, notification_settings, notifications
from reviewqueue.policy import policy_versions
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session, settings, visitor

blueprint = layout.signed_in_blueprint("notifications", __name__)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
VIEWS = {"": "New", "all": "All"}


@blueprint.get("/notifications")
def lines() -> ResponseReturnValue:
    """One page of what this person was told of, newest first: what is new, or everything."""
    view = request.args.get("view", "")
    view = view if view in VIEWS else ""
    found, shown = notification_lines.listed(session(), layout.actor(now()), layout.page_position(), new=not view)
    return layout.page(
        "notifications/notifications.html", listed=found, lines=shown, view=view, views=VIEWS, here="/notifications"
    )


@blueprint.post("/notifications/<row:notification_id>/open")
def open_one(notification_id: int) -> ResponseReturnValue:
    """Mark one as read, and go to what it is about."""
    found = notification_queries.of_person(session(), visitor().person_id, notification_id)
    if found is None:
        raise NotFound()
    target = notification_queries.path(found)
    notifications.mark_read(session(), visitor().person_id, now(), only=notification_id)
    return redirect(request.script_root + target, 303)


@blueprint.post("/notifications/read")
def read() -> ResponseReturnValue:
    """Mark as read everything up to the newest that was on the page."""
    up_to = layout.row_id(request.form.get("up_to", ""))
    count = notifications.mark_read(session(), visitor().person_id, now(), up_to=up_to)
    says = "Nothing was new any more" if not count else "Marked as read" if count == 1 else f"{count} marked as read"
    layout.flash_result("pass", says, more="What still waits for you stays in the queue.")
    return layout.back_to("notifications.lines")


@blueprint.get("/notifications/count")
def count() -> ResponseReturnValue:
    """How many are new, for the bell of a page that stands open; with `queue`, the counts of the queue's views too."""
    found: dict[str, Any] = {"new": visitor().unread}
    if request.args.get("queue"):
        at = now()
        views: list[queue_ranges.View] = [view for view in queue_ranges.VIEWS if view != "decided"]
        counts = queue_positions.counts(session(), policy_versions.current(session()), layout.actor(at), views, at)
        found["queue"] = {view: f"{one.many:,}{'+' if one.more else ''}" for view, one in counts.items()}
    return found


@blueprint.get("/notifications/settings")
def how() -> ResponseReturnValue:
    """How this person wants to be told."""
    return _render(notification_settings.chosen(session(), visitor().person_id))


@blueprint.post("/notifications/settings")
def save() -> ResponseReturnValue:
    """Keep how this person wants to be told."""
    form = request.form
    given = {
        "ways": {kind: form.get(f"way-{kind}", KINDS[kind].usual) for kind in KINDS},
        "weekdays": {int(day) for day in form.getlist("weekdays") if day.isascii() and day.isdigit() and len(day) == 1},
        **{name: form.get(name, "")[:64] for name in ("timezone", "quiet_from", "quiet_until")},
    }
    try:
        notification_settings.save(session(), visitor().person_id, visitor().actor, given, now())
    except Invalid as refused:
        return _render(given, refused)
    more = "They hold for what happens from now on; the log keeps that you changed them."
    layout.flash_result("pass", "Your choices are kept", more=more, taken="notification-settings")
    return layout.back_to("notifications.how")


@blueprint.post("/notifications/settings/chat")
def enter_chat() -> ResponseReturnValue:
    """Keep the webhook by which this person is told in their chat."""
    person, url = visitor(), SecretStr(request.form.get("chat", "").strip())
    if not chat_webhooks.offered(settings()):
        raise NotFound()
    try:
        chat_webhooks.enter(session(), settings(), person.person_id, person.actor, url, now())
    except Invalid as refused:
        return _render(notification_settings.chosen(session(), person.person_id), refused)
    more = "Choose what you are told there. The address is sealed, and nobody is shown it again."
    layout.flash_result("pass", "Your chat is kept", more=more)
    return layout.back_to("notifications.how")


@blueprint.post("/notifications/settings/chat/forget")
def forget_chat() -> ResponseReturnValue:
    """Forget it: what was told there comes by e-mail."""
    chat_webhooks.remove(session(), visitor().person_id, visitor().actor, now())
    more = "What you were told there comes by e-mail. In your chat, take the webhook back as well."
    layout.flash_result("pass", "Your chat is forgotten", more=more)
    return layout.back_to("notifications.how")


def _render(chosen: Mapping[str, Any], refused: Invalid | None = None) -> ResponseReturnValue:
    wrong = (
        {fault.at.lstrip("/").replace("ways/", "way-"): fault.message for fault in refused.faults} if refused else {}
    )
    chat = chat_webhooks.of_person(session(), visitor().person_id)
    ways = {key: label for key, label in WAYS.items() if key != "chat" or chat or "chat" in chosen["ways"].values()}
    chats = sorted(settings().chats()) if chat_webhooks.offered(settings()) else []
    return layout.page(
        "notifications/settings.html", refused.status if refused else 200, chosen=chosen, kinds=KINDS, ways=ways,
        chat=chat, chats=chats, days=DAYS, wrong=wrong, says=refused.says if refused else "",
        mailed=bool(settings().mail_host()), here="/notifications",
    )  # fmt: skip
