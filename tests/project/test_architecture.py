"""docs/architecture.md and its picture: what they name is there, each step is called from one before it, and the picture
is the contracts'."""

from __future__ import annotations

import ast
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from types import ModuleType

import pytest

from reviewqueue.core.settings import ROOT

PACKAGE = ROOT / "reviewqueue"
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
REFERENCE = re.compile(r"`([a-z_/]+\.py):([A-Za-z_.]+)`")
STEP = re.compile(r"(\d+)\. (.+)")
PATH = re.compile(r"`((?:[a-z_]+/)+[a-z_.]*|[a-z_/]+\.(?:py|html))`")


@pytest.fixture(scope="module")
def drawing() -> ModuleType:
    """The script that draws the picture."""
    spec = spec_from_file_location("draw_architecture", ROOT / "docs" / "draw_architecture.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def named_in(file: str) -> dict[str, ast.AST]:
    """What a module of ours defines at its top, by name; methods as `Class.method`."""
    found: dict[str, ast.AST] = {}
    for node in ast.parse((PACKAGE / file).read_text(encoding="utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        found |= {one.id: node for one in targets if isinstance(one, ast.Name)}
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{one.name}": one for one in node.body if isinstance(one, ast.FunctionDef)}
    return found


def words_of(node: ast.AST) -> set[str]:
    """Every name that stands in a piece of code."""
    names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return names | {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}


def numbered_lists(text: str) -> Iterator[list[str]]:
    """The numbered lists of a page, each step whole."""
    steps: list[str] = []
    for line in [*text.splitlines(), ""]:
        if found := STEP.match(line):
            assert int(found[1]) == len(steps) + 1, f"step {len(steps) + 1} is missing: {line}"
            steps.append(found[2])
        elif steps and line.startswith("   "):
            steps[-1] += f" {line.strip()}"
        elif steps:
            yield steps
            steps = []


def uncalled(steps: list[str]) -> list[str]:
    """The functions of a list that no step before names, in the order they stand there; the first one begins it."""
    known: list[ast.AST] = []
    lost = []
    for file, name in (found for step in steps for found in REFERENCE.findall(step)):
        if known and not any(name.rpartition(".")[2] in words_of(node) for node in known):
            lost.append(f"{file}:{name}")
        known.append(named_in(file)[name])
    return lost


def section(title: str) -> str:
    """What stands under a heading."""
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def lives() -> list[list[str]]:
    """Every list of the four lives."""
    titles = re.findall(r"^## (The life of .+)$", PAGE, re.M)
    assert len(titles) == 4
    return [steps for title in titles for steps in numbered_lists(section(title))]


def test_what_it_names_is_there() -> None:
    """Every function, class and table of words, by file; every folder and template."""
    references = REFERENCE.findall(PAGE)
    assert len(references) > 100
    for file, name in references:
        assert (PACKAGE / file).is_file(), file
        assert name in named_in(file), f"{file} has no {name}"
    for path in PATH.findall(PAGE):
        assert any((base / path).exists() for base in (PACKAGE, ROOT)), path


@pytest.mark.parametrize("name", sorted(re.findall(r"\(docs/([a-z-]+\.md)\)", README)))
def test_each_topic_page_begins_with_where_its_code_is(name: str) -> None:
    """Every page that the README links, but for those about the code or the whole product; each place is there."""
    if name in ("architecture.md", "glossary.md", "dependencies.md", "trust.md"):
        return
    line = (ROOT / "docs" / name).read_text(encoding="utf-8").split("\n\n")[1]
    assert line.startswith("Code: "), name
    assert 1 <= len(REFERENCE.findall(line)) <= 4, name
    for file, function in REFERENCE.findall(line):
        assert function in named_in(file), f"{file} has no {function}"


def test_each_step_is_called_from_one_before_it() -> None:
    """By name, in the code of a step that stands above it; the control: two steps that are not."""
    assert len(lives()) >= 8
    for steps in lives():
        assert not uncalled(steps), steps[0]
    apart = ["`delivery/smtp.py:send` sends", "`items/sla.py:tick` looks"]
    assert uncalled(apart) == ["items/sla.py:tick"]


def test_the_fifteen_questions_are_three_steps_from_the_readme() -> None:
    """The README names the page, the page the question, the question at most three places in the code."""
    assert "(docs/architecture.md)" in README
    assert "(docs/glossary.md)" in README
    rows = [line for line in section("Fifteen questions").splitlines() if line.startswith("| ") and "?" in line]
    assert len(rows) == 15
    for row in rows:
        assert 1 <= len(REFERENCE.findall(row)) <= 3, row


def test_each_kind_of_addition_has_three_steps() -> None:
    """A check, a gate, an act, a connector, a destination, a page, a metric."""
    text = section("Where do I add …")
    kinds = re.findall(r"^\*\*(?:A|An) ([a-z]+)\*\*$", text, re.M)
    assert kinds == ["check", "gate", "act", "connector", "destination", "page", "metric"]
    assert [len(steps) for steps in numbered_lists(text)] == [3] * len(kinds)


def test_the_picture_is_what_the_script_draws(drawing: ModuleType) -> None:
    """`python docs/draw_architecture.py` writes it again after a change of the contracts."""
    assert drawing.PICTURE.read_text(encoding="utf-8") == drawing.draw()


def test_the_picture_shows_every_package_from_the_top_down(drawing: ModuleType) -> None:
    """Each once, below those that may import it, with its words inside its box; read from the picture itself."""
    tree = ET.fromstring(drawing.draw())
    texts = list(tree.iter("{http://www.w3.org/2000/svg}text"))
    found = [(one.text or "", float(one.get("y", 0))) for one in texts if one.get("class") == "name"]
    assert [name for name, _ in found] == [name for row in drawing.layers() for name in row]
    heights = [{y for name, y in found if name in row} for row in drawing.layers()]
    assert all(len(one) == 1 for one in heights)
    assert all(max(upper) < min(lower) for upper, lower in pairwise(heights))
    boxes = [one for one in tree.iter("{http://www.w3.org/2000/svg}rect") if float(one.get("width", 0)) > 100]
    for text in texts:
        inside = [
            box
            for box in boxes[1:]  # the first is the page
            if 0 < float(text.get("x", 0)) - float(box.get("x", 0)) < float(box.get("width", 0))
            and 0 < float(text.get("y", 0)) - float(box.get("y", 0)) < float(box.get("height", 0))
        ]
        for box in inside:
            room = float(box.get("width", 0)) - 24
            assert len(text.text or "") * 6.2 <= room, f"{text.text!r} is wider than its box"


def test_the_picture_is_readable_by_day_and_by_night(drawing: ModuleType) -> None:
    """Its own colours for both, no font from elsewhere, and nothing that is fetched or runs."""
    picture = drawing.draw()
    assert "prefers-color-scheme: dark" in picture
    assert "currentColor" in picture
    for strange in ("@import", "url(", "<script", "href", "@font-face"):
        assert strange not in picture
