"""The signature of a mail provider's event webhook: ECDSA over its moment and its body, verified by the public key that
the provider shows. Pure."""

from __future__ import annotations

import base64
import binascii

from reviewqueue.core.errors import DomainError

SIGNATURE_HEADER = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP_HEADER = "X-Twilio-Email-Event-Webhook-Timestamp"
NO_KEY = "REVIEWQUEUE_MAIL_EVENTS_KEY is no ECDSA public key: copy it whole from the mail provider"


def is_public_key(key: str) -> bool:
    """Whether a text is a public key of that kind, in base64."""
    try:
        _load(key)
    except DomainError:
        return False
    return True


def holds(key: str, signature: str, timestamp: str, body: bytes) -> bool:
    """Whether `signature` (base64) is one of this moment and body by the holder of the private key. Raises DomainError
    where `key` is no public key."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  (four megabytes, seldom needed)
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    public = _load(key)
    try:
        public.verify(base64.b64decode(signature, validate=True), timestamp.encode() + body, ECDSA(SHA256()))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _load(key: str):  # type: ignore[no-untyped-def]
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415

    try:
        found = load_der_public_key(base64.b64decode(key, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, EllipticCurvePublicKey):
        raise DomainError(f"{NO_KEY}.")
    return found
