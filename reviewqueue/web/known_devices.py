"""A cookie that recognizes a browser which has signed in before, so that strangers who guess passwords do not lock out
its people. It grants nothing: the password is still required."""

from __future__ import annotations

import secrets

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from reviewqueue.people import sign_in_throttle
from reviewqueue.people.users import hash_of

COOKIE = "reviewqueue_device"
COOKIE_LIFETIME = 180 * 24 * 3600  # seconds after the last sign-in
MAX_ACCOUNTS = 8  # accounts a browser is known for; the latest


def throttle_source(email: str) -> str:
    """To which source this request's sign-in attempt is counted (see people.sign_in_throttle.source)."""
    device, accounts = _read_cookie()
    return sign_in_throttle.counting_key(request.remote_addr or "", device if _account_hash(email) in accounts else "")


def remember(answer: Response, email: str) -> None:
    """Record in the cookie that this browser signed in to the account."""
    device, accounts = _read_cookie()
    kept = [_account_hash(email), *(one for one in accounts if one != _account_hash(email))][:MAX_ACCOUNTS]
    answer.set_cookie(
        COOKIE,
        str(_signer().dumps([device or secrets.token_urlsafe(12), kept])),
        max_age=COOKIE_LIFETIME,
        path=current_app.config["SESSION_COOKIE_PATH"],
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def _read_cookie() -> tuple[str, list[str]]:
    """(the device's id, the accounts it is known for); empty for a cookie that we did not sign."""
    try:
        device, accounts = _signer().loads(request.cookies.get(COOKIE, ""), max_age=COOKIE_LIFETIME)
    except (BadSignature, ValueError, TypeError):
        return "", []
    return str(device), list(accounts)


def _account_hash(email: str) -> str:
    """The account's hash, shortened, as the cookie holds it."""
    return hash_of(email)[:16]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="known-device")
