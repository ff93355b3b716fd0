"""Devices: a cookie by which a browser that has signed in before is known, so that strangers' guessing does not keep
its people out. It opens nothing: the password is asked all the same."""

from __future__ import annotations

import secrets

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from reviewqueue import guessing
from reviewqueue.people import hash_of

COOKIE = "reviewqueue_device"
STAYS = 180 * 24 * 3600  # seconds after the last sign-in
MOST = 8  # accounts a browser is known for; the latest


def source(email: str) -> str:
    """Whom this request's try on the account is counted to (see guessing.source)."""
    device, accounts = _known()
    return guessing.source(request.remote_addr or "", device if _mark(email) in accounts else "")


def remember(answer: Response, email: str) -> None:
    """From now on this browser is known to have signed in to the account."""
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
    """(the device's id, the accounts it is known for); nothing of a cookie that is not ours."""
    try:
        device, accounts = _signer().loads(request.cookies.get(COOKIE, ""), max_age=STAYS)
    except (BadSignature, ValueError, TypeError):
        return "", []
    return str(device), list(accounts)


def _mark(email: str) -> str:
    """The account as the cookie names it: shortened, since it tells nobody anything."""
    return hash_of(email)[:16]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="known-device")
