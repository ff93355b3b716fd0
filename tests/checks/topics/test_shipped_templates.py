"""The shipped templates speak of no topic: a mark on every welcome mail teaches people to wave marks through."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from reviewqueue.checks.topics import classifier

TEMPLATES = sorted(
    (one for one in (files("reviewqueue.policy") / "default/templates").iterdir() if one.name.endswith(".toml")),
    key=lambda one: one.name,
)
# Who and what else stands in a text is a day.
SAID = {
    "customer": "Quillfeather Press", "organisation": "Northbeam", "csm": "Dana Whitfield",
    "implementation_lead": "Ines Castellanos", "customer_owner": "Gwen Abara", "recipient": "Gwen Abara",
    "recipient_first_name": "Gwen", "task_owner": "Gwen Abara", "next_owner": "Ines Castellanos",
    "task_name": "Name the pilot editors", "missing": "the signed data processing agreement",
    "task_where": "the portal, under Tasks", "next_name": "Import the catalogue", "next_exit": "9,400 titles are there",
    "milestone_name": "The first proof is approved online", "first_value_milestone": "The first proof is approved online",
    "milestone_evidence": "the proof of title 11, approved by two editors",
    "customer_outcome": "Approve proofs in two days instead of nine", "silent_days": "8", "silent_for": "8 business days",
    "greeting": "Hello Gwen", "task_headline": "Name the pilot editors, and one more",
    "task_list": "- Name the pilot editors: Gwen Abara\n- Try the sign-on: Tomás Ruiz and Gwen Abara",
    "plan_milestones": "- Name the pilot editors: Gwen Abara, Thursday, 12 March 2026",
}  # fmt: skip


def filled(text: str) -> str:
    """A template's text with values; a line that may be left out stays."""
    said = re.sub(r"{{\s*(\w+)\s*}}", lambda name: SAID.get(name[1], "Thursday, 12 March 2026"), text)
    return re.sub(r"^\? ", "", said, flags=re.MULTILINE).strip()


def messages() -> list[tuple[str, str, str]]:
    """(name of the file, subject, body) of each template of a message; a check reads them one by one."""
    read = {one.name: tomllib.loads(one.read_text(encoding="utf-8")) for one in TEMPLATES}
    return [
        (name, filled(made["message"]["subject"]), filled(made["message"]["body"]))
        for name, made in read.items()
        if "message" in made
    ]


@pytest.mark.parametrize(("name", "subject", "body"), messages(), ids=[name for name, *_ in messages()])
def test_no_template_speaks_of_a_topic(name: str, subject: str, body: str) -> None:
    assert "{{" not in subject + body
    found = [*classifier.classify(subject), *classifier.classify(body)]
    assert [(one.topic, one.verdict, one.passage) for one in found] == [], name


def test_one_that_did_would_be_marked() -> None:
    """The control."""
    name, _, text = messages()[0]
    moved = text.replace("Next step:", "I am sorry: the go-live will be three weeks later than we agreed. Next step:")
    assert [one.topic for one in classifier.classify(moved)] == ["go-live-date"], name
