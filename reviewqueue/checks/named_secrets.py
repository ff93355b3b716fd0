"""Finds secrets by what they are called: "the password is …", "PIN: …", a name and a password beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reviewqueue.core import domain_names
from reviewqueue.core.patterns import as_pattern

_CALLED = (
    r"(?:pa(?:ss|\$\$)(?:word|wort|phrase|code|wd)|pwd|pw|kennwort|zugangscode|mot de passe|contraseña|clave|"
    r"palavra-passe|senha|"
    r"wachtwoord|lösenord|adgangskode|hasło|пароль)"
)
_KEY = (
    r"(?:(?:[a-z]{2,20}_){0,3}(?:api[ _-]?(?:key|token|secret)|access[ _-]?(?:key|token)|session[ _-]?token|"
    r"secret(?:[ _-]?(?:access[ _-]?)?key)?|client[ _-]?secret|auth[ _-]?token|private[ _-]?key|"
    r"bearer|token)|mfa[ _-]secret)"
)
_SET = r"(?::|=|→|\bis\b|\bist\b|\blautet\b|\best\b|\bes\b|\bè|\bé(?= )|\bto\b|(?<=bearer))"
_VALUE = r"[\"'`“„«‘]?\s?(?P<value>[^\s\"'`“”„«»‘’<>]{6,200})"
_NAMED = as_pattern(
    rf"(?<![^\W_])(?:(?P<word>{_CALLED})|(?P<key>{_KEY}))\b[\"']?(?:(?: for| to| of| für| zu[rm]?| pour| de| du| para)"
    rf"(?: \S{{1,40}}){{1,5}}?|\s\([^()\n]{{1,60}}\))?\s{{0,3}}(?P<set>{_SET})"
    rf"\s{{0,3}}(?:now |still |the same: |: )?{_VALUE}",
    re.I,
)
# Without a verb or colon between: the value has to look like nothing else.
_BESIDE = as_pattern(rf"\b(?P<word>{_CALLED})\s{_VALUE}", re.I)
_KEY_BESIDE = as_pattern(rf"\b(?P<key>{_KEY})\s{_VALUE}", re.I)
_BEFORE = as_pattern(
    r"(?<!\S)[\"'`“„«‘]?(?P<value>[^\s\"'`“”„«»‘’<>]{6,60})[\"'`”“»’]?\s(?:as|is|als|ist|comme|est|como|es)\s"
    rf"(?:(?:your|the|ihr|das|dein|votre|le|su|la)\s)?(?:\w{{3,12}}\s)?(?P<word>{_CALLED})\b",
    re.I,
)
# "Pass" is a password where it begins a line or a user's name stands before it, and a ticket elsewhere.
_PASS = as_pattern(r"(?:^\W{0,4}|[/,;|(]\s{0,3})(?P<word>pass)\s{0,2}[:=]\s{0,3}(?P<value>\S{6,200})", re.I | re.M)
# A user's name and a password beside it, without the word.
_PAIR = as_pattern(
    r"(?:\b(?:user(?:name)?|log-?in|credentials?|benutzer(?:name)?|zugangsdaten|zugang|identifiants?|usuario|account|"
    r"wi-?fi|wlan|ssid|"
    r"(?:log|sign) in with|anmelde\w{2,8})\b\s{0,2}[:=]?\s{0,2}[^\s/|]{2,60}|[\w.+-]{1,64}@[\w.-]{4,100})"
    r"\s{0,2}(?:[/|;,:]|\band\b|\bund\b|\bet\b|\by\b)\s{0,2}(?P<word>)(?P<value>[^\s\"'<>/]{8,100})",
    re.I,
)
_CODE = as_pattern(
    r"\b(?:(?:one-?time|verification|security|access|log-?in|sign-in|confirmation|authentication|2fa|"
    r"mfa|sms|door|alarm|safe|gate"
    r"|lock|unlock)[ -](?:pass)?codes?|pin(?:[ -]?(?:code|number|nummer))?|tan|otp|(?:sicherheits|"
    r"bestätigungs|verifizierungs|zugangs|"
    r"einmal|tür)code|code (?:of|for|to) the (?:safe|door|alarm|gate|lock|office|building|lift|"
    r"elevator)|code de (?:sécurité|vérification)|"
    r"código de (?:seguridad|verificación))\b(?: for(?: \w{1,20}){1,4}?)?\s{0,2}(?P<set>:|=|\bis\b|"
    r"\blautet\b|\bist\b|\best\b|\bes\b)"
    r"\s{0,2}(?P<value>\d(?:[ -]?\d){3,9}\#?)(?![\w%]|[.,:]\d)(?!\s?(?:digit|character|minute|hour|day|times|users))",
    re.I,
)
# A code without a verb: "switched off with PIN 739204".
_WITH_PIN = as_pattern(
    r"\b(?:(?:with|by|via|mit|using|use|enter|type|dial|press)\s(?:the\s|der\s"
    r"|your\s)?(?:[a-z]{3,12}\s)?(?:pin|code|tan)(?:[ -]?(?:code|number))?"
    r"|pin(?=\s{1,2}[\d -]{4,12}\s(?:opens|unlocks|works|gets|lets))|(?:door|alarm|gate|safe|lock)[ -]code)\s{1,2}"
    r"(?P<value>\d(?:[ -]?\d){3,9}\#?)(?![\w%]|[.,:]\d)",
    re.I,
)
# What opens something without being called a password; a pass phrase told in parts; the key of a network.
_OPENS_WITH = as_pattern(
    r"\b(?:zip|archive|file|folder|pdf|document|safe|door|cabinet|locker|vault|laptop|tablet|phone|screen|portal|account|box)s?\b[^.\n]{0,30}?"
    r"\b(?:opens?|unlocks?|unlocked|opened|encrypted|protected|locked)\s(?:with|by|using)\s(?:the\s)?[\"'“„]?(?P<value>[^\s\"'“”„<>]{6,60})",
    re.I,
)
_IN_PARTS = as_pattern(
    r"\b(?:first|second|third|last|other|1st|2nd)\s(?:half|part|piece|bit)(?:\s(?:of|is|the|a|its|pass|phrase|password|passphrase|key|code|secret|reads))*?"
    r"\s(?:is|reads|:)\s[\"'“„]?(?P<value>[^\s\"'“”„<>]{4,60})",
    re.I,
)
_COMBINATION = as_pattern(
    r"\b(?:(?:safe|lock|vault|locker)(?:['’]s)?\s(?:combination|code)|combination\s(?:to|of|for)\s(?:the|our|your)\s(?:safe|lock|vault|locker))\b"
    r"\s?(?:is|:|=)?\s{0,2}(?P<value>\d{1,2}(?:[- ]\d{1,2}){2,3})(?![\w-]|\.\d)",
    re.I,
)
_NETWORK = as_pattern(
    r"\b(?:wi-?fi|vpn|wlan|network|ssid|hotspot|router)\b[^.\n]{0,60}?\b(?:key|code|phrase|pre-?shared\skey|psk)(?:\s(?:is\s|[:=]\s?)?|[:=]\s?)[\"'“„]?"
    r"(?P<value>[^\s\"'“”„<>]{6,63})",
    re.I,
)
_RECOVERY = as_pattern(
    r"\b(?:recovery|back-?up|rescue|wiederherstellungs|emergency)[ -]?codes?\b\s{0,2}(?::|=|is\b|are\b)?\s{0,2}"
    r"(?P<value>(?=[a-z0-9-]{0,12}\d)[a-z0-9]{4,10}-[a-z0-9]{4,10})\b",
    re.I,
)
# A meeting's code is in its link, and in words beside it: it admits the invited, to that meeting only.
_LINK = as_pattern(r"\bhttps://([a-z0-9.-]{4,253})/[^\s<>\"“”]{0,2000}", re.I)
_OPENS = as_pattern(r"(?i)[?&](?:pwd|passcode|password|pw)=([^&#\s]{1,120})")
_MEETING_CODE = as_pattern(
    r"(?i)\b(?:(?:meeting|webinar|zoom|webex|teams|event|room)[ -](?:pass(?:code|word|wort)|kenncode|kennwort)|passcode"
    r"|kenncode|zugangscode|access code|pin|attendee code)\b"
)
_NEAR = 400  # characters; so far from a meeting's link its code may stand
_KEY_LENGTH = 20  # of a key or token that stands beside its name with nothing between
_ABOUT = (
    "pass", "pa$$", "pw", "kennwort", "contraseña", "clave", "senha", "wachtwoord", "lösenord", "adgangskode", "hasło",
    "пароль", "code", "código", "key", "token", "secret", "bearer", "user", "log", "sign in", "credential",
    "zugang", "identifiant", "usuario", "account", "benutzer", "anmelde",
    "opens", "combination", "vpn",
    "unlock", "protected", "opened", "encrypted", "locked", "wlan", "wi-fi", "wifi", "pin", "tan", "otp", "@",
)  # fmt: skip
_HIDDEN = as_pattern(r"[*•x.…_·-]{3,}|\{\{|\[|\$\{|<", re.I)
_PRODUCT = as_pattern(r"[A-Za-z]+\d{1,3}[a-z]?|[A-Z]{2,5}-?\d{2,6}|\d+[A-Za-z]{1,8}")
_MAIL = as_pattern(r"[^@]@[\w-]{1,63}\.[\w.-]{2}")
_WORDS = as_pattern(r"[a-z]{3,12}(?:-[a-z]{3,12}){3,7}")
# What stands where a secret could, and is none: a document's number, a phone number, an algorithm or protocol, a
# network's own name, a postal code of India (a PIN), a booking's confirmation.
_REFERS = as_pattern(r"account\b|\S{1,64}@", re.I)  # behind an account or an address, not a user's name
_DOCUMENT = as_pattern(r"[A-Z]{1,4}(?:-\d{2,10}){1,2}(?:-[A-Z]{2,4})?")
_PHONE = as_pattern(r"\+\d{1,3}[-.()\d]{6,18}(?:(?:x|ext\.?)\d{1,6})?")
_STANDARD = as_pattern(
    r"(?:AES|RSA|SHA|ECDSA|ECDH|DES|3DES|HMAC|PGP|GPG|TLS|SSL|WPA|SAML|OAuth|OIDC|FIDO|SCIM|LDAP|IKE|SSH|SMB)v?\d{0,3}(?:\.\d)?"
    r"(?:[-_](?:\d{3,4}|GCM|CBC|CTR|XTS|CCM|PSK|EAP|OAEP|PKCS1|[a-z]{3,10}))*",
    re.I,
)
_SEGMENT = as_pattern(r"V(?:X)?LAN[-_]?\d{1,4}(?:[-_][a-z]{2,12})?", re.I)
_PLACE = (
    r"(?:(?:new |navi )?(?:mumbai|delhi)|beng?al[ou]+r[eu]|bangalore|chennai|hyderabad|kolkata|pune|ahmedabad"
    r"|gurugram|gurgaon|noida|jaipur|kochi|chandigarh|indore|lucknow|coimbatore|thane|maharashtra"
    r"|karnataka|tamil nadu|telangana|gujarat|haryana|kerala|india)"
)
_BEFORE_POSTAL = as_pattern(rf"\b{_PLACE}\W{{1,3}}$", re.I)
_AFTER_POSTAL = as_pattern(rf"[\s,.-]{{1,3}}{_PLACE}\b", re.I)
_SIGNING_IN = as_pattern(
    r"\b(?:sign|log)(?:ging|ing)?[ -]?in\b|\b(?:log-?in|enter|type|verif\w{1,8}|authenticat\w{1,5}|expires?"
    r"|portal|account|one-time|password|2fa|mfa)\b",
    re.I,
)


def named_secrets(text: str) -> Iterator[tuple[int, str, str]]:
    """(start, the secret, what it is) of everything in a text that is called a password, key, PIN or code and looks
    like one."""
    low = text.casefold()
    if not any(word in low for word in _ABOUT):
        return
    plain, links = _meetings(text)
    for one in _NAMED.finditer(plain):
        value = one["value"].rstrip(".,;:!?)]}")
        if not _opens_meeting(one, links) and _is_named(one, value):
            yield one.start("value"), value, "a password" if one["word"] else "a key or token"
    for one in _KEY_BESIDE.finditer(plain):
        value = one["value"].rstrip(".,;:!?)]}")
        if len(value) >= _KEY_LENGTH and _is_striking(value):
            yield one.start("value"), value, "a key or token"
    for pattern in (_BESIDE, _BEFORE, _PASS, _PAIR):
        for one in pattern.finditer(plain):
            value = one["value"].rstrip(".,;:!?)]}")
            strikes = _is_striking(value) or (pattern is _PASS and looks_secret(value, 6))
            if strikes and not (pattern is _PAIR and _is_reference(one, value)) and not _opens_meeting(one, links):
                yield one.start("value"), value, "a password"
    yield from _in_other_words(plain, low)
    for pattern, says in (
        (_CODE, "a PIN or code"),
        (_WITH_PIN, "a PIN or code"),
        (_RECOVERY, "a recovery code"),
        (_COMBINATION, "a PIN or code"),
    ):
        for one in pattern.finditer(plain):
            if not _opens_meeting(one, links) and not _is_no_code(one):
                yield one.start("value"), one["value"], says


def _in_other_words(plain: str, low: str) -> Iterator[tuple[int, str, str]]:
    """What opens a file or a network without being called a password, and a password told in parts."""
    for pattern in (_OPENS_WITH, _NETWORK):
        for one in pattern.finditer(plain):
            value = one["value"].rstrip(".,;:!?)]}")
            named = _STANDARD.fullmatch(value) or (pattern is _NETWORK and _SEGMENT.fullmatch(value))
            if _is_striking(value) and len(value) > 6 and not named:
                yield one.start("value"), value, "a password"
    if re.search(_CALLED + r"|pass\sphrase", low):
        parts = [(one.start("value"), one["value"].rstrip(".,;:!?)]}")) for one in _IN_PARTS.finditer(plain)]
        if any(looks_secret(value, 4) or any(map(str.isdigit, value)) for _, value in parts):
            yield from ((start, value, "part of a password") for start, value in parts)


def _is_named(said: re.Match[str], value: str) -> bool:
    if not said["word"]:
        return looks_secret(value, 16)
    if said["set"].casefold() == "to":
        return _is_striking(value)
    called = said.string[said.start("set") : said.start("value")]
    alone = (":" in called or "=" in called) and (
        said.string[said.end("value") :].split("\n")[0].strip(" \"'”»).") == ""
    )
    return looks_secret(said["value"] if alone else value, 6) or (alone and _WORDS.fullmatch(value) is not None)


def _is_reference(said: re.Match[str], value: str) -> bool:
    """Whether what stands beside an account or an address is a phone number, or a document's number in a sentence."""
    if _PHONE.fullmatch(value):
        return True
    listed = said.string[said.start() : said.start("value")].rstrip()[-1:] in (",", ";")
    return listed and _DOCUMENT.fullmatch(value) is not None and _REFERS.match(said[0]) is not None


