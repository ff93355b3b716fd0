"""JSON files of any size, one record at a time: every digit kept, every flaw told with its place."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, BinaryIO

from ijson.backends import python as backend
from ijson.common import IncompleteJSONError, JSONError
from ijson.utils import sendable_list

from reviewqueue.proofs.canonical import DEEPEST, escape
from reviewqueue.refusals import Fault, Invalid

Remark = Callable[[str], None]
CHUNK = 8_192  # larger ones add up in the parser, whose buffer is only emptied between tokens
# The C parsers write "?" for a lone surrogate; evidence must not change on its way in.
_PARSER: Any = backend
_BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def ignore(_: str) -> None:
    """A listener for remarks that nobody reads."""


def refusal(path: Path, place: str, what: str, mend: str) -> Invalid:
    """An Invalid that names the file and the place, says that nothing was imported, and how to mend it."""
    where = f"{called(path)}, {place}" if place else called(path)
    return Invalid(f"{where}: {what}. Nothing of this file was imported. {mend}", [Fault(place, what)])


def require_file(path: Path) -> None:
    """Raises Invalid for what cannot be read twice: first for its flaws, then for its records."""
    try:
        kind = path.stat().st_mode
    except OSError as error:
        raise _unreadable(path, error) from None
    if S_ISDIR(kind):
        nothing = " (an empty name means the folder you are in)" if path == Path() else ""
        raise refusal(path, "", f"it cannot be read: it is a folder{nothing}", "Name the files in it.")
    if not S_ISREG(kind):
        what = "it cannot be read twice, as an import must: it is a pipe or a device"
        raise refusal(path, "", what, "Save it as a file first, and import that.")


def _unreadable(path: Path, error: OSError) -> Invalid:
    what = f"it cannot be read ({error.strerror or error})"
    return refusal(path, "", what, "Mend the path, or the right to read it, and import again.")


def called(path: Path) -> str:
    """What messages call a file: its own name; the whole path where there is no file of that name."""
    return path.name if os.path.isfile(path) else str(path)


def label(*texts: Any) -> str:
    """The first text that says something, as one line of at most 255 characters without control characters."""
    flat = (" ".join(_CONTROL.sub(" ", text).split())[:255] for text in texts if isinstance(text, str))
    return next(filter(None, flat), "")


def identifier(path: Path, at: str, value: Any) -> str:
    """A record's id as text. Raises Invalid, naming the place, for what cannot be one."""
    found = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not (0 < len(found) <= 255 and found.isprintable()):
        raise refusal(path, at, "a record has no id", "Ask for the id as well and export the records again.")
    return found


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
        if not isinstance(around.get(name), list):
            yield "", around
        elif rest is not None:
            rest |= around
    else:
        yield "", value
    for _ in reading.events:  # whatever follows must be sound too
        pass


def around(path: Path, name: str) -> dict[str, Any]:
    """What stands beside the list `name` in a file, which is read whole."""
    rest: dict[str, Any] = {}
    for _ in records(path, name, rest):
        pass
    return rest


@dataclass(frozen=True)
class _Reading:
    """Values built from a file's parser events; a value without one single meaning is refused with its pointer."""

    path: Path
    events: Iterator[tuple[str, Any]]

    def items(self, at: str) -> Iterator[tuple[str, Any]]:
        for number, (event, value) in enumerate(iter(self.events.__next__, ("end_array", None))):
            yield f"{at}/{number}", self.value(event, value, f"{at}/{number}", 1)

    def names(self, found: dict[str, Any], at: str) -> Iterator[str]:
        for _, key in iter(self.events.__next__, ("end_map", None)):
            if key in found:
                what = f"the name {key!r} stands twice in one object, so it is not clear which value holds"
                raise refusal(self.path, at or "at the top", what, "Take one of them away.")
            yield self.sound(key, at)

    def value(self, event: str, value: Any, at: str, depth: int) -> Any:
        if depth > DEEPEST:
            raise refusal(self.path, at, f"nested deeper than {DEEPEST}", "Export the records with fewer levels.")
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
            raise refusal(self.path, at, "a lone surrogate is no character", "Export the records again as UTF-8.")
        return text


def _events(path: Path) -> Iterator[tuple[str, Any]]:
    """The parser's events. Raises Invalid with line and byte where the text stops being JSON."""
    found = sendable_list()
    parser = _PARSER.basic_parse_coro(found)
    done = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                parser.send(chunk.removeprefix(_BOM) if done == 0 else chunk)
                yield from found
                del found[:]
                done += len(chunk)
        parser.close()
        yield from found
    except (JSONError, ValueError) as error:
        raise _broken(path, error, done) from None
    except OSError as error:
        raise _unreadable(path, error) from None
    finally:
        with suppress(JSONError, ValueError):  # given up half-way, the parser complains of half a text
            parser.close()


def _broken(path: Path, error: Exception, done: int) -> Invalid:
    """What to say of a text that is not JSON; the chunk that broke begins at byte `done`."""
    with path.open("rb") as file:
        head = file.read(200).strip()
        file.seek(0)
        line, byte, near = _place(file, done)
    place, said = f"line {line}, byte {byte}", str(error)
    if not head:
        return refusal(path, "line 1", "the file is empty", "Export the records again and look at the file's size.")
    if head[:1] not in b"{[<" and b"," in head.splitlines()[0]:
        mend = "It looks like CSV: fetch the answer of the REST API as JSON instead."
        return refusal(path, place, "JSON was expected", mend)
    if "codec" in said:
        return refusal(path, place, "this is not UTF-8", "Save the file as UTF-8 and import it again.")
    if "Additional data" in said:
        mend = "If each line is a record of its own, put them into one list: [ … , … ]."
        return refusal(path, place, "there is more after the end of the JSON value", mend)
    if isinstance(error, IncompleteJSONError):
        return refusal(path, place, "the JSON breaks off before its end", "Fetch the whole answer again.")
    what = f"this is not JSON, near {near!r} ({re.sub(r'( at [0-9]+|(?: at)?: line .*)$', '', said)})"
    return refusal(path, place, what, "Save the answer as the system gave it and import it again.")


def _place(file: BinaryIO, done: int) -> tuple[int, int, str]:
    """Line and byte (from 1) where parsing stops, found by giving the broken chunk byte by byte; and the text there."""
    parser = _PARSER.basic_parse_coro(sendable_list())
    line, byte, near = 1, 0, b""
    with suppress(JSONError, ValueError):
        while piece := file.read(min(CHUNK, done - byte) if byte < done else 1):
            line += near.endswith(b"\n") + piece[:-1].count(b"\n")
            byte += len(piece)
            near = (near + piece)[-30:]
            parser.send(piece.removeprefix(_BOM) if byte == len(piece) else piece)
        parser.close()
    return line, max(byte, 1), near.decode("utf-8", "replace")
