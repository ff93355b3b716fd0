"""Which entities of a text claim nothing: what a question or a request proposes, and who signs."""

from __future__ import annotations

import re

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.values.entity import Entity
from reviewqueue.evidence.text.words import names

_ASKS = as_pattern(
    r"\b(?:please|could|can|would you|shall we|let (?:me|us) know|tell (?:me|us)|suits?|merci de|veuillez"
    r"|pourriez|pouvez|por favor|podr[ií]a\w*|puede\w*|bitte|könn\w+|würden)\b",
    re.IGNORECASE,
)
_ENDS = as_pattern(r"[!?\n]|\.(?=\s|\Z)")
_SETS = as_pattern(r"\A ?Due:? (?:on |by )?\Z")
_ITEM = r"[ \t]*(?:[-*•]|\d{1,2}[.)])[^\n]*"
_BEGINS_ITEM = as_pattern(r"[ \t]*(?:[-*•]|\d{1,2}[.)])")
_OFFERS = as_pattern(rf"\?[ \t]*\n(?:{_ITEM}\n){{0,5}}{_ITEM}\Z")
# "What we ask of you before the day:" and the list of it.
_ASKED_LIST = as_pattern(
    rf"(?i)\b(?:ask|need|please|next steps?|to-?dos?|before (?:the|our|we)|your (?:part|side|tasks?)|propos\w+"
    rf"|options?|dates?|bitte|brauchen|nächste[rn]? schritte?|étapes|pasos)\b[^\n:]{{0,80}}:[ \t]*\n(?:[ \t]*\n)?"
    rf"(?:{_ITEM}\n){{0,8}}{_ITEM}\Z"
)


def soften(text: str, found: list[Entity]) -> list[Entity]:
    """The entities with `firm` off for a day or duration in a question or request, and for who signs: they claim
    nothing."""
    signed = names.signature(text)
    signers = {value for one in found if one.start >= signed and one.kind in ("name", "email") for value in one.values}

    def soft(one: Entity) -> bool:
        if one.start >= signed or signers.intersection(one.values):
            return True
        return one.kind in ("date", "duration") and _is_asked(text, one)

    return [one._replace(firm=False) if one.firm and soft(one) else one for one in found]


def _is_asked(text: str, one: Entity) -> bool:
    """Whether the sentence around it asks for something or sets a day itself: a question, the list of what it offers, a
    request, "Due …"."""
    head = text[max(0, one.start - 600) : one.start]
    near = max(0, len(head) - 300)
    begins = max((hit.end() for hit in _ENDS.finditer(head, near)), default=near)
    ends = _ENDS.search(text, one.end, one.end + 300)
    listed = _BEGINS_ITEM.match(head, head.rfind("\n") + 1) is not None
    if _SETS.search(head[begins:]) or (listed and (_OFFERS.search(head) or _ASKED_LIST.search(head))):
        return True
    return (
        (ends is not None and ends[0] == "?")
        or _ASKS.search(head, begins) is not None
        or (ends is not None and _ASKS.search(text, one.end, ends.start()) is not None)
    )
