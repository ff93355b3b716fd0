"""Errors of import files: why one cannot be read as JSON, at which place, and what it probably is instead."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, BinaryIO

from ijson.backends import python as backend
from ijson.common import IncompleteJSONError, JSONError
from ijson.utils import sendable_list

from reviewqueue.core.characters import single_line
from reviewqueue.core.errors import FieldError, Invalid
from reviewqueue.core.patterns import as_pattern

CHUNK = 8_192  # larger ones add up in the parser, whose buffer is only emptied between tokens
BOM = b"\xef\xbb\xbf"
# The C parsers write "?" for a lone surrogate; evidence must not change on its way in.
PARSER: Any = backend
# How a compressed file begins.
_PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip, as an Excel workbook is too"}
_WIDE = (b"\xff\xfe", b"\xfe\xff")
# Column separators of a table; the name of an only column; and what no table begins with: a JSON name and its colon.
_SEPARATORS, _NAME, _MEMBER = as_pattern(rb"[,;\t|]"), as_pattern(rb'\w+|"[^"]+"'), as_pattern(rb'"[^"]*"\s*:')

_NUMBER = as_pattern(r"Unexpected symbol '(-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)' at")


def require_file(path: Path) -> None:
    """Raises Invalid for what is no file that can be read twice: first for its errors, then for its records."""
    try:
        kind = path.stat().st_mode
    except OSError as error:
        raise unreadable_error(path, error) from None
    if S_ISDIR(kind):
        nothing = " (an empty name means the folder you are in)" if path == Path() else ""
        raise import_error(path, "", f"it cannot be read: it is a folder{nothing}", "Name the files in it.")
    if not S_ISREG(kind):
        what = "it cannot be read twice, as an import must: it is a pipe or a device"
        raise import_error(path, "", what, "Save it as a file first, and import that.")


def unreadable_error(path: Path, error: OSError) -> Invalid:
    """The error for a file that the operating system does not let us read."""
    what = f"it cannot be read ({error.strerror or error})"
    return import_error(path, "", what, "Correct the path, or the permission to read it, and import again.")


def not_json_error(path: Path, error: Exception, done: int) -> Invalid:
    """The error for a text that is not JSON; the chunk in which parsing failed begins at byte `done`."""
    with path.open("rb") as file:
        head = file.read(200).removeprefix(BOM).strip()
        file.seek(0)
        line, byte, near = _locate_error(file, done)
    if not head:
        return import_error(
            path, "line 1", "the file is empty", "Export the records again and look at the file's size."
        )
    what, fix = _other_format(head) or _flaw(error, near)
    if head.startswith(b"<"):
        what = _unexpected(error, near)
        fix = "It looks like a web page (HTML or XML): sign in again and save the answer of the REST API."
    return import_error(path, f"line {line}, byte {byte}", what, fix)


def _other_format(head: bytes) -> tuple[str, str] | None:
    """(what a file is that begins like this, how to fix it); None where it may be JSON."""
    packed = next((name for magic, name in _PACKED.items() if head.startswith(magic)), "")
    if packed:
        return f"the file is packed ({packed})", "Unpack it first, and import the JSON in it."
    if head.startswith(_WIDE) or b"\0" in head[:2]:
        fix = "Save it as UTF-8 and import it again (in PowerShell: Out-File -Encoding utf8 instead of >)."
        return "this is UTF-16, where UTF-8 was expected", fix
    if _is_table(*head.splitlines()):
        return "JSON was expected", "It looks like CSV: fetch the answer of the REST API as JSON instead."
    return None


def _is_table(first: bytes, *more: bytes) -> bool:
    """Whether a file that begins with these lines looks like CSV, whatever its separator; it may have one column."""
    if first[:1] in b"{[<" or _MEMBER.match(first):
        return False
    return bool(_SEPARATORS.search(first) or (more and _NAME.fullmatch(first.strip())))


def _flaw(error: Exception, near: str) -> tuple[str, str]:
    """(what is wrong with a text that was meant as JSON, how to fix it)."""
    words = str(error)
    if "codec" in words:
        return "this is not UTF-8", "Save the file as UTF-8 and import it again."
    if "Additional data" in words:
        fix = "If each line is a record of its own, put them into one list: [ … , … ]."
        return "there is more after the end of the JSON value", fix
    if isinstance(error, IncompleteJSONError):
        return "the JSON breaks off before its end", "Fetch the whole answer again."
    if _too_large(words):
        return "a number has more digits, or a larger exponent, than can be kept", "Export it as text, or leave it out."
    return _unexpected(error, near), "Save the answer as the system gave it and import it again."


def _too_large(words: str) -> bool:
    """Whether the parser complains about a number that is valid JSON, but larger than Python keeps."""
    found = _NUMBER.match(words)
    if found is None:
        return False
    try:
        int(found[1]) if found[1].lstrip("-").isdecimal() else Decimal(found[1])
    except (ValueError, ArithmeticError):
        return True
    return False


def _unexpected(error: Exception, near: str) -> str:
    why = join_values(re.sub(r"( at [0-9]+|(?: at)?: line .*)$", "", str(error)))
    return f"this is not JSON, near {near!r} ({why})"


def _locate_error(file: BinaryIO, done: int) -> tuple[int, int, str]:
    """Line and byte (from 1) where parsing stops, found by parsing the broken chunk byte by byte; and the text."""
    parser = PARSER.basic_parse_coro(sendable_list())
    line, byte, near = 1, 0, b""
    with suppress(JSONError, ValueError):
        while piece := file.read(min(CHUNK, done - byte) if byte < done else 1):
            line += near.endswith(b"\n") + piece[:-1].count(b"\n")
            byte += len(piece)
            near = (near + piece)[-30:]
            parser.send(piece.removeprefix(BOM) if byte == len(piece) else piece)
        parser.close()
    return line, max(byte, 1), near.decode("utf-8", "replace")


Remark = Callable[[str], None]
# How much is read of a text that is cut at the end: hidden characters make it longer, never shorter.
_READ = 1_000


def ignore(_: str) -> None:
    """A Remark that drops what it is called with."""


def display_name(path: Path) -> str:
    """A file's name in messages: its own name; the whole path where there is no file of that name."""
    name = path.name if os.path.isfile(path) else str(path)
    return single_line(os.fsencode(name).decode(errors="backslashreplace"))


def import_error(path: Path, place: str, what: str, fix: str) -> Invalid:
    """An Invalid that names the file and the place, says that nothing was imported, and how to fix it."""
    place = single_line(place[:_READ], 160)
    where = f"{display_name(path)}, {place}" if place else display_name(path)
    return Invalid(f"{where}: {what}. Nothing of this file was imported. {fix}", [FieldError(place, what)])


def join_values(*values: Any) -> str:
    """The words and numbers among these values as part of a message; "" where none says anything."""
    texts = (str(one)[:_READ] for one in values if isinstance(one, str | int | Decimal) and not isinstance(one, bool))
    return ", ".join(filter(None, (single_line(text, 160) for text in texts)))


def describe_value(value: Any) -> str:
    """A value as part of a message, by its JSON type."""
    if isinstance(value, str):
        return f"“{single_line(value[:_READ], 40)}”"
    if isinstance(value, bool | None):
        return json.dumps(value)
    return (
        "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else single_line(str(value), 40)
    )
