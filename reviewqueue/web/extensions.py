"""Flask extensions and what pages and API share for each request: the database session, the signed-in person, CSRF, the
clock."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any, cast

from flask import Flask, current_app
from flask_login import LoginManager, UserMixin, current_user
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as Bound
from flask_wtf import CSRFProtect
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor
from reviewqueue.core.settings import Settings
from reviewqueue.db import database
from reviewqueue.db.tables import Base
from reviewqueue.people import users
from reviewqueue.web.form_token import MaskedCSRFProtect


class SingleEngineSession(Bound):
    """A request's session. There is one database, so the engine is looked up once and not for every statement."""

    def __init__(self, db: SQLAlchemy, **options: Any) -> None:
        super().__init__(db, **options)
        self._engine = db.engine

    def get_bind(self, *_: Any, **__: Any) -> Engine:
        """The engine of this application."""
        return self._engine


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False, "class_": SingleEngineSession})
logins = LoginManager()
csrf: CSRFProtect = MaskedCSRFProtect()  # type: ignore[no-untyped-call]
stopping = threading.Event()  # set when this process is told to stop: held API answers are given at once


class Visitor(UserMixin):
    """The signed-in person of this request. The id in the cookie is a sign-in token, which can be ended."""

    def __init__(self, person: users.SignedIn, token: str) -> None:
        self.person_id = person.id
        self.actor = Actor.person(person.id)
        self.name = person.name
        self.email = person.email
        self.roles = person.roles
        self.answers_for = person.answers_for
        self.unread = person.unread
        self.token = token
        # Somebody else set their password: they have to choose their own before anything else.
        self.must_change = person.one_time != ""

    def get_id(self) -> str:
        """The sign-in token."""
        return self.token


@logins.user_loader  # type: ignore[untyped-decorator]
def _visitor(token: str) -> Visitor | None:
    person = users.signed_in(session(), token, now())
    return Visitor(person, token) if person else None


def init(app: Flask) -> None:
    """Set up every extension on the application and prepare its engine."""
    db.init_app(app)
    logins.init_app(app)
    csrf.init_app(app)
    logins.login_view = "signin.form"
    logins.login_message = "Sign in first; you will come back to this page."
    logins.login_message_category = "info"
    with app.app_context():
        database.prepare(db.engine)


def session() -> Session:
    """This request's database session."""
    return cast(Session, db.session())


def now() -> datetime:
    """The time of this request, in UTC: the only clock of pages and API."""
    return datetime.now(UTC)


def visitor() -> Visitor:
    """The signed-in person; only inside views that require one."""
    return cast(Visitor, current_user)


def visitor_or_none() -> Visitor | None:
    """The signed-in person, or None."""
    found: Any = current_user
    return cast(Visitor, found._get_current_object()) if found.is_authenticated else None


def settings() -> Settings:
    """The settings the application was created with."""
    return cast(Settings, current_app.extensions["reviewqueue"])
