"""The CSRF token of forms, masked differently on every page. An unmasked token could be guessed byte by byte from the
size of compressed pages (BREACH). It also says whose page the form is on, also when the session has ended since."""

from __future__ import annotations

import base64
import secrets
from binascii import Error

from flask import Flask
from flask_login import current_user
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf

MASK_PREFIX = "m."
OF = "~"  # between the token and the id of the person whose page it is on; no token has one


class MaskedCSRFProtect(CSRFProtect):
    """CSRF protection whose tokens are masked."""

    def init_app(self, app: Flask) -> None:
        """Set it up on the application; templates call `csrf_token()` as usual."""
        super().init_app(app)  # type: ignore[no-untyped-call]
        app.jinja_env.globals["csrf_token"] = token
        app.context_processor(lambda: {"csrf_token": token})

    def _get_csrf_token(self) -> str | None:
        sent = super()._get_csrf_token()  # type: ignore[no-untyped-call]
        return unmask(sent).partition(OF)[0] if sent else None


def token() -> str:
    """This session's token and the person signed in to it, under a new mask."""
    plain = f"{generate_csrf()}{OF}{getattr(current_user, 'person_id', '')}".encode()
    mask = secrets.token_bytes(len(plain))
    return MASK_PREFIX + base64.urlsafe_b64encode(mask + _xor(plain, mask)).decode()


def person_of(sent: str) -> str:
    """The id of the person on whose page a form's token was; "" for nobody. Not signed, so it grants nothing."""
    return unmask(sent).partition(OF)[2]


def unmask(sent: str) -> str:
    """The token without its mask; text that is not masked is returned unchanged, for Flask-WTF to judge."""
    if not sent.startswith(MASK_PREFIX):
        return sent
    try:
        both = base64.urlsafe_b64decode(sent.removeprefix(MASK_PREFIX))
        half = len(both) // 2
        return _xor(both[:half], both[half:]).decode()
    except (Error, ValueError):
        return ""


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
