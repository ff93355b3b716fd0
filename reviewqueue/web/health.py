"""Health: whether this process answers and its database with it."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from reviewqueue import pages
from reviewqueue.web.extensions import session

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 when the database answers, 503 when it does not."""
    try:
        pages.alive(session())
    except SQLAlchemyError:
        return {"status": "the database does not answer"}, 503
    return {"status": "ok"}
