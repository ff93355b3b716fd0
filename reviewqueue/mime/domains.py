"""Domains in their two forms: as they are looked up (ASCII, punycode) and as a person reads them."""

from __future__ import annotations

import re
import unicodedata

import idna

_PLAIN = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})")


def ascii_of(domain: str) -> str:
    """A domain as it is looked up (IDNA 2008), in lower case; "" for one that cannot be."""
    domain = domain.lower().rstrip(".") if domain.isascii() else domain.rstrip(".")
    if not domain.isascii() or "xn--" in domain:
        try:
            # Never casefold before this: IDNA 2008 keeps "ß" and "ς", and "ss" is another domain.
            domain = idna.encode(unicodedata.normalize("NFKC", domain), uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return ""
    return domain if _PLAIN.fullmatch(domain) else ""


def shown_as(domain: str) -> str:
    """A looked-up domain as a person sees it: punycode read."""
    try:
        return idna.decode(domain) if "xn--" in domain else domain
    except (idna.IDNAError, UnicodeError):
        return domain
