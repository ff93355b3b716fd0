"""Reads an e-mail that somebody forwarded in, as RFC 822 bytes: who wrote it, what it answers, its text, and the names
of what is attached. Pure; nothing in it is ever run, shown as markup or fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256
from html import unescape

from reviewqueue.core import text_limits
from reviewqueue.core.characters import single_line, visible
from reviewqueue.core.errors import FieldError, Invalid
from reviewqueue.core.mime import addresses, encoded_words
from reviewqueue.core.patterns import as_pattern

LARGEST = 5_000_000  # bytes of a file
MAX_PARTS, MAX_HEADER = 2000, 2000
MAX_MARKUP = 4 * 50_000  # characters
MAX_TEXT, MAX_KEPT, MAX_ATTACHED, MAX_IDS = 50_000, 20_000, 50, 50
_ID = as_pattern(r"<[^<>\s]{1,500}>")
_BLANKS = as_pattern(r"\s+")
_SILENT = as_pattern(r"<(?:!--|(script|style|head|title|template|noscript)\b)", re.I)
_TAG = as_pattern(r"/?([A-Za-z][A-Za-z0-9-]*)")
_BLOCKS = frozenset(
    (
        *("address", "blockquote", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("hr", "li", "ol", "p", "pre", "table", "td", "th", "tr", "ul"),
    )
)
_KEPT_TYPES = ("text/plain", "text/csv")
_AT = "/file"


@dataclass(frozen=True)
class Attachment:
    """What is attached: its name, type and size; `text` only of a small text ("" otherwise), the rest is not kept."""

    name: str
    type: str
    size: int
    text: str = ""


@dataclass(frozen=True)
class ReceivedMail:
    """An e-mail as it was read. `answers` are the Message-IDs that it answers, the nearest first; `sent_at` is None
    where it does not say when. `message_id` is a digest of the file where it has none."""

    message_id: str
    name: str
    address: str
    subject: str
    sent_at: datetime | None
    text: str
    answers: tuple[str, ...] = ()
    attached: tuple[Attachment, ...] = field(default=())


def read(data: bytes) -> ReceivedMail:
    """The e-mail in a file; where it only carries another one (forwarded as an attachment), that one. Raises Invalid
    (/file)."""
    if len(data) > LARGEST:
        raise _invalid(f"has {len(data):,} bytes; at most {LARGEST:,}. Save the mail without its attachments")
    if data.count(b"\n--") > MAX_PARTS:
        raise _invalid("has too many parts to be one answer. Save the mail alone, as a file (.eml)")
    try:
        whole = message_from_bytes(data)
        mail = _carried(whole) or whole
        sender = _sender(mail)
        parts = _parts(mail)
    except (RecursionError, ValueError, LookupError) as error:
        raise _invalid("is no e-mail that can be read. Save the mail as a file (.eml) and choose that") from error
    if sender is None:
        raise _invalid("names nobody who sent it. Save the mail as a file (.eml) with its headers and choose that")
    message_id = next(iter(_ids(mail, "Message-ID")), "") or f"sha256:{sha256(data).hexdigest()}"
    answers = (*_ids(mail, "In-Reply-To"), *reversed(_ids(mail, "References")))
    text, attached = parts
    name, address = sender
    subject, answered = _header(mail, "Subject"), tuple(dict.fromkeys(answers))[:MAX_IDS]
    return ReceivedMail(message_id, name, address, subject, _sent_at(mail), text, answered, attached)


def _invalid(says: str) -> Invalid:
    return Invalid("Nothing was kept yet.", [FieldError(_AT, f"this file {says}")])


def _carried(whole: Message) -> Message | None:
    """The only e-mail that another one carries, unless that one answers something itself."""
    carriers = [one for one in whole.walk() if one.get_content_type() == "message/rfc822" and one.is_multipart()]
    inner = [one.get_payload(0) for one in carriers]
    found = inner[0] if len(inner) == 1 and not _ids(whole, "In-Reply-To") else None
    return found if isinstance(found, Message) else None


def _sender(mail: Message) -> tuple[str, str] | None:
    for name, address in getaddresses([str(mail.get("From", ""))[:MAX_HEADER]]):
        mailbox = addresses.read(address)[0]
        if mailbox is not None:
            shown = single_line(text_limits.replace_invalid(encoded_words.decode(name)), 200)
            return shown, mailbox.address
    return None


def _ids(mail: Message, name: str) -> list[str]:
    return [text_limits.replace_invalid(one) for one in _ID.findall(str(mail.get(name, "")))]


def _header(mail: Message, name: str) -> str:
    return single_line(text_limits.replace_invalid(encoded_words.decode(str(mail.get(name, "")))), 255)


def _sent_at(mail: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(str(mail.get("Date", "")))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _parts(mail: Message) -> tuple[str, tuple[Attachment, ...]]:
    """Its text, and what is attached. The plain text counts; where there is none, the words of the HTML."""
    plain: list[str] = []
    marked: list[str] = []
    attached: list[Attachment] = []
    for part in mail.walk():
        if part.is_multipart():
            continue
        kind, name = part.get_content_type(), part.get_filename()
        data = part.get_payload(decode=True)
        data = data if isinstance(data, bytes) else b""
        if name or part.get_content_disposition() == "attachment" or kind not in ("text/plain", "text/html"):
            attached.append(_attachment(part, kind, str(name or ""), data))
        else:
            (plain if kind == "text/plain" else marked).append(_decoded(part, data))
    text = "\n\n".join(plain if any(map(visible, plain)) else map(words_of, marked))
    return _kept_text(text, MAX_TEXT), tuple(attached[:MAX_ATTACHED])


def _attachment(part: Message, kind: str, name: str, data: bytes) -> Attachment:
    shown = single_line(text_limits.replace_invalid(encoded_words.decode(name)), 200) or "without a name"
    text = _kept_text(_decoded(part, data), MAX_KEPT) if kind in _KEPT_TYPES and len(data) <= MAX_KEPT else ""
    return Attachment(shown, single_line(kind, 100), len(data), text)


def _decoded(part: Message, data: bytes) -> str:
    try:
        return data.decode(str(part.get_content_charset() or "utf-8"), "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def _kept_text(text: str, most: int) -> str:
    lines = "\n".join(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip()
    cut = text_limits.replace_invalid(lines)
    return cut if len(cut) <= most else f"{cut[:most]}\n[… cut after {most:,} characters]"


def words_of(markup: str) -> str:
    """The words of HTML, without what is not shown. It goes through the markup once, whatever is in it."""
    lines = "".join(_shown(_without_silent(markup[:MAX_MARKUP]))).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines if line.strip())


def _without_silent(markup: str) -> str:
    """Markup without comments, scripts and what else nobody sees; what never ends goes to the end."""
    kept, at = [], 0
    while found := _SILENT.search(markup, at):
        kept.append(markup[at : found.start()])
        end = "-->" if not found[1] else f"</{found[1]}[^>]*>?"
        over = as_pattern(end, re.I).search(markup, found.end())
        if over is None:
            return "".join(kept)
        at = over.end()
    return "".join((*kept, markup[at:]))


def _shown(markup: str) -> Iterator[str]:
    """The text between the tags, and a line end for each that begins or ends a block."""
    first, *rest = markup.split("<")
    yield _text_of(first)
    for piece in rest:
        tag, closed, text = piece.partition(">")
        name = _TAG.match(tag)
        if not closed or not name:
            yield _text_of(f"<{piece}") if not tag.startswith(("!", "?")) else _text_of(text)
        else:
            yield "\n" if name[1].lower() in _BLOCKS else ""
            yield _text_of(text)


def _text_of(text: str) -> str:
    return _BLANKS.sub(" ", unescape(text))
