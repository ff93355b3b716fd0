"""The pages: `create_app` builds the Flask application from one blueprint for each noun."""

from __future__ import annotations

from flask import Blueprint
from flask_openapi.models.info import Info
from flask_openapi.models.server import Server
from flask_openapi.openapi import OpenAPI

from reviewqueue.core.settings import Settings, shipped
from reviewqueue.db import database
from reviewqueue.web import (
    assets,
    assignments,
    autosend,
    bulk,
    check_rules,
    compression,
    corrections,
    credentials,
    customer_portals,
    decisions,
    deliveries,
    draft_again,
    edits,
    errors,
    exceptions,
    extensions,
    headers,
    health,
    invitations,
    items,
    keys,
    lane_stops,
    layout,
    leases,
    log,
    measurement,
    monitoring,
    notifications,
    onboardings,
    package,
    password_links,
    pauses,
    people,
    policy,
    portal,
    proposals,
    questions,
    queue,
    queue_navigation,
    readiness,
    recorded_events,
    redline,
    releases,
    sampling,
    send_stops,
    setup,
    signin,
    source_changes,
    suppressions,
    workload,
)

MAX_REQUEST_BYTES = 8 * 1024 * 1024


def create_app(settings: Settings, *, plain: bool = False) -> OpenAPI:
    """The application with the pages, over a migrated database; `reviewqueue.create_app` adds the API. Raises
    DomainError when a setting is unsafe (see Settings.check, also for `plain`)."""
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
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_REQUEST_BYTES,
        SESSION_COOKIE_NAME="reviewqueue",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH=settings.path() or "/",
        SESSION_COOKIE_SECURE=settings.address().startswith("https:"),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # some browsers send no Referer; the token is what counts
    )
    app.extensions["reviewqueue"] = settings
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    extensions.init(app)
    layout.init(app)
    queue_navigation.init(app)
    headers.init(app)
    compression.init(app)
    assets.init(app)
    errors.init(app)
    _register(app)
    return app


def blueprints() -> list[Blueprint]:
    """The blueprint of every module with pages."""
    modules = (
        signin, queue, bulk, workload, items, redline, decisions, source_changes, edits, assignments, leases, pauses,
        onboardings, readiness, lane_stops, autosend, measurement, sampling, recorded_events, package, exceptions,
        corrections, log, releases, send_stops, suppressions, deliveries, policy, check_rules, proposals,
        people, keys, setup, health, password_links, invitations, portal, customer_portals,
        monitoring, draft_again, questions, notifications, credentials,
    )  # fmt: skip
    return [room.blueprint for room in modules]


def _register(app: OpenAPI) -> None:
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
