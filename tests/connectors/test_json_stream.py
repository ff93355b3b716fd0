"""Files: what is not sound JSON is refused with its place, before anything of the file is given out."""

from __future__ import annotations

import gzip
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest

from reviewqueue import connectors
from reviewqueue.connectors import json_stream
from reviewqueue.core.errors import Invalid

GOOD = b'{"Id": "001NB0000000001AAA", "Name": "Marlow Freight"}'

BAD = {
    "an empty file": (b"", "line 1", "the file is empty"),
    "a file of blanks": (b" \n \n", "line 1", "the file is empty"),
    "a CSV export": (b"Id,Name\n001,Marlow\n", "line 1, byte 2", "It looks like CSV"),
    "CSV with semicolons": (b"Id;Name\n001;Marlow\n", "line 1, byte 2", "It looks like CSV"),
    "CSV with tabs": (b"Id\tName\n001\tMarlow\n", "line 1, byte 2", "It looks like CSV"),
    "CSV with bars": (b"Id|Name\n001|Marlow\n", "line 1, byte 2", "It looks like CSV"),
    "CSV of one column": (b"Id\n001\n002\n", "line 1, byte 2", "It looks like CSV"),
    "CSV of one column, quoted": (b'"Account Id"\r\n"001"\r\n', "line 2, byte 19", "It looks like CSV"),
    "CSV as Excel saves it": (b"\xef\xbb\xbfId;Name\r\n001;M\xfcller\r\n", "line 1", "It looks like CSV"),
    "a record without its braces": (b'"Id": "1", "Name": "x"', "line 1", "more after the end of the JSON value"),
    "UTF-16 as PowerShell writes it": (GOOD.decode().encode("utf-16"), "line 1, byte 1", "Save it as UTF-8"),
    "UTF-16 from the other end": (b"\xfe\xff" + GOOD.decode().encode("utf-16-be"), "line 1", "this is UTF-16"),
    "UTF-16 without its mark": (GOOD.decode().encode("utf-16-le"), "line 1, byte 3", "this is UTF-16"),
    "a CSV export in UTF-16": ("Id,Name\n1,x\n".encode("utf-16"), "line 1, byte 1", "this is UTF-16"),
    "a file packed by gzip": (gzip.compress(GOOD, mtime=0), "line 1, byte 2", "packed (gzip). Nothing of this file"),
    "a workbook": (b"PK\x03\x04\x14\0\x06\0", "line 1, byte 2", "Unpack it first"),
    "two commas in a list": (b"[" + GOOD + b",\n , 1]", "line 2, byte 59", "this is not JSON, near"),
    "a comma too many": (b'{"Id": "1",}', "line 1, byte 12", "Unexpected symbol '}'"),
    "a line break inside a text": (b'{"Id": "1\n2"}', "line 2", "Invalid control character"),
    "a number with a leading zero": (b'{"Amount": 01}', "line 1", "Invalid JSON number"),
    "a number of too many digits": (b'{"a": ' + b"9" * 9000 + b"}", "line 1", "a number has more digits, or a larger"),
    "an exponent beyond all": (b'{"a": -1.5e99999999999999999999}', "line 1", "exponent, than can be kept. Nothing of"),
    "a number where none belongs": (b"[1 25]", "line 1, byte 6", "this is not JSON, near '[1 25]'"),
    "NaN, which is no number": (b'{"Amount": NaN}', "line 1, byte 13", "this is not JSON"),
    "an answer cut off": (b'{"records": [' + GOOD, "line 1, byte 67", "breaks off before its end"),
    "a text cut off": (b'{"Id": "001', "line 1, byte 11", "breaks off before its end"),
    "a record on each line": (GOOD + b"\n" + GOOD, "line 2, byte 56", "more after the end of the JSON value"),
    "another encoding": ('{"Name": "Müller"}'.encode("latin-1"), "line 1, byte 12", "this is not UTF-8"),
    "half a surrogate pair": (b'[{"Id": "1", "Name": "\\ud83d"}]', "/0/Name", "a lone surrogate is not a character"),
    "one name twice": (b'{"records": [{"Id": "1", "Id": "2"}]}', "/records/0", "appears twice in one object"),
    "one name twice at the top": (b'{"done": true, "done": false}', "at the top", "appears twice in one object"),
    "nesting without end": (b'{"Id": "1", "x": ' + b"[" * 5000, "/x/0", "nested deeper than 64"),
    "a page to sign in": (b"<html>Sign in, please</html>", "line 1, byte 2", "this is not JSON, near '<h'"),
    "a page to sign in, seen to be one": (
        b"<!doctype html>\n<title>Sign in, please",
        "line 1",
        "sign in again and save",
    ),
    "a page in another encoding": ("<p>Müller".encode("latin-1"), "line 1, byte 2", "It looks like a web page"),
    "an answer in XML": (b"\xef\xbb\xbf<?xml version='1.0'?>", "line 1, byte 4", "HTML or XML"),
    "a number instead of records": (b"7", "", "a record must be an object"),
    "a list of numbers": (b"[7]", "/0", "a record must be an object"),
}


