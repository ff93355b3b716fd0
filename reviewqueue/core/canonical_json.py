"""Canonical JSON: one text for one value, so that one digest stands for it.

Our own values follow RFC 8785 exactly. Payloads from outside keep every digit their numbers came with
(`read` gives `int` and `Decimal`, `write(…, digits=True)` gives them back), because a double would lose them and
two different amounts would then share a digest.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from reviewqueue.core.patterns import as_pattern

MAX_DEPTH = 64
_SURROGATE = as_pattern("[\ud800-\udfff]")
_INDEX = as_pattern(r"0|[1-9][0-9]{0,9}")


class NotCanonical(ValueError):
    """The value has no canonical form; `at` is the JSON Pointer of the place."""

    def __init__(self, says: str, at: str = "") -> None:
        super().__init__(f"{says} (at {at or 'the top'})")
        self.says = says
        self.at = at

    def below(self, name: str | int) -> NotCanonical:
        """The same error as the enclosing value sees it: `name` goes in front of the pointer."""
        return NotCanonical(self.says, f"/{escape(str(name))}{self.at}")


def _constant(name: str) -> Any:
    raise NotCanonical(f"{name} is not JSON")


def _reject_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        duplicate = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise NotCanonical(f"the name {duplicate[:64]!r} appears twice in one object")
    return found


def read(text: str | bytes) -> Any:
    """Parse JSON, keeping each number's digits; raises NotCanonical on anything that has no single meaning."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        value = json.loads(text, parse_float=Decimal, parse_constant=_constant, object_pairs_hook=_reject_duplicates)
        _check(value, MAX_DEPTH)
    except NotCanonical:
        raise
    except RecursionError:
        raise NotCanonical("nested too deeply") from None
    except UnicodeDecodeError as error:
        raise NotCanonical(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise NotCanonical(f"not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except (ValueError, ArithmeticError):
        raise NotCanonical("a number has more digits, or a larger exponent, than can be kept") from None
    return value


def _check(value: Any, depth_left: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict | list | tuple):
        if not depth_left:
            raise NotCanonical(f"nested deeper than {MAX_DEPTH}")
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(name, str):
                _check_text(name)
            try:
                _check(inner, depth_left - 1)
            except NotCanonical as error:
                raise error.below(name) from None


def _check_text(text: str) -> None:
    if not text.isascii() and _SURROGATE.search(text):
        raise NotCanonical("a lone surrogate is not a character")


def write(value: Any, *, digits: bool = False) -> str:
    """The canonical text of `value`. With `digits`, numbers keep their own digits; without, RFC 8785 holds.

    Raises NotCanonical naming the place.
    """
    text = _text(value, digits)
    if not text.isascii() and _SURROGATE.search(text):
        _check(value, MAX_DEPTH)  # finds the place
    return text


_LEAVES: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
}


def _text(value: Any, digits: bool) -> str:
    leaf = _LEAVES.get(type(value))
    if leaf is not None:
        return leaf(value)
    if isinstance(value, dict):
        return _object(value, digits)
    if isinstance(value, (list, tuple)):
        return _list(value, digits)
    return encode_basestring(value) if isinstance(value, str) else _number(value, digits)


def _object(value: dict[str, Any], digits: bool) -> str:
    names = _in_order(value)
    parts: list[str] = []
    try:
        for name in names:
            parts.append(f"{encode_basestring(name)}:{_text(value[name], digits)}")
    except NotCanonical as error:
        raise error.below(names[len(parts)]) from None
    return "{" + ",".join(parts) + "}"


def _list(value: list[Any] | tuple[Any, ...], digits: bool) -> str:
    parts: list[str] = []
    try:
        for inner in value:
            parts.append(_text(inner, digits))
    except NotCanonical as error:
        raise error.below(len(parts)) from None
    return "[" + ",".join(parts) + "]"


def _in_order(names: Iterable[str]) -> list[str]:
    """Names in the order of their UTF-16 code units, which differs from Python's only beyond ASCII."""
    try:
        plain = "".join(names).isascii()
    except TypeError:
        raise NotCanonical("a name must be text") from None
    return sorted(names) if plain else sorted(names, key=lambda name: name.encode("utf-16-be", "surrogatepass"))


def _number(value: Any, digits: bool) -> str:
    if digits and isinstance(value, (int, Decimal)):
        return str(value)
    if isinstance(value, Decimal):
        raise NotCanonical("a decimal number must be carried as text")
    if isinstance(value, int):
        if abs(value) >= 2**53:
            raise NotCanonical("an integer of 2^53 or more must be carried as text")
        return str(value)
    if not isinstance(value, float):
        raise NotCanonical(f"{type(value).__name__} is not a JSON value")
    if not math.isfinite(value):
        raise NotCanonical("not a finite number")
    return _shortest(value)


def _shortest(value: float) -> str:
    """ECMAScript's Number::toString (RFC 8785, 3.2.2.3) from Python's shortest round-trip digits."""
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    _, figures, exponent = Decimal(repr(abs(value))).normalize().as_tuple()
    text = "".join(map(str, figures))
    point = len(text) + int(exponent)
    if len(text) <= point <= 21:
        return sign + text + "0" * (point - len(text))
    if 0 < point <= 21:
        return f"{sign}{text[:point]}.{text[point:]}"
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + text
    power = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return sign + text[0] + ("." + text[1:] if len(text) > 1 else "") + power


def digest(value: Any, *, digits: bool = False) -> str:
    """Lower-case hexadecimal SHA-256 of the canonical text (64 characters)."""
    return hashlib.sha256(write(value, digits=digits).encode()).hexdigest()


def escape(name: str) -> str:
    """A name as a JSON Pointer token (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


MISSING = object()


def resolve_pointer(value: Any, pointer: str) -> Any:
    """The value that a JSON Pointer (RFC 6901) points at, or MISSING. Blank, null and absent stay three things."""
    if pointer == "":
        return value
    if not pointer.startswith("/"):
        return MISSING
    for token in pointer[1:].split("/"):
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and _INDEX.fullmatch(name) and int(name) < len(value):
            value = value[int(name)]
        else:
            return MISSING
    return value


def leaves(value: Any, at: str = "") -> list[tuple[str, str]]:
    """(pointer, text) of every text in a value, in reading order."""
    if isinstance(value, str):
        return [(at, value)]
    if isinstance(value, dict):
        return [leaf for name, inner in value.items() for leaf in leaves(inner, f"{at}/{escape(name)}")]
    if isinstance(value, list):
        return [leaf for number, inner in enumerate(value) for leaf in leaves(inner, f"{at}/{number}")]
    return []
