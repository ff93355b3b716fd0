"""API keys of automations: list, make, revoke. A key is shown once, in the answer to the POST that made it."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectMultipleField, StringField

from reviewqueue.audit import log_queries
from reviewqueue.audit.events import Actor
from reviewqueue.core.errors import Forbidden, Invalid, NotFound
from reviewqueue.people import access, api_keys, directory
from reviewqueue.policy import policy_versions
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session, settings, visitor
from reviewqueue.web.forms import Form, set_choices

blueprint = layout.signed_in_blueprint("keys", __name__)


@blueprint.before_request
def _may_read() -> None:
    layout.require("read people and keys")


class KeyForm(Form):
    """A new key: whose it is, its scopes, and where it may be used (nothing chosen means everywhere)."""

    name = StringField("Automation")
    owner = StringField("Owner’s e-mail")
    scopes = SelectMultipleField("Scopes", validate_choice=False, choices=[])
    lanes = SelectMultipleField("Lanes", validate_choice=False, choices=[])
    gates = SelectMultipleField("Gates", validate_choice=False, choices=[])


@blueprint.get("/keys")
def all_keys() -> ResponseReturnValue:
    """Every key, without its secret: only the hash is stored."""
    return _render_keys(KeyForm(sent=False))


@blueprint.post("/keys")
def add() -> ResponseReturnValue:
    """Make a key and show it, this once: it goes into no cookie and no log, so the answer is the page itself."""
    form = KeyForm()
    try:
        token = api_keys.add(
            session(), form.name.data or "", form.scopes.data or [], visitor().actor, now(),
            lanes=form.lanes.data or [], gates=form.gates.data or [], owner_email=form.owner.data or "",
        )  # fmt: skip
    except Invalid as refused:
        form.add_faults(refused)
        return _render_keys(form, refused.status, refused.says)
    return _render_keys(KeyForm(sent=False), once=("Key for", form.name.data or "", token))


@blueprint.get("/keys/<row:key_id>/revoke")
def ask_revoke(key_id: int) -> ResponseReturnValue:
    """What follows when a key is revoked. Raises NotFound for one that is revoked."""
    _require_admin("revokes keys")
    every = directory.keys(session())
    key = next((one for one in every if one.id == key_id and one.revoked_at is None), None)
    if key is None:
        raise NotFound("There is no such key, or it was revoked before.")
    name = key.automation.name
    theirs = [one for one in every if one.automation_id == key.automation_id and one.revoked_at is None]
    others = len(theirs) - 1
    left = (
        f"{name} has {others} other {'key' if others == 1 else 'keys'} in use, which stay."
        if others
        else f"It is the only key of {name} in use: {name} can submit nothing until it has another."
    )
    follows = (
        "The next request with it is refused.",
        left,
        "What it submitted stays where it is and is decided as before.",
        "It cannot be taken back. Make another key instead; the log keeps both.",
    )
    return layout.confirm(
        f"Revoke the key rq_{key.prefix} of {name}?", follows, action=url_for("keys.revoke", key_id=key_id),
        button="Revoke the key", keep=url_for("keys.all_keys"), otherwise="Keep it",
    )  # fmt: skip


@blueprint.post("/keys/<row:key_id>/revoke")
def revoke(key_id: int) -> ResponseReturnValue:
    """Revoke a key."""
    api_keys.revoke(session(), key_id, visitor().actor, now())
    layout.flash_result("pass", "The key is revoked", more="Its next request is refused.")
    return layout.back_to("keys.all_keys")


@blueprint.post("/keys/<row:key_id>/secret")
def secret(key_id: int) -> ResponseReturnValue:
    """Show the callback secret of a key's automation."""
    _require_admin("sees callback secrets")
    key = next((one for one in directory.keys(session()) if one.id == key_id), None)
    if key is None:
        raise NotFound()
    made = api_keys.callback_secret(settings().secret(), key.automation_id, key.automation.secret_number)
    return _render_keys(KeyForm(sent=False), once=("Callback secret of", key.automation.name, made))


def _require_admin(action: str) -> None:
    if not access.has_ability(visitor().roles, "change people and keys"):
        raise Forbidden(f"Only an admin {action}. Ask one.")


def _render_keys(
    form: KeyForm, status: int = 200, says: str = "", once: tuple[str, str, str] | None = None
) -> ResponseReturnValue:
    reading = session()
    policy = policy_versions.current(reading)
    set_choices(form.scopes, [(scope, scope) for scope in access.SCOPES])
    set_choices(form.lanes, [(lane.key, lane.name) for lane in policy.lanes])
    set_choices(form.gates, [(gate.key, gate.name) for gate in policy.gates])
    found = directory.keys(reading)
    names = {lane.key: lane.name for lane in policy.lanes} | {gate.key: gate.name for gate in policy.gates}
    return layout.page(
        "keys/keys.html", status, keys=found, form=form, says=says, once=once, here="/people",
        called=lambda keys: ", ".join(names.get(key, key) for key in keys.split()),
        names=log_queries.actors(reading, {Actor.person(key.automation.owner_id or 0) for key in found}),
    )  # fmt: skip
