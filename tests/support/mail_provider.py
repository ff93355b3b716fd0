"""A mail provider that reports what became of mails, and signs its posts as SendGrid does."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from reviewqueue.core.mail_signature import SIGNATURE_HEADER, TIMESTAMP_HEADER

ADDRESS = "/api/v1/mail-reports"


@dataclass
class MailProvider:
    """One provider's key."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def public_key(self) -> str:
        """The key as the provider shows it."""
        form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        return base64.b64encode(self.private.public_key().public_bytes(*form)).decode()

    def sign(self, body: bytes, timestamp: str) -> str:
        """The signature of a body at a moment."""
        return base64.b64encode(self.private.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()

    def post(self, events: Any, at: datetime) -> dict[str, Any]:
        """A signed post of these events, as a test client takes it."""
        body, timestamp = json.dumps(events).encode(), str(int(at.timestamp()))
        headers = {SIGNATURE_HEADER: self.sign(body, timestamp), TIMESTAMP_HEADER: timestamp}
        return {"data": body, "headers": headers, "content_type": "application/json"}
