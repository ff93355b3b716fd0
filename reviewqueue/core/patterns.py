"""Patterns that are compiled when they are first used. The package has more than a thousand; to compile them all takes
a quarter of a second, which every command would spend before it begins, though most need a few of them or none."""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class Pattern:
    """Has what the compiled pattern has, and is as fast."""


class _Uncompiled(Pattern):
    """Compiled once it is asked for anything but its text; from then on it is of the class above, which has no
    `__getattr__` that would slow down each call."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self.pattern, self._given = pattern, flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self.pattern, self._given)
        vars(self).update((one, getattr(compiled, one)) for one in _PUBLIC)
        self.__class__ = Pattern  # type: ignore[assignment]
        return getattr(compiled, name)


_PUBLIC = [name for name in dir(re.Pattern) if not name.startswith("_")]


def as_pattern(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """A pattern that a module keeps. A flaw in it shows when it is first used; a test compiles each of them."""
    return cast("re.Pattern[AnyStr]", _Uncompiled(pattern, flags))
