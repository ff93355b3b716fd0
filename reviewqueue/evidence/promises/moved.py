"""The sides of data that is brought over: by whom, after how many tries, and how long the old system stays."""

from __future__ import annotations

import re

from reviewqueue.evidence.promises import measures
from reviewqueue.evidence.promises.aspects import Aspect, choice, words

_MIGRATION = words(r"migrat\w+|data\s(?:import|transfer|take-?over)|import\sof\s(?:the|your)")

_MOVING = words(
    r"bring(?:s|ing)?\s(?:\w+\s){0,5}(?:over|across)|mov(?:e|es|ing)\s(?:\w+\s){0,4}(?:over|across)|tak(?:e|es|ing)\s(?:\w+\s){0,4}over|load(?:s|ed|ing)?\b|import\w*|transfer\w*"
    r"|(?:old|existing|legacy|historical|past)\s(?:data|records|files|orders|entries|stock)|carr(?:y|ies|ying)\s(?:\w+\s){0,4}over|cop(?:y|ies|ied|ying)\b|take-?over"
    r"|uploads?\b|uploaded|fill\s(?:the|our)\s(?:new\s)?(?:system|database)"
)

_ROWS = words(
    r"(?:up\sto|at\smost|no\smore\sthan|after|maximum\sof|limited\sto|first|limit\sof)\s(?:the\s)?(?:first\s)?(?P<many>\d[\d.,]*)\s(?:rows|records|lines|entries)"
)


def rows(sentence: str) -> str:
    """How many rows are brought over at most; "" for none, or several numbers."""
    found = {re.sub(r"\D", "", one["many"]) for one in _ROWS.finditer(sentence)}
    return found.pop() if len(found) == 1 else ""


_RUNS = words(
    r"(?P<many>\d+|one|a\ssingle|once|twice|no)\s(?:more\s)?(?:\w+\s)?(?:(?:test|trial)\s(?:runs?|loads?|migrations?)|rehearsals?|dry[\s-]runs?)|(?:rehearse|practise|practice|try)\s(?:\w+\s){0,3}(?P<times>once|twice|\d+\stimes)"
)


def runs(sentence: str) -> str:
    """How many test runs a migration has."""
    found = [(one["many"] or one["times"]).casefold() for one in _RUNS.finditer(sentence)]
    if len(found) != 1:
        return ""
    return {"one": "1", "a single": "1", "once": "1", "twice": "2", "no": "0"}.get(found[0], found[0].split()[0])


_WHO_MOVES = choice(
    {
        "left out": (
            r"your\s(?:own\s)?(?:it|team|people|staff|colleagues|department|admins?|administrators?"
            r"|technicians)\s(?:\w+\s){0,2}(?:carr\w+|do(?:es)?|handles?|performs?|migrates?|imports?"
            r"|loads?|runs?|takes?)|your(?:self|selves)\b"
        ),
        "included": (
            r"(?!your\b|you\b|they\b|the\scustomer\b)(?:we|[a-z]\w+)\s(?:will\s)?(?:carr(?:y|ies)\sout"
            r"|performs?|takes?\scare\sof|handles?|does)\s(?:the\s)?(?:data\s)?(?:migration|import)"
        ),
    },
    {
        "left out": (
            r"your\s(?:own\s)?(?:\w+\s)?(?:it|team|people|staff|colleagues|department|admins?"
            r"|administrators?|technicians|office|side|hands)\b[^.]{0,40}\b(?:load|import|migrat|transfer"
            r"|mov|copy|copies|bring|upload|cop|typ|key|enter)\w*"
            r"|(?:you|they)\s(?:will\s|have\sto\s|need\sto\s|must\s|can\s)?(?:\w+\s)?(?:load|import|migrate|transfer|copy|upload|type|key|enter|bring)s?\b(?!\s(?:us|to\sus))|(?:up\sto|left\sto|job\sof|task\sof|a\stask\sfor|falls\sto)\s(?:you|your)\b"
            r"|we\s(?:only|just|merely)\s(?:\w+\s)?(?:watch|advise|help|support|check|look)|in\syour\shands|on\syour\sside|not\sour\s(?:job|task|part)|(?:load|import|upload|migrat|transfer)\w*\b[^.]{0,30}\b(?:something|task|job|work|matter)\s(?:for\s)?your\b|(?:load|import|upload|migrat)\w*\s(?:\w+\s){0,3}(?:by|with)\syour\b"
        ),
        "included": (
            r"we\s(?:will\s)?(?:also\s)?(?:load|import|migrate|transfer|move|bring)\b|our\s(?:job|task"
            r"|part|people|team)\b"
        ),
    },
)

MOVED: tuple[Aspect, ...] = (
    Aspect(
        "scope",
        "rows migrated",
        words(r"(?:\d+|million)\s(?:rows|records|lines|entries)\b[^.]{0,30}\bmigrat"),
        words(r"(?:rows|records|lines|entries)\b"),
        rows,
        rows,
        other=words(r"your\s(?:export|file)|so\sfar"),
        denied=False,
    ),
    Aspect(
        "scope",
        "data migration",
        _MIGRATION,
        _MOVING,
        *_WHO_MOVES,
        other=words(
            r"(?:nobody|no\sone)\b|your\s(?:\w+\s){1,3}(?:only|just|merely)\s(?:watch|look)|hands?\sover|exports?\b|export\w*|attachments?|scan\w*|pdf|photos?|send\sus|sends\sus"
        ),
    ),
    Aspect(
        "scope",
        "test runs of the migration",
        words(r"(?:test|trial)\s(?:runs?|loads?|migrations?)|rehearsals?|dry[\s-]runs?"),
        words(r"rehears\w*|practi[sc]e\w*|trial\b|test\sload"),
        runs,
        runs,
        keeps=False,
    ),
    Aspect(
        "term",
        "life of the old system",
        words(
            r"(?:old|legacy|previous|former)\s(?:system|tool|software|platform|database|archive)\s(?:\w+\s)?(?:stays|remains|is\skept|can\sbe\sread)"
        ),
        words(r"(?:old|legacy|previous|former)\s(?:system|tool|software|platform|database|one)\b"),
        measures.span,
        measures.span,
        measures.same_span,
        words(r"years?\sof\s(?:orders|data)|older\sthan"),
        denied=False,
    ),
)
