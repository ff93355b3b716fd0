"""Which fact of a customer's records a sentence speaks of: seats, the price of a year, the start."""

from __future__ import annotations

import re

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.values.entities import Entity

_YEARLY = as_pattern(
    r"\b(?:ARR|ACV|annual(?:ly)?|yearly|per year|a year|contract value|deal (?:value|size|amount)|Jahreswert|pro Jahr"
    r"|jährlich)\b",
    re.IGNORECASE,
)
_OTHER_MONEY = as_pattern(
    r"\b(?:discount|credits?|fee|fees|implementation|set-?up|deposit|month(?:ly)?|per (?:seat|user)|each|saves?|saving"
    r"|budget|penalt\w+|cost of|revenue|refund|instal?lments?|first|up to|Rabatt|monatlich)\b",
    re.IGNORECASE,
)
_BOUGHT = as_pattern(
    r"\b(?:licen[cs]\w*|contract\w*|order\w*|plan|subscription|bought|purchased|seats?|Vertrag\w*|bestell\w+)\b",
    re.IGNORECASE,
)
_PART_OF_SEATS = as_pattern(
    r"\b(?:first|pilot|additional|extra|more|training|batch|wave|phase|initial|remaining|another|up to|further|of the"
    r"|about|minimum|at least|per|each|every|other|rest|weitere|ersten|bis zu|übrigen|restlichen|autres|otros)\b",
    re.IGNORECASE,
)
_STARTS = as_pattern(
    r"\b(?:project|subscription|contract|service|term|licen[cs]es?|Projekt|Vertrag)(?:'s)? start(?:s|ed|ing)?(?: date)?"
    r"(?: is| on|:| am| from)? ?\Z",
    re.IGNORECASE,
)
_ENDS = as_pattern(r"[!?\n;]|\.(?=\s)")


def about_fact(text: str, one: Entity) -> str:
    """Which fact of `shared_facts` an entity is about, by the words around it: "quantity", "amount", "date", or ""."""
    head = text[max(0, one.start - 160) : one.start]
    begins = max((hit.end() for hit in _ENDS.finditer(head)), default=0)
    ends = _ENDS.search(text, one.end, one.end + 160)
    before, after = head[begins:], text[one.end : ends.start() if ends else one.end + 60]
    if one.kind == "count" and one.unit == "seat":
        users = re.search(r"(?i)user|nutzer|anwender", text[one.start : one.end])
        bought = _BOUGHT.search(f"{before} {after}") if users else True
        return "quantity" if bought and not _PART_OF_SEATS.search(f"{before[-40:]} | {after[:24]}") else ""
    if one.kind == "money":
        sure = _YEARLY.search(f"{before} | {after}") and not _OTHER_MONEY.search(f"{before} | {after}")
        return "amount" if sure else ""
    return "date" if one.kind == "date" and len(one.values) == 1 and _STARTS.search(before) else ""
