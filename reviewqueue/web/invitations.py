"""What an admin does for somebody's way in: sends them a link at which they choose their password, revokes it, and
changes their e-mail address."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue

from reviewqueue.core.errors import Invalid, NotFound
from reviewqueue.people import email_changes, password_links
from reviewqueue.web import layout, people
from reviewqueue.web import password_links as link_pages
from reviewqueue.web.extensions import now, session, visitor

blueprint = layout.signed_in_blueprint("invitations", __name__)


@blueprint.post("/people/<row:person_id>/link")
def send(person_id: int) -> ResponseReturnValue:
    """Send a person a link at which they choose their password, or show it, this once, to hand it over."""
    name = people.person_name(person_id)
    if address := link_pages.make_link(person_id):
        return people.render_people(people.PersonForm(sent=False), once=(name, address))
    more = "It is good once. An earlier link of theirs opens nothing any more."
    layout.flash_result("pass", f"A link goes to {name}", more=more)
    return layout.back_to("people.everybody")


@blueprint.get("/people/<row:person_id>/link/revoke")
def ask_revoke(person_id: int) -> ResponseReturnValue:
    """What follows when a link is revoked. Raises NotFound where none is open."""
    name = people.person_name(person_id)
    found = password_links.latest(session()).get(person_id)
    if found is None or found[0].used_at or found[0].ended_at:
        raise NotFound("There is no link that could be revoked: it was used or revoked before.")
    follows = (
        "The link that they were sent opens nothing any more.",
        "Their account stays as it is. Close it as well if they are not to come in at all.",
        "You can send another link at any time. The log keeps both.",
    )
    return layout.confirm(
        f"Revoke the link of {name}?", follows, action=url_for("invitations.revoke", person_id=person_id),
        button="Revoke the link", keep=url_for("people.everybody"), otherwise="Keep it",
    )  # fmt: skip


@blueprint.post("/people/<row:person_id>/link/revoke")
def revoke(person_id: int) -> ResponseReturnValue:
    """Revoke a person's link."""
    password_links.revoke(session(), person_id, visitor().actor, now())
    layout.flash_result("pass", "The link is revoked", more="It opens nothing any more.")
    return layout.back_to("people.everybody")


@blueprint.post("/people/<row:person_id>/email")
def email(person_id: int) -> ResponseReturnValue:
    """Change somebody's e-mail address; the old one is told."""
    try:
        before = email_changes.change_email(
            session(), person_id, request.form.get("email", "")[:255], visitor().actor, now()
        )
    except Invalid as refused:
        return people.render_refusal(person_id, refused)
    told = f"{before} is told of it. " if link_pages.mailed() else ""
    more = f"{told}Questions to sales that wait for the old address are handed on from their own pages."
    layout.flash_result("pass", "The e-mail address was changed", more=more)
    return layout.back_to("people.everybody")
