"""Finds e-mail addresses, telephone numbers and links in a text. E-mail domains are compared as IDNA names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from reviewqueue.core.patterns import as_pattern

_LOCAL = as_pattern(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}\Z")
_DOMAIN = as_pattern(r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_LINK = as_pattern(r"(?:https?://|www\.)[^\s<>\"]{1,2000}")
_PHONE = as_pattern(
    r"\+\d(?:[ ().\u00a0/-]{0,2}\d){6,14}(?!\d)"
    r"|\(\d{2,5}\)(?:[ .\u00a0/-]{0,2}\d){5,12}(?!\d)|\b\d{3}[-.]\d{3}[-.]\d{4}\b"
)


def emails(text: str) -> Iterator[tuple[int, int, str]]:
    """Every e-mail address: start, end, the address `folded`."""
    at = text.find("@")
    while at >= 0:
        local = _LOCAL.search(text, max(0, at - 64), at)
        domain = _DOMAIN.match(text, at + 1)
        if local and domain:
            begins = local.start() + len(local[0]) - len(local[0].lstrip(".'*_`{|/"))
            if begins < at:
                yield begins, domain.end(), folded(text[begins : domain.end()])
        at = text.find("@", domain.end() if domain else at + 1)


def folded(address: str) -> str:
    """An address normalised for comparing: no case, the domain in its IDNA form."""
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        with suppress(UnicodeError):
            domain = domain.encode("idna").decode("ascii")
    return f"{local.casefold()}@{domain.casefold()}"


def phones(text: str) -> Iterator[tuple[int, int, str]]:
    """Every telephone number: start, end, its digits."""
    for hit in _PHONE.finditer(text):
        yield hit.start(), hit.end(), digits(hit[0])


def digits(phone: str) -> str:
    """The last nine digits of a telephone number, which are the same with and without the country code."""
    return re.sub(r"\D", "", phone)[-9:]


def links(text: str) -> list[tuple[int, int]]:
    """(start, end) of every link: no number in one is a statement."""
    return [hit.span() for hit in _LINK.finditer(text)] if "://" in text or "www." in text else []
