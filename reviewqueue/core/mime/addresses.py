"""Parses one recipient as it is written into its display name and its address for the SMTP envelope."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from reviewqueue.core.characters import hidden, mixed_words, single_line
from reviewqueue.core.domain_names import to_ascii
from reviewqueue.core.mime import encoded_words
from reviewqueue.core.patterns import as_pattern

LONGEST_LOCAL, LONGEST = 64, 254  # bytes: RFC 5321, 4.5.3.1.1, and RFC 3696 as corrected
_LONGEST_WRITTEN = 1_000  # a name and an address, with room; what is longer is not parsed, which could take very long
# Header injection: what ends a header line early, and encoded line ends that begin another header.
BREAK = as_pattern(
    r"[\r\n\x00\x0b\x0c\x85\u2028\u2029]|(?:(?:%0[ad]|=0[ad]|\\[rn])\s?){1,4}(?:b?cc|to|from|subject|reply-to|content-type)\s?:",
    re.I,
)
_NAMED = as_pattern(r"\s*(?P<name>\"[^\"\\]{0,120}\"|[^<>\"\\]{0,120}?)\s*<(?P<address>[^<>]{1,320})>\s*")
# No quoted local part, no comment, no group, no domain literal: few servers agree on them and no customer has one.
_LOCAL = as_pattern(r"(?!\.)(?!.*\.\.)[^\s@<>\",;:()\[\]\\|\x00-\x1f\x7f]{1,64}(?<!\.)")
_OTHER_DOT = as_pattern("[\u3002\uff0e\uff61]")  # read as a dot in a domain, and none
_PLAIN_NAME = as_pattern(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ONE = "Write one address, as in name@company.com."


@dataclass(frozen=True)
class Mailbox:
    """One recipient: the display name ("" for none), the local part as it was written, and the domain as DNS looks it
    up."""

    name: str
    local: str
    domain: str

    @property
    def address(self) -> str:
        """The address as the SMTP envelope has it."""
        return f"{self.local}@{self.domain}"

    @property
    def folded(self) -> str:
        """The address in lower case, for comparing."""
        return f"{self.local.casefold()}@{self.domain}"

    @property
    def international(self) -> bool:
        """Whether only a server that offers SMTPUTF8 (RFC 6531) takes it."""
        return not self.local.isascii()

    def header(self) -> str:
        """The recipient in a header, folded where it is long: a mail program shows exactly its name and address."""
        if not self.name:
            return self.address
        if "=?" not in self.name and len(self.name) <= 60 and self.name.isascii():
            plain = _PLAIN_NAME.fullmatch(self.name)
            return f"{self.name} <{self.address}>" if plain else f'"{_escaped(self.name)}" <{self.address}>'
        # One encoded word for the whole name, even beyond the 75 characters of RFC 2047: every reader takes it, while
        # widespread ones (Python before 3.12.9 and 3.13.2) put blanks between several in one name.
        return f"{encoded_words.encode_single(self.name)}\r\n <{self.address}>"


def read(written: str, name: str = "") -> tuple[Mailbox | None, str]:
    """(the recipient, "") or (None, what is wrong and what to do, worded to follow `written` in a sentence). `name` is
    the display name where it is not part of the text."""
    if BREAK.search(written) or BREAK.search(name):
        return None, f"has a line break in it. {_ONE}"
    written = written.strip()
    if len(written) > _LONGEST_WRITTEN:
        return None, f"is longer than an address can be ({LONGEST_LOCAL} before the @, {LONGEST} in all). {_ONE}"
    named = _NAMED.fullmatch(written)
    address = (named["address"] if named else written).strip()
    name = " ".join((name or (named["name"].strip('"') if named else "")).split())
    if flaw := _name_flaw(name, address) or _shape_flaw(address):
        return None, flaw
    local, _, domain = address.rpartition("@")
    found = Mailbox(name, unicodedata.normalize("NFC", local), to_ascii(domain))
    if not found.domain or domain.endswith("."):
        return None, f"has no domain that mail can go to. {_ONE}"
    if len(found.local.encode()) > LONGEST_LOCAL or len(found.address.encode()) > LONGEST:
        return None, f"is longer than an address can be ({LONGEST_LOCAL} before the @, {LONGEST} in all). {_ONE}"
    return found, ""


def _name_flaw(name: str, address: str) -> str:
    for text in (name, address):
        if encoded_words.may_be_encoded(text):
            return encoded_words.encoded_word_flaw(text, encoded_words.decode(text))
    if "@" in name and address.casefold() not in name.casefold():
        return f"shows another address than it is sent to (“{single_line(address, 160)}”). {_ONE}"
    if len(name) > 120:
        return "has a name of more than 120 characters. Write a shorter one."
    if unseen(name):
        return "has a name with characters nobody can see. Type the name again."
    return ""


def _shape_flaw(address: str) -> str:
    local, at, _ = address.rpartition("@")
    if unseen(address):
        return f"has characters nobody can see. {_ONE}"
    if unicodedata.normalize("NFKC", address) != unicodedata.normalize("NFC", address) or _OTHER_DOT.search(address):
        return f"is written with characters of another width or form. {_ONE}"
    if not at or not _LOCAL.fullmatch(local):
        return f"is not one address. {_ONE}"
    if "%" in local or "!" in local:
        return f"has a % or a ! in it, by which some mail servers pass it on to another address. {_ONE}"
    if mixed_words(local):
        return f"mixes {mixed_words(local)[0][2]} letters that look alike. {_ONE}"
    return ""


def unseen(text: str) -> bool:
    """Whether a header would carry what nobody sees: controls, lone surrogates, and what `characters.hidden` names."""
    return any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in text) or bool(hidden(text))


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')
