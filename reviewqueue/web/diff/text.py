"""Compares two texts word by word; a paragraph that is elsewhere now is shown as moved."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, groupby
from typing import Literal

from markupsafe import Markup

from reviewqueue.core.disguised_words import told_apart
from reviewqueue.core.patterns import as_pattern
from reviewqueue.web.diff.align import Pair, common_runs, pairs
from reviewqueue.web.formatting import show_text

# Addresses, numbers and dates are one word each; so are words with combining characters.
_WORD = as_pattern(
    r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)*|\d+(?:[.,:/-]\d+)*(?!\w)|[\u3040-\u30ff\u3400-\u9fff]"
    r"|[\w\u0300-\u036f\u0590-\u06ff\u0900-\u0eff]+|\s+|."
)
_PARAGRAPH = as_pattern(r"\s*\S[^\n]*\n*|\s+")
# Of texts with more paragraphs than this, words are matched and none moves.
MAX_PARAGRAPHS = 5_000
_LINE_ENDS = as_pattern(r"(\n+)")
# A paragraph of fewer words is never shown as moved: such texts occur in many places.
MIN_MOVED_WORDS = 4
# Two passages of more words than `SHORT_PASSAGE` with less than `MIN_COMMON_SHARE` in common are shown as replaced as a
# whole.
SHORT_PASSAGE, MIN_COMMON_SHARE = 12, 0.35
TEASER_LENGTH = 60

PieceKind = Literal["same", "out", "put", "away", "here"]


@dataclass(frozen=True)
class Piece:
    """A passage of text: the same in both, deleted, or inserted; or a paragraph that moved, at its old or its new
    place.

    `move` links the two ends of a move, `paragraph` is where the other end is (from 1). What changed in the paragraph
    itself is `inside` the end at the new place.
    """

    how: PieceKind
    text: str = ""
    move: int = 0
    paragraph: int = 0
    inside: tuple[Piece, ...] = ()


def pieces(before: str, after: str) -> list[Piece]:
    """The two texts merged into one; at each place, what was deleted comes first."""
    was, now = _PARAGRAPH.findall(before), _PARAGRAPH.findall(after)
    if max(len(was), len(now)) < 2 or max(len(was), len(now)) > MAX_PARAGRAPHS:
        return list(_diff_words(_split_words(before), _split_words(after)))
    found = pairs([one.strip() for one in was], [one.strip() for one in now], least=MIN_MOVED_WORDS)
    return [piece for stretch in _merge_paragraphs(was, now, found) for piece in stretch]


def _merge_paragraphs(was: list[str], now: list[str], found: Sequence[Pair]) -> Iterator[Iterator[Piece]]:
    """Each paragraph that stayed, and between them what either text has there."""
    away, here = _move_ends(was, now, [pair for pair in found if pair.moved])
    at = to = 0
    for pair in (*(pair for pair in found if not pair.moved), Pair(len(was), len(now), moved=False)):
        if at < pair.was or to < pair.now:
            yield _diff_words(_tokens(was, at, pair.was, away), _tokens(now, to, pair.now, here))
        if pair.was < len(was):
            one, other = was[pair.was], now[pair.now]
            yield iter((Piece("same", one),)) if one == other else _diff_words(_split_words(one), _split_words(other))
        at, to = pair.was + 1, pair.now + 1


def _move_ends(was: list[str], now: list[str], moved: Sequence[Pair]) -> tuple[dict[int, Piece], dict[int, Piece]]:
    """Both ends of each move, by the index of the paragraph."""
    number = [_paragraph_numbers(was), _paragraph_numbers(now)]
    away = {pair.was: Piece("away", was[pair.was], move, number[1][pair.now]) for move, pair in enumerate(moved, 1)}
    here = {
        pair.now: Piece(
            "here",
            now[pair.now],
            move,
            number[0][pair.was],
            tuple(_diff_words(_split_words(was[pair.was]), _split_words(now[pair.now]))),
        )
        for move, pair in enumerate(moved, 1)
    }
    return away, here


def _paragraph_numbers(paragraphs: Sequence[str]) -> list[int]:
    counted = count(1)
    return [next(counted) if one.strip() else 0 for one in paragraphs]


def _tokens(paragraphs: list[str], start: int, end: int, moved: dict[int, Piece]) -> list[str | Piece]:
    made: list[str | Piece] = []
    for at in range(start, end):
        made += [moved[at]] if at in moved else _split_words(paragraphs[at])
    return made


def _split_words(text: str) -> list[str | Piece]:
    return list(_WORD.findall(text))


def _diff_words(was: Sequence[str | Piece], now: Sequence[str | Piece]) -> Iterator[Piece]:
    """Word by word. The ends of moves are tokens between the words and never match."""
    at = to = 0
    same = _runs_worth_showing(was, now, common_runs(list[Hashable](was), list[Hashable](now)))
    for start, begin, size in (*same, (len(was), len(now), 0)):
        yield from _changed_pieces("out", was[at:start])
        yield from _changed_pieces("put", now[to:begin])
        at, to = start + size, begin + size
        if size:
            yield Piece("same", "".join(map(str, now[begin:to])))


def _runs_worth_showing(
    was: Sequence[str | Piece], now: Sequence[str | Piece], runs: list[tuple[int, int, int]]
) -> list[tuple[int, int, int]]:
    """The runs worth showing: none where little is common, and no blank between two changes."""
    words = sum(_is_word(one) for run in runs for one in was[run[0] : run[0] + run[2]])
    larger_count = max(sum(map(_is_word, side)) for side in (was, now))
    if larger_count > SHORT_PASSAGE and words < MIN_COMMON_SHARE * larger_count:
        return []
    kept: list[tuple[int, int, int]] = []
    for start, begin, size in runs:
        ends = kept[-1] if kept else (0, 0, 0)
        changed = (ends[0] + ends[2], ends[1] + ends[2]) != (start, begin)
        blank = all(str(one).isspace() for one in was[start : start + size])
        if size and not (blank and changed and (start + size < len(was) or begin + size < len(now))):
            kept.append((start, begin, size))
    return kept


def _is_word(token: str | Piece) -> bool:
    return isinstance(token, str) and token[0].isalnum()


def _changed_pieces(how: PieceKind, tokens: Sequence[str | Piece]) -> Iterator[Piece]:
    for moved, run in groupby(tokens, key=lambda one: isinstance(one, Piece)):
        if moved:
            yield from (one for one in run if isinstance(one, Piece))
        else:
            yield Piece(how, "".join(map(str, run)))


def merged_markup(before: str, after: str, moves: Iterator[int] | None = None) -> Markup:
    """The two texts merged, for the page: `<del>` and `<ins>`, each announced in words to screen readers, and moved
    paragraphs with a link to their other end. `moves` numbers the moves of one page."""
    return _render(pieces(before, after), moves or count(1), told_apart(before, after))


def _render(found: Sequence[Piece], moves: Iterator[int], disguised: Mapping[str, str]) -> Markup:
    numbers = {piece.move: next(moves) for piece in found if piece.how == "here"}
    parts = []
    for at, piece in enumerate(found):
        following = found[at + 1].how if at + 1 < len(found) else ""
        if piece.how == "same":
            parts.append(show_text(piece.text, disguised))
        elif piece.how in ("out", "put"):
            last = following not in ("out", "put")
            parts.append(changed_markup(piece.how == "put", piece.text, disguised, last=last))
        else:
            parts.append(_render_move(piece, numbers[piece.move], moves, disguised))
    return Markup("").join(parts)


_SPOKEN = Markup('<span class="visually-hidden">{}</span>')


def changed_markup(
    inserted: bool, text: str, disguised: Mapping[str, str] | None = None, *, last: bool = True
) -> Markup:
    """One passage inserted (`inserted`) or deleted. After the `last` of several their end is announced to screen
    readers. `disguised` are the words of the whole texts that only look Latin, each with what it is."""
    tag, says = ("ins", " inserted: ") if inserted else ("del", " deleted: ")
    words = show_text(text, disguised)
    if text.strip():  # the words show the change, so line ends need no mark of their own
        cut = _LINE_ENDS.sub(rf'</{tag}><{tag} class="is-line-end">\1</{tag}><{tag}>', f"<{tag}>{words}</{tag}>")
        shown = Markup(cut.replace(f"<{tag}></{tag}>", ""))  # noqa: S704  (`words` are escaped)
    else:
        shown = Markup('<{0} class="is-blank">{1}</{0}>').format(tag, words)
    return _SPOKEN.format(says) + shown + (_SPOKEN.format(" (end of change) ") if last else Markup())


def _render_move(piece: Piece, number: int, moves: Iterator[int], disguised: Mapping[str, str]) -> Markup:
    if piece.how == "away":
        return Markup(
            '<span class="moved-away" id="away-{0}" data-move="{0}">moved to <a href="#here-{0}">paragraph {1}</a>: '
            "“{2}”</span>"
        ).format(number, piece.paragraph, show_text(teaser(piece.text)))
    *inside, last = piece.inside
    ends = len(last.text) - len(last.text.rstrip("\n")) if last.how == "same" else 0
    inside.append(replace(last, text=last.text[: len(last.text) - ends]))
    return Markup(
        '<span class="moved-here" id="here-{0}" data-move="{0}"><span class="moved-note">moved from '
        '<a href="#away-{0}">paragraph {1}</a></span>{2}<span class="moved-end">{3}</span></span>'
    ).format(number, piece.paragraph, _render(inside, moves, disguised), "\n" * ends)


def teaser(text: str) -> str:
    """The beginning of a text, in one line."""
    words = " ".join(text[: 2 * TEASER_LENGTH].split())
    return words if len(words) <= TEASER_LENGTH else f"{words[:TEASER_LENGTH].rsplit(None, 1)[0]} …"
