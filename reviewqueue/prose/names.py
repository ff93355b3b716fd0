"""Names: people and companies in a text, told by a given name, an honorific, a greeting or a legal form."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewqueue.prose.given import GIVEN, GREETING, HONORIFIC, LEGAL, STARTERS

Named = tuple[int, int, str, bool]

_CAP = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽ]"
_WORD = rf"{_CAP}[^\W\d_]*(?:['’-][^\W\d_]+)*"
_ROW = re.compile(
    rf"(?<![\w@.-]){_WORD}"
    rf"(?:[ \u00a0](?:(?:de|van|von|der|den|da|di|du|el|al|bin|zu|&)[ \u00a0]){{0,2}}(?:{_WORD}|{_CAP}\.)){{1,5}}"
)
_PART = re.compile(r"[^ \u00a0]+")
_TITLED = re.compile(rf"\b{HONORIFIC}\.? (?:{HONORIFIC}\.? )?({_WORD}(?: {_WORD})?)")
_GREETED = re.compile(rf"(?:^|\n|, ?(?:and )?){GREETING}[ ,]+({_WORD})(?![\w@]| {_CAP})")
_CLOSING = re.compile(
    r"\n[ \t]*(?:(?:kind|best|warm|many|with kind)? ?regards|best wishes|best|sincerely|yours \w+|cheers|thanks"
    r"|thank you|many thanks|mit freundlichen grüßen|(?:viele|beste|liebe|herzliche) grüße)[ \t]*[,.!]?[ \t]*\n",
    re.IGNORECASE,
)
_SIGNED = re.compile(rf"\n[ \t]*\n(?={_WORD}(?: {_WORD})+[^\n.?!:]{{0,60}}\s*\Z)")
_THINGS = frozenset(
    ["access", "complete", "user", "users", "account", "accounts", "plan", "day", "days", "time", "sign",
     "settings", "system", "report", "board", "ready", "open", "live", "and", "data", "file", "files", "go",
     "street", "road", "river", "university", "college", "hospital", "city", "county", "bank", "area", "region",
     "station", "beach", "hotel", "park", "bridge", "airport", "hall"]
)  # fmt: skip


def find(text: str) -> Iterator[Named]:
    """(start, end, folded name, whether it is surely one). Rows of capitals that may be anything are not sure."""
    seen = []
    for hit in _TITLED.finditer(text):
        if hit[1].casefold() not in STARTERS:
            seen.append(hit.start())
            yield hit.start(), hit.end(), folded(hit[1]), True
    for hit in _GREETED.finditer(text):
        if hit[1].casefold() not in STARTERS and len(hit[1]) > 1:
            yield hit.start(1), hit.end(1), folded(hit[1]), True
    titled = frozenset(seen)
    for hit in _ROW.finditer(text):
        if hit.start() not in titled and (made := _row(text, hit.start(), hit[0])):
            yield made


def _row(text: str, start: int, row: str) -> Named | None:
    """The name in a row of capitals, once the words that only begin a sentence are off."""
    parts = [(hit.start(), hit.end(), hit[0].casefold()) for hit in _PART.finditer(row)]
    while parts and (parts[0][2] in STARTERS or parts[0][2] in ("&",)):
        parts.pop(0)
    if len(parts) < 2:
        return None
    first, last = parts[0], parts[-1]
    if row[last[0] : last[1]].rstrip(".") in LEGAL:
        return start + first[0], start + last[1], folded(row[first[0] : last[1]]), True
    given = first[2] in GIVEN or first[2].partition("-")[0] in GIVEN
    sure = given and len(parts) <= 5 and parts[1][2] not in _THINGS
    return start + first[0], start + last[1], folded(row[first[0] : last[1]]), sure


def signature(text: str) -> int:
    """Where the signature of a message begins: after its closing words, or its last line when that is a name;
    beyond the end when there is none."""
    tail = max(0, len(text) - 400)
    hit = _CLOSING.search(text, tail) or _SIGNED.search(text, tail)
    return hit.end() if hit else len(text) + 1


def folded(name: str) -> str:
    """A name as it is compared: no case, one blank between words."""
    return " ".join(name.casefold().replace("’", "'").split())
