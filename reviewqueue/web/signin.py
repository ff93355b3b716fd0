"""Sign in and out. Failures are counted in this process, for each e-mail and for each address, and slowed down."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from datetime import datetime, timedelta

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user
from wtforms import HiddenField, PasswordField, StringField

from reviewqueue import people
from reviewqueue.refusals import NotAllowed
from reviewqueue.web import frame
from reviewqueue.web.extensions import Visitor, now, session, somebody
from reviewqueue.web.forms import Form

blueprint = Blueprint("signin", __name__)
WINDOW = timedelta(minutes=15)
OF_ONE_EMAIL = 8
OF_ONE_ADDRESS = 40
REMEMBERED = 20_000


class Failures:
    """When sign-ins failed, by e-mail and by address. In memory: a restart forgets, a second process has its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._when: dict[str, deque[datetime]] = defaultdict(deque)

    def wait(self, email: str, address: str, now: datetime) -> timedelta:
        """How long this e-mail and address must wait before the next try; zero when they need not."""
        with self._lock:
            waits = [self._wait(f"@{email}", OF_ONE_EMAIL, now), self._wait(address, OF_ONE_ADDRESS, now)]
        return max(waits)

    def _wait(self, key: str, most: int, now: datetime) -> timedelta:
        failed = self._when.get(key)
        while failed and failed[0] <= now - WINDOW:
            failed.popleft()
        return failed[-most] + WINDOW - now if failed and len(failed) >= most else timedelta(0)

    def note(self, email: str, address: str, now: datetime) -> None:
        """A sign-in failed."""
        with self._lock:
            if len(self._when) > REMEMBERED:
                self._when = defaultdict(
                    deque, {key: when for key, when in self._when.items() if when[-1] > now - WINDOW}
                )
            self._when[f"@{email}"].append(now)
            self._when[address].append(now)

    def forget(self, email: str) -> None:
        """A sign-in went well."""
        with self._lock:
            self._when.pop(f"@{email}", None)


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
        return redirect(going_to or url_for("queue.lines"), 303)
    return render_template("signin.html", form=SignInForm(sent=False, next=going_to), says="")


@blueprint.post("/sign-in")
def enter() -> ResponseReturnValue:
    """Sign in, and go where one was going: only to a page of ours."""
    form, at = SignInForm(), now()
    email, address = (form.email.data or "").strip().lower()[:255], request.remote_addr or ""
    failures: Failures = current_app.extensions["sign-in failures"]
    wait = failures.wait(email, address, at)
    if wait > timedelta(0):
        minutes = int(wait.total_seconds() // 60) + 1
        says = (
            f"Too many sign-ins failed, so no more are tried for {minutes} min. "
            "Wait that long, or ask an admin to set a new password."
        )
        return render_template("signin.html", form=form, says=says), 429
    try:
        token = people.sign_in(session(), email, form.password.data or "", at)
    except NotAllowed as refused:
        failures.note(email, address, at)
        return render_template("signin.html", form=form, says=refused.says), 403
    failures.forget(email)
    person = people.signed_in(session(), token, at)
    if person is None:
        raise NotAllowed("This account was closed just now. Ask an admin to open it again.")
    cookie.clear()
    login_user(Visitor(person, token))
    return redirect(frame.local(form.next.data or "") or url_for("queue.lines"), 303)


@blueprint.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End this sign-in, here and on the server."""
    if me := somebody():
        people.sign_out(session(), me.token, now())
    logout_user()
    cookie.clear()
    return redirect(url_for("signin.form"), 303)
