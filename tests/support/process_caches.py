"""What a process works out once for all its tests: compiled templates, the builders of addresses, SQL, policies, what the
model says of a text, and what records say.

An installation works them out once, too, and keeps them as long as it runs; the tests make an application and an engine
for nearly every test, and half of their time would go into the same work again.
"""

from __future__ import annotations

import pickle
import tomllib
from collections.abc import Callable
from functools import lru_cache
from types import CodeType
from typing import Any

import sqlalchemy as sa
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from reviewqueue.checks.topics import classifier
from reviewqueue.evidence.text import read_records
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


def share() -> None:
    """From now on, every application and every engine of this process shares what is known."""
    Flask.url_rule_class = Address
    loading.load = keeping(loading.load)
    loading.tomllib, loading.lines_of = Toml, lru_cache(maxsize=500)(loading.lines_of)
    classifier.classify = lru_cache(maxsize=4000)(classifier.classify)
    read_records._read = lru_cache(maxsize=64)(read_records._read.__wrapped__)
    sa.event.listen(sa.Engine, "engine_connect", _knowing)


def _knowing(connection: sa.Connection) -> None:
    connection.execution_options(compiled_cache=_sql[connection.dialect.name])
