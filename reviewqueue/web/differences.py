"""Differences: what changed between two drafts, place by place and word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from rapidfuzz.distance import Indel

from reviewqueue.proofs import canonical
from reviewqueue.web.words import seen, text_of

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
# Words are matched in a table of bits. Beyond this many, lines are matched, or the whole text is shown as replaced.
MOST = 1_000_000_000


@dataclass(frozen=True)
class Change:
    """One place of the draft that differs: its pointer, and the text with `<del>` and `<ins>`."""

    at: str
    marked: Markup


def changes(before: Any, after: Any) -> list[Change]:
    """Every place that differs, in the reading order of what is there now; places that are gone come last."""
    was, now = dict(_values(before)), dict(_values(after))
    return [Change(at, marked(was.get(at, ""), now.get(at, ""))) for at in {**now, **was} if was.get(at) != now.get(at)]


def _values(value: Any, at: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [leaf for name, inner in value.items() for leaf in _values(inner, f"{at}/{canonical.escape(name)}")]
    if isinstance(value, list):
        return [leaf for number, inner in enumerate(value) for leaf in _values(inner, f"{at}/{number}")]
    return [(at, text_of(value))]


def marked(before: str, after: str) -> Markup:
    """One text with what was taken out and what was put in; of each place, what was taken out comes first."""
    was, now = _cut(before, after)
    parts: list[Markup] = []
    out: list[str] = []
    put: list[str] = []
    for change in Indel.opcodes(was, now):
        taken, same = was[change.src_start : change.src_end], "".join(now[change.dest_start : change.dest_end])
        if change.tag == "equal" and not (
            (out or put) and same.isspace()
        ):  # a blank between two changes belongs to both
            parts += [_out(out), _put(put), seen(same)]
            out, put = [], []
        else:
            out += taken
            put.append(same)
    return Markup("").join([*parts, _out(out), _put(put)])


def _cut(before: str, after: str) -> tuple[list[str], list[str]]:
    for pieces in (_WORD.findall, lambda text: text.splitlines(keepends=True)):
        was, now = pieces(before), pieces(after)
        if _between(was, now) * _between(now, was) <= MOST:
            return was, now
    return [before], [after]


def _between(one: list[str], other: list[str]) -> int:
    """How many pieces lie between the common beginning and the common end."""
    start = _alike(one, other)
    return len(one) - start - _alike(one[start:][::-1], other[start:][::-1])


def _alike(one: list[str], other: list[str]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _out(words: list[str]) -> Markup:
    return Markup("<del>{}</del>").format(seen("".join(words))) if any(words) else Markup()


def _put(words: list[str]) -> Markup:
    return Markup("<ins>{}</ins>").format(seen("".join(words))) if any(words) else Markup()
