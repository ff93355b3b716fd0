"""The webhook of the mail provider: what bounced, and who complained. Its posts are signed, and need no key of ours."""

from __future__ import annotations

from flask import Blueprint, Response, request

from reviewqueue.api import responses
from reviewqueue.core import mail_signature
from reviewqueue.delivery import mail_reports
from reviewqueue.delivery.mail_reports import SignedPost
from reviewqueue.web.extensions import now, session, settings

blueprint = Blueprint("mail_reports", __name__)


@blueprint.post("/api/v1/mail-reports")
def take() -> Response:
    """Take one signed post of events."""
    headers = (
        request.headers.get(name, "") for name in (mail_signature.SIGNATURE_HEADER, mail_signature.TIMESTAMP_HEADER)
    )
    signature, timestamp = headers
    post = SignedPost(request.get_data(cache=False), signature, timestamp)
    taken = mail_reports.record(session(), settings().mail_events_key, post, now())
    return responses.answer(vars(taken))
