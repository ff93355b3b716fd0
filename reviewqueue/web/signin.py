"""Sign in and out. Guessing is slowed down, for each account and for each address (see guessing)."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user
from wtforms import HiddenField, PasswordField, StringField

from reviewqueue import guessing, installation, people
from reviewqueue.refusals import NotAllowed
from reviewqueue.web import devices, frame
from reviewqueue.web.extensions import Visitor, now, session, somebody
from reviewqueue.web.forms import Form

blueprint = Blueprint("signin", __name__)


class SignInForm(Form):
    """E-mail and password; `next` is where one was going."""

    email = StringField("E-mail")
    password = PasswordField("Password")
    next = HiddenField()


@blueprint.get("/sign-in")
def form() -> ResponseReturnValue:
    """The form."""
    going_to = frame.local(request.args.get("next", ""))
    if somebody():
        return redirect(going_to or frame.home(somebody()), 303)
    if not installation.peopled(session()):
        return frame.rendered("setup/nobody.html")
    return frame.rendered("signin.html", form=SignInForm(sent=False, next=going_to), says="")


@blueprint.post("/sign-in")
def enter() -> ResponseReturnValue:
    """Sign in, and go where one was going: only to a page of ours."""
    form, at = SignInForm(), now()
    email = (form.email.data or "").strip().lower()[:255]
    whose = devices.source(email)
    if says := guessing.refusal(session(), email, whose, at):
        return frame.rendered("signin.html", form=form, says=says), 429
    try:
        token = people.sign_in(session(), email, form.password.data or "", at)
    except NotAllowed as refused:
        guessing.note(session(), email, whose, at)
        return frame.rendered("signin.html", form=form, says=refused.says), 403
    guessing.forget(session(), email, whose)
    person = people.signed_in(session(), token, at)
    if person is None:
        raise NotAllowed("This account was closed just now. Ask an admin to open it again.")
    cookie.clear()
    login_user(Visitor(person, token))
    answer = make_response(redirect(frame.local(form.next.data or "") or frame.home(somebody()), 303))
    devices.remember(answer, email)
    return answer


@blueprint.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End this sign-in, here and on the server."""
    if me := somebody():
        people.sign_out(session(), me.token, now())
    logout_user()
    cookie.clear()
    return redirect(url_for("signin.form"), 303)
