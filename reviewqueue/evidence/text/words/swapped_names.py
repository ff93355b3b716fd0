"""Finds swapped names: two texts have the same names, but in each other's place, such as who runs what or which town
comes first. Both have the same words, so comparing words does not see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.words.caches import cached_by_length
from reviewqueue.evidence.text.words.names import GIVEN
from reviewqueue.evidence.text.words.tokens import LEGAL, Token, WordSet, alike, content, language, tokens

_PIECE = as_pattern(r"[.;:!?](?=\s|\Z)|\n|,\s|\s(?:and|und|et|y|but|aber|sondern)\s|[–—()]")
_SIDE_BY_SIDE = 6  # names that say something together, at most
_PASSIVE = as_pattern(r"(?i)\b(?:by|von|vom|durch|par|por)\b")


class Piece(NamedTuple):
    """A part of a sentence that says something of the names in it."""

    text: str
    names: list[Token]
    rest: list[Token]

    @property
    def row(self) -> list[Token]:
        """All of it in its order."""
        return sorted((*self.names, *self.rest), key=lambda one: one.start)


class ParsedText:
    """A text, read once: its names, and its pieces, each with the bag of its other words."""

    def __init__(self, text: str) -> None:
        german = language(text) == "de"  # in German every noun has a capital
        self.names = WordSet(one for one in content(tokens(text)) if one.word in GIVEN or (one.name and not german))
        self.pieces = [(piece, WordSet(piece.rest)) for piece in pieces(text, self.names.has)]


_parse_text = cached_by_length(ParsedText)


def pieces(text: str, named: Callable[[Token], bool]) -> list[Piece]:
    """The pieces of a text; one that is only a name belongs to the next: "Rosa and Piet run it"."""
    made: list[Piece] = []
    held: list[str] = []
    for part in filter(str.strip, _PIECE.split(text)):
        whole = " ".join([*held, part])
        found = [one for one in content(tokens(whole)) if one.word not in LEGAL]
        piece = Piece(whole, [one for one in found if named(one)], [one for one in found if not named(one)])
        held = [] if piece.rest or len(held) == _SIDE_BY_SIDE else [*held, part]
        made += [piece] if piece.rest else []
    return made


def swapped(said: str, held: str) -> bool:
    """Whether a piece of `said` has other names, or names in another order, than every piece of `held` that has names
    and otherwise says the same."""
    mine, theirs = _parse_text(said), _parse_text(held)
    for piece in pieces(said, lambda one: mine.names.has(one) or theirs.names.has(one)):
        alike_ones = [other for other, bag in theirs.pieces if other.names and all(map(bag.has, piece.rest))]
        if piece.names and alike_ones and all(_differ(piece, other) for other in alike_ones):
            return True
    return False


def _differ(piece: Piece, other: Piece) -> bool:
    """Whether each of two pieces names somebody whom the other does not, or both name the same in another order."""
    if _missing_names(piece.names, other.names):
        return bool(_missing_names(other.names, piece.names))
    if bool(_PASSIVE.search(piece.text)) != bool(_PASSIVE.search(other.text)):
        return False
    mine, theirs = _groups(piece.row, piece.names), _groups(_common(other, piece), other.names)
    same = len(mine) == len(theirs) and all(map(_slots_alike, mine, theirs))
    return same and any(
        bool(_missing_names(left, right)) for (named, left), (_, right) in zip(mine, theirs, strict=True) if named
    )


def _missing_names(some: Iterable[Token], others: Iterable[Token]) -> list[Token]:
    bag = WordSet(others)
    return [one for one in some if not bag.has(one)]


def _common(other: Piece, piece: Piece) -> list[Token]:
    """What both pieces say, in the other one's order."""
    bag = WordSet(piece.row)
    return [one for one in other.row if bag.has(one)]


def _groups(row: Sequence[Token], names: Sequence[Token]) -> list[tuple[bool, list[Token]]]:
    """The row in groups (whether they are names, words): adjacent names are one group, because their order says
    nothing."""
    made: list[tuple[bool, list[Token]]] = []
    starts = {one.start for one in names}
    for one in row:
        named = one.start in starts
        if made and made[-1][0] and named:
            made[-1][1].append(one)
        else:
            made.append((named, [one]))
    return made


def _slots_alike(left: tuple[bool, list[Token]], right: tuple[bool, list[Token]]) -> bool:
    """Whether both groups are names, or the same word."""
    return left[0] == right[0] and (left[0] or alike(left[1][0], right[1][0]))
