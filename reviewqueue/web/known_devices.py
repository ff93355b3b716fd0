"""A cookie that recognizes a browser which has signed in before, so that strangers who guess passwords do not lock out
its people. It grants nothing: the password is still required."""

from __future__ import annotations

import secrets

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from reviewqueue.people import sign_in_throttle
from reviewqueue.people.users import hash_of

COOKIE = "reviewqueue_device"
STAYS = 180 * 24 * 3600  # seconds after the last sign-in
MOST = 8  # accounts a browser is known for; the latest


def source(email: str) -> str:
    """To which source this request's sign-in attempt is counted (see people.sign_in_throttle.source)."""
    device, accounts = _known()
    return sign_in_throttle.counting_key(request.remote_addr or "", device if _mark(email) in accounts else "")


def remember(answer: Response, email: str) -> None:
    """Record in the cookie that this browser signed in to the account."""
    device, accounts = _known()
    kept = [_mark(email), *(one for one in accounts if one != _mark(email))][:MOST]
    answer.set_cookie(
        COOKIE,
        str(_signer().dumps([device or secrets.token_urlsafe(12), kept])),
        max_age=STAYS,
        path=current_app.config["SESSION_COOKIE_PATH"],
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def _known() -> tuple[str, list[str]]:
    """(the device's id, the accounts it is known for); empty for a cookie that we did not sign."""
    try:
        device, accounts = _signer().loads(request.cookies.get(COOKIE, ""), max_age=STAYS)
    except (BadSignature, ValueError, TypeError):
        return "", []
    return str(device), list(accounts)


def _mark(email: str) -> str:
    """The account's hash, shortened, as the cookie holds it."""
    return hash_of(email)[:16]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="known-device")
