"""The text of an e-mail as HTML: the same words in the same lines, and nothing else."""

from __future__ import annotations

from html import escape

from reviewqueue.core.patterns import as_pattern

_NBSP = "\u00a0"
_BLANKS = as_pattern(r"(?:^|(?<= )) ")  # one that HTML would swallow: at the beginning of a line, or after another


def html_of(text: str) -> str:
    """A page that shows that text. It has no links, pictures or styles of its own: a mail program makes links of
    addresses as it does in plain text."""
    lines = (_BLANKS.sub(_NBSP, escape(line, quote=False)) for line in text.replace("\r\n", "\n").split("\n"))
    shown = "<br>\n".join(lines)
    return (
        f'<!doctype html>\n<html><head><meta charset="utf-8"></head><body><div dir="auto">{shown}</div></body></html>\n'
    )
