"""Reading a redline back: the old and the new text out of the markup that shows both, moved paragraphs included."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_CHIP = re.compile(r"(?:(\d+) × )?U\+([0-9A-F]{4,6})")
# What the page adds in words, and what stands in for a paragraph that is shown elsewhere.
OURS = {"visually-hidden", "moved-note", "moved-away", "chip-hidden is-word"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, str, int]] = []
        self.new: list[str] = []
        self.old: list[str | int] = []
        self.moved: dict[int, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        kind, move = held.get("class") or "", int(held.get("data-move") or 0)
        assert tag in ("ins", "del", "span", "a"), tag
        assert set(held) <= {"class", "data-move", "id", "href", "title"}, held
        self.open.append((tag, kind, move))
        if kind == "moved-away":
            self.old.append(move)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, text: str) -> None:
        kinds = {kind for _, kind, _ in self.open}
        if kinds & OURS:
            return
        if "chip-hidden" in kinds:
            hit = _CHIP.match(text)
            assert hit, text
            text = chr(int(hit[2], 16)) * int(hit[1] or 1)
        tags = {tag for tag, _, _ in self.open}
        here = next((move for _, kind, move in self.open if kind == "moved-here"), 0)
        if "del" not in tags:
            self.new.append(text)
        if "ins" not in tags and here:
            self.moved.setdefault(here, []).append(text)
        elif "ins" not in tags:
            self.old.append(text)


def both(marked: str) -> tuple[str, str]:
    """(the old text, the new text) of a redline."""
    reader = _Reader()
    reader.feed(marked)
    reader.close()
    assert not reader.open
    places = [part for part in reader.old if isinstance(part, int)]
    assert sorted(places) == sorted(reader.moved), "each move has its two ends"
    old = [part if isinstance(part, str) else "".join(reader.moved[part]) for part in reader.old]
    return "".join(old), "".join(reader.new)
