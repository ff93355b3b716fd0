"""Sign in and out. Password guessing is throttled, for each account and for each source address (see
people.sign_in_throttle)."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, PasswordField, StringField

from reviewqueue.core.errors import Forbidden
from reviewqueue.people import sign_in_throttle, users
from reviewqueue.policy import setup_steps
from reviewqueue.web import form_token, known_devices, layout
from reviewqueue.web.extensions import Visitor, logins, now, session, visitor_or_none
from reviewqueue.web.forms import Form

blueprint = Blueprint("signin", __name__)
# Form fields that nobody typed, or that are nobody else's to see.
TEXT_FIELDS = ("text", "reason", "why", "proof", "note", "summary")
UNTYPED_FIELDS = ("csrf_token", "current", "item", "draft", "opened", "kept")


class SignInForm(Form):
    """E-mail and password; `next` is the page to go to afterwards."""

    email = StringField("E-mail")
    password = PasswordField("Password")
    next = HiddenField()


@logins.unauthorized_handler  # type: ignore[untyped-decorator]
def ended() -> ResponseReturnValue:
    """Redirects to the sign-in page, and from there back to the page that was open; htmx never swaps the sign-in page
    into part of another. What was typed into a form that came too late is shown there, and to the person who typed it
    after signing in again."""
    came_from = layout.own_path(request.referrer or "")
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": url_for("signin.form", next=came_from)})
    if request.method == "GET":
        return redirect(url_for("signin.form", next=layout.own_path(request.script_root + request.full_path)), 303)
    if kept := typed_texts(request.form):
        form = SignInForm(sent=False, next=came_from)
        kept_for = form_token.person_of(request.form.get("csrf_token", ""))
        return layout.page("signin.html", 401, form=form, says="", kept=kept, kept_for=kept_for)
    return redirect(url_for("signin.form", next=came_from), 303)


def typed_texts(form: MultiDict[str, str]) -> list[str]:
    """The texts that a person typed into a form, each once; never a password or a value that the page itself put
    there."""
    typed_fields = [
        (name, text) for name, text in form.items(multi=True) if name not in UNTYPED_FIELDS and "password" not in name
    ]
    texts = [text for name, text in typed_fields if len(text.split()) > 1 or (name in TEXT_FIELDS and text.strip())]
    return list(dict.fromkeys(text.replace("\r\n", "\n") for text in texts))


@blueprint.get("/sign-in")
def form() -> ResponseReturnValue:
    """The form."""
    going_to = layout.own_path(request.args.get("next", ""))
    if visitor_or_none():
        return redirect(going_to or layout.home(visitor_or_none()), 303)
    if not setup_steps.has_people(session()):
        return layout.render("setup/no_account.html")
    return layout.render("signin.html", form=SignInForm(sent=False, next=going_to), says="", kept=[])


@blueprint.post("/sign-in")
def enter() -> ResponseReturnValue:
    """Sign in, and go to `next` if it is a page of this application."""
    form, at = SignInForm(), now()
    kept, kept_for = request.form.getlist("kept"), request.form.get("kept_for", "")
    email = (form.email.data or "").strip().lower()[:255]
    source = known_devices.throttle_source(email)
    if says := sign_in_throttle.refusal(session(), email, source, at):
        return layout.render("signin.html", form=form, says=says, kept=kept, kept_for=kept_for), 429
    try:
        token = users.sign_in(session(), email, form.password.data or "", at)
    except Forbidden as refused:
        sign_in_throttle.record_failure(session(), email, source, at)
        return layout.render("signin.html", form=form, says=refused.says, kept=kept, kept_for=kept_for), 403
    sign_in_throttle.clear_failures(session(), email, source)
    person = users.signed_in(session(), token, at)
    if person is None:
        raise Forbidden("This account was closed just now. Ask an admin to open it again.")
    cookie.clear()
    login_user(Visitor(person, token))
    going_to = layout.own_path(form.next.data or "") or layout.home(visitor_or_none())
    theirs = kept and kept_for == str(person.id)
    answer = make_response(
        layout.page("kept_text.html", kept=kept, going_to=going_to) if theirs else redirect(going_to, 303)
    )
    known_devices.remember(answer, email)
    return answer


@blueprint.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End this sign-in, in the browser and on the server."""
    if me := visitor_or_none():
        users.sign_out(session(), me.token, now())
    logout_user()
    cookie.clear()
    return redirect(url_for("signin.form"), 303)