def _is_no_code(said: re.Match[str]) -> bool:
    """Whether what is called a PIN or code is a postal code of India, or the confirmation of a booking."""
    called, text = said[0].casefold(), said.string
    if called.startswith("pin") and len(re.sub(r"\D", "", said["value"])) == 6:
        before = _BEFORE_POSTAL.search(text[max(0, said.start() - 30) : said.start()])
        return before is not None or _AFTER_POSTAL.match(text, said.end("value")) is not None
    near = text[max(0, said.start() - 100) : said.end() + 100]
    return called.startswith("confirmation") and _SIGNING_IN.search(near) is None


def _is_striking(value: str) -> bool:
    """Whether a word looks like a password wherever it stands: no prose, no product, no date."""
    if not looks_secret(value, 6) or _PRODUCT.fullmatch(value) or value.count("/") > 1 or ":" in value:
        return False
    return (
        any(map(str.isdigit, value)) and any(map(str.isalpha, value)) and not re.fullmatch(r"[\d.,%-]+\w{0,3}", value)
    )


def _meetings(text: str) -> tuple[str, list[range]]:
    """The text without the codes in links of well-known meeting hosts, and where those links stand."""
    links = [one for one in _LINK.finditer(text) if domain_names.is_meeting_host(domain_names.to_ascii(one[1]))]
    for link in links:
        for code in list(_OPENS.finditer(text, *link.span())):
            text = text[: code.start()] + " " * len(code[0]) + text[code.end() :]
    return text, [range(*one.span()) for one in links]


def _opens_meeting(said: re.Match[str], links: Sequence[range]) -> bool:
    """Whether what looks like a secret is called a meeting's code, close to that meeting's link."""
    if not links or ("word" in said.re.groupindex and not said["word"]):
        return False
    called = _MEETING_CODE.search(said.string, max(0, said.start() - 10), said.end())
    return called is not None and any(link.start - _NEAR < said.start() < link.stop + _NEAR for link in links)


def looks_secret(value: str, longest: int) -> bool:
    """Whether a word called a password or key looks like one: letters with digits or signs, not prose."""
    if len(value) < longest or _HIDDEN.match(value) or value.startswith(("http", "/", "(")) or _MAIL.search(value):
        return False
    kinds = (any(map(str.isalpha, value)), any(map(str.isdigit, value)), any(sign in "+!#$%&*=?^_~@" for sign in value))
    return sum(kinds) >= 2
