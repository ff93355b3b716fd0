"""Encoded words (RFC 2047): decoding them as mail programs do, in malformed forms too, and encoding a text so that it
decodes to exactly itself."""

from __future__ import annotations

import binascii
import codecs
import re
from base64 import b64encode
from contextlib import suppress

from reviewqueue.core.characters import single_line
from reviewqueue.core.patterns import as_pattern

# Where one begins: the rest may be cut off or broken, and some mail program still decodes it.
_BEGINS = as_pattern(r"=\?[^?\r\n]{0,80}\?[bq]\?", re.I)
_WORD = as_pattern(r"=\?([^?*\s]{1,75})(?:\*[^?\s]{0,40})?\?([bq])\?([^?]*)(?:\?=|\Z)", re.I)
_QUOTED = as_pattern(rb"=([0-9a-f]{2})", re.I)
# RFC 2231: charset'language'text, in the parameters of a header.
_EXTENDED = as_pattern(r"([a-z0-9_-]{2,40})'[a-z-]{0,20}'([^\s;\"']*%[0-9a-f]{2}[^\s;\"']*)", re.I)
_PERCENT = as_pattern(rb"%([0-9a-f]{2})", re.I)
# Codecs of Python that no mail program knows; some of them are slow on long texts.
_NO_CHARSETS = ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem")
# How deep encoded words are decoded within each other; no text needs more.
_DEEPEST = 4
# 39 bytes make 52 letters, so that "Reply-To: =?utf-8?B?…?=" stays within the 76 of RFC 2047, section 2.
_CHUNK = 39


def may_be_encoded(text: str) -> bool:
    """Whether a mail program might decode any of this header's text as an encoded word."""
    return "=?" in text and _BEGINS.search(text) is not None


def decode(text: str) -> str:
    """A header's text as a mail program shows it; the same where nothing in it is encoded."""
    for _ in range(_DEEPEST):
        if "=?" not in text or (decoded := _decode_once(text)) == text:
            return text
        text = decoded
    return text


def extended(text: str) -> str:
    """A header's text with the values of RFC 2231 decoded as well."""
    return _EXTENDED.sub(lambda one: _text(_unpercent(one[2]), one[1]), decode(text))


def encoded_word_flaw(text: str, shown: str) -> str:
    """What is wrong with a header's `text` that a mail program shows as `shown`, worded to follow it in a sentence."""
    if shown == text:
        return "begins an encoded word (RFC 2047), and mail programs show something else. Write what is to be read."
    return f"is shown by a mail program as “{single_line(shown, 160)}”. Write what is to be read."


def encode(text: str) -> list[str]:
    """Encoded words that decode to that text, one for each line. Raises UnicodeError for what UTF-8 cannot encode."""
    parts = [""]
    for sign in text:
        if len((parts[-1] + sign).encode()) > _CHUNK:
            parts.append("")
        parts[-1] += sign
    return [encode_single(part) for part in parts]


def encode_single(text: str) -> str:
    """One encoded word that decodes to that text, however long."""
    return f"=?utf-8?B?{b64encode(text.encode()).decode()}?="


def _decode_once(text: str) -> str:
    """Every encoded word decoded once. White space between two is dropped; a character may be split across them."""
    found: list[str] = []
    held: list[bytes] = []
    charset, end = "", 0
    for word in _WORD.finditer(text):
        between = text[end : word.start()]
        joins = bool(held) and not between.strip()
        if not joins or word[1].casefold() != charset:
            found += [_text(b"".join(held), charset), "" if joins else between]
            held, charset = [], word[1].casefold()
        held.append(_bytes(word[2], word[3]))
        end = word.end()
    return "".join([*found, _text(b"".join(held), charset), text[end:]])


def _bytes(how: str, text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    if how in "qQ":
        return _QUOTED.sub(lambda one: bytes([int(one[1], 16)]), raw.replace(b"_", b" "))
    return b"".join(map(_decode_base64, re.sub(rb"[^A-Za-z0-9+/=]", b"", raw).split(b"=")))


def _decode_base64(letters: bytes) -> bytes:
    """Base64 decoded as far as it goes, where its end is cut off."""
    whole = letters[:-1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _unpercent(text: str) -> bytes:
    return _PERCENT.sub(lambda one: bytes([int(one[1], 16)]), text.encode("utf-8", "replace"))


def _text(raw: bytes, charset: str) -> str:
    with suppress(LookupError, ValueError):
        if raw and codecs.lookup(charset).name not in _NO_CHARSETS:
            return raw.decode(charset, "replace")
    return raw.decode("utf-8", "replace")