def written(folder: Path, text: bytes) -> Path:
    """A file with that text."""
    path = folder / "answer.json"
    path.write_bytes(text)
    return path


@pytest.mark.parametrize("system", connectors.READERS)
@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_its_place(name: str, system: str, tmp_path: Path) -> None:
    """Each kind of bad file: the message names file and place, says that nothing was imported, and how to fix it."""
    text, place, says = BAD[name]
    with pytest.raises(Invalid) as refused:
        list(connectors.read(system, written(tmp_path, text)))
    told = str(refused.value)
    assert told.startswith(f"answer.json, {place}" if place else "answer.json: ")
    assert says in told
    assert "Nothing of this file was imported." in told


@pytest.mark.parametrize("what", ["nowhere.json", "."])
def test_a_path_that_cannot_be_read(what: str, tmp_path: Path) -> None:
    """A missing file and a folder are refused like a bad file."""
    with pytest.raises(Invalid, match="it cannot be read"):
        list(connectors.read("salesforce", tmp_path / what))


def test_nothing_is_given_out_of_a_file_that_is_bad_at_its_end(tmp_path: Path) -> None:
    """A thousand good records and a broken last one: the first `next` already refuses."""
    path = written(tmp_path, b'{"records": [' + (GOOD + b",\n") * 1000 + b'{"Id": }]}')
    with pytest.raises(Invalid, match="line 1001"):
        next(connectors.read("salesforce", path))


def test_places_are_exact_beyond_the_first_chunk(tmp_path: Path) -> None:
    """The line of a fault far into a large file, and its byte, give or take the length of a token."""
    text = b"[" + b"\n".join([GOOD + b","] * 3000) + b"\n!]"
    with pytest.raises(Invalid, match=f"line 3001, byte {len(text)}:"):
        list(json_stream.records(written(tmp_path, text), "records"))


def test_numbers_keep_their_digits(tmp_path: Path) -> None:
    """Trailing zeros, whole numbers and numbers beyond a double come out as they came in."""
    text = b'{"Id": "1", "a": 50000.00, "b": 12345678901234567890, "c": 0.1, "d": 7}'
    (_, record), *_ = json_stream.records(written(tmp_path, text), "records")
    assert {key: str(value) for key, value in record.items() if key != "Id"} == {
        "a": "50000.00",
        "b": "12345678901234567890",
        "c": "0.1",
        "d": "7",
    }
    assert isinstance(record["a"], Decimal)
    assert isinstance(record["d"], int)


def test_blank_null_and_absent_stay_three_things(tmp_path: Path) -> None:
    """`""`, `null` and no key at all."""
    (_, record), *_ = json_stream.records(written(tmp_path, b'{"Id": "1", "blank": "", "null": null}'), "records")
    assert record == {"Id": "1", "blank": "", "null": None}


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """Windows tools write one in front."""
    assert len(list(connectors.read("salesforce", written(tmp_path, b"\xef\xbb\xbf[" + GOOD + b"]")))) == 1


def test_memory_is_flat(tmp_path: Path) -> None:
    """Twenty times the records take no more memory."""

    def peak(count: int) -> int:
        path = written(tmp_path, b'{"records": [' + b",".join([GOOD] * count) + b"]}")
        tracemalloc.start()
        assert sum(1 for _ in json_stream.records(path, "records")) == count
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    small, large = peak(2_000), peak(40_000)
    print(f"peak memory: {small:,} bytes for 2,000 records, {large:,} for 40,000")
    assert large < small * 1.2
