"""The e-mail addresses that records keep in a field meant for one. Only these bear out a recipient."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from reviewqueue.core.canonical_json import leaves
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.types import Source

# Records of people, companies and what they bought. Calls, meetings, notes, messages and tickets hold what anybody
# said or typed, so nothing in them counts, whatever its field is called.
_OBJECTS = frozenset(
    "account client company contact contract customer customersubscription deal employee invoice lead onboarding "  # noqa: SIM905
    "opportunity order organisation organization owner person quote salesorder subscription user".split()
)
# Lists inside such a record that again hold what somebody said or typed.
_SPOKEN = as_pattern(
    r"(?i)(?:activit|attendee|case|comment|conversation|description|engagement|event|feed|histor|message|meeting|note"
    r"|participant|task|thread|ticket|transcript)"
)
# Words in a field's name that say nothing about its content, and words that make it a message, not an address.
_EMPTY = frozenset(("address", "addresses", "c", "value", "1", "2", "3"))
_TYPED = frozenset(
    ("bcc", "body", "cc", "forwarded", "from", "last", "reply", "sender", "subject", "supplied", "to", "web")
)
_MAIL = frozenset(("email", "emails", "mail"))
_ADDRESS = as_pattern(r"[^\s@<>\",;:()\[\]\\|]{1,64}@[^\s@<>\"',;:()\[\]\\|/]{1,253}")


def on_record(sources: Mapping[str, Source]) -> Iterator[tuple[str, str, str]]:
    """(ref, pointer, address as written) of every address that stands alone in an address field of a contact, an
    account, a deal or another such record. Transcripts, notes, descriptions, subjects and bodies have none."""
    for ref, source in sources.items():
        if _plain(source.object) in _OBJECTS:
            for at, text in leaves(source.payload):
                if "@" in text and _is_address_field(at):
                    written = [one.strip() for one in re.split(r"[;,]", text) if one.strip()]
                    if all(map(_ADDRESS.fullmatch, written)):
                        yield from ((ref, at, one) for one in written)


def _plain(name: str) -> str:
    """The name of an object without case, punctuation and plural."""
    plain = "".join(sign for sign in name.casefold() if sign.isalpha())
    return plain if plain in _OBJECTS else plain.removesuffix("s")


@lru_cache(maxsize=4096)
def _is_address_field(at: str) -> bool:
    """Whether the field at a pointer is called an e-mail address: Email, billing_email, emailAddress, emails/0."""
    names = [name for name in at.split("/")[1:] if not name.isdigit()]
    while names and not _words(names[-1]):
        names.pop()
    if not names or any(map(_SPOKEN.match, names[:-1])):
        return False
    words = _words(names[-1])
    return words[-1] in _MAIL and not _TYPED.intersection(words)


def _words(name: str) -> list[str]:
    """The words of a field's name, in lower case, without empty ones at its end."""
    words = [word.casefold() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]
    while words and words[-1] in _EMPTY:
        words.pop()
    return words
