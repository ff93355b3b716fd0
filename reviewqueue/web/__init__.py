"""The pages. `create_app` puts the application together; one blueprint a noun."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask_openapi.models.info import Info
from flask_openapi.models.server import Server
from flask_openapi.openapi import OpenAPI

from reviewqueue import database
from reviewqueue.settings import Settings, shipped
from reviewqueue.web import (
    assets,
    assignments,
    bulk,
    check_rules,
    compression,
    corrections,
    decisions,
    deliveries,
    edits,
    errors,
    exceptions,
    extensions,
    frame,
    headers,
    health,
    items,
    keys,
    leases,
    listed,
    log,
    looks,
    measurement,
    monitoring,
    onboardings,
    package,
    pauses,
    people,
    policy,
    proposals,
    proxies,
    quality,
    queue,
    readiness,
    recorded,
    redline,
    releases,
    sending,
    setup,
    signin,
    workload,
)

LARGEST_REQUEST = 8 * 1024 * 1024


def create_app(settings: Settings | None = None, *, plain: bool = False) -> Flask:
    """The application over a migrated database. Raises Refused when a setting is unsafe (see Settings.check, also for
    `plain`)."""
    settings = settings or Settings()
    settings.check(plain=plain)
    app = OpenAPI(
        "reviewqueue",
        info=Info(title="Review Queue", version="1"),
        servers=[Server(url=settings.path())] if settings.path() else None,
        doc_ui=False,
        static_folder=str(shipped("static")),
        template_folder=str(shipped("templates")),
    )
    url = database.url_of(settings.database())
    app.config.update(
        SECRET_KEY=settings.secret(),
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_ENGINE_OPTIONS=database.engine_options(url),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        SESSION_COOKIE_NAME="reviewqueue",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH=settings.path() or "/",
        SESSION_COOKIE_SECURE=settings.address().startswith("https:"),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # some browsers are set to name no page they come from; the token is what counts
    )
    app.extensions["reviewqueue"] = settings
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    extensions.init(app)
    frame.init(app)
    listed.init(app)
    headers.init(app)
    compression.init(app)
    assets.init(app)
    errors.init(app)
    _register(app)
    proxies.init(app, settings)
    return app


def blueprints() -> list[Blueprint]:
    """One blueprint a noun."""
    rooms = (
        signin, queue, bulk, workload, items, redline, decisions, looks, edits, assignments, leases, pauses,
        onboardings, readiness, sending, measurement, quality, recorded, package, exceptions, corrections, log,
        releases, deliveries, policy, check_rules, proposals, people, keys, setup, health, monitoring,
    )  # fmt: skip
    return [room.blueprint for room in rooms]


def _register(app: OpenAPI) -> None:
    from reviewqueue import api  # noqa: PLC0415  (the other door; both are put on the application here)

    api.init(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
