"""The suppression list: which addresses get no mail, since when and why; putting one on it, and taking one off."""

from __future__ import annotations

from collections.abc import Callable

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import StringField, TextAreaField

from reviewqueue.audit import log_queries
from reviewqueue.audit.events import Actor
from reviewqueue.core.errors import Conflict, Invalid
from reviewqueue.delivery import suppressions
from reviewqueue.people import visibility
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form

blueprint = layout.signed_in_blueprint("suppressions", __name__)
CALLED = {"bounce": "came back", "complaint": "complained", "unsubscribe": "unsubscribed", "person": "by hand"}
VIEWS = {"": "On the list", "ended": "Taken off"}


class AddForm(Form):
    """The address, and why it gets no mail."""

    address = StringField("Address")
    why = TextAreaField("Why")


class EndForm(Form):
    """Why it gets mail again."""

    why = TextAreaField("Why it gets mail again")


@blueprint.before_request
def _may_read() -> None:
    layout.require(suppressions.ABILITY)


@blueprint.get("/releases/suppressed")
def listing() -> ResponseReturnValue:
    """One page of the list, the newest first, and the form that puts one on it."""
    return _page(AddForm(sent=False))


@blueprint.post("/releases/suppressed")
def add() -> ResponseReturnValue:
    """Put an address on the list."""
    form, actor = AddForm(), Actor.person(visitor().person_id)

    def done() -> None:
        suppressions.add(session(), actor, form.address.data or "", form.why.data or "", now())

    return _perform(done, ("It is on the list", "No mail goes to it until somebody takes it off."), "suppress", form)


@blueprint.post("/releases/suppressed/<row:entry_id>/end")
def end(entry_id: int) -> ResponseReturnValue:
    """Take an address off the list."""
    form, actor = EndForm(), Actor.person(visitor().person_id)

    def done() -> None:
        suppressions.end(session(), actor, entry_id, form.why.data or "", now())

    told = ("It is off the list", "What waits for it goes out again, each by itself.")
    return _perform(done, told, f"end-suppression-{entry_id}", AddForm(sent=False), form, entry_id)


def _perform(
    done: Callable[[], None], told: tuple[str, str], taken: str, form: AddForm, ending: EndForm | None = None,
    entry_id: int = 0,
) -> ResponseReturnValue:  # fmt: skip
    try:
        done()
    except Conflict as refused:
        layout.flash_result("warn", "Nothing was changed", more=refused.says)
    except Invalid as refused:
        (ending or form).add_faults(refused)
        return _page(form, refused.status, refused.says, ending, entry_id)
    else:
        layout.flash_result("pass", told[0], more=told[1], taken=taken)
    return layout.back_to("suppressions.listing")


def _page(
    form: AddForm, status: int = 200, says: str = "", ending: EndForm | None = None, entry_id: int = 0
) -> ResponseReturnValue:
    reading = session()
    view = "ended" if request.args.get("view") == "ended" else ""
    listed = suppressions.page(reading, layout.page_position(), ended=bool(view))
    items = [row.item_id for row in listed.rows if row.item_id is not None]
    return layout.page(
        "releases/suppressed.html", status, listed=listed, form=form, says=says, ending=ending, entry_id=entry_id,
        here="/releases", called=CALLED, view=view, views=VIEWS,
        names=log_queries.actors(reading, {one for row in listed.rows for one in (row.by, row.ended_by) if one}),
        visible=visibility.visible_items(reading, items, layout.actor(now())),
    )  # fmt: skip
