"""Text with its citations: what is quoted through a CitationCollector is cited."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from reviewqueue.connectors.schema import first
from reviewqueue.evidence.types import Citation, Source


@dataclass(frozen=True)
class Cited:
    """`quote` stands in a fact's words and rests on the field at `path` of source `ref`."""

    quote: str
    ref: str
    path: str


@dataclass(frozen=True)
class Fact:
    """A fact in words. `cited` are the source fields it rests on; none where it says that something is missing."""

    says: str
    cited: tuple[Cited, ...] = ()


class CitationCollector:
    """Collects the sources a draft rests on, by ref, and the citations of what was quoted from them."""

    def __init__(self, sources: dict[str, Source], write: Callable[[str], str] = str) -> None:
        """`write` turns a field's text into the words that stand in the draft."""
        self.sources = sources
        self.citations: list[Citation] = []
        self._write = write

    def quote(self, at: str, ref: str, source: Source, pointers: Iterable[str]) -> str:
        """The text of the first of these fields that is filled, cited at that place of the draft; "" if none is."""
        found, path = first(source, pointers)
        words = self._write(found)
        if words:
            self.sources[ref] = source
            self.citations.append(Citation(at, words, ref, path))
        return words

    def quotes(self, at: str, ref: str, source: Source, groups: Iterable[tuple[str, ...]]) -> str:
        """Several fields in a row, each cited: a blank between those of one group, a comma between groups."""
        rows = (" ".join(filter(None, (self.quote(at, ref, source, [one]) for one in group))) for group in groups)
        return ", ".join(filter(None, rows))
