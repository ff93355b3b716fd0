"""Streams JSON files of any size, one record at a time: keeps every digit, and reports each error with its place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ijson.common import JSONError
from ijson.utils import sendable_list

from reviewqueue.connectors.file_errors import (
    BOM,
    CHUNK,
    PARSER,
    describe_value,
    import_error,
    not_json_error,
    unreadable_error,
)
from reviewqueue.core.canonical_json import MAX_DEPTH, escape
from reviewqueue.core.patterns import as_pattern

_SURROGATE = as_pattern("[\ud800-\udfff]")


def records(path: Path, name: str, rest: dict[str, Any] | None = None) -> Iterator[tuple[str, Any]]:
    """Each record with its pointer: the items of a list, or of the list `name` in an object, else the value itself.

    What stands beside that list goes into `rest`. Raises Invalid with line and byte, or with the pointer."""
    reading = _Reading(path, _events(path))
    event, value = next(reading.events)
    if event == "start_array":
        yield from reading.items("")
    elif event == "start_map":
        around: dict[str, Any] = {}
        for key in reading.names(around, ""):
            event, value = next(reading.events)
            listed = key == name and event == "start_array"
            if listed:
                yield from reading.items(f"/{name}")
            around[key] = [] if listed else reading.value(event, value, f"/{escape(key)}", 1)
        if name not in around:
            yield "", around
        elif not isinstance(around[name], list):
            what = f"must be a list of records, not {describe_value(around[name])}"
            raise import_error(path, f"/{name}", what, "Export the answer of the API as it came.")
        elif rest is not None:
            rest |= around
    else:
        yield "", value
    for _ in reading.events:  # whatever follows must be valid too
        pass


def siblings_of(path: Path, name: str) -> dict[str, Any]:
    """The other members of the object that holds the list `name`; reads the whole file. Raises as `records` does."""
    rest: dict[str, Any] = {}
    for _ in records(path, name, rest):
        pass
    return rest


@dataclass(frozen=True)
class _Reading:
    """Builds values from a file's parser events; raises Invalid, with the pointer, for an ambiguous value."""

    path: Path
    events: Iterator[tuple[str, Any]]

    def items(self, at: str) -> Iterator[tuple[str, Any]]:
        for number, (event, value) in enumerate(iter(self.events.__next__, ("end_array", None))):
            yield f"{at}/{number}", self.value(event, value, f"{at}/{number}", 1)

    def names(self, found: dict[str, Any], at: str) -> Iterator[str]:
        for _, key in iter(self.events.__next__, ("end_map", None)):
            if key in found:
                what = (
                    f"the name {describe_value(key)} appears twice in one object, so it is not clear which value counts"
                )
                raise import_error(self.path, at or "at the top", what, "Remove one of them.")
            yield self.sound(key, at)

    def value(self, event: str, value: Any, at: str, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise import_error(
                self.path, at, f"nested deeper than {MAX_DEPTH}", "Export the records with fewer levels."
            )
        if event == "start_map":
            found: dict[str, Any] = {}
            for key in self.names(found, at):
                found[key] = self.value(*next(self.events), f"{at}/{escape(key)}", depth + 1)
            return found
        if event == "start_array":
            ahead = iter(self.events.__next__, ("end_array", None))
            return [self.value(*one, f"{at}/{number}", depth + 1) for number, one in enumerate(ahead)]
        return self.sound(value, at) if event == "string" else value

    def sound(self, text: str, at: str) -> str:
        if _SURROGATE.search(text):
            raise import_error(
                self.path, at, "a lone surrogate is not a character", "Export the records again as UTF-8."
            )
        return text


def _events(path: Path) -> Iterator[tuple[str, Any]]:
    """The parser's events. Raises Invalid with line and byte where the text stops being JSON."""
    found = sendable_list()
    parser = PARSER.basic_parse_coro(found)
    done = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                parser.send(chunk.removeprefix(BOM) if done == 0 else chunk)
                yield from found
                del found[:]
                done += len(chunk)
        parser.close()
        yield from found
    except (JSONError, ValueError) as error:
        raise not_json_error(path, error, done) from None
    except OSError as error:
        raise unreadable_error(path, error) from None
    finally:
        with suppress(JSONError, ValueError):  # closed half-way, the parser complains about half a text
            parser.close()
