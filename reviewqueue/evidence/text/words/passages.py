"""The passages of a text, parted by blank lines: what is said in one is read without the others, so that an edit in one
leaves what was found in the others. Whom the text greets is "you" in each of them."""

from __future__ import annotations

from typing import NamedTuple

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.words import names

_BLANK = as_pattern(r"\n[^\S\n]*\n\s*")
_GREETING = as_pattern(
    rf"\A\W*(?:{names.GREETING}|Good \w+|Hej|Hei|Hola|Olá|Ciao|Salut|Bonjour|Buenos días|Cher|Chère|Guten \w+"
    rf"|Sehr geehrte\w?|Welcome(?: back)?)[^.!?\n]{{2,80}}"
)


class Passage(NamedTuple):
    """A passage with the text's greeting ahead of it. A place in `text` is `offset` further on in the whole; what lies
    before `begins` is the greeting's."""

    offset: int
    begins: int
    text: str

    @property
    def own(self) -> str:
        """The passage without the greeting."""
        return self.text[self.begins :]


def greeting(text: str) -> str:
    """The words with which a text begins that greets somebody; "" for others."""
    hit = _GREETING.match(text)
    return hit[0] if hit else ""


def passages(text: str) -> list[Passage]:
    """The passages of a text, in reading order."""
    made, start, ahead = [], 0, greeting(text)
    ends = [(hit.start(), hit.end()) for hit in _BLANK.finditer(text)]
    for end, following in (*ends, (len(text), len(text))):
        lead = f"{ahead}\n\n" if start and ahead else ""
        made.append(Passage(start - len(lead), len(lead), lead + text[start:end].rstrip()))
        start = following
    return made
