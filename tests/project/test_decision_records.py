"""Decisions: each file of docs/decisions has its parts, the index lists each once, and every link leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest

from reviewqueue.core.settings import ROOT

FOLDER = ROOT / "docs" / "decisions"
FILES = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
INDEX = "README.md"
MOST_LINES = 60
HEADINGS = ["Context", "Decision", "Consequences"]
NAME = re.compile(r"(\d{4})-[a-z0-9-]+\.md")
TITLE = re.compile(r"# (\d{4})\. (\S.*)")
STATUS = re.compile(r"^Status: (.*)$", re.MULTILINE)
LINKED = r"\[\d{4}\]\(\d{4}-[a-z0-9-]+\.md\)"
MEANS = re.compile(rf"accepted|superseded by {LINKED}|accepted, amended by {LINKED}(?:(?:, | and ){LINKED})*")
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s#]+)[^)]*\)")
ROW = re.compile(r"^\| (\d{4}) \| \[([^\]]+)\]\((\S+\.md)\) \| (.*) \| (\S.*) \|$", re.MULTILINE)


def faults(files: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the files of the folder, by name and text."""
    decisions = {name: text for name, text in files.items() if name != INDEX}
    for name, text in files.items():
        yield from (f"{name}: {fault}" for fault in _links(text))
    for name, text in decisions.items():
        yield from (f"{name}: {fault}" for fault in _parts(name, text))
    yield from _numbers(decisions)
    yield from _amendments(decisions)
    yield from _listed(files[INDEX], decisions)


def _parts(name: str, text: str) -> Iterator[str]:
    named, title = NAME.fullmatch(name), TITLE.match(text)
    if named is None or title is None or named[1] != title[1]:
        yield "name and title begin with one number"
    if [MEANS.fullmatch(status) is None for status in STATUS.findall(text)] != [False]:
        yield "has one status: accepted, accepted and amended by a file, or superseded by one"
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    if [one.partition("\n")[0] for one in sections] != HEADINGS or not all(
        one.partition("\n")[2].strip() for one in sections
    ):
        yield f"has {', '.join(HEADINGS)}, in this order and none empty"
    if len(text.splitlines()) > MOST_LINES:
        yield f"has more than {MOST_LINES} lines"


def _links(text: str) -> Iterator[str]:
    """Links that lead nowhere, and those whose number is not their file's."""
    for shown, target in LINK.findall(text):
        if not target.startswith("https://") and not (FOLDER / target).exists():
            yield f"{target} does not exist"
        if shown.isdigit() and not target.startswith(f"{shown}-"):
            yield f"{shown} leads to {target}"


def _numbers(decisions: Mapping[str, str]) -> Iterator[str]:
    numbers = sorted(name[:4] for name in decisions)
    if numbers != [f"{number:04d}" for number in range(1, len(decisions) + 1)]:
        yield "numbers go from 0001 up, each once"


def _amendments(decisions: Mapping[str, str]) -> Iterator[str]:
    """A decision that amends or supersedes another is named by that one's status, and the other way round."""
    named = {(name, later) for name, text in decisions.items() for _, later in _in_line("Status", text)}
    naming = {
        (earlier, name) for name, text in decisions.items() for _, earlier in _in_line("(?:Amends|Supersedes)", text)
    }
    yield from (f"{earlier} and {later} do not name each other" for earlier, later in sorted(named ^ naming))


def _in_line(word: str, text: str) -> list[tuple[str, str]]:
    return [link for line in re.findall(rf"^{word}: .*$", text, re.MULTILINE) for link in LINK.findall(line)]


def _listed(index: str, decisions: Mapping[str, str]) -> Iterator[str]:
    rows = [(number, title, file, status) for number, title, file, status, _ in ROW.findall(index)]
    told = [
        (name[:4], title[2], name, status[0])
        for name, text in sorted(decisions.items())
        if (title := TITLE.match(text)) and (status := STATUS.findall(text))
    ]
    yield from (f"the index lacks, or says otherwise: {one}" for one in told if one not in rows)
    yield from (f"the index has too much: {one}" for one in rows if one not in told or rows.count(one) > 1)


def test_each_decision_has_its_parts_and_its_line_in_the_index() -> None:
    assert len(FILES) > 100
    assert [*faults(FILES)] == []


FIRST, OWNER = "0001-templates-beside-the-package.md", "0014-queue-from-index-ranges.md"
ROWS = [line for line in FILES[INDEX].splitlines() if line.startswith("| 0")]


@pytest.mark.parametrize(
    ("file", "before", "after", "says"),
    [
        (FIRST, "# 0001. ", "# 0002. ", "name and title begin with one number"),
        (FIRST, "# 0001. ", "# ", "name and title begin with one number"),
        (OWNER, "Status: ", "State: ", "has one status"),
        (OWNER, "Status: accepted", "Status: decided", "has one status"),
        (OWNER, "accepted, amended by", "superseded by 0007,", "has one status"),
        (OWNER, "## Context", "## Background", "has Context, Decision, Consequences"),
        (OWNER, "## Consequences\n", "## Consequences\n\n## Consequences\n", "has Context, Decision, Consequences"),
        (OWNER, "## Decision\n", "## Decision\n" + "\n" * MOST_LINES, "has more than 60 lines"),
        (OWNER, "## Decision\n", "[more](../nothing.md)\n## Decision\n", "../nothing.md does not exist"),
        (OWNER, "amended by [0039](0039-", "superseded by [0039](0939-", "does not exist"),
        (OWNER, "[0039](", "[0038](", "0038 leads to 0039-owner-queue-by-account.md"),
        (OWNER, ", amended by [0039](0039-owner-queue-by-account.md)", "", "do not name each other"),
        (INDEX, "| 0014 | ", "| 0014 : ", "the index lacks"),
        (INDEX, "[The queue is merged ", "[A queue is merged ", "the index lacks"),
        (INDEX, "| accepted, amended by [0039]", "| accepted; amended by [0039]", "the index lacks"),
        (INDEX, "\n| 0001 | ", "\n| 0001 | [One](0001-one.md) | accepted | More. |\n| 0001 | ", "the index has too much"),
        (INDEX, "\n| 0002 | ", f"\n{ROWS[0]}\n| 0002 | ", "the index has too much"),
    ],
)  # fmt: skip
def test_a_fault_is_found(file: str, before: str, after: str, says: str) -> None:
    """Each rule, seen broken: the real files with one change."""
    changed = FILES[file].replace(before, after, 1)
    assert changed != FILES[file]
    assert [fault for fault in faults({**FILES, file: changed}) if says in fault]


def test_a_superseded_decision_names_a_file_that_names_it() -> None:
    by = "Status: superseded by [0039](0039-owner-queue-by-account.md)"
    files = {name: text.replace("\nAmends: ", "\nSupersedes: ") for name, text in FILES.items()}
    files[OWNER] = STATUS.sub(by, FILES[OWNER])
    files[INDEX] = FILES[INDEX].replace("accepted, amended by [0039]", "superseded by [0039]")
    assert [*faults(files)] == []
    files[OWNER] = STATUS.sub(by.replace("0039", "0939"), FILES[OWNER])
    assert f"{OWNER}: 0939-owner-queue-by-account.md does not exist" in [*faults(files)]


def test_a_number_that_is_missing_is_found() -> None:
    files = {name: text for name, text in FILES.items() if name != FIRST}
    assert "numbers go from 0001 up, each once" in [*faults(files)]
