"""The page that a link to one's password opens, and asking for such a link. Nobody is signed in here, and neither page
does anything else: whoever set a password signs in with it."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, PasswordField, StringField

from reviewqueue.core.errors import Invalid
from reviewqueue.db.tables.password_links import AccountMail, PasswordLink
from reviewqueue.people import password_links, sign_in_throttle
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session, settings, visitor
from reviewqueue.web.forms import Form

blueprint = Blueprint("passwords", __name__)


class LinkForm(Form):
    """The password that somebody chooses at their link."""

    token = HiddenField()
    password = PasswordField("New password")


class AskForm(Form):
    """Whose password is forgotten."""

    email = StringField("E-mail")


@blueprint.get("/password/link")
def link() -> ResponseReturnValue:
    """The page behind a link. It uses nothing up: mail programs open links before people do."""
    token = layout.query_arg("token")
    person = password_links.reader(session(), token, now())
    return layout.page("people/password_link.html", form=LinkForm(sent=False, token=token), says="", person=person)


@blueprint.post("/password/link")
def choose() -> ResponseReturnValue:
    """Set the password."""
    form = LinkForm()
    try:
        password_links.choose(session(), form.token.data or "", form.password.data or "", now())
    except Invalid as refused:
        person = password_links.reader(session(), form.token.data or "", now())
        form.add_faults(refused)
        return layout.page("people/password_link.html", refused.status, form=form, says=refused.says, person=person)
    return layout.page("people/password_set.html")


@blueprint.get("/password/forgotten")
def forgotten() -> ResponseReturnValue:
    """Ask for a link; where none can be mailed, whom to ask."""
    return _render_asking(AskForm(sent=False))


@blueprint.post("/password/forgotten")
def ask() -> ResponseReturnValue:
    """Have a link sent. The answer is the same for every address, and so is what is done until then."""
    form = AskForm()
    if not mailed():
        return redirect(url_for("passwords.forgotten"), 303)
    source = sign_in_throttle.counting_key(request.remote_addr or "")
    try:
        says = password_links.ask(session(), (form.email.data or "")[:255], source, now())
    except Invalid as refused:
        form.add_faults(refused)
        return _render_asking(form, refused.status, refused.says)
    if says:
        return _render_asking(form, 429, says)
    return _render_asking(form, asked=True)


def _render_asking(form: AskForm, status: int = 200, says: str = "", *, asked: bool = False) -> ResponseReturnValue:
    return layout.page("people/forgotten.html", status, form=form, says=says, asked=asked, mailed=mailed())


def mailed() -> bool:
    """Whether links go out by e-mail here. Otherwise whoever makes one hands it over."""
    return bool(settings().mailed_address())


def latest() -> dict[int, tuple[PasswordLink, AccountMail | None]]:
    """The newest link of each person whom an admin sent one, with its e-mail."""
    return password_links.latest(session())


def make_link(person_id: int) -> str:
    """Make a link for somebody, as the visitor; returns its address where it is to be handed over, "" where it is
    mailed. Raises Forbidden, NotFound, Conflict."""
    token = password_links.make(session(), person_id, visitor().actor, now(), mailed=mailed())
    return url_for("passwords.link", token=token, _external=True) if token else ""
