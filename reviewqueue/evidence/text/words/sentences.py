"""Splits a text into sentences, normalises them for comparing, and quotes them on one line for a message."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

from reviewqueue.core.characters import hidden, single_line
from reviewqueue.core.patterns import as_pattern

# No sentence is longer than this, so that no pattern ever looks at more at once.
LONGEST = 800
_END = as_pattern(
    r"(?<=[.!?…。！？])(?<! \d\.)(?<! \d\d\.)[\"'”’»)\]]*\s+|\n[ \t]*\n\s*|\n(?=[ \t]*(?:[-*•–>|]|\d{1,2}[.)]))"
)
_TAG = as_pattern(r"</?[a-zA-Z!][^<>]{0,300}>")
# HTML character references, which a mail program that takes a text for HTML decodes.
_ENTITY = as_pattern(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,24});", re.I)
_BLANKS = as_pattern(r"\s+")
_QUOTES = str.maketrans("’‘ʼ´`‐‑‒–—", "'''''-----")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text as they are written; a line that only wraps does not end one."""
    start = 0
    for end in [*_END.finditer(text), None]:
        stop, follows = (end.start(), end.end()) if end else (len(text), len(text))
        for at in range(start, stop, LONGEST):
            # Pieces of a long sentence overlap, so that nothing hides where it is cut.
            yield text[max(start, at - 80) : min(at + LONGEST, stop)]
        start = follows


def plain(text: str) -> str:
    """A text normalised for comparing: no case, width, hidden sign or markup, one kind of quote, dash and blank."""
    if not text.isascii():
        for start, end, _ in reversed(hidden(text)):
            text = text[:start] + text[end:]
        text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    if "&" in text:
        text = _ENTITY.sub(lambda one: html.unescape(one[0]), text)
    if "<" in text:
        text = _TAG.sub("", text)
    return _BLANKS.sub(" ", text).casefold()


def in_quotes(passage: str) -> str:
    """A passage in quotation marks, on one line, cut when it is long."""
    return f"“{single_line(passage[:400], 160)}”"
