"""What data is brought over and what is not, and from how far back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.promises import Kind, opposites, wordings
from reviewqueue.evidence.promises.reading import any_case
from reviewqueue.evidence.text.words.number_words import with_figures

Made = tuple[Kind, str, str]
REACH = "years of data migrated"


_THINGS = {
    "attachments": any_case(
        r"\b(?:attachments?|attached\s(?:files|documents)|(?:pdf|scanned|image)s?(?:\s(?:files|documents|notes))?|pdfs|scans|photos"
        r"|pictures|images|documents)\b"
    ),
    "orders": any_case(
        r"(?<!to\syour\s)(?<!to\sthe\s)(?<!on\sthe\s)(?<!on\syour\s)(?<!to\s)\borders?\b(?!\s(?:form|confirmation))"
    ),
    "customers": any_case(r"\b(?:customers?|clients?)(?:\s(?:records?|data|master\sdata|addresses))?\b"),
    "contacts": any_case(r"\bcontacts?\b"),
    "invoices": any_case(r"\binvoices?\b"),
    "products": any_case(r"\b(?:products?|articles?|items|price\slists?)\b"),
    "suppliers": any_case(r"\b(?:suppliers?|vendors?)\b"),
    "notes": any_case(r"\b(?:notes|comments|remarks)\b"),
    "tickets": any_case(r"\b(?:tickets?|cases)\b"),
    "stock": any_case(r"\b(?:stock|inventory)(?:\slevels?)?\b"),
}
_STRICT = any_case(r"\bmigrat(?:e|es|ed|ing|ion)\b|\b(?:is|are)\s(?:brought|taken|carried)\sover\b")
_MOVES = any_case(
    r"\b(?:migrat\w+|we\stake\b|(?:br(?:ing|ings|ought)|carr(?:y|ies|ied)|t(?:ake|akes|aken))\b[^.]{0,40}\b(?:over|across|along)"
    r"|mov(?:e|es|ed)\b(?:\s(?:\w+\s){0,3}(?:across|over|too|with))?|f(?:i|ou)nd\s(?:\w+\s){0,2}in\sthe\snew|mak(?:e|es)\sthe\sjump|comes?\s(?:along|across|over|with)|load(?:s|ed)?|transfer(?:s|red)?"
    r"|cop(?:y|ies|ied)\s(?:\w+\s){0,4}(?:over|across)|import(?:s|ed)?)\b"
)
_STAYS = any_case(
    r"\b(?:stays?\s(?:behind|where|in\sthe\sold)|left\s(?:behind|out)|leave\s(?:\w+\s){0,4}behind|(?:is|are|do(?:es)?|will|can)?\s?(?:not|n['’]t)\s(?:be\s)?(?:\w+\s)?"
    r"(?:included|migrated?|moved?|brought|bring|take[n]?|copied|copy|imported?|loaded?|come)|excluded|by\shand|(?:look|find)\s(?:\w+\s){0,5}(?:up\s)?(?:only\s)?in\sthe\sold|only\sin\sthe\sold|not\s(?:follow|part|make\sit|cross)|drop(?:s|ped)?\b|leav(?:e|ing)\s(?:\w+\s){0,3}in\sthe\sold|not\s(?:\w+\s)?with\sus|(?:do\snot|don['’]t)\stouch|your(?:self|selves)"
    r"|your\s(?:own\s)?(?:team|people|colleagues|staff)\s(?:\w+\s){0,2}(?:type|key|enter|load|import)\w*|re-?typed?|type\s(?:\w+\s){0,4}again)\b"
)
_NOT_YET = any_case(r"\b(?:yet|today|so\sfar|still|twice|duplicates?|please|mail|invoices?\s(?:for|of)\sthis)\b")
_NOBODY = any_case(r"\b(?:nobody|no\sone|need\snot|never)\b|\b(?:not|n['’]t)\s(?:have|need)\sto\b")
_PARTS = as_pattern(r"[;,]\s(?=[^;,]*\b(?:not|are|is)\b)|\bbut\b")


def kept(sentence: str) -> Iterator[Made]:
    """What a sentence says in plain words is brought over, or is not, and how far back it goes."""
    if not _STRICT.search(sentence):
        return
    for part in _PARTS.split(sentence):
        value = opposites.LEFT_OUT if _STAYS.search(part) else opposites.INCLUDED
        for name, words in _THINGS.items():
            if words.search(part):
                yield "scope", f"migrated: {name}", value
    if far := wordings.reach(with_figures(sentence).replace("from ", "since ")):
        yield "scope", REACH, far


def joined(before: str, sentence: str) -> Iterator[Made]:
    """What a sentence says behind a semicolon: "orders are migrated; attachments are not included"."""
    if before.rstrip().endswith(";") and len(before) < 600 and len(sentence) < 600 and _STRICT.search(before):
        yield from kept(f"migrated {sentence}")


def said(plain: str, before: str, key: str) -> str:
    """What a sentence says, in whatever words, of the thing of a promise; "" for nothing."""
    moves, stays = _MOVES.search(plain), _STAYS.search(plain)
    if key == REACH:
        return wordings.reach(plain) if moves or stays else ""
    words = _THINGS.get(key.removeprefix("migrated: "))
    if words is None or not words.search(plain) or not (moves or stays) or _NOT_YET.search(plain):
        return ""
    if stays and _NOBODY.search(plain):
        return ""
    if moves and stays:
        told = [one for one in re.split(r"[;,]\s|\bbut\b", plain) if words.search(one)]
        moves, stays = (next(filter(None, map(each.search, told)), None) for each in (_MOVES, _STAYS))
        if bool(moves) == bool(stays):
            return ""
    return opposites.LEFT_OUT if stays else opposites.INCLUDED
