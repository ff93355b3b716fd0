"""Finds words that are read as Latin ones and are not: letters of another script that look Latin, letters of another
form, letters under marks."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from reviewqueue.core.characters import mixed_words, script_of
from reviewqueue.core.patterns import as_pattern


class DisguisedWord(NamedTuple):
    """A word that looks like a Latin one, and what it is: `written in Cyrillic letters`."""

    start: int
    end: int
    says: str


def _pairs(letters: str, latin: str) -> dict[int, str]:
    return {ord(letter): like for letter, like in zip(letters, latin, strict=True)}


# Letters that nobody tells from the Latin ones beside them.
_LATIN_LIKE = {
    "CYRILLIC": _pairs("аеорсухіѕјԁһԛԝӏѵАВЕЅІЈКМНОРСТУХԚԜ", "aeopcyxisjdhqwlvABESIJKMHOPCTYXQW"),
    "GREEK": _pairs("ονραιυκχγΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ovpaiukxyABEZHIKMNOPTYX"),
    "ARMENIAN": _pairs("ՕՍՏԼհոսօցյզ", "OUSLhnuogjq"),
    "CHEROKEE": _pairs("ᎠᎡᎢᎪᎫᎬᎳᎷᎻᏀᏃᏏᏒᏔᏚᏞᏟᏢᏦᏴᎥ", "DRTAJEWMHGZbRWSLCPKBi"),
}
# Those and letters that only resemble one: enough where a text has the same word in Latin letters.
_RESEMBLES = _pairs("кмтнвпигьτηεβωσμ", "kmthbnurbtnebwou")
_LATIN_OF = {letter: like for alike in (*_LATIN_LIKE.values(), _RESEMBLES) for letter, like in alike.items()}
_NEAR = 80  # characters; a word of the same script that cannot be taken for Latin, so close by, makes it honest text
_WORD = as_pattern(r"[^\W\d_]+")
_EAST = as_pattern("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff66-\uff9d]")
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("written in full-width letters", as_pattern("[Ａ-Ｚａ-ｚ]+")),
    ("written in mathematical letters", as_pattern("[\U0001d400-\U0001d6a5]{2,}")),
    ("written in circled or boxed letters", as_pattern("[\u24b6-\u24e9\U0001f110-\U0001f189]{2,}")),
    (
        "written with letters of phonetics",
        as_pattern("(?<![^\\W_])(?:[ᴀ-ᴢɢʙʜɪʟɴʀʏꜰꜱ]{2,}|(?:[a-zA-Z]{1,30}[ɑɡɩ]|[ɑɡɩ][a-zA-Z])[a-zA-Zɑɡɩ]{0,30})"),
    ),
    ("covered by marks", as_pattern("(?:[A-Za-z](?:[\u0334-\u0338]|[\u0300-\u036f]{3,40}))+")),
)
_ODD = as_pattern(
    "[\u0251\u0261\u0269\u0262\u026a\u0274\u0280\u028f\u0299\u029c\u029f\u0300-\u036f\u1d00-\u1d22\u24b6-\u24e9\ua730\ua731"
    "\uff21-\uff5a\U0001d400-\U0001d6a5\U0001f110-\U0001f189]"
)


def disguised_words(text: str) -> list[DisguisedWord]:
    """Every such word, in reading order. A word of another script beside words of it that cannot be taken for Latin is
    that language's own, and none."""
    if text.isascii():
        return []
    found = [DisguisedWord(start, end, f"mixes {_named(scripts)} letters") for start, end, scripts in mixed_words(text)]
    found += _of_other_script(text)
    if _ODD.search(text):
        found += _of_other_form(text)
    return sorted(found)


def told_apart(before: str, after: str) -> Mapping[str, str]:
    """The disguised words of two texts that are compared, each with what it is; also those that the other text has in
    Latin letters, whatever stands around them."""
    if before.isascii() and after.isascii():
        return {}
    says = {text[one.start : one.end]: one.says for text in (before, after) for one in disguised_words(text)}
    latin = {word.casefold() for text in (before, after) for word in _WORD.findall(text) if word.isascii()}
    for word in {word for text in (before, after) for word in _WORD.findall(text) if not word.isascii()} - set(says):
        if word.translate(_LATIN_OF).casefold() in latin and (script := script_of(word[0])) in _LATIN_LIKE:
            says[word] = f"written in {_named(script)} letters"
    return says


def _of_other_script(text: str) -> Iterator[DisguisedWord]:
    alike: list[tuple[re.Match[str], str]] = []
    honest: dict[str, list[int]] = {}
    for word in _WORD.finditer(text):
        script = "" if word[0].isascii() else script_of(word[0][0])
        if letters := _LATIN_LIKE.get(script):
            if all(ord(letter) in letters for letter in word[0]):
                alike.append((word, script))
            else:
                honest.setdefault(script, []).append(word.start())
    for word, script in alike:
        near = honest.get(script, [])
        at = bisect(near, word.start())
        if any(abs(place - word.start()) <= _NEAR for place in near[max(0, at - 1) : at + 1]):
            continue
        if (
            len(word[0]) > 1
            or text[word.start() - 1 : word.start()].isdigit()
            or text[word.end() : word.end() + 1].isdigit()
        ):
            yield DisguisedWord(*word.span(), f"written in {_named(script)} letters")


def _of_other_form(text: str) -> Iterator[DisguisedWord]:
    for says, pattern in _FORMS:
        if "full-width" in says and _EAST.search(text):
            continue
        yield from (DisguisedWord(*word.span(), says) for word in pattern.finditer(text))


def _named(scripts: str) -> str:
    """Scripts as people write them: `CYRILLIC and LATIN` is "Cyrillic and Latin"."""
    return " ".join(name if name == "and" else name.capitalize() for name in scripts.split())
