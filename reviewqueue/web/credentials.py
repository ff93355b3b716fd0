"""The credentials of destinations: which are there, entering one, removing one. None is ever shown: what was typed goes
into no answer, also where it is refused."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue
from pydantic import SecretStr

from reviewqueue.audit import log_queries
from reviewqueue.core.errors import DomainError, NotFound
from reviewqueue.delivery import credentials
from reviewqueue.people import access
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session, settings, visitor

blueprint = layout.signed_in_blueprint("credentials", __name__)


@blueprint.before_request
def _may_read() -> None:
    layout.require("read people and keys")


@blueprint.get("/releases/credentials")
def every() -> ResponseReturnValue:
    """Every destination that takes a credential, and whether one is there."""
    return _render()


@blueprint.post("/releases/credentials/<to>")
def enter(to: str) -> ResponseReturnValue:
    """Keep a credential, in place of the one before."""
    secret = SecretStr(request.form.get("secret", "").strip())
    try:
        credentials.enter(session(), settings(), visitor().actor, to, secret, now())
    except DomainError as refused:
        return _render(refused.status, " ".join([refused.says, *(f"{one.message}." for one in refused.faults)]), to)
    layout.flash_result("pass", "The credential is kept", more="It is sealed, and shown to nobody again.")
    return layout.back_to("credentials.every")


@blueprint.get("/releases/credentials/<to>/remove")
def ask_remove(to: str) -> ResponseReturnValue:
    """What follows when a credential is removed. Raises NotFound where there is none."""
    layout.require(credentials.ABILITY)
    found = next((one for one in credentials.states(session(), settings()) if one.key == to and one.at), None)
    if found is None:
        raise NotFound(f"There is no credential of {to!r}, so nothing can be removed.")
    follows = (
        "What goes there is held from then on, and goes out once another is entered.",
        "It stays valid at the other system: take it back there, too.",
        "It cannot be read again here. The log keeps that it was removed.",
    )
    return layout.confirm(
        f"Remove the credential of {found.name}?", follows, action=url_for("credentials.remove", to=to),
        button="Remove the credential", keep=url_for("credentials.every"), otherwise="Keep it",
    )  # fmt: skip


@blueprint.post("/releases/credentials/<to>/remove")
def remove(to: str) -> ResponseReturnValue:
    """Forget a credential."""
    credentials.remove(session(), visitor().actor, to, now())
    layout.flash_result("pass", "The credential is removed", more="What goes there is held until another is entered.")
    return layout.back_to("credentials.every")


def _render(status: int = 200, says: str = "", wrong: str = "") -> ResponseReturnValue:
    found = credentials.states(session(), settings())
    return layout.page(
        "releases/credentials.html", status, states=found, says=says, wrong=wrong, here="/releases",
        may=access.has_ability(visitor().roles, credentials.ABILITY),
        names=log_queries.actors(session(), {one.by for one in found if one.by}),
    )  # fmt: skip
