"""`check`: a draft in a file is tried against the checks; nothing is kept, and what is wrong is named with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reviewqueue.checks.topics import TOPICS
from tests import drafts
from tests.cli.conftest import Terminal


@pytest.fixture
def engine_name() -> str:
    """Checks read no database."""
    return "sqlite"


def test_plain_text_is_the_body_of_a_customer_email(nowhere: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "mail.txt"
    path.write_text(drafts.BODY)
    answer = nowhere("check", "customer_email", str(path))
    assert (answer.status, answer.out) == (0, "")
    assert "ok    message.next-step  /body: " in answer.err
    path.write_text("We will refund the setup fee.")
    answer = nowhere("check", "customer_email", str(path), "--json")
    assert answer.status == 1
    found = {one["key"]: one for one in answer.json["checks"]}
    assert found["message.next-step"]["outcome"] == "fail"
    assert found["topic.renewal"]["at"] == "/body"
    assert "“We will refund the setup fee.”" in found["topic.renewal"]["message"]
    topics = {key.removeprefix("topic."): one["outcome"] for key, one in found.items() if key.startswith("topic.")}
    assert topics.keys() == TOPICS.keys()
    assert (topics["renewal"], topics["go-live-date"], topics["blame"]) == ("warn", "pass", "pass")


def test_a_submission_is_tried_with_its_own_kind_lane_and_sources(nowhere: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "mail.json"
    account = {
        "ref": "account",
        "system": "salesforce",
        "object": "Account",
        "id": "1",
        "payload": {"Website": "marlow.example"},
    }
    draft = {"to": ["rosa@mar1ow.example"], "subject": "Kickoff", "body": drafts.BODY}
    path.write_text(json.dumps({"lane": "enterprise-saas", "draft": draft, "sources": [account]}))
    answer = nowhere("check", "task_reminder", str(path), "--json")
    assert (answer.status, answer.json["kind"], answer.json["lane"]) == (1, "task_reminder", "enterprise-saas")
    beside = tmp_path / "beside.json"
    beside.write_text(json.dumps({**draft, "sources": [account]}))
    again = nowhere("check", "task_reminder", str(beside), "--lane", "enterprise-saas", "--json")
    assert again.json == answer.json
    assert "looks like marlow.example and is not" in answer.err
    assert "FAIL  recipient.belongs  /to/0: " in answer.err


@pytest.mark.parametrize(
    ("name", "content", "options", "says"),
    [
        ("a.json", b'{"body": ', ("customer_email",), "line 1, column"),
        ("a.json", b"[1]", ("customer_email",), "a draft is a JSON object"),
        ("a.txt", b"\xff\xfe", ("customer_email",), "not UTF-8 text at byte 0"),
        ("a.txt", b"Hello", ("poem",), "no gate for kind 'poem'"),
        ("a.txt", b"Hello", ("customer_email", "--lane", "moon"), "There is no lane 'moon'"),
        ("a.json", b'{"draft": {}, "sources": [{"ref": "a"}]}', ("customer_email",), "/sources/0/payload: "),
        ("a.json", b'{"draft": {}, "citations": ["a"]}', ("customer_email",), "/citations/0: "),
    ],
)
def test_a_file_that_cannot_be_tried_says_why(
    nowhere: Terminal, tmp_path: Path, name: str, content: bytes, options: tuple[str, ...], says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    answer = nowhere("check", *options[:1], str(path), *options[1:])
    assert (answer.status, answer.out) == (1, "")
    assert says in answer.err
