"""Finds what is wrong with the place a link leads to: hosts that only look like a known one, links that lead on
elsewhere, short links, bare numbers, schemes that open no page."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Literal
from urllib.parse import unquote

from reviewqueue.checks import domains
from reviewqueue.core import domain_names
from reviewqueue.core.characters import hidden
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.words.sentences import in_quotes

Flaw = tuple[Literal["fail", "warn"], str]
HOST = as_pattern(
    r"(?<![\w@.-])(?<![^/:]/)((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,5}[^\W\d_]{2,24}|"
    r"(?:[\w-]{1,63}\.){1,5}xn--[\w-]{1,59})(?![\w@-])"
)
LOOKS = as_pattern(
    r"\s*(?:https?://)?(?:www\.)?((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}[^\W\d_]{2,24})(?:[/:?#].*)?\s*", re.S
)
_FILES = frozenset(
    "pdf doc docx xls xlsx csv txt png jpg jpeg gif zip xml json toml py js md html ppt pptx exe eml ics".split()  # noqa: SIM905
)
_NUMBER = as_pattern(r"(?:0x[0-9a-f]+|\d{1,10})(?:\.(?:0x[0-9a-f]+|\d{1,10})){0,3}|\[[0-9a-f:.]+\]", re.I)
_NUMBER_PATH = as_pattern(r"(?<![\w.:/@-])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?/[a-z]\S{0,80}", re.I)
_ADDRESS_HOST = as_pattern(r"(?<=@)(?:[\w-]{1,63}\.){1,5}[^\W\d_]{2,24}(?![\w@-])")
_SAFE = ("http", "https", "mailto", "tel")
_SLASHES = as_pattern("[\u2024\u2044\u2215\u29f8\uff0f\u29f5\ufe68\uff3c\u3002\uff0e\uff61]")
_COMMA = as_pattern(r",[\w-]{1,63}\.")
_DECOY = as_pattern(r"[/#?&=]@((?:[\w-]{1,63}\.){1,5}[a-z]{2,24})(?![\w-])", re.I)
_WHITE = as_pattern(r"[\s\x00-\x1f]+")
_PART = as_pattern(r"[?&#;]([\w.-]{1,40})=([^&#;\s]{3,2000})")
_LEADS_ON = frozenset(
    "back callback continue dest destination fwd forward go goto href image_url link location next out page path r "  # noqa: SIM905
    "redir redirect redirect_to redirect_uri redirect_url redirecturi redirecturl return return_to return_url "
    "returnto returnurl rurl target to u uri url view".split()
)
_ABSOLUTE = as_pattern(
    r"\s*(?:https?:)?[/\\]{2,}([^/\\?#\s]{3,300})|\s*/\\+([^/\\?#\s]{3,300})|\s*https?:[/\\]?([^/\\?#\s]{3,300})", re.I
)
_IN_PATH = as_pattern(r"/(https?:/{1,2}[^/?#\s]{3,300})", re.I)


def is_file_name(written: str) -> bool:
    """Whether something with a dot is a file's name: `plan.docx`."""
    return written.rpartition(".")[2].casefold() in _FILES


def target_flaws(written: str, known: Collection[str]) -> Iterator[Flaw]:
    """What is wrong with a link's target as it is written, but for its host's looks (`host_flaws`)."""
    if hidden(written):
        yield "fail", f"{in_quotes(written)} has a character in it that nobody can see. Type the link again."
    target = _WHITE.sub("", html.unescape(written))
    scheme, _, rest = target.partition(":")
    name = scheme.casefold()
    if target.casefold().startswith("www.") or target.startswith("//"):
        name, rest = "http", f"//{target.lstrip('/')}"
    elif not rest or "/" in scheme or "." in scheme or not re.fullmatch(r"[a-z][a-z0-9+-]*", name):
        return
    if name not in _SAFE:
        yield from scheme_flaws(name, target)
    elif name == "mailto":
        yield from _mail_flaws(target, known)
    elif name != "tel":
        yield from _web_flaws(target, rest, known)


def scheme_flaws(name: str, target: str) -> Iterator[Flaw]:
    """What is wrong with a scheme that is neither of the web nor of mail."""
    runs = name in ("javascript", "vbscript", "data", "file", "blob") or name.startswith(("ms-", "search"))
    says = "runs or opens something on the reader's machine" if runs else "does not open a web page"
    yield "fail" if runs else "warn", f"{in_quotes(target)} {says}. Use an https link."


def host_flaws(text: str, known: Collection[str]) -> Iterator[Flaw]:
    """Hosts in the text, also those of addresses, that could be mistaken for a known one, that mix scripts or forms, or
    that shorten links."""
    told = set()
    for one in HOST.finditer(text):
        written = one[1]
        short = text[one.end() : one.end() + 1] == "/" and text[one.start() - 1 : one.start()] != "/"
        if short and domain_names.is_shortener(domain_names.to_ascii(written)):
            yield "warn", _short_text(written)
        if written not in told and not (written.isascii() and not known and "xn--" not in written):
            told.add(written)
            if not is_file_name(written) or text[: one.start()].endswith("://"):
                yield from _host_flaw(written, known)
    for one in _ADDRESS_HOST.finditer(text) if known and "@" in text else ():
        host = domain_names.to_ascii(one[0])
        if host and one[0] not in told and not domains.belongs(host, known) and not domain_names.is_shared(host):
            told.add(one[0])
            if real := domains.lookalike_of(host, known):
                yield "fail", _looks_like_text(host, real)
    if number := _NUMBER_PATH.search(text):
        yield "warn", _number_text(number[0])


