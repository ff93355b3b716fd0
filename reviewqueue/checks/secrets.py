"""Checks for secrets and personal data: keys, passwords, card and bank numbers, national ids, other customers' names.

A check's message never repeats a secret: it gives its kind and its last four characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from reviewqueue.checks import key_formats, named_secrets
from reviewqueue.checks.personal_numbers import Found, personal_numbers
from reviewqueue.connectors import account_names
from reviewqueue.core.canonical_json import leaves
from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.vocabulary import TO_CUSTOMERS
from reviewqueue.evidence.text.words.sentences import in_quotes
from reviewqueue.evidence.types import CheckResult

MOST = 10
_SHORTEST, _LONGEST_KEY = 6, 8000  # characters: the shortest part of a secret that is masked; the longest private key
_OWNED = as_pattern(r"['’]s\b")


def check(kind: str, draft: Any, customer: str = "", others: Sequence[str] = ()) -> list[CheckResult]:
    """`secret.key` and `secret.card` fail, a bank account and `secret.personal` warn. `secret.other-customer` fails in
    a message to a customer, and warns elsewhere or where a name is a single word; `others` are the other customers."""
    return [result for result, _ in find_secrets(kind, draft, customer, others)]


def mask_secrets(results: Sequence[CheckResult], secrets: Sequence[str]) -> list[CheckResult]:
    """The results, with each of these secrets masked wherever a message quotes it, whole or cut off."""
    return [replace(one, message=mask_text(one.message, secrets)) for one in results] if secrets else list(results)


def mask_text(says: str, secrets: Sequence[str]) -> str:
    """A text with each of these secrets masked, whole or cut off."""
    for secret in (one for whole in secrets for one in (whole, *(word for word in whole.split() if len(word) > 15))):
        parts = (part for size in range(len(secret), _SHORTEST - 1, -1) for part in (secret[:size], secret[-size:]))
        if part := next((part for part in parts if part in says), ""):
            says = says.replace(part, "[a secret]")
    return says


def find_secrets(
    kind: str, draft: Any, customer: str = "", others: Sequence[str] = ()
) -> list[tuple[CheckResult, str]]:
    """As `check`, each result with the text that it found, for `mask_secrets`; "" where that may be shown."""
    telling = [(name, told) for name in others if (told := _words(name)) and not _is_part_of_name(told, customer)]
    found: list[tuple[CheckResult, str]] = []
    for at, text in leaves(draft):
        found += islice(_keys(at, text), MOST)
        found += islice(personal_numbers(at, text), MOST)
        if telling:
            found += ((one, "") for one in islice(_other_customer_results(kind, at, text, telling), MOST))
    return found


def _keys(at: str, text: str) -> Iterator[Found]:
    places: list[range] = []
    if key_formats.may_hold_key(text.casefold()):
        for says, pattern in key_formats.KEYS:
            for one in pattern.finditer(text):
                if not any(one.start() in place for place in places[-MOST * 5 :]):
                    places.append(range(*one.span()))
                    value = one[one.lastindex or 0]
                    yield _key(at, says, value), _whole_key(text, one) if value.startswith("-----") else value
    for start, value, says in named_secrets.named_secrets(text):
        if not any(start in place for place in places[-MOST * 5 :]):
            places.append(range(start, start + len(value)))
            yield _key(at, says, value, "0.8"), value


def _whole_key(text: str, begins: re.Match[str]) -> str:
    """A private key from its first line to its last."""
    return text[begins.start() : begins.end() + _LONGEST_KEY].partition("-----END")[0]


def _key(at: str, says: str, value: str, sure: str | None = None) -> CheckResult:
    end = "" if value.startswith("-----") else f" ending in {in_quotes(value[-4:])}" if len(value) >= 12 else ""
    fix = "Remove it, and have it changed: whoever read this draft knows it."
    return CheckResult("secret.key", "fail", True, f"This looks like {says}{end}. {fix}", at, sure)


def _is_part_of_name(told: account_names.Words, customer: str) -> bool:
    """Whether another customer's name is part of this one's own."""
    return f" {' '.join(told)} " in f" {' '.join(_words(customer))} "


def _words(text: str) -> account_names.Words:
    """The words of a name, or of a text that may hold one, without possessive endings."""
    return account_names.words(_OWNED.sub("", text))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _other_customer_results(
    kind: str, at: str, text: str, telling: list[tuple[str, account_names.Words]]
) -> Iterator[CheckResult]:
    read = f" {' '.join(_words(text))} "
    for name, told in telling:
        if f" {' '.join(told)} " not in read:
            continue
        alone = len(told) == 1
        if alone and not re.search(rf"(?<![\w-]){re.escape(_composed(name).split()[0])}(?![\w-])", _composed(text)):
            continue
        fails = kind in TO_CUSTOMERS and not alone
        says = f"“{name[:80]}” is another customer. Who else is a customer is not for this one to read; remove it."
        yield CheckResult(
            "secret.other-customer", "fail" if fails else "warn", fails, says, at, "0.6" if alone else "0.9"
        )
