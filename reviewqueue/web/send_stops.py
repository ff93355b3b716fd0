"""Stopping all that goes out, to one destination or to every one, and letting it go out again."""

from __future__ import annotations

from collections.abc import Callable

from flask.typing import ResponseReturnValue
from wtforms import SelectField, TextAreaField

from reviewqueue.audit import log_queries
from reviewqueue.audit.events import Actor
from reviewqueue.core.errors import Conflict, Forbidden, Invalid
from reviewqueue.delivery import send_stops
from reviewqueue.people import access, actors
from reviewqueue.policy import policy_versions
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form, set_choices

blueprint = layout.signed_in_blueprint("send_stops", __name__)
EVERYTHING = "Everything that goes out, to any destination"


class StopForm(Form):
    """What is stopped, and why."""

    to = SelectField("What", validate_choice=False)
    why = TextAreaField("Why")


class GoOnForm(Form):
    """Why it may go out again."""

    why = TextAreaField("Why it may go out again")


@blueprint.get("/releases/stops")
def ask() -> ResponseReturnValue:
    """What is stopped, by whom and why, and the form that stops more."""
    return _page(StopForm(sent=False))


@blueprint.post("/releases/stops")
def stop() -> ResponseReturnValue:
    """Stop what goes to a destination, or all, at once."""
    form = StopForm()
    actor = Actor.person(visitor().person_id)

    def done() -> None:
        send_stops.stop(session(), actor, form.to.data or send_stops.EVERYWHERE, form.why.data or "", now())

    told = ("It is stopped", "Nothing of it leaves until somebody else lets it go out again.")
    return _perform(done, told, "stop-sending", form)


@blueprint.post("/releases/stops/<row:stop_id>/end")
def end(stop_id: int) -> ResponseReturnValue:
    """Let what one stop holds go out again."""
    form = GoOnForm()

    def done() -> None:
        send_stops.end(session(), visitor().person_id, stop_id, form.why.data or "", now())

    told = ("It goes out again", "What waits is looked at anew, each by itself, before it leaves.")
    return _perform(done, told, f"end-stop-{stop_id}", StopForm(sent=False), form, stop_id)


def _perform(
    done: Callable[[], None], told: tuple[str, str], taken: str, form: StopForm, going: GoOnForm | None = None,
    stop_id: int = 0,
) -> ResponseReturnValue:  # fmt: skip
    try:
        done()
    except (Conflict, Forbidden) as refused:
        layout.flash_result("warn", "Nothing was changed", more=refused.says)
    except Invalid as refused:
        (going or form).add_faults(refused)
        return _page(form, refused.status, refused.says, going, stop_id)
    else:
        layout.flash_result("pass", told[0], more=told[1], taken=taken)
    return layout.back_to("send_stops.ask")


def _page(
    form: StopForm, status: int = 200, says: str = "", going: GoOnForm | None = None, stop_id: int = 0
) -> ResponseReturnValue:
    reading, person = session(), layout.actor(now())
    policy, stops = policy_versions.current(reading), send_stops.in_force(reading)
    stopped = {one.destination for one in stops}
    named = [
        (send_stops.EVERYWHERE, EVERYTHING),
        *((one.key, f"What goes to: {one.name}") for one in policy.destinations),
    ]
    choices = [] if send_stops.EVERYWHERE in stopped else [one for one in named if one[0] not in stopped]
    set_choices(form.to, choices)
    return layout.page(
        "releases/stops.html", status, stops=stops, form=form, says=says, going=going or GoOnForm(sent=False),
        ending=stop_id, choices=choices, here="/releases", names=log_queries.actors(reading, {one.by for one in stops}),
        may=access.has_ability(actors.effective_roles(person), send_stops.ABILITY),
        why_not={one.id: send_stops.why_not_end(reading, one, person) for one in stops},
        called={one.key: one.name for one in policy.destinations},
    )  # fmt: skip
