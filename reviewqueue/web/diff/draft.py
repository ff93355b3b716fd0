"""What changed between two drafts, place by place; list entries are matched by their content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Literal

from markupsafe import Markup

from reviewqueue.core import canonical_json
from reviewqueue.web.diff.align import MOVED_SCORE, Pair, pairs, similar_texts
from reviewqueue.web.diff.text import MIN_MOVED_WORDS, changed_markup, merged_markup, teaser
from reviewqueue.web.formatting import text_of

# The keys that can name an entry of a list; the first that it has counts.
NAMES = ("name", "topic", "title", "risk", "label", "key", "id", "email")

ChangeKind = Literal["changed", "inserted", "deleted", "moved"]


@dataclass(frozen=True)
class DraftChange:
    """One place of the draft that differs.

    `at` is its pointer in the new draft, or in the old one where it is deleted; `named` is the part of its label that
    is not shown around it. Where it moved, `other` is where it was before. A text is in `marked`, with `<del>` and
    `<ins>`; an entry that holds several changes has them `inside`, and `called` is its name.
    """

    at: str
    how: ChangeKind
    named: str
    marked: Markup = field(default_factory=Markup)
    other: str = ""
    called: str = ""
    inside: tuple[DraftChange, ...] = ()


@dataclass(frozen=True)
class _Place:
    """One place before and after; a pointer is None where it does not exist. `inside` are the places below that differ,
    where it exists in both and holds several."""

    was: str | None
    now: str | None
    before: Any = None
    after: Any = None
    moved: bool = False
    inside: tuple[_Place, ...] = ()


def changes(before: Any, after: Any, moves: Iterator[int] | None = None) -> list[DraftChange]:
    """Every place that differs, in reading order; deleted ones are where they were before. `moves` numbers the moves of
    one page."""
    moves = moves or count(1)
    return [_to_change(place, moves) for place in _with_moves(list(_compare("", "", before, after)))]


def _compare(was: str, now: str, before: Any, after: Any) -> Iterator[_Place]:
    """The places that differ at and below these two."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in after.items():
            at, to = f"{was}/{canonical_json.escape(name)}", f"{now}/{canonical_json.escape(name)}"
            yield from _compare(at, to, before[name], value) if name in before else _inserted(to, value)
        for name, value in before.items():
            yield from _deleted(f"{was}/{canonical_json.escape(name)}", value) if name not in after else ()
    elif isinstance(before, list) and isinstance(after, list):
        yield from _compare_lists(was, now, before, after)
    elif (
        isinstance(before, dict | list)
        or isinstance(after, dict | list)
        or not (_all_text(before) and _all_text(after))
    ):
        yield from _deleted(was, before)
        yield from _inserted(now, after)
    elif text_of(before) != text_of(after):
        yield _Place(was, now, before, after)


def _compare_lists(was: str, now: str, before: list[Any], after: list[Any]) -> Iterator[_Place]:
    texts = [list(map(_all_text, one)) for one in (before, after)]
    found = pairs(texts[0], texts[1], (list(map(_entry_name, before)), list(map(_entry_name, after))))
    old, partner = {pair.was for pair in found}, {pair.now: pair for pair in found}
    shown = 0
    for index, value in enumerate(after):
        pair = partner.get(index)
        if pair and not pair.moved:
            yield from _deleted_between(was, before, range(shown, pair.was), old)
            shown = pair.was + 1
        yield from _compare_entry(was, now, pair, before, value) if pair else _inserted(f"{now}/{index}", value)
    yield from _deleted_between(was, before, range(shown, len(before)), old)


def _deleted_between(was: str, before: list[Any], indexes: range, kept: set[int]) -> Iterator[_Place]:
    for index in indexes:
        yield from _deleted(f"{was}/{index}", before[index]) if index not in kept else ()


def _compare_entry(was: str, now: str, pair: Pair, before: list[Any], after: Any) -> Iterator[_Place]:
    """An entry that is in both lists: what changed in it, and whether it moved."""
    at, to = f"{was}/{pair.was}", f"{now}/{pair.now}"
    inside = tuple(_compare(at, to, before[pair.was], after))
    same_shape = _shape(before[pair.was]) is _shape(after)
    if same_shape and ((pair.moved and _all_text(after)) or (inside and isinstance(after, dict))):
        yield _Place(at, to, before[pair.was], after, pair.moved, inside)
    else:
        yield from inside


