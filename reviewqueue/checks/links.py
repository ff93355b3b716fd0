"""Finds links in a text whose target is not what they show."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from typing import Literal
from urllib.parse import unquote

from reviewqueue.checks import domains
from reviewqueue.core import domain_names
from reviewqueue.evidence.text.sentences import in_quotes

Flaw = tuple[Literal["fail", "warn"], str]
_DOT = re.compile(r"\.[^\W\d_]{2}|\.xn--")
_MARKDOWN = re.compile(r"\[([^\[\]\n]{1,300})\]\(\s*<?([^()\s<>]{1,2000})>?(?:\s+[\"'][^\"'\n]{0,200}[\"'])?\s*\)")
_DEFINED = re.compile(r"^ {0,3}\[([^\[\]\n]{1,200})\]:[ \t]*<?(\S{1,2000}?)>?(?:\s|$)", re.M)
_ANCHOR = re.compile(
    r"<a\b[^<>]{0,500}?\bhref\s*=\s*[\"']?([^\"'<>\s]{1,2000})[^<>]{0,300}>(.{0,300}?)</a", re.I | re.S
)
_BARE = re.compile(r"(?<![\w@/.])(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[^\s<>\"“”]{1,2000}", re.I)
# A scheme that runs something, not a word before a colon: "JavaScript: the portal needs it" runs nothing.
_SCHEME = re.compile(
    r"(?<![\w/.])(javascript(?=\s*:[^\s]|\s*:\s+[^\s]{0,80}[(=%])|vbscript(?=:\S)|data(?=:[a-z]+/[\w.+-]+[;,])|file(?=:/)"
    r"|blob(?=:h))",
    re.I,
)
_HOST = re.compile(
    r"(?<![\w@.-])(?<![^/:]/)((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,5}[^\W\d_]{2,24}|"
    r"(?:[\w-]{1,63}\.){1,5}xn--[\w-]{1,59})(?![\w@-])"
)
_LOOKS = re.compile(
    r"\s*(?:https?://)?(?:www\.)?((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}[^\W\d_]{2,24})(?:[/:?#].*)?\s*", re.S
)
_FILES = frozenset(
    "pdf doc docx xls xlsx csv txt png jpg jpeg gif zip xml json toml py js md html ppt pptx exe eml ics".split()  # noqa: SIM905
)
_NUMBER = re.compile(r"(?:0x[0-9a-f]+|\d{1,10})(?:\.(?:0x[0-9a-f]+|\d{1,10})){0,3}|\[[0-9a-f:.]+\]", re.I)
_SAFE = ("http", "https", "mailto", "tel")
_SLASHES = re.compile("[\u2044\u2215\u29f8\uff0f\u29f5\ufe68\uff3c\u3002\uff0e\uff61]")


def misleading_links(text: str, known: Collection[str] = ()) -> Iterator[Flaw]:
    """Every link that is not what it seems. `known` are looked-up domains (the customer's) whose look-alikes are
    reported."""
    if ":" not in text and "<" not in text and not _DOT.search(text):
        return
    pairs = [(one[1], one[2]) for one in _MARKDOWN.finditer(text)]
    pairs += [(re.sub(r"<[^<>]{0,200}>", "", one[2]), one[1]) for one in _ANCHOR.finditer(text)]
    targets = [target for _, target in pairs] + [one[2] for one in _DEFINED.finditer(text)]
    for label, target in pairs:
        yield from _label_flaws(html.unescape(label), html.unescape(target))
    seen = set()
    for target in [*targets, *(one[0].rstrip(".,;:!?)»”'") for one in _BARE.finditer(text))]:
        if target not in seen:
            seen.add(target)
            yield from _target_flaws(html.unescape(target), known)
    if not targets and (scheme := _SCHEME.search(text)):
        yield from _scheme(scheme[1].casefold(), text[scheme.start() : scheme.start() + 60])
    if _DOT.search(text):
        yield from _host_flaws(text, known)


def _lookalike(host: str, known: Collection[str]) -> str:
    """The known domain that a host could be mistaken for, or "". At a well-known host of meetings or files a company's
    name comes before the host's; there only a name that is nearly a known one misleads."""
    if not domain_names.is_known_tool(host):
        return domains.lookalike_of(host, known)
    above = domain_names.registered_domain(host)
    name = host.removesuffix(above).rstrip(".").rpartition(".")[2]
    return domains.near_miss_of(name, known) if name else ""


def hosts_except(text: str, known: Collection[str]) -> Iterator[str]:
    """Each host in a text that is none of these, once, in the form it is looked up in."""
    named = (domain_names.to_ascii(one[1]) for one in _HOST.finditer(text) if not _is_file_name(one[1]))
    yield from dict.fromkeys(host for host in named if host and not domains.belongs(host, known))


def _is_file_name(written: str) -> bool:
    return written.rpartition(".")[2].casefold() in _FILES


def _label_flaws(label: str, target: str) -> Iterator[Flaw]:
    shows, leads = _LOOKS.fullmatch(label), domains.host_of(target)
    if target.casefold().startswith("mailto:"):
        to = unquote(target[7:].partition("?")[0]).casefold()
        if "@" in label and to not in label.casefold():
            yield "fail", f"The link shows {in_quotes(label)} and writes to {in_quotes(to)}. Make them the same."
        return
    if "@" in label and "/" not in label and domains.ADDRESS.fullmatch(label.strip()):
        yield (
            "fail",
            f"The link shows the address {in_quotes(label)} and leads to {in_quotes(target)}. Make them the same.",
        )
        return
    if not shows or shows[1].rpartition(".")[2].casefold() in _FILES:
        return
    host = domain_names.to_ascii(shows[1]).removeprefix("www.")
    if host != leads and not leads.endswith(f".{host}" if host else "\0"):
        where = domain_names.to_unicode(leads) or target
        yield "fail", f"The link shows {in_quotes(label)} and leads to {in_quotes(where)}. Make them the same."


def _target_flaws(target: str, known: Collection[str]) -> Iterator[Flaw]:
    scheme, _, rest = target.partition(":")
    name = scheme.casefold().strip()
    if target.casefold().startswith("www."):
        name, rest = "http", f"//{target}"
    elif not rest or "/" in scheme or "." in scheme or not re.fullmatch(r"[a-z][a-z0-9+-]*", name):
        return
    if name not in _SAFE:
        yield from _scheme(name, target)
        return
    if name in ("mailto", "tel"):
        return
    place = re.split(r"[/?#]", rest.lstrip("/"), maxsplit=1)[0]
    if "@" in place or "\\" in place or "%" in place:
        yield (
            "fail",
            f"{in_quotes(target)} hides where it leads: what comes before the @ is not the host. Write the host alone.",
        )
        return
    if _SLASHES.search(place):
        yield "fail", f"{in_quotes(target)} has a character that only looks like a slash or a dot. Type the link again."
        return
    host = re.sub(r":\d{0,5}$", "", place)
    if domains.host_of(host) in domain_names.SHORTENERS:
        yield (
            "warn",
            f"{in_quotes(target)} is shortened, so nobody can see where it leads. Write the link it stands for.",
        )
    if _NUMBER.fullmatch(host):
        yield (
            "warn",
            f"{in_quotes(target)} leads to a bare number, so nobody can see whose it is. Use the name of the host.",
        )


def _scheme(name: str, target: str) -> Iterator[Flaw]:
    runs = name in ("javascript", "vbscript", "data", "file", "blob")
    says = "runs or opens something on the reader's machine" if runs else "does not open a web page"
    yield "fail" if runs else "warn", f"{in_quotes(target)} {says}. Use an https link."


def _host_flaws(text: str, known: Collection[str]) -> Iterator[Flaw]:
    """Hosts in the text that could be mistaken for a known one, or that mix scripts."""
    told = set()
    for one in _HOST.finditer(text):
        written = one[1]
        if written in told or (written.isascii() and not known and "xn--" not in written):
            continue
        told.add(written)
        if _is_file_name(written):
            continue
        host = domain_names.to_ascii(written)
        if not host:
            if "xn--" in written.casefold():
                yield "fail", f"“{written}” is not a readable name, so nobody can see whose it is. Type it again."
            continue
        if known and not domains.belongs(host, known) and (real := _lookalike(host, known)):
            yield "fail", f"“{domain_names.to_unicode(host)}” looks like {real} and is not. Write {real}, or remove it."
        elif scripts := domains.mixed_scripts(host):
            yield "fail", f"“{domain_names.to_unicode(host)}” mixes {scripts} letters that look alike. Type it again."
        elif "xn--" in written:
            yield "warn", f"“{written}” is read as “{domain_names.to_unicode(host)}”. Write it as it is read."
