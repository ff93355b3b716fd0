"""Review Queue: a human review queue with approval gates for customer-onboarding automation.

The packages, from the top down. An import goes down this list, never up; `pyproject.toml` holds it to that. Flask is
known above the line only, and the packages that are rules alone (core, connectors, checks, the policy's model and
evaluation, the text half of evidence) know no database.

    cli           the terminal: commands, the server's processes, the demo
    api           the automation's contract: submit, follow, revise, withdraw
    web           the pages
    ----------------------------------------------------------------------
    worker.py     callbacks, e-mail, drafts that are due, and the clock
    review        a person decides: one item, several, an exception
    onboarding    from a closed-won deal to first value: import, drafts, milestones
    delivery      what leaves: callbacks, releases, e-mail, and what holds it
    lanes         how far a lane may go: readiness, auto-send, proposals, backtests
    measurement   metrics, QA sampling, seeded defects, statistics
    exceptions    what blocks an onboarding
    items         one item: submitted, checked, routed, read, held, late
    checks        what can be said of a draft before a person looks
    people        accounts, roles, access, absences, keys
    connectors    a vendor's payload, read as source records
    policy        the organisation's rules: model, files, evaluation, versions
    evidence      source records, statements, promises, and what changed under a draft
    audit         the override log
    db            engine, the one write transaction, tables, triggers, migrations
    client.py     what an automation imports; it needs neither Flask nor a database
    core          errors, settings, canonical JSON, text limits, the shared vocabulary
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewqueue.core.version import __version__

if TYPE_CHECKING:
    from flask import Flask

    from reviewqueue.core.settings import Settings

__all__ = ["__version__", "create_app"]


def create_app(settings: Settings | None = None, *, plain: bool = False) -> Flask:
    """The web application over a migrated database: the pages and the API. Nothing below `web` loads Flask.

    `plain` lets it be served over plain HTTP to other machines, as the demo in a container is. Raises Refused when a
    setting is unsafe (see `Settings.check`).
    """
    from reviewqueue import api, web  # noqa: PLC0415
    from reviewqueue.core.settings import Settings  # noqa: PLC0415
    from reviewqueue.web import proxies  # noqa: PLC0415

    settings = settings or Settings()
    app = web.create_app(settings, plain=plain)
    api.init(app)
    proxies.init(app, settings)  # last: it looks at every route
    return app
