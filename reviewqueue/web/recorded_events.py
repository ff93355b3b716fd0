"""Events that people record about an onboarding because no other table holds them, and the form to record one."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import StringField, TextAreaField

from reviewqueue.audit.events import Actor
from reviewqueue.core.errors import Conflict, Invalid
from reviewqueue.core.metric_definitions import EVENTS
from reviewqueue.measurement.metrics import metric_queries, recorded_events
from reviewqueue.people import directory, visibility
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form, select_field, set_choices

blueprint = layout.signed_in_blueprint("recorded", __name__)


class EventForm(Form):
    """An event to record."""

    kind = select_field("What happened")
    happened_at = StringField("When, UTC")
    about = StringField("Which task or ticket, for what, or who answered")
    amount = StringField("How much")
    note = TextAreaField("A remark")


@blueprint.get("/onboardings/<row:onboarding_id>/recorded")
def told(onboarding_id: int) -> ResponseReturnValue:
    """The events recorded about an onboarding, and the form to record more."""
    return _page(onboarding_id)


@blueprint.post("/onboardings/<row:onboarding_id>/recorded")
def record(onboarding_id: int) -> ResponseReturnValue:
    """Record an event; a refusal shows the page again with what was typed."""
    form = EventForm()
    amount = (form.amount.data or "").strip()
    event_input = recorded_events.EventInput(
        form.kind.data or "",
        _parse_moment(form.happened_at.data or ""),
        form.about.data or "",
        int(amount) if amount.isascii() and amount.isdigit() and len(amount) < 7 else None,
        form.note.data or "",
    )
    try:
        recorded_events.record(session(), visitor().actor, onboarding_id, event_input, now())
    except Invalid as refused:
        form.add_faults(refused)
        return _page(onboarding_id, form, refused.says, refused.status)
    layout.flash_result("pass", "Recorded", more="The figures follow within a minute.", taken="record")
    return layout.back_to("recorded.told", onboarding_id=onboarding_id)


@blueprint.post("/onboardings/<row:onboarding_id>/recorded/<row:event_id>/take-back")
def take_back(onboarding_id: int, event_id: int) -> ResponseReturnValue:
    """Take an event back, with a reason."""
    reason = request.form.get("reason", "")
    try:
        recorded_events.take_back(session(), visitor().actor, event_id, reason, now())
    except Invalid as refused:
        says = ". ".join(fault.message for fault in refused.faults) or refused.says
        return _page(onboarding_id, None, "", refused.status, (event_id, says, reason))
    except Conflict as moved:
        layout.flash_result("warn", "Nothing was changed", more=moved.says)
    else:
        more = "It stays here, struck out, and counts no longer."
        layout.flash_result("pass", "Taken back", more=more, taken=f"take-back-{event_id}")
    return layout.back_to("recorded.told", onboarding_id=onboarding_id)


def _page(
    onboarding_id: int,
    form: EventForm | None = None,
    says: str = "",
    status: int = 200,
    wrong: tuple[int, str, str] = (0, "", ""),
) -> ResponseReturnValue:
    reading, at = session(), now()
    onboarding = visibility.load_onboarding(reading, onboarding_id, layout.actor(at))
    form = form or EventForm(sent=False, happened_at=f"{at:%Y-%m-%dT%H:%M}")
    set_choices(form.kind, ((kind, says[0]) for kind, says in EVENTS.items() if kind != "taken_back"))
    everybody, _ = directory.people(reading, at)
    return layout.page(
        "measurement/recorded.html",
        status,
        onboarding=onboarding,
        told=metric_queries.recorded_events(reading, onboarding.id),
        form=form,
        says=says,
        wrong=wrong,
        may=recorded_events.may_record(reading, onboarding, visitor().person_id, at),
        events=EVENTS,
        here="/onboardings",
        names={Actor.person(one.id): one.name for one in everybody},
    )


def _parse_moment(typed: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(typed.strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
