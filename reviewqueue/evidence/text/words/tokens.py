"""Tokenises a text into words and figures that compare without case, accents and endings; and finds negation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from reviewqueue.core.characters import escape_hidden
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.words import numbers
from reviewqueue.evidence.text.words.caches import cached_by_length
from reviewqueue.evidence.text.words.stems import stems

_TOKEN = as_pattern(r"\d+(?:[.,:/'’-]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
_QUOTES = str.maketrans("’‘ʼ´`", "'''''")


def folded(text: str) -> str:
    """A text without case, accents, width and hidden characters."""
    if text.isascii():
        return escape_hidden(text).casefold()
    flat = unicodedata.normalize("NFKD", escape_hidden(text).translate(_QUOTES))
    return "".join(sign for sign in flat if not unicodedata.combining(sign)).casefold()


def word_set(words: str) -> frozenset[str]:
    """The words of a text, folded."""
    return frozenset(map(folded, words.split()))


# Words that carry no fact, in English, German, French and Spanish.
STOP = word_set(
    """a about all also am an and any are as at be been being both but by can could did do does each ever for from
    get gets go goes got had has have having he her here him his how i if in into is it its itself just let like
    made make makes may me might mine more most much must my now of off on one only or other our ours out over
    own per please shall she should so some such than that the their theirs them then there these they this
    those through to too up upon us very was we were what when where which while who whom whose why will with
    would yes yet you your yours dear hello hi thank thanks say says said know known currently already still ll
    ve re s aber als am an auch auf aus bei beim bin bis da das dass dein dem den der des die dies diese diesem
    diesen dieser dieses du durch ein eine einem einen einer eines er es euch euer für gegen hat haben hatte
    hier ich ihr ihre ihrem ihren ihrer im in ins ist ja mein mit nach nur ob oder ohnehin sein seine sich sie
    sind so sowie über um und uns unser unsere unserem unseren unserer unter vom von vor war waren was wenn wer
    werden wie wir wird wo wurde zu zum zur zwischen au aux avec ce ces cette dans de des du elle en est et il
    ils la le les leur lui mais mon nos notre nous ou par pour que qui sa ses son sont sur un une vos votre vous
    al como con del el ella ellos en entre es esta este fue ha han las lo los nuestra nuestro para pero por que
    se ser son su sus una unos y"""
)
_GERMAN = word_set(
    """aber auch das dem den der des die ein eine für haben ich ihr ihre im ist mit nach nicht oder sie sind und
    uns vom von wir wird zu zum zur"""
)
_ENGLISH = word_set(
    """a an and are as at by for from have in is it of on or that the their they to was we will with you your"""
)
NEGATIONS = word_set(
    """no not never none neither nor without cannot nobody nothing isn't aren't wasn't weren't don't doesn't didn't
    can't couldn't won't wouldn't shouldn't hasn't haven't hadn't
    kein keine keinem keinen keiner keines nicht nichts nie niemals ohne weder
    aucun aucune jamais pas sans
    jamás nunca sin ningún ninguna"""
)
# "No later than Friday" and "not only" deny nothing.
_NO_DENIAL = word_set("""later more less fewer earlier longer only just matter doubt problem später mehr weniger nur""")
LEGAL = word_set(
    """ab ag bv co company corp corporation gmbh inc incorporated kk limited llc llp lp ltd mbh nv oy plc pty sa
    sarl sas se spa srl"""
)


class Token(NamedTuple):
    """A word or a figure at start:end. `word` is folded; of a figure, the plain number. `name` where it is written like
    a name: a capital that does not begin a sentence, or several of them."""

    start: int
    end: int
    word: str
    figure: bool
    name: bool

    @property
    def content(self) -> bool:
        """Whether it carries a fact."""
        return self.figure or (self.word not in STOP and self.word not in NEGATIONS)


@cached_by_length
def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of a text. Number words stay words: `number_words.with_figures` turns them into figures first."""
    found = []
    for hit in _TOKEN.finditer(text):
        start, end, words = hit.start(), hit.end(), hit[0]
        value = numbers.read(words) if words[0].isdigit() else None
        word = numbers.plain(value) if value is not None else folded(words)
        alone = len(words) == 1 and text[end : end + 1] == "."
        name = words[0].isupper() and (alone or not _begins(text, start) or any(map(str.isupper, words[1:])))
        found.append(Token(start, end, word, words[0].isdigit(), name))
    return tuple(found)


def _begins(text: str, start: int) -> bool:
    """Whether a sentence begins at that offset."""
    before = text[max(0, start - 4) : start].rstrip(" \t\"'“„»(*-•>")
    return not before or before[-1] in ".!?:\n"


def content(found: tuple[Token, ...]) -> list[Token]:
    """The tokens that carry a fact."""
    return [one for one in found if one.content]


def alike(one: Token, other: Token) -> bool:
    """Whether two tokens say the same: one word in two forms, or an initial and its name."""
    if one.word == other.word:
        return True
    if one.figure or other.figure:
        return False
    short, long = sorted((one.word, other.word), key=len)
    if len(short) == 1:
        return (one if one.word == short else other).name and long.startswith(short)
    return len(short) > 2 and not stems(short).isdisjoint(stems(long))


class WordSet:
    """The words of a text, to test whether it has one of them in any form."""

    def __init__(self, found: Iterable[Token]) -> None:
        """Keeps each word, its stem, and its first letter, for initials."""
        self._words: set[str] = set()
        self._initials: set[str] = set()
        for one in found:
            self._words |= {one.word} if one.figure or len(one.word) < 3 else stems(one.word)
            self._initials |= {one.word[:1]} if not one.figure else set()

    def has(self, one: Token) -> bool:
        """Whether the text says this word or figure."""
        if one.word in self._words:
            return True
        if one.figure:
            return False
        if len(one.word) == 1:
            return one.name and one.word in self._initials
        return len(one.word) > 2 and not stems(one.word).isdisjoint(self._words)


def denied(found: tuple[Token, ...], place: int, reach: int, text: str) -> bool:
    """Whether one of the `reach` tokens before the token number `place` denies it, in the same part of the sentence."""
    for at in range(place - 1, max(-1, place - 1 - reach), -1):
        if re.search(r"[.;:!?\n,]|\b(?:but|aber|sondern)\b", text[found[at].end : found[at + 1].start]):
            return False
        if found[at].word in ("but", "aber", "sondern", "mais", "pero"):
            return False
        if found[at].word in NEGATIONS:
            return not (at + 1 < len(found) and found[at + 1].word in _NO_DENIAL)
    return False


def denies(text: str) -> bool:
    """Whether a text has a negation."""
    found = tokens(text)
    return any(
        one.word in NEGATIONS and not (at + 1 < len(found) and found[at + 1].word in _NO_DENIAL)
        for at, one in enumerate(found)
    )


def language(text: str) -> str:
    """ "de" or "en" by the function words of a text, "" where they do not decide."""
    words = {one.word for one in tokens(text)}
    german, english = len(words & _GERMAN), len(words & _ENGLISH)
    return "" if german == english else "de" if german > english else "en"
