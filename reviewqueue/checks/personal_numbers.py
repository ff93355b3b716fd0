"""Finds numbers of people and of their money: cards, bank accounts, national ids."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from reviewqueue.checks import checksums
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.types import CheckResult

Found = tuple[CheckResult, str]
_LONG = as_pattern(
    r"\d(?:[ .+-]?\d){5}|[A-Za-z]{2}\d\d[ -]?[A-Z0-9]|[A-Z]{6}\d\d|[A-Z]\d\d[A-Z]\d|(?i:\bcv[vc]|licen[cs]e|PAN\b)"
)
# Digits of another width, blanks and dashes of other kinds, each as the plain one.
_PLAIN = (
    {0xFF10 + digit: str(digit) for digit in range(10)}
    | dict.fromkeys((0xA0, 0x2007, 0x2009, 0x202F), " ")
    | dict.fromkeys(range(0x2010, 0x2015), "-")
)
_DIGITS = as_pattern(
    r"(?<![\w.,+/=-])\d(?:[ -]?\d){11,18}(?![\w/=]|[.,-]\d)|(?<![\w.,+/=-])\d{4}(?:\.\d{4}){3}(?![\w/=]|[.,-]\d)"
)
_GROUPS = as_pattern(r"\d+|\d{4}([ .-])\d{4}\1\d{4}\1\d{2,4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5}")
_SECURITY_CODE = as_pattern(
    r"\b(?:cvv2?|cvc2?|card (?:security|verification) (?:code|number)|kartenprüfnummer)\b\W{0,3}(?:is )?(\d{3,4})\b",
    re.I,
)
_IBAN = as_pattern(r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}\b")
_BANK = r"(?:routing|aba|sort[- ]?code|blz|bankleitzahl|bsb|transit)"
_ACCOUNT = r"(?:account|acct|a/c|konto)(?:[- ]?(?:number|nummer|nr|no))?"
_NATIONAL = as_pattern(
    rf"\b{_BANK}\b\D{{0,20}}\d[\d -]{{4,12}}\D{{0,40}}?\b{_ACCOUNT}\b\D{{0,12}}(\d[\d -]{{4,20}}\d)|"
    rf"\b{_ACCOUNT}\b\D{{0,12}}(\d[\d -]{{4,20}}\d)\D{{0,40}}?\b{_BANK}\b\D{{0,20}}\d[\d -]{{4,12}}",
    re.I,
)


def _called(number: str) -> bool:
    """Whether a number that its text names has digits enough to be one; it has no check digit, or not in all forms."""
    return sum(map(str.isdigit, number)) >= 3


IDS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = tuple(
    (says, as_pattern(pattern), proves)
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
            "a British NHS number",
            r"(?i:\bnhs (?:number|no)\b\.?(?: is|:)?) ?(\d{3}[ -]?\d{3}[ -]?\d{4})\b",
            _called,
        ),
        (
            "a US social security number",
            r"(?i:\bssn\b|\bsocial security (?:number|no))\D{0,12}(\d{3}[- ]?\d{2}[- ]?\d{4})\b",
            checksums.american,
        ),
        ("a Polish PESEL", r"(?i:\bpesel\b)\D{0,12}(\d{11})\b", checksums.polish),
        (
            "a British National Insurance number",
            r"(?i:\bNI(?:NO)?\b|national insurance)\D{0,20}?\b([A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D])\b",
            _called,
        ),
        (
            "a passport's number",
            r"(?i:\b(?:passport|reisepass|passeport|pasaporte|passaporto)(?:[- ]?(?:number|nummer|"
            r"numéro|número|numero|nr|no|n[º°]))?)"
            r"[.:# -]{0,4}(?:is |lautet )?\b([A-Z]{0,2}\d[A-Z0-9]{5,9}|[A-Z]\d[A-Z0-9]{5,9})\b",
            _called,
        ),
        (
            "a driving licence's number",
            r"(?i:\b(?:driv(?:ing|er['’]?s?) licen[cs]e|führerschein)(?:[- ]?(?:number|nummer|nr|"
            r"no))?)[.:# -]{0,4}(?:is )?"
            r"\b([A-Z0-9]{0,6}\d[A-Z0-9]{6,14})\b",
            _called,
        ),
        ("a Canadian SIN", r"(?i:\bsin\b|social insurance)\D{0,16}(\d{3}[ -]?\d{3}[ -]?\d{3})\b", checksums.luhn),
        ("an Australian TFN", r"(?i:\btfn\b|tax file number)\D{0,16}(\d{3} ?\d{3} ?\d{3})\b", checksums.australian),
        ("an Indian Aadhaar number", r"(?i:\baadhaar\b)\D{0,16}(\d{4} ?\d{4} ?\d{4})\b", _called),
        ("an Indian PAN", r"\bPAN\b\W{0,4}(?:(?i:card|number|no|is)\W{1,3}){0,2}([A-Z]{5}\d{4}[A-Z])\b", _called),
        (
            "a German social security number",
            r"(?i:\b(?:sozial|renten)versicherungs(?:nummer|nr)\b)\D{0,12}(\d\d ?\d{6} ?[A-Z] ?\d{3})\b",
            _called,
        ),
        ("a Belgian national number", r"\b(\d\d\.\d\d\.\d\d-\d{3}[.-]\d\d)\b", checksums.belgian),
    )
)


def personal_numbers(at: str, text: str) -> Iterator[Found]:
    """Each with the number it found, for masking: `secret.card` fails for a card or its security code and warns for a
    bank account, `secret.personal` warns."""
    if not _LONG.search(text.translate(_PLAIN)):
        return
    fix = "It does not belong in a draft. Remove it."
    plain = text.translate(_PLAIN)
    for one in _DIGITS.finditer(plain):
        digits = re.sub(r"[ .-]", "", one[0])
        if _GROUPS.fullmatch(one[0]) and (network := checksums.card(digits)):
            says = f"This is a {network} card number ending in {digits[-4:]}. {fix}"
            yield CheckResult("secret.card", "fail", True, says, at, "0.9"), text[one.start() : one.end()]
    for one in _SECURITY_CODE.finditer(plain):
        yield CheckResult("secret.card", "fail", True, f"This is a card's security code. {fix}", at, "0.8"), one[1]
    yield from _accounts(at, text, plain)
    for says, pattern, proves in IDS:
        for one in pattern.finditer(plain):
            number = re.sub(r"[ .+-]", "", one[1])
            if proves(number):
                message = f"This looks like {says} ending in {number[-4:]}. A person's number seldom belongs here."
                yield CheckResult("secret.personal", "warn", False, message, at, "0.9"), text[one.start(1) : one.end(1)]


def _accounts(at: str, text: str, plain: str) -> Iterator[Found]:
    fix = "See that it is ours and meant to be there."
    for one in _IBAN.finditer(plain):
        if code := _iban(one[0]):
            says = f"This is a bank account (IBAN) ending in {code[-4:]}. {fix}"
            yield CheckResult("secret.card", "warn", False, says, at), text[one.start() : one.end()]
    for one in _NATIONAL.finditer(plain):
        number = one[1] or one[2]
        says = f"This is a bank account ending in {number[-4:]}. {fix}"
        yield CheckResult("secret.card", "warn", False, says, at, "0.8"), number


def _iban(written: str) -> str:
    """The IBAN a run of letters and digits begins with, or ""."""
    code = re.sub("[ -]", "", written)
    sizes = range(15, min(len(code), 31) + 1)
    return next((code[:size] for size in sizes if checksums.iban(code[:size])), "")
