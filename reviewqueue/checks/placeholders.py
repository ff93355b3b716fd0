"""Finds placeholders that a template left unfilled; a customer must never read one. The check here is for internal
drafts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from reviewqueue.core.canonical_json import leaves
from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.vocabulary import PACKET, TO_CUSTOMERS
from reviewqueue.evidence.types import CheckResult
from reviewqueue.policy.template_facts import GAP

# Other checks report the gaps of these.
CHECKED_ELSEWHERE = (*TO_CUSTOMERS, PACKET, "project_plan")

# Each pattern needs a character that ordinary mail seldom has; a first, quick search is for those alone.
_SIGNS = as_pattern(
    r"[\[{<$%_]|TB[DAC]|T[Oo][Dd][Oo]|FIXME|XXX|tb[da]\b|lorem|Lorem|(?:dear|hello|hi|hallo) +(?:,|"
    r"null|undefined|none)",
    re.I,
)
_WORDS = (
    "insert|your|name|first[ _-]?name|last[ _-]?name|full "
    "name|company|customer|client|contact|date|time|link|url|tbd|todo|to be|"
    "add|fill|placeholder|number|amount|title|role|x+|enter|owner|csm|signature|address|email|product|see|choose|select"
)
_GAPS = as_pattern(
    "|".join(
        (
            r"\[[^\[\]\n]{0,120}: not known\b[^\[\]\n]{0,80}\]",
            r"\{\{[^{}\n]{0,80}\}\}|\{%[^%\n]{0,80}%\}|\$\{[^{}\n]{1,60}\}|\{[A-Za-z][A-Za-z_. ]{1,40}\}",
            r"<<[^<>\n]{1,60}>>|%%?[A-Z][A-Z_]{2,40}%%?",
            rf"\[(?!(?i:see (?:above|also|appendix|attach|below|chapter|note|page|section|table)))(?i:{_WORDS})\b"
            r"[^\[\]\n]{0,60}\](?!\()",
            r"\[(?:\?{1,9}|\.{3}|…| {1,9}|_{1,40})\](?!\()",
            r"<(?i:insert|your|name|first|last|customer|company|client|contact|date|time|owner|product|"
            r"number)(?:[ _-][^<>@\n]{0,40})?>",
            r"\b(?:TBD|TBA|TBC|T\.B\.D\.|TODO|FIXME|XXX{1,40})\b|\btbd\b|\b(?i:lorem ipsum)\b|(?<!_)_{4,40}(?!_)",
            r"^[ \t]{0,9}(?i:dear|hi|hello|hallo)[ \t]{1,9}(?:,|(?i:null|undefined|none|nan)[ \t]{0,9}(?:[,.!:;]|$))"
            r"|\[object Object\]",
        )
    ),
    re.M,
)


def find_placeholders(text: str) -> Iterator[str]:
    """Every gap of a text, as it stands there."""
    if _SIGNS.search(text):
        for gap in _GAPS.finditer(text):
            yield gap[0].strip()


def check(kind: str, draft: Any) -> Iterator[CheckResult]:
    """`draft.gap` warns for each text of an internal draft that has an unfilled placeholder."""
    if kind in CHECKED_ELSEWHERE:
        return
    for at, text in leaves(draft):
        if gap := GAP.search(text):
            says = f"“{gap[0]}” is not known yet. Fill it in, or see that nobody needs it."
            yield CheckResult("draft.gap", "warn", False, says, at)
