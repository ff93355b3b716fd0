"""Time zones as people call them."""

from __future__ import annotations


def place_of(zone: str) -> str:
    """A time zone in words: "Berlin time" of Europe/Berlin."""
    return "UTC" if zone in ("", "UTC") else f"{zone.rpartition('/')[2].replace('_', ' ')} time"