def leads_on_flaws(target: str, rest: str, known: Collection[str]) -> Iterator[Flaw]:
    """Where a link names another host to go on to: in a value of its query, or in its path."""
    place = domains.host_of(target)
    for host in _next_hosts(rest):
        looked_up = domain_names.to_ascii(host.rpartition("@")[2].partition(":")[0]).removeprefix("www.")
        if not looked_up or domains.belongs(looked_up, (*known, place)):
            continue
        outcome: Literal["fail", "warn"] = "fail" if place and domains.belongs(place, known) else "warn"
        where = in_quotes(domain_names.to_unicode(looked_up))
        yield outcome, f"{in_quotes(target)} leads on to {where}. Write the link to where it ends."
        return


def _next_hosts(rest: str) -> Iterator[str]:
    for part in _PART.finditer(rest):
        value = part[2]
        for _ in range(3):
            value = unquote(value)
        if found := _ABSOLUTE.match(value):
            yield next(filter(None, found.groups()))
        elif part[1].casefold() in _LEADS_ON and (found := LOOKS.fullmatch(value)) and not is_file_name(found[1]):
            yield found[1]
    if found := _IN_PATH.search(unquote(re.split(r"[?#]", rest.lstrip("/"), maxsplit=1)[0])):
        yield from (one for one in _ABSOLUTE.match(found[1]).groups() if one)  # type: ignore[union-attr]


def _mail_flaws(target: str, known: Collection[str]) -> Iterator[Flaw]:
    """A mail link that adds receivers of its own."""
    for part in _PART.finditer(target):
        domain = domain_names.to_ascii(unquote(part[2]).rpartition("@")[2])
        if part[1].casefold() in ("to", "cc", "bcc") and not (domain and domains.belongs(domain, known)):
            yield "fail", f"{in_quotes(target)} adds a receiver ({part[1].casefold()}). Leave the address alone."


def _web_flaws(target: str, rest: str, known: Collection[str]) -> Iterator[Flaw]:
    if target.startswith("//"):
        yield "warn", f"{in_quotes(target)} does not say how it is opened. Write https:// before the host."
    if "\\" in rest[:4]:
        yield (
            "fail",
            f"{in_quotes(target)} has a backslash, and each program reads it otherwise. Write https:// and the host.",
        )
        return
    place = re.split(r"[/?#]", rest.lstrip("/"), maxsplit=1)[0]
    if "@" in place or "\\" in place or "%" in place:
        says = "hides where it leads: what comes before the @ is not the host. Write the host alone."
        yield "fail", f"{in_quotes(target)} {says}"
        return
    if _SLASHES.search(place):
        yield "fail", f"{in_quotes(target)} has a character that only looks like a slash or a dot. Type the link again."
        return
    host = re.sub(r":\d{0,5}$", "", place)
    looked_up = domains.host_of(host)
    if _COMMA.search(place):
        yield "fail", f"{in_quotes(target)} has a comma in its host, which is no host's. Write one link."
        return
    decoy = _DECOY.search(rest)
    if decoy and not domains.belongs(looked_up, known) and domains.belongs(domain_names.to_ascii(decoy[1]), known):
        says = f"ends like a link to {in_quotes(decoy[1])} and leads to {in_quotes(looked_up)}. Remove it."
        yield "fail", f"{in_quotes(target)} {says}"
    if domain_names.is_shortener(looked_up):
        yield "warn", _short_text(target)
    if _NUMBER.fullmatch(host) or domain_names.registered_domain(looked_up) in domain_names.NUMBER_HOSTS:
        yield "warn", _number_text(target)
    yield from leads_on_flaws(target, rest, known)


def _host_flaw(written: str, known: Collection[str]) -> Iterator[Flaw]:
    host = domain_names.to_ascii(written)
    if not host:
        if "xn--" in written.casefold():
            yield "fail", f"“{written}” is not a readable name, so nobody can see whose it is. Type it again."
        return
    if (known and not domains.belongs(host, known) and (real := _lookalike(host, known))) or (
        real := domains.tool_imitated_by(host)
    ):
        yield "fail", _looks_like_text(host, real)
    elif scripts := domains.mixed_scripts(host):
        yield "fail", f"“{domain_names.to_unicode(host)}” mixes {scripts} letters that look alike. Type it again."
    elif "xn--" in written:
        yield "warn", f"“{written}” is read as “{domain_names.to_unicode(host)}”. Write it as it is read."
    elif unicodedata.normalize("NFKC", written) != unicodedata.normalize("NFC", written):
        yield "warn", f"“{written}” is written in letters of another width or form. Type it again."


def _lookalike(host: str, known: Collection[str]) -> str:
    """The known domain that a host could be mistaken for, or "". At a well-known host of meetings or files a company's
    name comes before the host's; there only a name that is nearly a known one misleads."""
    if not domain_names.is_known_tool(host):
        return domains.lookalike_of(host, known)
    above = domain_names.registered_domain(host)
    name = host.removesuffix(above).rstrip(".").rpartition(".")[2]
    return domains.near_miss_of(name, known) if name else ""


def _looks_like_text(host: str, real: str) -> str:
    return f"“{domain_names.to_unicode(host)}” looks like {real} and is not. Write {real}, or remove it."


def _short_text(target: str) -> str:
    return f"{in_quotes(target)} is shortened, so nobody can see where it leads. Write the link it stands for."


def _number_text(target: str) -> str:
    return f"{in_quotes(target)} leads to a bare number, so nobody can see whose it is. Use the name of the host."
