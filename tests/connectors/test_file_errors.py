"""Telling: what a file says, and what it is called, reach a terminal as one line that is cut and hides nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reviewqueue import connectors
from reviewqueue.core.characters import hidden
from reviewqueue.core.errors import Invalid

# Clears a terminal, renames its window, turns the reading direction, ends the line, and goes on for a while.
EVIL = "\x1b[2J\x1b]0;mine\x07\x9b31m\u202e\u200b\r\nError: nothing\n" + "x" * 5_000
HUGE = 10**4_000
DEAL = "006NB0000000001AAA"

ANSWERS: dict[str, tuple[str, Any]] = {
    "Salesforce's code and message": ("salesforce", [{"errorCode": EVIL, "message": EVIL}]),
    "the errors of a write": ("salesforce", {"success": False, "errors": [{"statusCode": EVIL, "message": EVIL}]}),
    "an error without words": ("salesforce", [{"errorCode": None, "message": None}]),
    "an error of other things": ("salesforce", [{"errorCode": {"a": EVIL}, "message": [EVIL]}]),
    "a size in words": ("salesforce", {"records": [], "done": False, "totalSize": EVIL}),
    "a size without end": ("salesforce", {"records": [], "done": False, "totalSize": HUGE}),
    "no size": ("salesforce", {"records": [], "done": False, "totalSize": None}),
    "a name with its place": ("salesforce", {"records": [{"Id": DEAL, "a": {EVIL: "\ud800"}}]}),
    "a value of the wrong kind": ("salesforce", {"records": [{"Id": DEAL, "CloseDate": EVIL}]}),
    "a number of the wrong kind": ("salesforce", {"records": [{"Id": DEAL, "Name": HUGE}]}),
    "names of another shape": ("salesforce", {EVIL: 1, EVIL + "b": 2}),
    "an id that is long and evil": ("salesforce", {"Id": EVIL}),
    "HubSpot's category and message": ("hubspot", {"status": "error", "category": EVIL, "message": EVIL}),
    "HubSpot's error without words": ("hubspot", {"status": "error"}),
    "why HubSpot left some out": ("hubspot", {"results": [], "numErrors": EVIL, "errors": [{"message": EVIL}]}),
    "some left out without a word": ("hubspot", {"results": [], "numErrors": None, "errors": [{"message": None}]}),
    "a word for HubSpot's error": ("hubspot", {"results": [], "errors": [EVIL]}),
}


def told(system: str, path: Path) -> str:
    """What a person hears of a file: the remarks, or why it was refused."""
    said: list[str] = []
    try:
        list(connectors.read(system, path, remark=said.append))
    except Invalid as refused:
        said += [refused.says, *(f"{fault.at} {fault.message}" for fault in refused.faults)]
    return " ".join(said)


@pytest.mark.parametrize("name", ANSWERS)
def test_words_from_a_file_are_shown_as_text(name: str, tmp_path: Path) -> None:
    """Nothing hidden, one line, cut; and no word of the language that this is written in."""
    system, answer = ANSWERS[name]
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(answer))
    words = told(system, path)
    assert words.startswith("answer.json")
    assert not hidden(words)
    assert "\n" not in words
    assert "None" not in words
    assert len(words) < 1_200


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b'{"a\x1b[2Jb": 1, "a\x1b[2Jb": 2}', "Invalid control character"),
        (b'{"\\u001b[2J\\u202e": 1, "\\u001b[2J\\u202e": 2}', "the name “[U+001B][2J[U+202E]” appears twice"),
        (b'{"a": 0' + b"1" * 9_000 + b"}", "Invalid JSON number: 0111"),
        (b'{"a": b' + b"c" * 9_000 + b"}", "Unexpected symbol 'bccc"),
    ],
)
def test_a_text_that_is_no_json_is_cut(text: bytes, says: str, tmp_path: Path) -> None:
    """The place, and some of what stands there."""
    path = tmp_path / "answer.json"
    path.write_bytes(text)
    words = told("salesforce", path)
    assert says in words
    assert not hidden(words)
    assert len(words) < 1_200


@pytest.mark.parametrize(
    ("name", "called"),
    [("a\x1b[2J\u202e.json", "a[U+001B][2J[U+202E].json"), ("M\udcfcller.json", "M\\xfcller.json")],
)
def test_a_file_s_name_is_shown_as_text(name: str, called: str, tmp_path: Path) -> None:
    """Where it is there, and where it is not; bytes that are no text are told as bytes."""
    path = tmp_path / name
    assert f"{called}: it cannot be read" in told("salesforce", path)
    path.write_text("7")
    assert told("salesforce", path).startswith(f"{called}: a record must be an object")
