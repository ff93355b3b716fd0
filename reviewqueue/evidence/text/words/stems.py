"""Stemming: a word without its ending, in English and in German, so that two forms of it compare as one."""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib.util import find_spec
from types import ModuleType


def _apart() -> None:
    """Let one language's module be imported alone: the package's own `__init__` imports all thirty, for 10 MB and a
    third of a second."""
    found = find_spec("snowballstemmer")
    package = ModuleType("snowballstemmer")
    package.__path__ = list(found.submodule_search_locations or ()) if found else []
    sys.modules.setdefault(package.__name__, package)


_apart()

from snowballstemmer.english_stemmer import EnglishStemmer  # noqa: E402
from snowballstemmer.german_stemmer import GermanStemmer  # noqa: E402


@lru_cache(maxsize=16_384)
def stems(word: str) -> frozenset[str]:
    """A folded word itself, and its stem in either language."""
    return frozenset((word, EnglishStemmer().stemWord(word), GermanStemmer().stemWord(word)))
