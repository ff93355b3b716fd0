"""Marks up a draft's texts: each statement is wrapped where it stands. Text from outside is escaped and never becomes a
link."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from markupsafe import Markup, escape

from reviewqueue.checks.hidden_text import hidden
from reviewqueue.checks.model_check import Passage
from reviewqueue.checks.topics import TOPICS
from reviewqueue.core import canonical_json
from reviewqueue.core.disguised_words import disguised_words
from reviewqueue.evidence.statements import Statement
from reviewqueue.web.formatting import DISGUISED, chip, show_text, text_of

# At most so many statements are named in one piece of text; all of them are listed beside the draft.
MAX_NAMED = 12
# Characters of a value that are shown behind a statement; all of it is listed beside the draft.
MAX_VALUE_TEXT = 60
CITES_NOTHING = Markup(' <span class="claim-note is-broken">its source says nothing there</span>')
NOTES = {
    "conflicting": Markup(' <span class="claim-note is-conflicting">records differ</span>'),
    "uncompared": Markup(' <span class="claim-note is-uncompared">cites this, not compared</span>'),
    "elsewhere": Markup(' <span class="claim-note is-elsewhere">in the records, for something else</span>'),
}
RECORD_CONTRADICTS = Markup(' <span class="claim-note is-conflicting">its record says otherwise</span>')
CITES_CONTRADICTION = Markup(' <span class="claim-note is-conflicting">cites this, says otherwise</span>')
TOPIC_NOTE = Markup(' <span class="claim-note is-topic">{}</span>')
NO_RECORD = Markup('<span class="visually-hidden"> (no record says this)</span>')
# A piece that several statements share is marked with the worst status of them.
STATUS_ORDER = ("broken", "conflicting", "elsewhere", "stale", "unsupported", "uncompared", "supported")


class Marks:
    """The statements of one draft by their place, and an anchor for each place. Where a page shows several drafts,
    `before` is a prefix for the anchors of one.

    `passages` are what speaks of a topic that no message raises without a person: each is marked where it stands, with
    what it speaks of behind it.

    `wrapped` says which statements were found in a text; it fills up while the draft is rendered.
    """

    def __init__(
        self,
        draft: Any,
        statements: Sequence[Statement],
        asked: Iterable[str] = (),
        before: str = "",
        passages: Iterable[Passage] = (),
    ) -> None:
        self._draft = draft
        self._before = before
        self._asked = frozenset(asked)
        self._at: dict[str, list[Statement]] = defaultdict(list)
        for statement in statements:
            self._at[statement.at].append(statement)
        self._passages: dict[str, list[Passage]] = defaultdict(list)
        for passage in passages:
            self._passages[passage.at].append(passage)
        self._anchors: dict[str, str] = {}
        self.wrapped: set[int] = set()

    def anchor(self, at: str) -> str:
        """The element id of a place in the draft; the same place always has the same one."""
        return self._anchors.setdefault(at, f"{self._before}place-{len(self._anchors) + 1}")

    def finds(self, at: str) -> bool:
        """Whether a statement was found in the text at a place or below it."""
        return any(place == at or place.startswith(f"{at}/") for place, held in self._at.items() if held)

    def holds(self, at: str) -> bool:
        """Whether the page shows that place by itself: one value, or a required field that is missing."""
        found = canonical_json.resolve_pointer(self._draft, at)
        return at in self._asked or (
            at != "" and found is not canonical_json.MISSING and not isinstance(found, dict | list)
        )

    def text(self, at: str, value: Any) -> Markup:
        """The value at a place, as markup."""
        text = text_of(value)
        spans = _spans(text, self._at[at]) if at in self._at and isinstance(value, str) else []
        self.wrapped |= {statement.number for _, _, statement in spans}
        found = _passage_spans(text, self._passages[at]) if at in self._passages and isinstance(value, str) else []
        return Markup("").join(_pieces(text, spans, found))


def _passage_spans(text: str, passages: Iterable[Passage]) -> list[tuple[int, int, str]]:
    """(start, end, what it speaks of) of each passage that stands in the text as it was found."""
    said: dict[str, dict[str, str]] = {}
    for one in passages:  # patterns and model may have found the same
        said.setdefault(one.passage, {}).setdefault(one.topic, one.verdict)
        if one.verdict == "speaks":
            said[one.passage][one.topic] = "speaks"
    found = []
    for passage, topics in said.items():
        start = text.find(passage) if passage else -1
        if start >= 0:
            says = ", ".join(
                f"{'speaks' if verdict == 'speaks' else 'may speak'} of {TOPICS[topic]}"
                for topic, verdict in topics.items()
            )
            found.append((start, start + len(passage), says))
    return found


def _spans(text: str, statements: Iterable[Statement]) -> list[tuple[int, int, Statement]]:
    """Where each statement's words are: the first occurrence that no equal quote has taken, else the first of all."""
    taken: dict[str, int] = {}
    found = []
    for statement in statements:
        if not statement.quote:
            continue
        start = statement.start if text.startswith(statement.quote, max(statement.start, 0)) else -1
        if start < 0:
            start = text.find(statement.quote, taken.get(statement.quote, 0))
        if start < 0:
            start = text.find(statement.quote)
        if start >= 0:
            end = start + len(statement.quote)
            taken[statement.quote] = max(end, taken.get(statement.quote, 0))
            found.append((start, end, statement))
    return found


