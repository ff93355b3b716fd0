"""A field that says that nothing was agreed. It is no gap, and no fact, promise or person either."""

from __future__ import annotations

import re
from datetime import date

from reviewqueue.core.patterns import as_pattern

# Who is a name of up to six words, so that no term and no amount hides in the brackets.
_WHO = r"[^\W\d_][^\W\d_.'’-]*\.?(?:[ '’-][^\W\d_][^\W\d_.'’-]*\.?){0,5}"
_NO_NAME = as_pattern(r"[^\w.'’-]|[\d_]|(?<!\w)[.'’-]+")
_SAYS = as_pattern(rf"not agreed(?: with the customer)?\.?(?: \({_WHO}, \d{{1,2}} [a-z]{{3}} \d{{4}}\))?", re.I)


def wording(who: str, day: date) -> str:
    """What stands in the field: "Not agreed (Lena Vogt, 3 Dec 2026)"; of a name, the first six words in letters."""
    name = " ".join(_NO_NAME.sub(" ", who).split()[:6]) or "Sales"
    return f"Not agreed ({name}, {day.day} {day:%b %Y})"


def is_not_agreed(text: object) -> bool:
    """Whether the whole text says so, in our wording or without who and when."""
    return isinstance(text, str) and _SAYS.fullmatch(text.strip()) is not None
