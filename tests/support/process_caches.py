"""What a process works out once for all its tests: compiled templates, the builders of addresses, SQL, policies, what the
model says of a text, what records say, and what the checks say of a draft.

An installation works them out once, too, and keeps them as long as it runs; the tests make an application and an engine
for nearly every test, and half of their time would go into the same work again.
"""

from __future__ import annotations

import pickle
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from types import CodeType
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from reviewqueue.checks.topics import classifier
from reviewqueue.evidence.text import read_records
from reviewqueue.items import revisions
from reviewqueue.policy import loading
from reviewqueue.policy.model.policy import Policy


class Templates(BytecodeCache):
    """What the applications of this process have compiled; a template that changes is another."""

    kept: dict[str, CodeType] = {}  # noqa: RUF012  (shared on purpose)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give it back, if it is known."""
        if known := self.kept.get(f"{bucket.key}{bucket.checksum}"):
            bucket.code = known

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        if bucket.code:
            self.kept[f"{bucket.key}{bucket.checksum}"] = bucket.code


class Address(Rule):
    """A rule of the URL map. How it matches and what builds its URLs depend on its text and defaults alone, and are
    compiled once."""

    kept: dict[tuple[Any, ...], Any] = {}  # noqa: RUF012  (shared on purpose)

    def compile(self) -> None:
        """Take over what a rule of the same text has compiled."""
        key = (self.rule, self.subdomain, self.merge_slashes, repr(self.defaults))
        if key not in self.kept:
            super().compile()
            builders = (self._build.__func__, self._build_unknown.__func__)  # type: ignore[attr-defined]
            self.kept[key] = (self._parts, self._trace, self._converters, frozenset(self.arguments), builders)
        self._parts, self._trace, self._converters, arguments, builders = self.kept[key]
        self.arguments |= arguments
        self._build, self._build_unknown = (one.__get__(self, None) for one in builders)


class Statements(LRUCache[Any, Any]):
    """The SQL of one dialect. SQLAlchemy's key begins with the engine's own copy of the dialect, which is left out."""

    def get(self, key: Any, default: Any = None) -> Any:
        """Give it back, if it is known."""
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Keep it."""
        super().__setitem__(key[1:], value)


_sql = {"sqlite": Statements(2000), "postgresql": Statements(2000)}


def keeping(load: Callable[..., Policy]) -> Callable[..., Policy]:
    """The same, which keeps what it made of the files of a policy; flaws are found anew."""
    kept = lru_cache(maxsize=64)(lambda files, stored: load(dict(files), stored=stored))
    return lambda files, *, stored=False: kept(tuple(files.items()), stored)


class Toml:
    """What `tomllib` reads of a text, a copy each time: policies differ in one file of thirty."""

    TOMLDecodeError = tomllib.TOMLDecodeError
    _read = staticmethod(lru_cache(maxsize=500)(lambda text: pickle.dumps(tomllib.loads(text))))

    @classmethod
    def loads(cls, text: str) -> Any:
        """Read it, or copy what was read."""
        return pickle.loads(cls._read(text))


class CheckedDrafts:
    """What `check_draft`, which is pure, has found for the same policy and lane and for all else of the same content. As
    long as a test has something patched, drafts are checked anew, and nothing is kept."""

    def __init__(self, check: Callable[..., revisions.CheckedDraft]) -> None:
        self._check = check
        self._kept: LRUCache[Any, Any] = LRUCache(1000)
        self.patches: set[int] = set()

    def __call__(self, policy: Policy, lane: Any, gate: Any, drafted: Any, sent: Any, context: Any) -> Any:
        """Check it, or give back what was found."""
        if self.patches:
            return self._check(policy, lane, gate, drafted, sent, context)
        key = (id(policy), id(lane), id(gate), _content((drafted, sent, context)))
        known = self._kept.get(key)
        if known is None:
            # Policy, lane and gate are kept, so that no other object has their ids.
            known = self._kept[key] = (self._check(policy, lane, gate, drafted, sent, context), policy, lane, gate)
        found = known[0]
        return replace(found, drafted=drafted, context=context, checks=list(found.checks))


def _content(value: Any) -> Any:
    """All that a value says, in its order, as a key of a dictionary; numbers with their types and digits."""
    if value is None or type(value) is str:
        return value
    if is_dataclass(value):
        return type(value), tuple(_content(getattr(value, one.name)) for one in fields(value))
    if isinstance(value, Mapping):
        return "map", tuple((_content(name), _content(one)) for name, one in value.items())
    if isinstance(value, set | frozenset):
        return "set", frozenset(map(_content, value))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return type(value), tuple(map(_content, value))
    return type(value), repr(value)


def _see_patches(patches: set[int]) -> None:
    """Have every MonkeyPatch stand in `patches` from its first `setattr` to its `undo`."""
    setattr_, undo = pytest.MonkeyPatch.setattr, pytest.MonkeyPatch.undo

    def patching(self: pytest.MonkeyPatch, *args: Any, **kwargs: Any) -> None:
        patches.add(id(self))
        setattr_(self, *args, **kwargs)

    def undoing(self: pytest.MonkeyPatch) -> None:
        undo(self)
        patches.discard(id(self))

    pytest.MonkeyPatch.setattr, pytest.MonkeyPatch.undo = patching, undoing  # type: ignore[method-assign, assignment]


def share() -> None:
    """From now on, every application and every engine of this process shares what is known."""
    Flask.url_rule_class = Address
    loading.load = keeping(loading.load)
    loading.tomllib, loading.lines_of = Toml, lru_cache(maxsize=500)(loading.lines_of)
    classifier.classify = lru_cache(maxsize=4000)(classifier.classify)
    read_records._read = lru_cache(maxsize=64)(read_records._read.__wrapped__)
    revisions.check_draft = checked = CheckedDrafts(revisions.check_draft)
    _see_patches(checked.patches)
    sa.event.listen(sa.Engine, "engine_connect", _knowing)


def _knowing(connection: sa.Connection) -> None:
    connection.execution_options(compiled_cache=_sql[connection.dialect.name])
