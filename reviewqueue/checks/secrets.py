"""Checks for secrets and personal data: keys, passwords, card and bank numbers, national ids, other customers' names.

A check's message never repeats a secret: it gives its kind and its last four characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from reviewqueue.checks import checksums
from reviewqueue.connectors import account_names
from reviewqueue.core import domain_names
from reviewqueue.core.canonical_json import leaves
from reviewqueue.core.vocabulary import TO_CUSTOMERS
from reviewqueue.evidence.text.sentences import in_quotes
from reviewqueue.evidence.types import CheckResult

MOST = 10
_SHORTEST, _LONGEST_KEY = 6, 8000  # characters: the shortest part of a secret that is masked; the longest private key
Found = tuple[CheckResult, str]
_KEYS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (says, re.compile(pattern))
    for says, pattern in (
        ("a private key", r"-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----"),
        ("an AWS key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
        ("a GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b"),
        ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,64}"),
        ("a Slack token", r"\bxox[abeprs]-[A-Za-z0-9-]{10,250}"),
        ("a Slack webhook", r"\bhooks\.slack\.com/services/T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/([A-Za-z0-9]{16,32})"),
        ("a Stripe key", r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,200}\b"),
        ("a signing secret", r"\bwhsec_[A-Za-z0-9+/=]{16,200}"),
        ("a Google key", r"\bAIza[0-9A-Za-z_-]{35}"),
        ("a Google token", r"\bya29\.[0-9A-Za-z_-]{20,500}"),
        ("a SendGrid key", r"\bSG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}"),
        ("a HubSpot token", r"\bpat-(?:na|eu)\d-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"),
        ("a Salesforce session", r"\b00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]{40,200}"),
        ("an npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
        ("an API key", r"\bsk-(?:ant-|proj-|or-)?[A-Za-z0-9_-]{20,200}"),
        ("a JSON web token", r"\beyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{10,1000}"),
        ("a password in a link", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@<>]{1,80}:([^\s/@<>]{3,100})@[^\s/@]{1,200}"),
    )
)
# Fragments that the patterns above contain: a text with none of these is not searched further.
_SIGNS = (
    "-----BEGIN", "AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat", "glpat", "xox", "hooks.slack",
    "k_live", "k_test", "whsec_", "AIza", "ya29", "SG.", "pat-", "00D", "npm_", "sk-", "eyJ", "://",
)  # fmt: skip
_NAMED_SECRET = re.compile(
    r"\b(?:(?P<word>pass(?:word|wort|phrase|code)|pwd|kennwort|mot de passe|contraseña|zugangscode)|"
    r"(?P<key>api[ _-]?(?:key|token|secret)|access[ _-]?(?:key|token)|"
    r"secret(?:[ _-]?(?:access[ _-]?)?key)?|client[ _-]?secret|auth[ _-]?token|bearer|token))\b"
    r"(?:(?: for| to| of| für| zu[rm]?| pour| de| du| para)(?: \S{1,40}){1,5}?)?\s{0,3}(?::|=|\bis\b|"
    r"\bist\b|\blautet\b|\best\b|\bes\b|(?<=bearer))\s{0,3}(?:now |still |the same: )?[\"'`“„«]?\s?"
    r"(?P<value>[^\s\"'`“”„«»<>]{6,200})",
    re.I,
)
# "Pass" is a password where a user's name stands before it, and a ticket elsewhere.
_LOGIN = re.compile(
    r"\b(?:user(?:name)?|login)\s{0,2}[:=]\s{0,2}\S{1,60}[\s/,;|]{1,8}(?P<word>pass)\s{0,2}[:=]\s{0,3}(?P<value>\S{6,200})",
    re.I,
)
# A meeting's code is in its link, and in words beside it: it admits the invited, to that meeting only.
_LINK = re.compile(r"\bhttps://([a-z0-9.-]{4,253})/[^\s<>\"“”]{0,2000}", re.I)
_OPENS = re.compile(r"(?i)[?&](?:pwd|passcode|password|pw)=([^&#\s]{1,120})")
_MEETING_CODE = re.compile(
    r"(?i)\b(?:(?:meeting|webinar|zoom|webex|teams|event|room)[ -](?:pass(?:code|word|wort)|kenncode|kennwort)|passcode"
    r"|kenncode|zugangscode)\b"
)
_NEAR = 400  # characters; so far from a meeting's link its code may stand
_ABOUT = ("pass", "pwd", "kennwort", "contraseña", "zugangscode", "key", "token", "secret", "bearer")
_LONG = re.compile(r"\d(?:[ .+-]?\d){6}|[A-Za-z]{2}\d\d ?[A-Z0-9]|[A-Z]{6}\d\d")
_OWNED = re.compile(r"['’]s\b")
_HIDDEN = re.compile(r"[*•x.…_·-]{3,}|\{\{|\[|\$\{|<", re.I)
_DIGITS = re.compile(r"(?<![\w.,+/=-])\d(?:[ -]?\d){12,18}(?![\w/=]|[.,-]\d)")
_GROUPS = re.compile(r"\d+|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5}")
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}\b")
_IDS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = tuple(
    (says, re.compile(pattern), proves)
    for says, pattern, proves in (
        ("a Spanish DNI or NIE", r"\b([XYZ]?\d{7,8}-?[A-HJ-NP-TV-Z])\b", checksums.spanish),
        (
            "a French social security number",
            r"\b([12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-4]\d) ?\d\d ?\d{3} ?\d{3} ?\d\d)\b",
            checksums.french,
        ),
        ("an Italian tax code", r"\b([A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z])\b", checksums.italian),
        ("a Swiss social security number", r"\b(756\.?\d{4}\.?\d{4}\.?\d\d)\b", checksums.swiss),
        ("a Brazilian CPF", r"\b(\d{3}\.\d{3}\.\d{3}-\d\d)\b", checksums.brazilian),
        (
            "a Swedish personal number",
            r"\b(?:19|20)?(\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[-+]\d{4})\b",
            checksums.luhn,
        ),
        ("a Dutch BSN", r"(?i:\bbsn\b|burgerservicenummer)\D{0,12}(\d{9})\b", checksums.dutch),
        (
            "a German tax id",
            r"(?i:steuer-?id\w*|steueridentifikationsnummer|idnr\.?|"
            r"tax id)\D{0,12}(\d{2} ?\d{3} ?\d{3} ?\d{3})\b",
            checksums.german,
        ),
        ("a British NHS number", r"(?i:\bnhs\b)\D{0,16}(\d{3}[ -]?\d{3}[ -]?\d{4})\b", checksums.british),
        (
            "a US social security number",
            r"(?i:\bssn\b|\bsocial security (?:number|no))\D{0,12}(\d{3}[- ]?\d{2}[- ]?\d{4})\b",
            checksums.american,
        ),
        ("a Polish PESEL", r"(?i:\bpesel\b)\D{0,12}(\d{11})\b", checksums.polish),
    )
)


def check(kind: str, draft: Any, customer: str = "", others: Sequence[str] = ()) -> list[CheckResult]:
    """`secret.key` and `secret.card` fail, a bank account and `secret.personal` warn. `secret.other-customer` fails in
    a message to a customer, and warns elsewhere or where a name is a single word; `others` are the other customers."""
    return [result for result, _ in find_secrets(kind, draft, customer, others)]


def mask_secrets(results: Sequence[CheckResult], secrets: Sequence[str]) -> list[CheckResult]:
    """The results, with each of these secrets masked wherever a message quotes it, whole or cut off."""
    return [replace(one, message=_masked(one.message, secrets)) for one in results] if secrets else list(results)


def _masked(says: str, secrets: Sequence[str]) -> str:
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
        if _LONG.search(text):
            found += islice(_numbers(at, text), MOST)
        if telling:
            found += ((one, "") for one in islice(_other_customer_results(kind, at, text, telling), MOST))
    return found


def _keys(at: str, text: str) -> Iterator[Found]:
    places: list[range] = []
    if any(sign in text for sign in _SIGNS):
        for says, pattern in _KEYS:
            for one in pattern.finditer(text):
                if not any(one.start() in place for place in places):
                    places.append(range(*one.span()))
                    value = one[one.lastindex or 0]
                    yield _key(at, says, value), _whole_key(text, one) if value.startswith("-----") else value
    low = text.casefold()
    if any(word in low for word in _ABOUT):
        plain, links = _meetings(text)
        for one in (*_NAMED_SECRET.finditer(plain), *_LOGIN.finditer(plain)):
            value = one["value"].rstrip(".,;:!?)]}")
            if (
                not _opens_meeting(one, links)
                and not any(one.start("value") in place for place in places)
                and _looks_secret(value, 6 if one["word"] else 16)
            ):
                yield _key(at, "a password" if one["word"] else "a key or token", value, "0.8"), value


def _meetings(text: str) -> tuple[str, list[range]]:
    """The text without the codes in links of well-known meeting hosts, and where those links stand."""
    links = [one for one in _LINK.finditer(text) if domain_names.is_meeting_host(domain_names.to_ascii(one[1]))]
    for link in links:
        for code in list(_OPENS.finditer(text, *link.span())):
            text = text[: code.start()] + " " * len(code[0]) + text[code.end() :]
    return text, [range(*one.span()) for one in links]


def _opens_meeting(said: re.Match[str], links: Sequence[range]) -> bool:
    """Whether what looks like a password is called a meeting's code, close to that meeting's link."""
    called = _MEETING_CODE.search(said.string, max(0, said.start() - 10), said.end("word")) if said["word"] else None
    return called is not None and any(link.start - _NEAR < said.start() < link.stop + _NEAR for link in links)


def _whole_key(text: str, begins: re.Match[str]) -> str:
    """A private key from its first line to its last."""
    return text[begins.start() : begins.end() + _LONGEST_KEY].partition("-----END")[0]


def _key(at: str, says: str, value: str, sure: str | None = None) -> CheckResult:
    end = "" if value.startswith("-----") else f" ending in {in_quotes(value[-4:])}" if len(value) >= 12 else ""
    fix = "Remove it, and have it changed: whoever read this draft knows it."
    return CheckResult("secret.key", "fail", True, f"This looks like {says}{end}. {fix}", at, sure)


def _looks_secret(value: str, longest: int) -> bool:
    """Whether a word called a password or key looks like one: letters with digits or signs, not prose."""
    if len(value) < longest or _HIDDEN.match(value) or value.startswith(("http", "/", "(")) or "@" in value[1:-4]:
        return False
    kinds = (any(map(str.isalpha, value)), any(map(str.isdigit, value)), any(sign in "+!#$%&*=?^_~@" for sign in value))
    return sum(kinds) >= 2


def _numbers(at: str, text: str) -> Iterator[Found]:
    fix = "It does not belong in a draft. Remove it."
    for one in _DIGITS.finditer(text):
        digits = re.sub(r"[ -]", "", one[0])
        if _GROUPS.fullmatch(one[0]) and (network := checksums.card(digits)):
            says = f"This is a {network} card number ending in {digits[-4:]}. {fix}"
            yield CheckResult("secret.card", "fail", True, says, at, "0.9"), one[0]
    for one in _IBAN.finditer(text):
        if code := _account(one[0]):
            says = f"This is a bank account (IBAN) ending in {code[-4:]}. See that it is ours and meant to be there."
            yield CheckResult("secret.card", "warn", False, says, at), one[0]
    for says, pattern, proves in _IDS:
        for one in pattern.finditer(text):
            plain = re.sub(r"[ .+-]", "", one[1])
            if proves(plain):
                message = f"This looks like {says} ending in {plain[-4:]}. A person's number seldom belongs here."
                yield CheckResult("secret.personal", "warn", False, message, at, "0.9"), one[1]


def _account(written: str) -> str:
    """The IBAN a run of letters and digits begins with, or ""."""
    code = written.replace(" ", "")
    sizes = range(15, min(len(code), 31) + 1)
    return next((code[:size] for size in sizes if checksums.iban(code[:size])), "")


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
