"""The receipt of a release: signing what it says, and verifying it offline. Needs nothing of ours, and `cryptography`.

A receipt is a JSON object: `receipt`, the text that is signed, itself canonical JSON; `key`, the public key, and
`signature`, both in hexadecimal digits (Ed25519, RFC 8032).
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any


class NotVerified(Exception):
    """A receipt that proves nothing; its text says why."""


def public_of(seed: str) -> str:
    """The public key of a private one. Raises ValueError for what is not 64 hexadecimal digits."""
    return str(_private(seed).public_key().public_bytes_raw().hex())


def sign(text: str, seed: str) -> dict[str, str]:
    """That text as a receipt."""
    return {"receipt": text, "key": public_of(seed), "signature": _private(seed).sign(text.encode()).hex()}


def verify(
    whole: Any, keys: Collection[str], *, release: int | None = None, destination: str = "", content: str = ""
) -> dict[str, Any]:
    """What a receipt says, where one of these public keys signed it, and it is the receipt of that release, to that
    destination, of that content (as far as they are named). Raises NotVerified."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  (four megabytes, seldom needed)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    try:
        text, key, signature = (str(whole[name]) for name in ("receipt", "key", "signature"))
        if key not in keys:
            raise NotVerified(f"it is signed by key {key[:16]}…, which is none of the published ones")
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), text.encode())
        said: dict[str, Any] = json.loads(text)
        facts = said["release"], said["destination"]["key"], said["content"]
    except InvalidSignature:
        raise NotVerified("its text is not what was signed: something in it was changed") from None
    except (KeyError, TypeError, ValueError):
        raise NotVerified("it is no receipt, or a part of it is missing") from None
    wanted = (release, "release"), (destination or None, "destination"), (content or None, "content")
    for fact, (value, name) in zip(facts, wanted, strict=True):
        if value is not None and fact != value:
            raise NotVerified(f"it is the receipt of another {name}: {fact}, not {value}")
    return said


def _private(seed: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
