"""What a sentence says of a field that holds a yes or no, in other words than the field's name: "a purchase order is
mandatory" of PO_Required, "the security review is still pending" of Security_Review_Done."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.sentence.clauses import Clause, words_in


class _Kind(NamedTuple):
    """The words of a field's name for a kind of answer, and those of a sentence for yes and for no."""

    named: re.Pattern[str]
    yes: re.Pattern[str]
    no: re.Pattern[str]


def _any(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?i)\b(?:{words})(?!\w)")


_KINDS = (
    _Kind(
        _any("required|mandatory|needed|necessary|obligatory|erforderlich|pflicht|requis|requerid[oa]"),
        _any(
            r"required?|requires?|mandatory|must|needs?|needed|ha(?:s|ve) to|obligat\w+|compulsory|insists?"
            r"|erforderlich|pflicht|zwingend|obligatoire|oblig\w+"
        ),
        _any(
            r"optional|voluntary|unnecessary|(?:not|never|n['’]t|no longer) (?:be )?(?:required?|needed|need|necessary"
            r"|mandatory|have to)|no need|without|needn['’]t|nicht (?:nötig|erforderlich)|ohne|pas (?:besoin"
            r"|nécessaire)|sans|sin"
        ),
    ),
    _Kind(
        _any(
            "done|completed?|passed|finished|approved|agreed|confirmed|received|signed|countersigned|accepted"
            "|provisioned|configured|granted|clarified|released|resolved|erteilt|abgeschlossen|signé|firmad[oa]"
        ),
        _any(
            r"(?:is|are|was|were|has|have|had|been|already|now|all) (?:\S+ ){0,2}(?:done|complete|completed|passed"
            r"|finished"
            r"|approved|agreed|confirmed|received|signed|countersigned|accepted|provisioned|configured|granted"
            r"|clarified"
            r"|released|resolved|cleared|given|fixed|arrived)|in place|behind us|went through|signed off|vorliegt"
            r"|liegt vor"
        ),
        _any(
            r"pending|outstanding|(?:still|yet) (?:to|needs?|has|have|waiting|open|missing|unsigned|being)|unsigned"
            r"|awaiting"
            r"|waiting for|missing|lacks?|(?:not|n['’]t|never|nobody|nor)|noch (?:nicht|offen|aus)|steht aus|fehlt"
            r"|keine?"
            r"|pas|aucune?|falta|pendiente|todavía"
        ),
    ),
    _Kind(
        _any(
            "included?|inclusive|scope|ordered|purchased|bought|inbegriffen|enthalten|inklusive|inclus\\w*|incluid[oa]"
        ),
        _any(
            r"included?|includes?|part of|comes? with|covers?|covered|contain\w*|bought|purchased|ordered"
            r"|in the (?:price|order"
            r"|package|scope)|at no (?:extra|additional) \w+|enthalten|inklusive|dabei|compris\w*|inclus\w*|incluid\w+"
        ),
        _any(
            r"(?:not|n['’]t|never|no) (?:\S+ ){0,2}(?:included?|part|bought|purchased|ordered|covered|contain\w*"
            r"|in the)|(?<!not )(?<!nicht )(?<!no )extra"
            r"|separately|on top|without|excludes?|excluded|left out|surcharge|nicht (?:enthalten|dabei)"
            r"|kostet extra|à part"
            r"|en sus|aparte"
        ),
    ),
)
_SUBJECT = as_pattern(r"(?i)\b(?:po)\b")


class Asked(NamedTuple):
    """What a field asks: the words of what it is about, and which kind of answer it holds."""

    words: tuple[frozenset[str], ...]
    kind: int


@lru_cache(maxsize=1_024)
def asked(name: str) -> Asked | None:
    """What a field asks by the words of its name; None where its name tells no kind of answer."""
    for number, kind in enumerate(_KINDS):
        if kind.named.search(name):
            about = words_in(_SUBJECT.sub("purchase order", kind.named.sub(" ", name)))
            return Asked(about, number) if about else None
    return None


def answer(clause: Clause, about: Asked) -> bool | None:
    """Whether a clause says yes to what a field asks, or no; None where it speaks of something else, or says both."""
    if clause.hedged or not all(not word.isdisjoint(clause.stems) for word in about.words):
        return None
    kind = _KINDS[about.kind]
    if kind.no.search(clause.text):
        return False
    return True if kind.yes.search(clause.text) else None
