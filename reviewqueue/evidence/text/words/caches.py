"""A cache for functions of a text, so that many citations of one field read it once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

Made = TypeVar("Made")
SHORT = 4_000


def cached_by_length(make: Callable[[str], Made]) -> Callable[[str], Made]:
    """The function with its results cached: for many short texts and few long ones."""
    short, long = lru_cache(maxsize=512)(make), lru_cache(maxsize=8)(make)

    @wraps(make)
    def made(text: str) -> Made:
        return short(text) if len(text) <= SHORT else long(text)

    return made
