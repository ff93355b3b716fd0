"""Every side of what is promised, of the project and of the terms: what a sentence keeps of them, and says against
them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from reviewqueue.evidence.promises import (
    Promise,
    aspects,
    charges,
    contract,
    discounts,
    meetings,
    moved,
    seats,
    service,
)
from reviewqueue.evidence.promises.aspects import Aspect, Made

ASPECTS = (
    *meetings.MEETINGS,
    *seats.SEATS,
    *moved.MOVED,
    *discounts.DISCOUNTS,
    *charges.CHARGES,
    *contract.CONTRACT,
    *service.SERVICE,
)
# How the words begin without one of which no side of theirs is kept.
_KEPT = tuple(
    (frozenset(cues.split()), tuple(one for one in table if one.keeps))
    for cues, table in (
        ("kick trai sess site depo bran loca plan offi ware team clin stor", meetings.MEETINGS),
        ("seat lice user read view exte agen temp outs cont free part thir", seats.SEATS),
        ("migr data row rows reco line entr old lega prev form", moved.MOVED),
        ("disc reba redu", discounts.DISCOUNTS),
        ("trai upda upgr new trav supp phon prem pric fee fees sum sums amou", charges.CHARGES),
        ("cont agre subs lice pilo tria test rene exte prol orde pack plan poin edit", contract.CONTRACT),
        ("avai upti targ serv main supp go-l laun firs repo rece get send stat proj stee revi regu jour back",
         service.SERVICE),
    )
)  # fmt: skip


def kept(sentence: str) -> Iterator[Made]:
    """What a sentence says in plain words of the sides."""
    begin = {word[:4] for word in sentence.casefold().split()}
    for cues, table in _KEPT:
        if not cues.isdisjoint(begin):
            yield from aspects.kept(sentence, table)


def other(plain: str, before: str, promise: Promise) -> tuple[Aspect, str] | None:
    """The side of a promise, and its other value, of which a sentence says something else; None for none."""
    return aspects.other(plain, before, _held(promise.kind, promise.key, promise.value, promise.says))


@lru_cache(maxsize=1024)
def _held(kind: str, key: str, value: str, says: str) -> tuple[tuple[Aspect, str], ...]:
    """The sides that a promise has, with what holds."""
    return aspects.sides((kind, key), value, says, ASPECTS)
