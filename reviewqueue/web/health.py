"""Health check: whether this process answers, with its database and its disk; with `?deep` also whether a worker is
alive."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from reviewqueue.db import database, disk, heartbeat
from reviewqueue.web.extensions import now, session, settings

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 when the database answers and there is free disk space, else 503 with the reason. With `?deep`, a worker has
    to be alive and working as well: for monitoring, not for whatever restarts this process."""
    try:
        database.alive(session())
        wrong = heartbeat.read(session(), now()).wrong if "deep" in request.args else ""
    except SQLAlchemyError:
        return {"status": "the database does not answer"}, 503
    if disk.is_full(disk.free_bytes(settings())):
        return {"status": "the disk is full: nothing can be decided or sent until space is freed"}, 503
    return ({"status": wrong}, 503) if wrong else {"status": "ok"}
