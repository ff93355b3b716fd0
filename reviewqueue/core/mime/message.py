"""Whether a draft can be sent as an e-mail, and what of it a mail program shows.

Only this file decides it. The checks ask it before a person approves, the mailer before it sends: what passes the gate
can be sent, and what cannot be sent does not pass.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reviewqueue.core.canonical_json import escape, leaves
from reviewqueue.core.characters import single_line, visible
from reviewqueue.core.mime import addresses, encoded_words, invitation
from reviewqueue.core.mime.addresses import Mailbox
from reviewqueue.core.mime.invitation import Invitation

# The fields that an e-mail is made of. Nothing else of a draft is sent, so nothing else may be in one.
RECEIVERS = ("to", "cc", "reply_to")
MAIL_FIELDS = (*RECEIVERS, "subject", "body", invitation.FIELD)
MOST_RECEIVERS = 100  # what every server has to take: RFC 5321, 4.5.3.1.8
LONGEST_SUBJECT = 255
LARGEST_BODY = 1_000_000  # bytes of UTF-8
# Fields that name recipients, whatever their spelling (`address_field`).
RECIPIENT_FIELDS = ("to", "cc", "bcc", "replyto")
# The keys of the checks that report it.
CHECKS = VALID, ENCODED, SENDABLE, INVITATION = (
    "recipient.valid", "text.encoded", "message.sendable", "message.invitation",
)  # fmt: skip


@dataclass(frozen=True)
class RecipientField:
    """One place of a draft that names a recipient: its field, its pointer, its value, and the name beside it."""

    field: str
    at: str
    written: str
    name: str = ""


@dataclass(frozen=True)
class MessageFlaw:
    """Why a draft cannot be sent: the key of the check, the reason in words, and the place (a JSON Pointer)."""

    key: str
    says: str
    at: str


@dataclass(frozen=True)
class Message:
    """What a mail program shows of a draft."""

    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    subject: str = ""
    body: str = ""
    invitation: Invitation | None = None

    @property
    def envelope(self) -> list[str]:
        """The addresses of the SMTP envelope, each once."""
        return list(dict.fromkeys(one.address for one in (*self.to, *self.cc)))

    @property
    def international(self) -> bool:
        """Whether only a server that offers SMTPUTF8 takes it."""
        return any(one.international for one in (*self.to, *self.cc, *self.reply_to))


def address_field(name: str) -> str:
    """A field's name without case and punctuation: `Reply-To`, `reply_to` and `replyTo` are one; so are `Resent-Bcc`
    and `bcc`, which mail servers both send to."""
    return "".join(sign for sign in name.casefold() if sign.isalpha()).removeprefix("resent")


def named_recipients(draft: Mapping[str, Any]) -> Iterator[RecipientField]:
    """Everything in a draft that names a recipient, whatever its spelling, also among headers."""
    headers = draft.get("headers")
    for above, fields in (("", draft), ("/headers", headers if isinstance(headers, dict) else {})):
        for name, value in fields.items():
            if (field := address_field(name)) in RECIPIENT_FIELDS and value not in (None, "", [], {}):
                yield from _entries(field, value, f"{above}/{escape(name)}")


def read(draft: Any, *, smtputf8: bool = False) -> tuple[Message, list[MessageFlaw]]:
    """A draft as a mail program shows it, and every flaw that keeps it from being sent; without one it can be sent.
    `smtputf8` says whether the mail server takes addresses beyond ASCII."""
    if not isinstance(draft, dict):
        return Message(), [MessageFlaw(SENDABLE, "It is not a message, so no e-mail can be made of it.", "")]
    flaws = list(_unsupported_fields(draft))
    held: dict[str, list[Mailbox]] = {name: [] for name in RECEIVERS}
    for one in named_recipients(draft):
        name = one.at.split("/")[1]
        if name in held and (mailbox := _receiver(one, flaws, smtputf8=smtputf8)):
            held[name].append(mailbox)
    subject, body = draft.get("subject"), draft.get("body")
    flaws += [*_subject_flaws(subject), *_body_flaws(body)]
    texts = {name: text for name, text in (("subject", subject), ("body", body)) if isinstance(text, str)}
    invites, wrong = invitation.read(draft)
    flaws += [MessageFlaw(INVITATION, says, at) for says, at in wrong]
    found = Message(tuple(held["to"]), tuple(held["cc"]), tuple(held["reply_to"]), **texts, invitation=invites)
    return found, [*flaws, *_number_flaws(draft, found, held)]


def no_recipient_flaw(draft: Mapping[str, Any]) -> MessageFlaw | None:
    """The flaw of a message that has no recipient; None when it has one."""
    if any(one.field in ("to", "cc") for one in named_recipients(draft)):
        return None
    return MessageFlaw(SENDABLE, "It names no receiver, so nobody would get it. Write an address under To.", "/to")


def encoded(draft: Mapping[str, Any]) -> list[MessageFlaw]:
    """A flaw for each text that becomes a header and holds encoded words (addresses apart): a mail program shows
    something else."""
    found = []
    for name, value in draft.items():
        if address_field(name) in ("subject", "from", "headers"):
            for at, text in leaves(value, f"/{escape(name)}"):
                shown = encoded_words.extended(text) if at.startswith("/headers") else encoded_words.decode(text)
                if shown != text or encoded_words.may_be_encoded(text):
                    found.append(
                        MessageFlaw(
                            ENCODED, f"“{single_line(text, 160)}” {encoded_words.encoded_word_flaw(text, shown)}", at
                        )
                    )
    return found


def as_read(draft: Any) -> Any:
    """The draft that checks read: what becomes a header is as a mail program shows it. The same object where nothing in
    it is encoded."""
    if not isinstance(draft, dict):
        return draft
    names = [name for name in draft if address_field(name) in (*RECIPIENT_FIELDS, "subject", "from", "headers")]
    changed = {}
    for name in names:
        decode = encoded_words.extended if address_field(name) == "headers" else encoded_words.decode
        if (shown := _decoded(draft[name], decode)) != draft[name]:
            changed[name] = shown
    return {**draft, **changed} if changed else draft


def _decoded(value: Any, decode: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return decode(value)
    if isinstance(value, list):
        return [_decoded(one, decode) for one in value]
    return {name: _decoded(one, decode) for name, one in value.items()} if isinstance(value, dict) else value


def _entries(field: str, value: Any, at: str) -> Iterator[RecipientField]:
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _entries(field, one, f"{at}/{number}")
    elif isinstance(value, dict):
        named = [name for name in value if name.casefold() in ("address", "email", "mail")]
        beside = value.get("name")
        for name in named or value:
            for one in _entries(field, value[name], f"{at}/{escape(name)}"):
                yield RecipientField(
                    field, one.at, one.written, beside if named and isinstance(beside, str) else one.name
                )
    else:
        yield RecipientField(field, at, value if isinstance(value, str) else str(value))


def _receiver(one: RecipientField, flaws: list[MessageFlaw], *, smtputf8: bool) -> Mailbox | None:
    mailbox, wrong = addresses.read(one.written, one.name)
    if mailbox is None:
        flaws.append(MessageFlaw(VALID, f"“{single_line(one.written, 160)}” {wrong}", one.at))
    elif mailbox.international and not smtputf8:
        says = (
            f"“{single_line(mailbox.address, 160)}” has letters before the @ that not every mail server takes, "
            "and ours is "
            "not known to. Write the person's address in plain letters; or, if the mail server offers SMTPUTF8, set "
            "smtputf8 = true for this destination in destinations.toml."
        )
        flaws.append(MessageFlaw(SENDABLE, says, one.at))
    return mailbox


def _unsupported_fields(draft: Mapping[str, Any]) -> Iterator[MessageFlaw]:
    for name, value in draft.items():
        if name not in MAIL_FIELDS and not _is_empty(value):
            meant = next((one for one in MAIL_FIELDS if address_field(one) == address_field(name)), "")
            fix = f"Name it {meant}." if meant else "Remove it, or send the draft back."
            yield MessageFlaw(
                SENDABLE, f"An e-mail from here carries no {single_line(name, 60)}. {fix}", f"/{escape(name)}"
            )


def _is_empty(value: Any) -> bool:
    """Whether the value is empty: a person who edits a draft can empty a field, not remove it."""
    if isinstance(value, dict | list):
        return all(_is_empty(one) for one in (value.values() if isinstance(value, dict) else value))
    return not (value.strip() if isinstance(value, str) else value)


def _subject_flaws(subject: Any) -> Iterator[MessageFlaw]:
    if not isinstance(subject, str) or not visible(subject):
        yield MessageFlaw(SENDABLE, "It has no subject, and an e-mail needs one. Write it.", "/subject")
    elif addresses.BREAK.search(subject):
        says = "has a line break, which starts another header. Write it on one line."
        yield MessageFlaw(VALID, f"“{single_line(subject, 160)}” {says}", "/subject")
    elif encoded_words.may_be_encoded(subject):
        yield from encoded({"subject": subject})
    elif addresses.unseen(subject):
        yield MessageFlaw(SENDABLE, "The subject has a character that nobody can see. Type it again.", "/subject")
    elif len(subject) > LONGEST_SUBJECT:
        says = f"The subject has {len(subject):,} characters; at most {LONGEST_SUBJECT}. Shorten it."
        yield MessageFlaw(SENDABLE, says, "/subject")


def _body_flaws(body: Any) -> Iterator[MessageFlaw]:
    if not isinstance(body, str) or not visible(body):
        yield MessageFlaw(SENDABLE, "It has no body, so there is nothing to send. Write the text.", "/body")
        return
    plain = body.replace("\r\n", "\n").replace("\n", "").replace("\t", "")
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in plain):
        yield MessageFlaw(
            SENDABLE, "The text has a control character, which no mail program shows. Remove it.", "/body"
        )
    elif len(body.encode()) > LARGEST_BODY:
        yield MessageFlaw(
            SENDABLE, f"The text is larger than an e-mail from here ({LARGEST_BODY:,} bytes). Shorten it.", "/body"
        )


def _number_flaws(draft: Mapping[str, Any], found: Message, held: Mapping[str, list[Mailbox]]) -> Iterator[MessageFlaw]:
    if not (found.to or found.cc) and (none := no_recipient_flaw({name: draft.get(name) for name in RECEIVERS})):
        yield none
    if (many := sum(map(len, held.values()))) > MOST_RECEIVERS:
        yield MessageFlaw(
            SENDABLE, f"It names {many} addresses; one e-mail takes {MOST_RECEIVERS}. Send it in parts.", "/to"
        )
