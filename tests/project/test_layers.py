"""The layers: an import goes down, no circle, Flask in `web` and above alone. The contracts stand in pyproject.toml."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path
from shutil import copytree

import grimp
import pytest
from importlinter.cli import lint_imports

from reviewqueue.core.settings import ROOT

PACKAGE = ROOT / "reviewqueue"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
[ORDER] = [one["layers"] for one in CONTRACTS if one["name"] == "Imports go down"]
LAYERS = [name for row in ORDER for name in row.split(" | ")]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("reviewqueue", cache_dir=None)


def test_the_contracts_are_kept(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every contract of pyproject.toml, also for imports inside functions and under TYPE_CHECKING."""
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename="pyproject.toml", no_cache=True) == 0, capsys.readouterr().out


def test_every_package_stands_in_the_order() -> None:
    """A new package takes its place in the layers, on purpose."""
    found = {
        f"reviewqueue.{path.stem}"
        for path in PACKAGE.iterdir()
        if path.stem.isidentifier() and path.suffix in ("", ".py")
    }
    found -= {"reviewqueue.__init__", "reviewqueue.__main__", "reviewqueue.__pycache__"}
    assert found == set(LAYERS)


def test_no_module_imports_itself_round_about(graph: grimp.ImportGraph) -> None:
    """No circle of modules inside a package either: each can be read without the others that use it."""
    below = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    while leaves := [module for module, imported in below.items() if not imported]:
        for module in leaves:
            del below[module]
        below = {module: imported - set(leaves) for module, imported in below.items()}
    assert not below, f"these lead to a circle: {sorted(below)}"


UP = [
    ("reviewqueue.core.errors", "reviewqueue.db.database", "the lowest layer imports the database"),
    ("reviewqueue.checks.links", "sqlalchemy", "a rule imports the database's library"),
    ("reviewqueue.items.opening", "reviewqueue.web.layout", "a verb imports a page"),
    ("reviewqueue.review.decisions", "flask", "a verb imports Flask"),
    ("reviewqueue.web.items", "reviewqueue.api.items", "a page imports the API"),
    ("reviewqueue.api.items", "reviewqueue.web.layout", "the API imports a page"),
    ("reviewqueue.cli.users", "reviewqueue.web.people", "a command imports a page"),
    ("reviewqueue.client", "sqlalchemy", "what an automation imports needs a database"),
    ("reviewqueue.evidence.text.values.dates", "reviewqueue.evidence.text.records.index", "a value knows the records"),
]


@pytest.mark.parametrize(("importer", "imported", "says"), UP, ids=[row[2] for row in UP])
def test_the_control(tmp_path: Path, importer: str, imported: str, says: str) -> None:
    """Each kind of import that is not allowed breaks a contract."""

    copytree(PACKAGE, tmp_path / "reviewqueue", ignore=lambda *_: {"__pycache__", "default"})
    file = tmp_path / f"{importer.replace('.', '/')}.py"
    file.write_text(
        f"{file.read_text(encoding='utf-8')}\n\ndef late() -> None:\n    import {imported}\n", encoding="utf-8"
    )
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    script = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, says
    assert importer in done.stdout, done.stdout


def test_a_decision_loads_no_flask() -> None:
    """`import reviewqueue.review.decisions` in a fresh interpreter leaves Flask alone."""
    script = "import sys, reviewqueue.review.decisions; print([name for name in sys.modules if name.split('.')[0] == 'flask'])"
    asked = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "[]"


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_each_file_says_what_is_in_it(file: Path) -> None:
    """A file that holds anything begins with a line that says what it is; no file is a heap of kinds; none is too long."""
    source = file.read_text(encoding="utf-8")
    assert not source.strip() or ast.get_docstring(ast.parse(source)), f"{file.name} does not say what is in it"
    assert file.stem not in {"models", "utils", "helpers", "common", "services", "managers", "handlers"}
    assert source.count("\n") <= 350, f"{file.name} has {source.count(chr(10))} lines: split it by noun"


def test_nobody_is_a_manager() -> None:
    """The words that say nothing name nothing here."""
    words = ("Manager", "Service", "Handler", "Helper", "Util", "Base")
    named = [
        f"{file.name}:{node.lineno} {node.name}"
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and node.name.endswith(words) and node.name != "Base"
    ]
    assert not named
