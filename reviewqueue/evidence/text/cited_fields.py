"""A draft's citations, each compared with the field that it cites."""

from __future__ import annotations

from typing import Any

from reviewqueue.core.canonical_json import MISSING, resolve_pointer, write
from reviewqueue.evidence.text import citations
from reviewqueue.evidence.text.found import Cited
from reviewqueue.evidence.text.records.index import Index
from reviewqueue.evidence.text.records.places import Place
from reviewqueue.evidence.text.values import currencies
from reviewqueue.evidence.text.values.agreement import agree
from reviewqueue.evidence.text.values.entities import Entity, find
from reviewqueue.evidence.types import Citation, Source


def compare(draft: Any, source: Source | None, cited: Citation, index: Index) -> Cited | None:
    """A citation of a draft compared with its field in its source; None for one that leads nowhere."""
    text = resolve_pointer(draft, cited.at)
    value = resolve_pointer(source.payload, cited.path) if source else MISSING
    start = text.find(cited.quote) if isinstance(text, str) and cited.quote else -1
    if source is None or start < 0 or value is MISSING or value is None or value == "":
        return None
    shown = value if isinstance(value, str) else write(value, digits=True)
    end, rests = start + len(cited.quote), Place(cited.ref, cited.path, shown)
    before, after = (
        text[max(0, start - citations.CONTEXT_BEFORE) : start],
        text[end : end + citations.CONTEXT_BEFORE],
    )
    quoted = citations.Quoted(
        cited.quote, before, after, cited.path, value, lambda one: _says(rests, one, index),
        currencies.at(source.payload, cited.path), index.zone,
    )  # fmt: skip
    return Cited(cited.at, cited.quote, start, end, rests, citations.verdict(quoted))


def bears_out(rests: Place, quote: str, one: Entity, index: Index) -> bool:
    """Whether a field has the words of an entity as they are quoted, or says the same."""
    return _has_whole_words(quote, rests.value) or _says(rests, one, index)


def _says(rests: Place, one: Entity, index: Index) -> bool:
    return index.says(rests.ref, rests.path, one) or any(
        other.kind == one.kind and agree(one, other) for other in find(rests.value, people=one.kind == "name")
    )


def _has_whole_words(quote: str, value: str) -> bool:
    """Whether the words stand in a value as whole words."""
    at = value.find(quote)
    while at >= 0:
        if not (value[at - 1 : at].isalnum() or value[at + len(quote) : at + len(quote) + 1].isalnum()):
            return True
        at = value.find(quote, at + 1)
    return False
