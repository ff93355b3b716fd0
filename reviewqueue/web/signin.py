"""Sign in and out. Guessing is slowed down, for each account and for each address (see guessing)."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, PasswordField, StringField

from reviewqueue import guessing, installation, people
from reviewqueue.refusals import NotAllowed
from reviewqueue.web import devices, frame
from reviewqueue.web.extensions import Visitor, logins, now, session, somebody
from reviewqueue.web.forms import Form

blueprint = Blueprint("signin", __name__)
# What a form carries that nobody typed, or that is nobody else's to see.
SAID = ("text", "reason", "why", "proof", "note", "summary")
UNTYPED = ("csrf_token", "current", "item", "draft", "opened", "kept")


class SignInForm(Form):
    """E-mail and password; `next` is where one was going."""

    email = StringField("E-mail")
    password = PasswordField("Password")
    next = HiddenField()


@logins.unauthorized_handler  # type: ignore[untyped-decorator]
def ended() -> ResponseReturnValue:
    """To the sign-in page, and back to where one was reading: an ended session never swaps a page into a row. What was
    typed into a form that came too late is shown there and carried along."""
    came_from = frame.local(request.referrer or "")
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": url_for("signin.form", next=came_from)})
    if request.method == "GET":
        return redirect(url_for("signin.form", next=frame.local(request.script_root + request.full_path)), 303)
    if kept := typed(request.form):
        form = SignInForm(sent=False, next=came_from)
        return frame.page("signin.html", 401, form=form, says="", kept=kept)
    return redirect(url_for("signin.form", next=came_from), 303)


def typed(form: MultiDict[str, str]) -> list[str]:
    """The words that a person typed into a form, each once; never a password or what only the page itself put there."""
    given = [(name, text) for name, text in form.items(multi=True) if name not in UNTYPED and "password" not in name]
    said = [text for name, text in given if len(text.split()) > 1 or (name in SAID and text.strip())]
    return list(dict.fromkeys(text.replace("\r\n", "\n") for text in said))


@blueprint.get("/sign-in")
def form() -> ResponseReturnValue:
    """The form."""
    going_to = frame.local(request.args.get("next", ""))
    if somebody():
        return redirect(going_to or frame.home(somebody()), 303)
    if not installation.peopled(session()):
        return frame.rendered("setup/nobody.html")
    return frame.rendered("signin.html", form=SignInForm(sent=False, next=going_to), says="", kept=[])


@blueprint.post("/sign-in")
def enter() -> ResponseReturnValue:
    """Sign in, and go where one was going: only to a page of ours."""
    form, at = SignInForm(), now()
    kept = request.form.getlist("kept")
    email = (form.email.data or "").strip().lower()[:255]
    whose = devices.source(email)
    if says := guessing.refusal(session(), email, whose, at):
        return frame.rendered("signin.html", form=form, says=says, kept=kept), 429
    try:
        token = people.sign_in(session(), email, form.password.data or "", at)
    except NotAllowed as refused:
        guessing.note(session(), email, whose, at)
        return frame.rendered("signin.html", form=form, says=refused.says, kept=kept), 403
    guessing.forget(session(), email, whose)
    person = people.signed_in(session(), token, at)
    if person is None:
        raise NotAllowed("This account was closed just now. Ask an admin to open it again.")
    cookie.clear()
    login_user(Visitor(person, token))
    going_to = frame.local(form.next.data or "") or frame.home(somebody())
    answer = make_response(frame.page("kept.html", kept=kept, going_to=going_to) if kept else redirect(going_to, 303))
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
