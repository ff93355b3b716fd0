"""The floors: an import goes down, never up, never sideways between doors; Flask lives in web/ and api/ alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "reviewqueue"
DOORS, VERBS, RECORDS, GROUND = "doors", "verbs", "records", "ground"
# Which floor each room is on, from the top down. A new room goes on its floor here, on purpose.
ROOMS = {
    DOORS: "web api cli worker mcp __main__",
    VERBS: "grants approvals guessing intake beginning opening revisions routing renewal review answers leases messages callbacks people keys policies imports crm "
    "snapshots exceptions cases casework resolving release holds sent by_hand outgoing mail readiness launching sampling sampled second_look agreement glances metrics seeding lines doctor access desk queue_ranges queues pages paging follow "
    "statements chain plans milestones draftings gathering silence runs assignments standstill stalls overdue responses tales past replay reweighing walks hindsight check_changes proposals moving pauses sla groups delegation workload bulk redline source_moves marking looks corrections commitments submissions measuring recording rollup comparing gatework exposition surroundings planted copying catching kept_in packages stages earning resting standing watching sendings gauges sheets board sight heartbeat disk installation decidable positions staffing",
    RECORDS: "records database override_log migrations",
    GROUND: "events mime figures planting drawing policy scorecard promises checks characters texts prose drafting connectors destinations proofs evidence calendar refusals "
    "settings client",
}
FLOOR = {room: floor for floor, rooms in ROOMS.items() for room in rooms.split()}
ORDER = list(ROOMS)
# Nothing of the world outside that a floor has to do without.
WITHOUT = {
    VERBS: ("flask", "flask_sqlalchemy", "flask_login", "flask_wtf", "waitress"),
    RECORDS: ("flask", "flask_sqlalchemy", "flask_login", "flask_wtf", "waitress"),
    GROUND: ("flask", "flask_sqlalchemy", "flask_login", "flask_wtf", "waitress", "sqlalchemy", "alembic"),
}
# The one way from door to door: the terminal serves the pages.
SIDEWAYS = {("cli", "web"), ("cli", "worker"), ("__main__", "cli")}
# Pages and API are one Flask application: web/ puts it together, and both use what is the application's own.
ONE_APPLICATION = {"reviewqueue.web.extensions", "reviewqueue.web.errors"}
# Rooms that are allowed to build the application: `create_app` in the house's own front door is lazy.
LAZY = {("__init__", "web"), ("__init__", "settings")}


def room_of(path: Path) -> str:
    """The room a file belongs to: the first name below the house."""
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


def imports(source: str, file: Path) -> Iterator[tuple[int, str]]:
    """Every import of a file, also inside functions: its line and the dotted name, relative ones made absolute."""
    package = ["reviewqueue", *file.relative_to(HOUSE).parts[:-1]]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            whole = ".".join(part for part in (start, node.module or "") if part)
            if whole == "reviewqueue":
                yield from ((node.lineno, f"reviewqueue.{name.name}") for name in node.names)
            else:
                yield node.lineno, whole


def wrongs(source: str, file: Path) -> list[str]:
    """What a file imports that its floor must do without, each with its line and the mend."""
    room = room_of(file)
    place = file.relative_to(HOUSE.parent)
    if room not in FLOOR and room != "__init__":
        return [f"{place}: room {room!r} is on no floor; put it on one in ROOMS of {Path(__file__).name}"]
    found = []
    for line, name in imports(source, file):
        parts = name.split(".")
        if parts[0] != "reviewqueue":
            if parts[0] in WITHOUT.get(FLOOR.get(room, ""), ()):
                found.append(
                    f"{place}:{line} imports {parts[0]}, but floor {FLOOR[room]!r} does without; pass in what is needed"
                )
            continue
        other = parts[1] if len(parts) > 1 else room
        shared = (room == "api" and name in ONE_APPLICATION) or (
            other == "api" and file == HOUSE / "web" / "__init__.py"
        )
        if (says := _sideways_or_up(room, other)) and (room, other) not in SIDEWAYS | LAZY and not shared:
            found.append(f"{place}:{line} imports {name}: {says}")
    return found


def _sideways_or_up(room: str, other: str) -> str:
    if other == room or other not in FLOOR:
        return ""
    mine, theirs = FLOOR.get(room, DOORS), FLOOR[other]
    if mine == theirs == DOORS:
        return "doors never import each other; put what both need into a verb below them"
    if ORDER.index(theirs) < ORDER.index(mine):
        return f"{theirs} are above {mine}; move what is needed down, or pass it in"
    return ""


@pytest.mark.parametrize("file", sorted(HOUSE.rglob("*.py")), ids=lambda file: str(file.relative_to(HOUSE)))
def test_imports_go_down(file: Path) -> None:
    """No file imports from a floor above its own, nor one door another, nor Flask or the database where it has none."""
    assert not wrongs(file.read_text(encoding="utf-8"), file), "\n".join(wrongs(file.read_text(encoding="utf-8"), file))


@pytest.mark.parametrize(
    ("room", "line", "says"),
    [
        ("review.py", "from reviewqueue.web import extensions", "doors are above verbs"),
        ("review.py", "def late():\n    from reviewqueue import api", "doors are above verbs"),
        ("review.py", "import flask", "imports flask"),
        ("api/items.py", "from reviewqueue.web import words", "doors never import each other"),
        ("web/item.py", "from ..api import problems", "doors never import each other"),
        ("records/items.py", "from reviewqueue import review", "verbs are above records"),
        ("policy/judging.py", "from reviewqueue.records.items import Item", "records are above ground"),
        ("checks/text.py", "import sqlalchemy", "imports sqlalchemy"),
        ("attic.py", "import os", "is on no floor"),
    ],
)
def test_the_control(room: str, line: str, says: str) -> None:
    """The walk sees each kind of wrong way, also inside a function and through a relative import."""
    assert says in " ".join(wrongs(line, HOUSE / room))


def test_the_verbs_load_no_flask() -> None:
    """`import reviewqueue.review` in a fresh interpreter leaves Flask alone."""
    script = "import sys, reviewqueue.review; print([name for name in sys.modules if name.split('.')[0] == 'flask'])"
    asked = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "[]"


@pytest.mark.parametrize("file", sorted(HOUSE.rglob("*.py")), ids=lambda file: str(file.relative_to(HOUSE)))
def test_each_room_says_which_it_is(file: Path) -> None:
    """A file that holds anything begins with a line that says which room this is; no room is a heap of kinds."""
    source = file.read_text(encoding="utf-8")
    assert not source.strip() or ast.get_docstring(ast.parse(source)), f"{file.name} does not say which room it is"
    assert file.stem not in {"models", "utils", "helpers", "common", "services", "managers", "handlers"}


def test_nobody_is_a_manager() -> None:
    """The words that say nothing name nothing here."""
    words = ("Manager", "Service", "Handler", "Helper", "Util", "Base")
    named = [
        f"{file.name}:{node.lineno} {node.name}"
        for file in HOUSE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and node.name.endswith(words) and node.name != "Base"
    ]
    assert not named
