"""Finds links in a text whose target is not what they show."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from urllib.parse import unquote

from reviewqueue.checks import domains, link_targets
from reviewqueue.checks.link_targets import Flaw
from reviewqueue.core import domain_names
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.words.sentences import in_quotes

_DOT = as_pattern(r"\.[^\W\d_]{2}|\.xn--|\d\.\d")
_MARKDOWN = as_pattern(r"\[([^\[\]\n]{1,300})\]\(\s*<?([^()\s<>]{1,2000})>?(?:\s+[\"'][^\"'\n]{0,200}[\"'])?\s*\)")
_DEFINED = as_pattern(r"^ {0,3}\[([^\[\]\n]{1,200})\]:[ \t]*<?(\S{1,2000}?)>?(?:\s|$)", re.M)
_REFERRED = as_pattern(r"\[([^\[\]\n]{1,300})\](?:\[([^\[\]\n]{0,200})\])?(?![\[(:])")
_ANCHOR = as_pattern(
    r"<a\b[^<>]{0,500}?\bhref\s*=\s*[\"']?([^\"'<>]{1,2000}?)(?=[\"'<>\s])[^<>]{0,300}>(.{0,300}?)</a", re.I | re.S
)
# How chats, wikis and forums write a link: [text|target], <target|text>, [url=target]text[/url].
_PIPED = as_pattern(r"\[([^\[\]|\n]{1,300})\|\s?([^\[\]|\s]{4,2000})\]")
_CHAT = as_pattern(r"<((?:https?|mailto):[^<>|\s]{3,2000})\|([^<>|\n]{1,300})>", re.I)
_FORUM = as_pattern(r"\[url=[\"']?([^\[\]\"'\s]{3,2000})[\"']?\]([^\[\]]{1,300})\[/url", re.I)
# And in wikis and documents: [[target|text]], [[target][text]], "text":target, `text <target>`_.
_WIKI = as_pattern(r"\[\[((?:https?|mailto):[^\[\]|\s]{3,2000})(?:\||\]\[)([^\[\]\n]{1,300})\]\]", re.I)
_TEXTILE = as_pattern(r"\"([^\"\n]{1,300})\":((?:https?|mailto):[^\s<>\"]{3,2000})", re.I)
_RST = as_pattern(r"`([^`<>\n]{1,300}?)\s?<((?:https?|mailto):[^\s<>`]{3,2000})>`_", re.I)
# A host that begins a line, with a link behind a sign.
_LED_BY = as_pattern(
    r"^\W{0,3}([^\s<>()\[\]:]{4,300})(?:\s?:|\s?[-=]>|\s?→)\s{1,2}(https?://[^\s<>()]{3,2000})", re.I | re.M
)
_DOT_IN_WORDS = as_pattern(r"\s?[\[(]\s?(?:dot|\.)\s?[\])]\s?|\s\.\s", re.I)
# A host or an address with a link behind it, as mail programs write a link in plain text.
_BEHIND = as_pattern(r"(?<!\S)([^\s<>()\[\]]{4,300})\s{1,2}[<(]((?:https?|mailto):[^\s<>()]{3,2000})[>)]", re.I)
_BARE = as_pattern(r"(?<![\w@/.])(?:[a-z][a-z0-9+.-]{1,20}:/[/\\]|https?:[/\\]{1,2}|//|www\.)[^\s<>\"“”]{1,2000}", re.I)
# Where a form or a button sends what is typed into it.
_FORM = as_pattern(
    r"<(?:form|button|input)\b[^<>]{0,300}?\b(?:form)?action\s{0,3}=\s{0,3}[\"']?([^\"'<>\s]{1,2000})", re.I
)
# Pages of forms that anybody makes, at well-known hosts; and words that ask for a sign-in, in brackets before one.
_FORM_PAGE = as_pattern(
    r"https?://(?:docs\.google\.com/(?:a/[^/\s]{1,80}/)?forms/|forms\.gle/|forms\.office\.com/|forms\.microsoft\.com/"
    r"|forms\.cloud\.microsoft/|[\w-]{1,63}\.typeform\.com/to/|form\.jotform\.com/|(?:www\.)?jotform\.com/form/"
    r"|(?:www\.)?surveymonkey\.com/r/|tally\.so/r/|airtable\.com/(?:app\w{1,40}/)?(?:shr|pag)\w)",
    re.I,
)
_SIGN_IN = as_pattern(
    r"\b(?:sign(?:ing)?|log(?:ging)?)[ -]?[io]n(?=\s(?:at|to|on|with|here|via)\b|\W{0,3}$)|\blogin\b|\byour password\b"
    r"|\b(?:verify|confirm) your (?:account|identity)\b",
    re.I,
)
_BRACKETED = as_pattern(r"\[([^\[\]\n]{1,300})\]\s?:?\s{0,2}[<(]?(https?://[^\s<>()]{3,2000})", re.I)
_SCHEME = as_pattern(
    # A scheme that runs something, not a word before a colon: "JavaScript: the portal needs it" runs nothing.
    r"(?<![\w/.])(javascript(?=\s*:[^\s]|\s*:\s+[^\s]{0,80}[(=%])|vbscript(?=:\S)|data(?=:[a-z]+/[\w.+-]+[;,])|file(?=:/)"
    r"|blob(?=:h)|(?:view-source|jar|feed)(?=:https?:)|ms-[a-z]{2,20}(?=:\S)|search-ms(?=:\S))",
    re.I,
)
_BROKEN_SCRIPT = as_pattern(
    r"[(\"'=]\s{0,3}(?:j\s{0,3}a\s{0,3}v\s{0,3}a|v\s{0,3}b)\s{0,3}s\s{0,3}c\s{0,3}r\s{0,3}i\s{0,3}p\s{0,3}t\s{0,3}:\S",
    re.I,
)
_SHARE = as_pattern(r"(?<![\w\\])\\\\((?:[\w-]{1,63}\.){1,5}[a-z]{2,24})\\\S", re.I)


def misleading_links(text: str, known: Collection[str] = ()) -> Iterator[Flaw]:
    """Every link that is not what it seems. `known` are looked-up domains (the customer's) whose look-alikes are
    reported."""
    if ":" not in text and "<" not in text and not _DOT.search(text):
        return
    pairs = [*_pairs(text)]
    targets = [target for _, target in pairs] + [one[2] for one in _DEFINED.finditer(text)]
    for label, target in (*pairs, *_behind(text, known)):
        yield from _label_flaws(html.unescape(label), html.unescape(target), known)
    seen = set()
    for target in [*targets, *(one[0].rstrip(".,;:!?)»”'") for one in _BARE.finditer(text) if _leads(one[0]))]:
        if target not in seen:
            seen.add(target)
            yield from link_targets.target_flaws(target, known)
    if not targets and (scheme := _SCHEME.search(text)):
        yield from link_targets.scheme_flaws(scheme[1].casefold(), text[scheme.start() : scheme.start() + 60])
    elif script := _BROKEN_SCRIPT.search(text):
        yield from link_targets.scheme_flaws("javascript", script[0][1:])
    yield from _form_flaws(text, known)
    yield from _sign_in_flaws(text, pairs)
    for share in _SHARE.finditer(text):
        if not domains.belongs(domain_names.to_ascii(share[1]), known):
            yield from link_targets.scheme_flaws("file", share[0])
    if _DOT.search(text):
        yield from link_targets.host_flaws(text, known)


def _form_flaws(text: str, known: Collection[str]) -> Iterator[Flaw]:
    for form in _FORM.finditer(text) if "<" in text else ():
        if (host := domains.host_of(form[1])) and not domains.belongs(host, known):
            says = f"A form sends what is typed into it to {in_quotes(domain_names.to_unicode(host))}. Remove it."
            yield "fail", says


def _sign_in_flaws(text: str, pairs: list[tuple[str, str]]) -> Iterator[Flaw]:
    """A link that asks for a sign-in and leads to a form that anybody may have made: nobody signs in there."""
    if not _FORM_PAGE.search(html.unescape(text)):
        return
    for label, target in dict.fromkeys([*pairs, *((one[1], one[2]) for one in _BRACKETED.finditer(text))]):
        if _SIGN_IN.search(html.unescape(label)) and _FORM_PAGE.match(html.unescape(target)):
            leads = in_quotes(domains.host_of(html.unescape(target)))
            says = f"The link asks for a sign-in and leads to a form at {leads}, which anybody makes. Remove it."
            yield "fail", says


def hosts_except(text: str, known: Collection[str]) -> Iterator[str]:
    """Each host in a text that is none of these, once, in the form it is looked up in."""
    found = (one[1] for one in link_targets.HOST.finditer(text))
    named = (domain_names.to_ascii(one) for one in found if not link_targets.is_file_name(one))
    yield from dict.fromkeys(host for host in named if host and not domains.belongs(host, known))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """(what a link shows, its target) of every link that is written with both."""
    if "](" in text:
        yield from ((one[1], one[2]) for one in _MARKDOWN.finditer(text))
    if "<" in text:
        yield from ((re.sub(r"<[^<>]{0,200}>", "", one[2]), one[1]) for one in _ANCHOR.finditer(text))
        yield from ((one[2], one[1]) for one in _CHAT.finditer(text))
    if "[" in text:
        yield from ((one[1], one[2]) for one in _PIPED.finditer(text) if ":" in one[2])
        yield from ((one[2], one[1]) for one in (*_FORUM.finditer(text), *_WIKI.finditer(text)))
    if "://" in text and ('":' in text or "`" in text):
        yield from ((one[1], one[2]) for one in (*_TEXTILE.finditer(text), *_RST.finditer(text)))
    if "]:" in text:
        defined = {one[1].casefold(): one[2] for one in _DEFINED.finditer(text)}
        for one in _REFERRED.finditer(text) if defined else ():
            if target := defined.get((one[2] or one[1]).casefold()):
                yield one[1], target


def _behind(text: str, known: Collection[str]) -> Iterator[tuple[str, str]]:
    """(a host or an address, the link that stands behind it) where that leads to none of the known hosts."""
    for one in _LED_BY.finditer(text) if "://" in text else ():
        tool = domain_names.is_known_tool(domains.host_of(one[2]))
        if domains.belongs(domains.host_of(one[1]), known) and not tool:
            yield one[1], one[2]
    for one in _BEHIND.finditer(text):
        if not domains.belongs(domains.host_of(one[2]) or one[2].rpartition("@")[2], known):
            yield one[1], one[2]


def _leads(written: str) -> bool:
    """Whether what begins with two slashes is a link, not a remark in code."""
    return not written.startswith("//") or link_targets.LOOKS.fullmatch(written[2:]) is not None


def _label_flaws(label: str, target: str, known: Collection[str]) -> Iterator[Flaw]:
    plain = _DOT_IN_WORDS.sub(".", label).strip().rstrip(".")
    shows, leads = link_targets.LOOKS.fullmatch(plain), domains.host_of(target)
    if target.casefold().startswith("mailto:"):
        to = unquote(target[7:].partition("?")[0]).casefold()
        if "@" in label and to not in label.casefold():
            yield "fail", f"The link shows {in_quotes(label)} and writes to {in_quotes(to)}. Make them the same."
        return
    if "@" in label and "/" not in label and domains.ADDRESS.fullmatch(label.strip()):
        says = f"The link shows the address {in_quotes(label)} and leads to {in_quotes(target)}. Make them the same."
        yield "fail", says
        return
    if not shows or link_targets.is_file_name(shows[1]):
        yield from _named_flaws(plain, target, known)
        return
    host = domain_names.to_ascii(shows[1]).removeprefix("www.")
    if host != leads and not leads.endswith(f".{host}" if host else "\0"):
        where = domain_names.to_unicode(leads) or target
        yield "fail", f"The link shows {in_quotes(label)} and leads to {in_quotes(where)}. Make them the same."


def _named_flaws(label: str, target: str, known: Collection[str]) -> Iterator[Flaw]:
    """A link whose words name a known host among others, and which leads to none of the hosts they name, nor to a
    well-known tool, where meetings and files of a host are ("edgecomm.com kickoff")."""
    leads = domains.host_of(target)
    named = [domain_names.to_ascii(one[1]).removeprefix("www.") for one in link_targets.HOST.finditer(label)]
    if not leads or domain_names.is_known_tool(leads):
        return
    if domains.belongs(leads, known) or domains.belongs(leads, [one for one in named if one]):
        return
    if meant := next((one for one in named if one and domains.belongs(one, known)), ""):
        yield "fail", f"The link names {in_quotes(meant)} and leads to {in_quotes(leads)}. Make them the same."
