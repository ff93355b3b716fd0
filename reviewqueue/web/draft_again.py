"""Drafting again: the button on an item's page and on an onboarding's, and what it came to."""

from __future__ import annotations

from collections.abc import Sequence

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from reviewqueue.core.errors import Conflict, Invalid
from reviewqueue.onboarding import draft_again, newer_version, ways_on
from reviewqueue.onboarding.draft_again import Again
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session, visitor

_NAMED = 5  # a message above the page is read in a glance

blueprint = layout.signed_in_blueprint("draft_again", __name__)


@blueprint.post("/items/<row:item_id>/draft-again")
def ask(item_id: int) -> ResponseReturnValue:
    """Draft an item again, as it was seen."""
    form = f"draft-again-{item_id}"
    try:
        again = draft_again.ask(session(), visitor().person_id, item_id, request.form.get("seen", ""), now())
    except Conflict as refused:
        layout.flash_result("warn", "Nothing was changed", more=refused.says, taken=form)
    else:
        title = "It is drafted again" if again.waits else "Drafted again"
        layout.flash_result("pass", title, more=_told(again), taken=form)
    return layout.back_to("items.one", item_id=item_id)


@blueprint.post("/items/<row:item_id>/draft-after-all")
def after_all(item_id: int) -> ResponseReturnValue:
    """Draft again, after all, what was rejected without anything in its place."""
    form = f"draft-after-all-{item_id}"
    try:
        ways_on.ask_after_all(session(), visitor().person_id, item_id, now())
    except Conflict as refused:
        layout.flash_result("warn", "Nothing was changed", more=refused.says, taken=form)
    except Invalid:
        layout.flash_result("warn", "Nothing was changed", more="Its deal is in no import any more.", taken=form)
    else:
        more = "The next draft is named below, or in a moment: reload. Why there is none, the onboarding’s page says."
        layout.flash_result("pass", "It is drafted again", more=more, taken=form)
    return layout.back_to("items.one", item_id=item_id)


@blueprint.post("/items/<row:item_id>/newer-version")
def newer(item_id: int) -> ResponseReturnValue:
    """Start a newer version of an approved document, and go to it."""
    form = f"newer-version-{item_id}"
    try:
        started = newer_version.start(session(), visitor().person_id, item_id, now())
    except Conflict as refused:
        layout.flash_result("warn", "Nothing was changed", more=refused.says, taken=form)
        return layout.back_to("items.one", item_id=item_id)
    more = "It begins with what was approved, which holds until this is approved. Edit it, or decide it as it is."
    layout.flash_result("pass", "This is the newer version", more=more, taken=form)
    return layout.back_to("items.one", item_id=started)


@blueprint.get("/items/<row:item_id>/known-now")
def known_now(item_id: int) -> ResponseReturnValue:
    """What drafting a packet again would fill or change, as a line of its page."""
    again = draft_again.preview(session(), visitor().person_id, item_id, now())
    if not layout.is_fragment_request("known-now"):
        return redirect(url_for("items.one", item_id=item_id, _anchor="draft-again"), 303)
    asked = draft_again.asked_of_sales(session(), visitor().person_id, item_id, now())
    return layout.render("items/_known_now.html", again=again, asked=asked)


@blueprint.post("/onboardings/<row:onboarding_id>/draft-again")
def ask_all(onboarding_id: int) -> ResponseReturnValue:
    """Draft the open drafts of an onboarding again."""
    again = draft_again.ask_all(session(), visitor().person_id, onboarding_id, now())
    parts = [f"{again.written} written anew, or to be in a moment: reload." if again.written else ""]
    parts += [f"{again.same} would say the same, so nothing was written." if again.same else "", *again.left]
    title = "Drafted again" if again.written else "Nothing was changed"
    kind = "pass" if again.written else "warn"
    layout.flash_result(kind, title, more=" ".join(filter(None, parts)), taken="draft-all-again")
    return layout.back_to("onboardings.one", onboarding_id=onboarding_id)


def _told(again: Again) -> str:
    """What drafting again came to, in words."""
    if again.waits:
        return "The new revision stands here in a moment: reload. Why there is none, the onboarding's page says."
    parts = (
        ("Filled from newer records", again.filled),
        ("Changed with them", again.changed),
        ("As people wrote it", again.kept),
    )
    return " ".join(f"{what}: {_listed(labels)}." for what, labels in parts if labels)


def _listed(labels: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = len(labels) - _NAMED
    return ", ".join(labels) if more <= 1 else f"{', '.join(labels[:_NAMED])} and {more} more"
