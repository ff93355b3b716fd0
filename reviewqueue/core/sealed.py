"""Secrets sealed for the database: AES-256-GCM with a key from the environment, bound to what each is for."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from collections.abc import Sequence

from pydantic import SecretStr

VARIABLE = "REVIEWQUEUE_CREDENTIAL_KEY"
MAKE_ONE = "python3 -c 'import secrets; print(secrets.token_hex(32))'"
_FORM = "v1"


class CannotUnseal(Exception):
    """What is sealed cannot be opened; the text is for people, and has no secret."""


def read_keys(text: str) -> list[bytes]:
    """The keys of the setting, the newest first: 64 hexadecimal digits each, with commas between. Raises CannotUnseal,
    which repeats nothing of it."""
    keys = []
    for number, part in enumerate(filter(None, (one.strip() for one in text.split(","))), 1):
        try:
            key = bytes.fromhex(part)
        except ValueError:
            key = b""
        if len(key) != 32:
            raise CannotUnseal(f"Key {number} of {VARIABLE} is not 64 hexadecimal digits. Make one: {MAKE_ONE}")
        keys.append(key)
    return keys


def key_id(key: bytes) -> str:
    """What a key is known by without telling it."""
    return hashlib.sha256(b"reviewqueue credential key:" + key).hexdigest()[:12]


def seal(keys: Sequence[bytes], secret: SecretStr, about: str) -> str:
    """The secret, sealed with the newest key, to be opened for `about` alone. Raises CannotUnseal without a key."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  (four megabytes, seldom needed)

    if not keys:
        raise CannotUnseal(f"{VARIABLE} is not set, so nothing can be kept. Make one: {MAKE_ONE}")
    nonce = secrets.token_bytes(12)
    whole = nonce + AESGCM(keys[0]).encrypt(nonce, secret.get_secret_value().encode(), about.encode())
    return f"{_FORM}.{key_id(keys[0])}.{base64.b64encode(whole).decode()}"


def unseal(keys: Sequence[bytes], sealed: str, about: str) -> SecretStr:
    """The secret again. Raises CannotUnseal where its key is not among them, or it was changed or is for something
    else."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    form, _, rest = sealed.partition(".")
    named, _, text = rest.partition(".")
    key = next((one for one in keys if key_id(one) == named), None)
    if form != _FORM or key is None:
        raise CannotUnseal(f"It is sealed with key {named or '?'}, which {VARIABLE} does not have. Put that key back")
    try:
        whole = base64.b64decode(text, validate=True)
        return SecretStr(AESGCM(key).decrypt(whole[:12], whole[12:], about.encode()).decode())
    except (InvalidTag, binascii.Error, ValueError):
        raise CannotUnseal("It was changed since it was sealed, or sealed for something else. Enter it again") from None


def sealed_with(sealed: str) -> str:
    """The id of the key that something is sealed with."""
    return sealed.partition(".")[2].partition(".")[0]
