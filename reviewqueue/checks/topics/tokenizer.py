"""Cuts a passage into the word pieces of BERT's uncased vocabulary; German, French and Spanish words that a glossary
knows become the pieces of an English word for them, since the encoder first learned from English."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.words.sentences import plain

# A longer word is no word: one piece, "unknown".
LONGEST_WORD = 100
# What may follow a glossary's word as its ending.
LONGEST_ENDING = 5
# Words of a glossary that are shorter stand for themselves alone, without an ending.
SHORTEST_STEM = 4
_CJK = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FA1F))
_ASCII_WORD = as_pattern(r"[a-z0-9]+|[^a-z0-9\s]")
_JOINTS = ("", "s", "es", "n", "en")

FUNCTION_WORDS = {
    "en": "the of and to in is that for you we with this are be on not have our your it will as at from by can i",
    "de": "der die das und ist nicht wir sie ihr ihre ihnen den dem des ein eine einen fur mit auf von zu zum zur im "
    "auch sich wird werden haben ich es bei noch nach dass uns unser unsere aus wie sind kann bitte am",
    "fr": "le la les des du une un et est nous vous votre vos notre nos pour dans que qui sur avec pas ne ce cette au "
    "aux en par plus sont il elle je de l d a se sera merci bonjour",
    "es": "el la los las del una un y es que de para con por en se su sus les nos no lo al como mas este esta ha han "
    "hemos le son ser si pero muy ya gracias hola",
}
_FUNCTION = {language: frozenset(words.split()) for language, words in FUNCTION_WORDS.items()}


def words(text: str) -> list[str]:
    """The words and signs of a text in small letters without accents, as BERT's uncased models cut them."""
    text = plain(text)
    if text.isascii():
        return _ASCII_WORD.findall(text)
    return [word for part in _without_accents(text).split() for word in _signs_apart(part)]


def language(found: Sequence[str]) -> str:
    """Which of four languages most function words of a text are of; "" where fewer than two say so, or two equally."""
    counts = sorted(((sum(word in known for word in found), name) for name, known in _FUNCTION.items()), reverse=True)
    return counts[0][1] if counts[0][0] >= 2 and counts[0][0] > counts[1][0] else ""


class Tokenizer:
    """Word pieces by longest match. `glossaries` has for each language the stems it knows, in English."""

    def __init__(self, vocabulary: Sequence[str], glossaries: Mapping[str, Mapping[str, str]]) -> None:
        self._ids = {piece: at for at, piece in enumerate(vocabulary)}
        self.unknown, self.begin, self.end = (self._ids[one] for one in ("[UNK]", "[CLS]", "[SEP]"))
        self._glossaries = glossaries
        self._known: dict[tuple[str, str], list[int]] = {}

    def pieces(self, text: str, language: str = "en") -> list[int]:
        """The ids of a passage's pieces, read in a language."""
        found: list[int] = []
        for word in words(text):
            found.extend(self._word(word, language))
        return found

    def _word(self, word: str, language: str) -> list[int]:
        ids = self._known.get((language, word))
        if ids is None:
            told = _gloss(word, self._glossaries.get(language, {}))
            ids = [one for part in (told.split() if told else [word]) for one in self._cut(part)]
            if len(self._known) < 20_000:
                self._known[language, word] = ids
        return ids

    def _cut(self, word: str) -> list[int]:
        if len(word) > LONGEST_WORD:
            return [self.unknown]
        found: list[int] = []
        start = 0
        while start < len(word):
            stop = len(word)
            while stop > start:
                piece = self._ids.get(word[start:stop] if start == 0 else "##" + word[start:stop])
                if piece is not None:
                    break
                stop -= 1
            else:
                return [self.unknown]
            found.append(piece if piece is not None else self.unknown)
            start = stop
        return found


def _gloss(word: str, glossary: Mapping[str, str], parts: int = 3) -> str:
    """A word in English by the longest stem that it begins with; a compound by its parts. "" where it is not known."""
    if not glossary or not word.isalpha():
        return ""
    if word in glossary:
        return glossary[word]
    for stop in range(len(word) - 1, SHORTEST_STEM - 1, -1):
        if (told := glossary.get(word[:stop])) is None:
            continue
        rest = word[stop:]
        if len(rest) <= LONGEST_ENDING and rest not in glossary:
            return told
        for joint in _JOINTS if parts > 1 else ():
            if rest.startswith(joint) and (more := _gloss(rest[len(joint) :], glossary, parts - 1)):
                return f"{told} {more}"
        if len(rest) <= LONGEST_ENDING:
            return told
    return ""


def _without_accents(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if unicodedata.category(sign) != "Mn")


def _signs_apart(part: str) -> list[str]:
    found: list[str] = []
    begun = False
    for sign in part:
        if _alone(sign):
            found.append(sign)
            begun = False
        elif unicodedata.category(sign)[0] == "C" or sign == "\ufffd":
            continue
        elif begun:
            found[-1] += sign
        else:
            found.append(sign)
            begun = True
    return found


def _alone(sign: str) -> bool:
    """Whether a sign is a word of its own: punctuation, every ASCII sign, and Chinese characters."""
    at = ord(sign)
    if at < 128:
        return not sign.isalnum()
    return unicodedata.category(sign)[0] == "P" or any(first <= at <= last for first, last in _CJK)