def _pieces(
    text: str, spans: list[tuple[int, int, Statement]], passages: Sequence[tuple[int, int, str]] = ()
) -> list[Markup]:
    """The text cut at every border: overlapping statements share the piece they overlap in, which names them all, and
    each piece of a passage that speaks of a topic is marked."""
    unseen = [] if text.isascii() and text.isprintable() else _unseen(text)
    starting: dict[int, list[Statement]] = defaultdict(list)
    ending: dict[int, list[Statement]] = defaultdict(list)
    for first, last, statement in spans:
        starting[first].append(statement)
        ending[last].append(statement)
    passage_ends = {border for first, last, _ in passages for border in (first, last)}
    borders = sorted({0, len(text), *starting, *ending, *passage_ends})
    active: dict[int, Statement] = {}
    parts = []
    for start, end in pairwise(borders):
        for statement in ending[start]:
            active.pop(statement.number, None)
        active |= {statement.number: statement for statement in starting[start]}
        inside = _escaped(text, start, end, unseen)
        here = list(active.values())[:MAX_NAMED]
        piece = _statement_link(here, inside, starting[start], ending[end]) if here else inside
        if any(first <= start and end <= last for first, last, _ in passages):
            piece = Markup('<mark class="topic">{}</mark>').format(piece)
        parts += [piece, *(TOPIC_NOTE.format(says) for _, last, says in passages if last == end)]
    return parts


def _unseen(text: str) -> list[tuple[int, int, str]]:
    """Hidden characters, and behind each word that only looks Latin an empty place with what it is."""
    return sorted([*hidden(text), *((one.end, one.end, one.says) for one in disguised_words(text))])


def _escaped(text: str, start: int, end: int, unseen: list[tuple[int, int, str]]) -> Markup:
    parts, at = [], start
    for first, last, name in unseen:
        if first == last and start < first <= end:
            parts += [escape(text[at:first]), DISGUISED.format(name)]
            at = first
        elif first < last and first < end and last > start:
            many = min(last, end) - max(first, start)
            parts += [escape(text[at : max(first, start)]), chip(name if many == 1 else f"{many} × {name}")]
            at = min(last, end)
    return Markup("").join([*parts, escape(text[at:end])])


def _statement_link(
    here: list[Statement], inside: Markup, opening: list[Statement], closing: list[Statement]
) -> Markup:
    status = min((_display_status(one) for one in here), key=STATUS_ORDER.index)
    ids = [Markup('<span id="claim-{}"></span>').format(one.number) for one in opening[1:]]
    numbers = ", ".join(str(one.number) for one in closing)
    number = Markup('<span class="claim-no">{}</span>').format(numbers) if numbers else Markup()
    link = Markup('<a class="claim is-{}"{} href="#source-claim-{}" data-claim="{}">{}{}{}{}</a>').format(
        status,
        Markup(' id="claim-{}"').format(opening[0].number) if opening else Markup(),
        here[0].number,
        " ".join(str(one.number) for one in here),
        Markup("").join(ids),
        inside,
        NO_RECORD if any(_display_status(one) == "unsupported" for one in closing) else Markup(),
        number,
    )
    return link + Markup("").join(dict.fromkeys(filter(None, map(_attention_note, closing))))


def _shorten(value: str) -> str:
    return value if len(value) <= MAX_VALUE_TEXT else f"{value[:MAX_VALUE_TEXT]}…"


def _display_status(statement: Statement) -> str:
    """How a statement is marked: by its status, or "broken" where its citation leads to nothing."""
    broken = statement.cited and (not statement.stands or not statement.value)
    return "broken" if broken else statement.status


def _attention_note(statement: Statement) -> Markup:
    """The note behind a statement that needs attention."""
    look = _display_status(statement)
    if look == "broken":
        return CITES_NOTHING
    if statement.moved and look == "stale":
        says = (
            Markup("now “{}”").format(show_text(_shorten(statement.moved.now)))
            if statement.moved.now and not statement.gone
            else f"now {statement.gone or 'nothing'}"
        )
        return Markup(' <span class="claim-note is-stale">its source changed: {}</span>').format(says)
    if look == "conflicting" and statement.wrong:
        return CITES_CONTRADICTION if statement.cited else RECORD_CONTRADICTS
    return NOTES.get(look, Markup())
