"""Flaws: why a file cannot be read as JSON, at which place, and what it probably is instead."""

from __future__ import annotations

import re
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, BinaryIO

from ijson.backends import python as backend
from ijson.common import IncompleteJSONError, JSONError
from ijson.utils import sendable_list

from reviewqueue.connectors.telling import refusal, said
from reviewqueue.refusals import Invalid

CHUNK = 8_192  # larger ones add up in the parser, whose buffer is only emptied between tokens
BOM = b"\xef\xbb\xbf"
# The C parsers write "?" for a lone surrogate; evidence must not change on its way in.
PARSER: Any = backend
# How a packed file begins.
_PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip, as an Excel workbook is too"}
_WIDE = (b"\xff\xfe", b"\xfe\xff")
# What parts the columns of a table; the name of an only column; and how no table begins: a name with its value.
_PARTED, _NAME, _MEMBER = re.compile(rb"[,;\t|]"), re.compile(rb'\w+|"[^"]+"'), re.compile(rb'"[^"]*"\s*:')

_NUMBER = re.compile(r"Unexpected symbol '(-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)' at")


def require_file(path: Path) -> None:
    """Raises Invalid for what cannot be read twice: first for its flaws, then for its records."""
    try:
        kind = path.stat().st_mode
    except OSError as error:
        raise unreadable(path, error) from None
    if S_ISDIR(kind):
        nothing = " (an empty name means the folder you are in)" if path == Path() else ""
        raise refusal(path, "", f"it cannot be read: it is a folder{nothing}", "Name the files in it.")
    if not S_ISREG(kind):
        what = "it cannot be read twice, as an import must: it is a pipe or a device"
        raise refusal(path, "", what, "Save it as a file first, and import that.")


def unreadable(path: Path, error: OSError) -> Invalid:
    """The refusal for a file that the machine does not give out."""
    what = f"it cannot be read ({error.strerror or error})"
    return refusal(path, "", what, "Mend the path, or the right to read it, and import again.")


def broken(path: Path, error: Exception, done: int) -> Invalid:
    """What to say of a text that is not JSON; the chunk that broke begins at byte `done`."""
    with path.open("rb") as file:
        head = file.read(200).removeprefix(BOM).strip()
        file.seek(0)
        line, byte, near = _place(file, done)
    if not head:
        return refusal(path, "line 1", "the file is empty", "Export the records again and look at the file's size.")
    what, mend = _other(head) or _flaw(error, near)
    if head.startswith(b"<"):
        what = _unexpected(error, near)
        mend = "It looks like a web page (HTML or XML): sign in again and save the answer of the REST API."
    return refusal(path, f"line {line}, byte {byte}", what, mend)


def _other(head: bytes) -> tuple[str, str] | None:
    """What a file is that begins like this, and the mend; None where it may be JSON."""
    packed = next((name for magic, name in _PACKED.items() if head.startswith(magic)), "")
    if packed:
        return f"the file is packed ({packed})", "Unpack it first, and import the JSON in it."
    if head.startswith(_WIDE) or b"\0" in head[:2]:
        mend = "Save it as UTF-8 and import it again (in PowerShell: Out-File -Encoding utf8 instead of >)."
        return "this is UTF-16, where UTF-8 was expected", mend
    if _is_table(*head.splitlines()):
        return "JSON was expected", "It looks like CSV: fetch the answer of the REST API as JSON instead."
    return None


def _is_table(first: bytes, *more: bytes) -> bool:
    """Whether a file that begins with these lines looks like CSV, whatever parts its columns; it may have only one."""
    if first[:1] in b"{[<" or _MEMBER.match(first):
        return False
    return bool(_PARTED.search(first) or (more and _NAME.fullmatch(first.strip())))


def _flaw(error: Exception, near: str) -> tuple[str, str]:
    """What is wrong with a text that was meant as JSON, and the mend."""
    words = str(error)
    if "codec" in words:
        return "this is not UTF-8", "Save the file as UTF-8 and import it again."
    if "Additional data" in words:
        mend = "If each line is a record of its own, put them into one list: [ … , … ]."
        return "there is more after the end of the JSON value", mend
    if isinstance(error, IncompleteJSONError):
        return "the JSON breaks off before its end", "Fetch the whole answer again."
    if _too_large(words):
        return "a number has more digits, or a larger exponent, than can be kept", "Export it as text, or leave it out."
    return _unexpected(error, near), "Save the answer as the system gave it and import it again."


def _too_large(words: str) -> bool:
    """Whether the parser complains of a number that is JSON, but more than Python keeps."""
    found = _NUMBER.match(words)
    if found is None:
        return False
    try:
        int(found[1]) if found[1].lstrip("-").isdecimal() else Decimal(found[1])
    except (ValueError, ArithmeticError):
        return True
    return False


def _unexpected(error: Exception, near: str) -> str:
    why = said(re.sub(r"( at [0-9]+|(?: at)?: line .*)$", "", str(error)))
    return f"this is not JSON, near {near!r} ({why})"


def _place(file: BinaryIO, done: int) -> tuple[int, int, str]:
    """Line and byte (from 1) where parsing stops, found by giving the broken chunk byte by byte; and the text there."""
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
