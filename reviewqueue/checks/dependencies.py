"""What the milestones of a plan depend on: names in a text, and circles among them."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Mapping
from typing import TypeVar

from reviewqueue.core.patterns import as_pattern

# Placeholders that people write where they know nothing.
PLACEHOLDER = as_pattern(
    r"(?:tb[acd]|n/?a|none|unknown|\?+|-+|…|\.+|to be (?:announced|confirmed|decided|defined))[.!]?", re.I
)
_BETWEEN = as_pattern(r"[,;\n]")
Key = TypeVar("Key", bound=Hashable)


def plain(words: str) -> str:
    """A name as it is compared: without capitals, spare blanks and full stops."""
    return " ".join(words.casefold().split()).strip(" .")


def names_in(words: str, known: Collection[str]) -> list[str]:
    """The milestones that a text names, each as it is written there: several with commas, unless a `known` name (as
    `plain` has it) contains commas. Placeholders name none."""
    ends = [(0, 0), *((hit.start(), hit.end()) for hit in _BETWEEN.finditer(words)), (len(words), len(words))]
    longest = max((len(_BETWEEN.split(name)) for name in known), default=1)
    found, first = [], 0
    while first < len(ends) - 1:
        for last in range(min(len(ends) - 1, first + longest), first, -1):
            name = words[ends[first][1] : ends[last][0]].strip()
            if plain(name) in known:
                break
        if plain(name) and not PLACEHOLDER.fullmatch(plain(name)):
            found.append(name)
        first = last
    return found


def circle(after: Mapping[Key, Collection[Key]], start: Key) -> tuple[Key, ...]:
    """The way from `start` over what it depends on back to itself, the shortest there is; () where there is none."""
    ways: list[tuple[Key, ...]] = [(start,)]
    seen: set[Key] = set()
    for way in ways:
        for one in after.get(way[-1], ()):
            if one == start:
                return way
            if one not in seen:
                seen.add(one)
                ways.append((*way, one))
    return ()