def _shape(value: Any) -> type:
    return type(value) if isinstance(value, dict | list) else str


def _inserted(at: str, value: Any) -> Iterator[_Place]:
    yield from (_Place(None, place, after=one) for place, one in _entries(at, value))


def _deleted(at: str, value: Any) -> Iterator[_Place]:
    yield from (_Place(place, None, before=one) for place, one in _entries(at, value))


def _entries(at: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The parts with text: each entry of a list by itself."""
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _entries(f"{at}/{index}", inner)
    elif _all_text(value):
        yield at, value


def _all_text(value: Any) -> str:
    """All texts of a value, one a line."""
    return "\n".join(filter(None, (text for _, text in _texts("", value))))


def _texts(at: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(f"{at}/{canonical_json.escape(name)}", inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(f"{at}/{index}", inner)
    else:
        yield at, text_of(value)


def _entry_name(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    return next((value[name] for name in NAMES if isinstance(value.get(name), str) and value[name].strip()), "")


def _entry_label(value: Any) -> str:
    """What people know an entry by: its name, or how it begins."""
    return teaser(_entry_name(value) or _all_text(value))


def _with_moves(places: list[_Place]) -> list[_Place]:
    """The places with moves found: a text or an object deleted in one place and inserted in another, unchanged or
    nearly."""
    again: dict[int, _Place | None] = {}
    for kind in (str, dict):
        gone = [place for place in _with_nested(places) if place.now is None and _may_move(place.before, kind)]
        came = [place for place in _with_nested(places) if place.was is None and _may_move(place.after, kind)]
        found = similar_texts(
            [_all_text(place.before) for place in gone], [_all_text(place.after) for place in came], MOVED_SCORE
        )
        for was, now in ((gone[one], came[other]) for one, other, _ in found):
            inside = tuple(_with_moves(list(_compare(was.was or "", now.now or "", was.before, now.after))))
            again[id(was)] = None
            again[id(now)] = _Place(was.was, now.now, was.before, now.after, moved=True, inside=inside)
    return list(_replaced(places, again))


def _may_move(value: Any, kind: type) -> bool:
    return _shape(value) is kind and len(_all_text(value).split()) >= MIN_MOVED_WORDS


def _with_nested(places: Sequence[_Place]) -> Iterator[_Place]:
    for place in places:
        yield place
        yield from _with_nested(place.inside)


def _replaced(places: Sequence[_Place], again: dict[int, _Place | None]) -> Iterator[_Place]:
    for place in places:
        if id(place) not in again:
            yield replace(place, inside=tuple(_replaced(place.inside, again)))
        elif moved := again[id(place)]:
            yield moved


def _to_change(place: _Place, moves: Iterator[int], within: tuple[str, str] = ("", "")) -> DraftChange:
    """A place as it is shown; `within` is the entry around it, before and after."""
    if place.now is None:
        return _whole_change("deleted", place.was or "", place.before, within[0])
    if place.was is None:
        return _whole_change("inserted", place.now, place.after, within[1])
    named = place.now.removeprefix(within[1])
    how: ChangeKind = "moved" if place.moved else "changed"
    other = place.was if place.moved else ""
    if isinstance(place.after, dict | list):
        inside = tuple(_to_change(one, moves, (place.was, place.now)) for one in place.inside)
        return DraftChange(place.now, how, named, other=other, called=_entry_label(place.after), inside=inside)
    return DraftChange(place.now, how, named, merged_markup(text_of(place.before), text_of(place.after), moves), other)


def _whole_change(how: Literal["inserted", "deleted"], at: str, value: Any, within: str) -> DraftChange:
    """A place that was inserted or deleted as a whole, text by text."""
    inserted, named = how == "inserted", at.removeprefix(within)
    if not isinstance(value, dict):
        return DraftChange(at, how, named, changed_markup(inserted, text_of(value)))
    texts = [(below, text) for below, text in _texts("", value) if text]
    inside = tuple(DraftChange(f"{at}{below}", how, below, changed_markup(inserted, text)) for below, text in texts)
    return DraftChange(at, how, named, called=teaser(_entry_name(value)), inside=inside)
