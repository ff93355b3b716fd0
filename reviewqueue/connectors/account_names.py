"""Name matching: which accounts a deal could be for, by the words that both names begin with."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from reviewqueue.core import folding

Words = tuple[str, ...]
MAX_MATCHES = 50
_LAST = "\U0010ffff"
# Legal forms and fillers say nothing of a company; generic words never suffice, common ones never alone.
_DROPPED = frozenset(
    ["ab", "ag", "and", "as", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "kk",
     "limited", "llc", "llp", "lp", "ltd", "nv", "of", "oy", "plc", "pty", "sa", "sarl", "sas", "se", "spa", "srl",
     "the"]
)  # fmt: skip
_GENERIC = frozenset(
    ["association", "bank", "city", "college", "consulting", "county", "foundation", "group", "holding", "holdings",
     "hospital", "institute", "partners", "school", "services", "solutions", "state", "systems", "technologies",
     "university"]
)  # fmt: skip
_COMMON = frozenset(
    ["american", "atlantic", "blue", "central", "east", "eastern", "european", "first", "general", "global", "golden",
     "grand", "great", "green", "international", "national", "north", "northern", "pacific", "royal", "smart", "south",
     "southern", "standard", "summit", "united", "universal", "west", "western", "world"]
)  # fmt: skip


folded = folding.folded


def words(name: str) -> Words:
    """The distinctive words of a name, in order: no punctuation, no legal forms, no fillers."""
    plain = re.sub(r"[.'’]", "", folded(name))
    return tuple(word for word in re.findall(r"[^\W_]+", plain) if word not in _DROPPED)


def shared_words(deal: str, account: str) -> int:
    """How many words from the start the two names share."""
    count = 0
    for word, other in zip(words(deal), words(account), strict=False):
        if not (word == other or (count and _is_short_form(word, other))):
            break
        count += 1
    return count


class AccountIndex:
    """A prefix index: accounts in order of their names' words, so that a prefix is found without reading them all."""

    def __init__(self, accounts: Iterable[tuple[str, str]]) -> None:
        """`accounts` are (external id, name)."""
        self._rows = sorted((told, found) for found, name in accounts if (told := words(name)))

    def like(self, name: str) -> list[str]:
        """Ids of the accounts that share the longest distinctive prefix with this name; at most MAX_MATCHES."""
        begun: set[Words] = {()}
        for word in words(name):
            longer = {more for one in begun for more in self._longer(one, word)}
            if not longer:
                break
            begun = longer
        found = [row[1] for one in sorted(begun) if _is_distinctive(one) for row in self._span(one, (*one, _LAST))]
        return found[:MAX_MATCHES]

    def _longer(self, begun: Words, word: str) -> Iterator[Words]:
        """The prefixes one word longer that this word leads to, itself or as a short form (AZ for Arizona)."""
        if self._span((*begun, word), (*begun, word, _LAST)):
            yield (*begun, word)
        if begun and word.isalpha():
            for told, _ in self._span((*begun, word[0]), (*begun, word[0] + _LAST)):
                if _is_short_form(word, told[len(begun)]):
                    yield told[: len(begun) + 1]

    def _span(self, low: Words, high: Words) -> list[tuple[Words, str]]:
        return self._rows[bisect_left(self._rows, (low,)) : bisect_left(self._rows, (high,))]


def _is_distinctive(begun: Words) -> bool:
    tells = any(len(word) >= 4 and word not in _GENERIC for word in begun)
    return tells and (len(begun) > 1 or begun[0] not in _COMMON)


def _is_short_form(short: str, whole: str) -> bool:
    """Whether `short` (2 to 4 letters) is `whole` with letters left out: the same first letter, the rest in order."""
    if not (2 <= len(short) <= 4 and len(short) < len(whole) and short[0] == whole[0]):
        return False
    rest = iter(whole)
    return all(letter in rest for letter in short)
