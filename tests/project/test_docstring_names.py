"""A name of the code that a docstring or comment quotes is there: a rename that forgets one shows here."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from reviewqueue.core.settings import ROOT

PACKAGE = ROOT / "reviewqueue"
WORD = re.compile(r"[A-Za-z_]\w*")
QUOTED = re.compile(r"`(\w*_\w*|\w+(?:\.\w+)*(?=\())(?:\([^`]*)?`")  # `with_underscore`, `call(…)`, `module.call(…)`
CONSTANT = re.compile(r"(?<![\w`/:.])[A-Z]{3,}(?:_[A-Z]+)+\b")  # also without backticks
FOREIGN = re.compile(r"REVIEWQUEUE_[A-Z_]+|DATABASE_URL|M_MMAP_THRESHOLD|M_ARENA_MAX")  # settings, the C library's


def documented(tree: ast.AST) -> list[ast.Constant]:
    """The docstrings of a module."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    bodies = [node.body[0] for node in ast.walk(tree) if isinstance(node, kinds) and node.body]
    texts = [one.value for one in bodies if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)]
    return [one for one in texts if isinstance(one.value, str)]


def words_of(tree: ast.AST) -> set[str]:
    """Every name in the code of a module, and every word in its texts; not those of its docstrings."""
    docstrings = {id(one) for one in documented(tree)}
    words: set[str] = set()
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname", "module"):
            if isinstance(value := getattr(node, field, None), str):
                words.update(WORD.findall(value))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            words.update(WORD.findall(node.value))
    return words


@cache
def defined_anywhere() -> frozenset[str]:
    """Every module, class, function and constant of the package, every attribute of a class; every table and every value
    of the vocabulary."""
    names = words_of(ast.parse((PACKAGE / "core" / "vocabulary.py").read_text(encoding="utf-8")))
    for path in PACKAGE.rglob("*.py"):
        names.update(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                names.add(node.name)
            for one in node.body if isinstance(node, ast.ClassDef | ast.Module) else ():
                targets = one.targets if isinstance(one, ast.Assign) else [getattr(one, "target", None)]
                bound = {target.id for target in targets if isinstance(target, ast.Name)}
                names |= bound
                if "__tablename__" in bound and isinstance(one, ast.Assign):
                    names |= {str(part.value) for part in ast.walk(one.value) if isinstance(part, ast.Constant)}
    return frozenset(names)


def comments(source: str) -> Iterator[str]:
    """The comments of a module."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def quoted(texts: Iterable[str], known: set[str]) -> set[str]:
    """The names that texts quote and nobody knows."""
    names = {name for text in texts for name in (*QUOTED.findall(text), *CONSTANT.findall(text))}
    return {name for name in names if not known.issuperset(name.split(".")) and not FOREIGN.fullmatch(name)}


def stale(source: str) -> set[str]:
    """The names that a module's docstrings and comments quote and that neither it nor the package has."""
    tree = ast.parse(source)
    known = words_of(tree) | defined_anywhere()
    found = quoted((str(one.value) for one in documented(tree)), known)
    if quoted(re.findall("#.*", source), known):  # it may stand in a text; to read the tokens takes ten times as long
        found |= quoted(comments(source), known)
    return found


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('def take(lease_until):\n    """Until `lease_until`."""', set()),
        ('def take(until):\n    """Until `lease_end`."""', {"lease_end"}),
        ('def take(more):\n    """Takes what `further(last, limit)` gives."""', {"further"}),
        ('def take(more):\n    """As `leases.take(…)` does."""', set()),
        ('def take(more):\n    """As `leases.grab(…)` does."""', {"leases.grab"}),
        ("LIMIT = 3  # fewer than FEWEST_PEOPLE", {"FEWEST_PEOPLE"}),
        ('"""Writes the table `log_entries`; sends `rq_` keys."""\nPREFIX = "rq_"', set()),
    ],
)
def test_it_finds_the_name_that_is_gone(source: str, names: set[str]) -> None:
    """The control: names that are there, and names that are not."""
    assert stale(source) == names


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_name_that_is_quoted_is_there(path: Path) -> None:
    """In each module's docstrings and comments."""
    assert not stale(path.read_text(encoding="utf-8"))
