"""Checks the text of a draft for what a reader does not see: hidden characters, text out of sight, words in letters
that only look Latin, links that mislead, markup."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

from reviewqueue.checks import domains, links
from reviewqueue.core import domain_names
from reviewqueue.core.canonical_json import leaves
from reviewqueue.core.characters import hidden, visible, visible_length
from reviewqueue.core.disguised_words import disguised_words
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.words.sentences import in_quotes
from reviewqueue.evidence.types import CheckResult

__all__ = ["check", "hidden", "visible", "visible_length"]

MOST = 20
_MARKUP = as_pattern(
    r"</?(?:a|abbr|address|applet|area|article|aside|audio|b|base|bdo|big|blink|blockquote|body|br|"
    r"button|canvas|center|cite|code|dd|del|"
    r"details|dialog|div|dl|dt|em|embed|fieldset|font|footer|form|frame|frameset|h[1-6]|head|header|"
    r"hr|html|i|iframe|image|img|input|ins|isindex|"
    r"kbd|keygen|label|layer|legend|li|link|main|map|mark|marquee|math|menu|meta|nav|noscript|object|"
    r"ol|option|p|param|picture|plaintext|pre|q|s|"
    r"samp|script|section|select|small|source|span|strike|strong|style|sub|summary|sup|svg|table|"
    r"tbody|td|template|textarea|tfoot|th|thead|"
    r"title|tr|track|tt|u|ul|var|video|wbr|xml|xss)(?=[\s/>\x00-\x1f])[^<>]{0,300}>?|<!(?:--|doctype|"
    r"\[cdata\[)|<\?(?:xml|php|=)|<script\b",
    re.I,
)
# What a program that reads the text otherwise turns into something unseen: characters by their code, an encoded word in
# a body, a comment and a link without words in Markdown.
_CODED = as_pattern(
    r"&(?:\#(?:x[0-9a-f]{1,6}|\d{1,7})|zwn?j|shy|[lr]rm|zerowidthspace|invisible\w{1,10}|nbsp|lt|gt);"
    r"|\\u(?:200[b-f]|202[a-e]|206[0-9a-f]|feff|00ad)|(?:%e2%80%|=e2=80=)(?:8[b-f]|a[a-e])"
    r"|=\?[\w-]{1,20}\?[bq]\?[^?\s]{1,200}\?=|(?<!\])\[\]\([^()\n]{1,300}\)"
    r"|^ {0,3}\[[^\[\]\n]{1,20}\]: {1,3}(?:\#|<>) {0,3}[(\"']",
    re.I | re.M,
)
_BLANK = r"[ \t\r\u00a0\u2000-\u200a\u3000]"
_OUT_OF_SIGHT = as_pattern(
    rf"(?:\A|(?<=\S)){_BLANK}{{0,80}}(?>(?:\n{_BLANK}{{0,80}}){{16,}})(?=\S)|(?<=\S)(?>{_BLANK}{{80,}})(?=\S)"
)


def check(draft: Any, known: Collection[str] = ()) -> list[CheckResult]:
    """`text.hidden` fails for each hidden run, and warns of text far from the rest; `text.mixed-script` warns for each
    word whose letters only look Latin; `text.link` fails or warns for a link that is not what it seems; `text.markup`
    warns. Links to look-alikes of the `known` domains are reported."""
    found = list(_found(draft, known))
    if not any(result.key == "text.hidden" for result in found):
        found.append(CheckResult("text.hidden", "pass", True, "Every character of the draft can be seen."))
    return found


def unknown_links(draft: Any, customers: Collection[str]) -> Iterator[CheckResult]:
    """`text.link` fails for each host of a message that is not the customer's, where our own domains are not known:
    whether it is ours or only looks like ours cannot be decided."""
    for at, text in leaves(draft):
        for host in islice(links.hosts_except(text, customers), MOST):
            shown = domain_names.to_unicode(host)
            says = f"“{shown}” may be ours or only look like it: {domains.NO_OWN_DOMAINS}. Write them there."
            yield CheckResult("text.link", "fail", True, says, at)


def _found(draft: Any, known: Collection[str]) -> Iterator[CheckResult]:
    for at, text in leaves(draft):
        for start, end, name in hidden(text):
            many = f"{end - start} × {name}" if end - start > 1 else name
            says = f"{many} at character {start + 1}: nobody can see it, yet it is sent. Remove it."
            yield CheckResult("text.hidden", "fail", True, says, at)
        if gap := _OUT_OF_SIGHT.search(text):
            what = f"{gap[0].count(chr(10)) - 1} empty lines" if "\n" in gap[0] else f"{len(gap[0])} blanks"
            says = f"After {what}, at character {gap.end() + 1}, comes more that few scroll to. Remove the gap."
            yield CheckResult("text.hidden", "warn", False, says, at)
        for word in islice(disguised_words(text), MOST):
            says = (
                f"{in_quotes(text[word.start : word.end])} is not what it looks like: {word.says}. Type the word again."
            )
            yield CheckResult("text.mixed-script", "warn", False, says, at)
        for outcome, says in islice(links.misleading_links(text, known), MOST):
            yield CheckResult("text.link", outcome, outcome == "fail", says, at)
        yield from _markup(at, text)


def _markup(at: str, text: str) -> Iterator[CheckResult]:
    if "<" in text and (found := _MARKUP.search(text)):
        says = f"{in_quotes(found[0])} is markup. It is shown as it is and never runs; write plain words."
        yield CheckResult("text.markup", "warn", False, says, at)
    elif any(sign in text for sign in "&\\%=[") and (found := _CODED.search(text)):
        says = f"{in_quotes(found[0])} is code that some programs hide or read as something else. Write plain words."
        yield CheckResult("text.markup", "warn", False, says, at)
