"""Patterns: none of the package has a possessive quantifier, nor a capture in an atomic group.

CPython before 3.11.5 matches possessive quantifiers wrongly, and before 3.11.8 and 3.12.2 captures inside atomic groups
(python/cpython issues 106052 and 101955). Debian 12 has 3.11.2, fixed with its package 3.11.2-6+deb12u9 alone. A check
whose pattern misses there lets pass what it should stop, so atomic groups without captures are all that is used.
"""

from __future__ import annotations

import ast
import gc
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import reviewqueue
from reviewqueue.core.patterns import Pattern, as_pattern

PACKAGE = Path(reviewqueue.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
# What may stand in a pattern and is no quantifier: an escaped character, a set of characters.
ASIDE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
POSSESSIVE = re.compile(r"[*+?}]\+")


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Every text of a file with its line, but for docstrings; what an f-string puts in stands there as `0`."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in docstrings:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "0" for part in node.values]
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def possessive(source: str) -> list[str]:
    """The texts of a file that would be patterns with a possessive quantifier, each after its line."""
    return [f"{line}: {text}" for line, text in texts(source) if POSSESSIVE.search(ASIDE.sub("0", text))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_text_has_a_possessive_quantifier(file: Path) -> None:
    assert possessive(file.read_text(encoding="utf-8")) == [], "write an atomic group (?>…) instead"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('re.compile(r"a*+")', True),
        ('re.compile(r"a++b")', True),
        ('re.compile("a?+")', True),
        ('re.compile(rf"{one}{{1,30}}+")', True),
        ('PART = r"[\\w-]{1,30}+"', True),
        ('def late(text): return re.sub(rf"(?:{one})*+", "", text)', True),
        ('re.compile(r"(?>a*)")', False),
        ('re.compile(r"\\+++")', True),
        ('re.compile(r"\\++")', False),
        ('re.compile(r"[*+]+")', False),
        ('"""Not for C++."""', False),
        ('re.compile(r"[]*+]+|[^]*+]")', False),
    ],
)
def test_the_control(line: str, found: bool) -> None:
    """Each of the four quantifiers is seen, in any text; an escaped plus and a set of characters are none."""
    assert bool(possessive(line)) == found


def compiled() -> dict[str, re.Pattern[str]]:
    """Every pattern that a module of the package holds, put together as it is used."""
    found: dict[str, re.Pattern[str]] = {}
    for module in pkgutil.walk_packages([str(PACKAGE)], "reviewqueue."):
        if not module.name.endswith("__main__"):
            for name, value in vars(importlib.import_module(module.name)).items():
                values = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else ()
                for one in (value, *values):
                    if isinstance(one, re.Pattern | Pattern) and isinstance(one.pattern, str):
                        found[f"{module.name}.{name} {one.pattern[:60]}"] = one
    return found


def faults(parsed: Any, *, atomic: bool = False) -> Iterator[str]:
    """What a parsed pattern has that older versions of CPython match wrongly."""
    for operation, argument in parsed:
        if operation is _constants.POSSESSIVE_REPEAT:
            yield "possessive quantifier"
        if atomic and operation is _constants.SUBPATTERN and argument[0] is not None:
            yield "capture in an atomic group"
        for part in inner(argument):
            yield from faults(part, atomic=atomic or operation is _constants.ATOMIC_GROUP)


def inner(argument: Any) -> Iterator[Any]:
    """The patterns within an argument, however deep they lie."""
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for part in argument:
            yield from inner(part)


def test_no_pattern_is_matched_wrongly_by_an_older_python() -> None:
    """Also those put together of parts, each of which is sound by itself."""
    found = compiled()
    assert len(found) > 100
    wrong = {name: list(faults(_parser.parse(one.pattern, one.flags & ~re.UNICODE))) for name, one in found.items()}
    assert not {name: faults for name, faults in wrong.items() if faults}


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(?:a|(?=b*+))", ["possessive quantifier"]),
        ("(?>(a)|b)", ["capture in an atomic group"]),
        ("(?>(?:a|(?P<b>b))*)(c)", ["capture in an atomic group"]),
        ("(?>(?:a|b)*)(c)+", []),
    ],
)
def test_the_control_of_what_is_put_together(pattern: str, says: list[str]) -> None:
    assert list(faults(_parser.parse(pattern))) == says


def test_every_pattern_can_be_compiled() -> None:
    """Wherever it is kept, also in a table or a function; each is compiled when it is first used."""
    compiled()
    gc.unfreeze()  # what was loaded before the tests is set aside, and would not be listed
    kept = [one for one in gc.get_objects() if isinstance(one, Pattern)]
    gc.freeze()
    assert len(kept) > 900
    for one in kept:
        re.compile(one.pattern, one.flags)  # type: ignore[attr-defined]


def test_a_pattern_is_compiled_when_it_is_first_used() -> None:
    """It has a flaw, which shows only then."""
    flawed = as_pattern("(")
    assert flawed.pattern == "("
    with pytest.raises(re.error):
        flawed.search("a")


def test_a_pattern_has_all_that_a_compiled_one_has() -> None:
    names = [name for name in dir(re.Pattern) if not name.startswith("_")]
    for text, flags in (("(?P<a>b)", re.IGNORECASE), (b"x", 0)):
        for name in names:
            lazy, compiled_one = as_pattern(text, flags), re.compile(text, flags)  # type: ignore[type-var]
            if not callable(getattr(compiled_one, name)):
                assert getattr(lazy, name) == getattr(compiled_one, name)
            assert callable(getattr(lazy, name)) == callable(getattr(compiled_one, name))
    assert as_pattern("(?P<a>b)", re.IGNORECASE).sub(r"<\g<a>>", "aBc") == "a<B>c"
