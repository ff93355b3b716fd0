"""The exit statuses: 0 when it did what it says, 1 when it did not, 2 for a usage error; and no traceback."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest

from reviewqueue.cli import main
from tests.cli.conftest import Terminal

WINDOWS = "import sys; sys.platform = 'win32'; sys.modules['fcntl'] = None; import reviewqueue.cli"

TABLE: list[tuple[str, int, str]] = [
    ("key list", 0, ""),
    ("key list --whatever", 2, "No such option"),
    ("key add Bot", 2, "--scopes"),
    ("key add Bot --scopes items:fly", 2, "the scopes are items:write"),
    ("key add Bot --scopes ,", 2, "none given"),
    ("key add Bot --scopes items:read --lane moon", 1, "moon is not known"),
    ("key add Bot --scopes items:read --owner nobody@northbeam.example", 1, "nobody@northbeam.example"),
    ("key revoke seven", 2, "not a valid integer"),
    ("key revoke 777", 1, "no such key"),
    (f"key revoke {2**63 - 1}", 1, "no such key"),
    (f"key revoke {2**63}", 2, "is not in the range"),
    ("key revoke 0", 2, "is not in the range"),
    (f"metrics record {2**63} kickoff_held", 2, "is not in the range"),
    (f"metrics take-back {2**63} --reason slip", 2, "is not in the range"),
    (f"qa again {2**63}", 2, "is not in the range"),
    ("key callback-secret Nobody", 1, "No automation"),
    ("user list", 0, "Dana Whitfield"),
    ("user add x@northbeam.example", 2, "--role"),
    ("user add x@northbeam.example --role king", 2, "the roles are csm"),
    ("user add not-an-address --role csm", 1, "is not an e-mail address"),
    ("user disable nobody@northbeam.example", 1, "Nobody here has"),
    ("policy show", 0, "Gate Handoff quality"),
    ("policy show --lane moon", 1, "There is no such lane"),
    ("policy check no-such-file.toml", 2, "does not exist"),
    ("policy load no-such-folder", 2, "does not exist"),
    ("check customer_email no-such-file.txt", 2, "does not exist"),
    ("log verify", 0, "The log is intact"),
    ("log export --out no-such-folder/log.jsonl", 1, "No such file or directory"),
    ("db upgrade", 0, "at schema"),
    ("db upgrade now", 2, "unexpected extra argument"),
    ("db downgrade 9999 --yes", 1, "There is no revision 9999"),
    ("demo --port seaside", 2, "not a valid integer"),
    ("demo --port 70000", 2, "70000"),
    ("serve --port -1", 2, "-1"),
    ("config", 0, "REVIEWQUEUE_PORT"),
    ("sing", 2, "No such command"),
]


@pytest.fixture
def engine_name() -> str:
    """What a command answers does not hang on the engine."""
    return "sqlite"


@pytest.mark.parametrize(("line", "status", "says"), TABLE, ids=[line for line, _, _ in TABLE])
def test_each_command_line_ends_with_its_status_and_says_why(
    terminal: Terminal, line: str, status: int, says: str
) -> None:
    answer = terminal(*line.split(), stdin="a quiet harbour in March\n")
    assert (answer.status, says in answer.err) == (status, True), answer
    assert answer.out == ""


@pytest.mark.usefixtures("worker_is_alive")
@pytest.mark.parametrize(
    "line",
    [
        "key list",
        "key add Bot --scopes items:read",
        "key revoke 1",
        "key callback-secret Handoff_agent",
        "user list",
        "user add x@northbeam.example --role csm",
        "user disable dana.whitfield@northbeam.example",
        "user password dana.whitfield@northbeam.example",
        "policy check",
        "policy load",
        "policy show --lane mid-market-saas",
        "log verify",
        "db upgrade",
        "doctor",
        "config",
    ],
)
def test_with_json_standard_output_is_one_value_and_words_stay_on_standard_error(terminal: Terminal, line: str) -> None:
    words = [word.replace("_", " ") for word in line.split()]
    answer = terminal(*words, "--json", stdin="a quiet harbour in March\n")
    assert answer.status == 0, answer.err
    assert json.loads(answer.out) is not None
    assert answer.out.count("\n") == 1
    assert answer.err.strip()


def commands(group: click.Group, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command there is, by its words."""
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
        found.append((*above, name))
        if isinstance(command, click.Group):
            found += commands(command, (*above, name))
    return found


@pytest.mark.parametrize("words", commands(main), ids=" ".join)
def test_each_command_has_help_that_says_what_it_does(nowhere: Terminal, words: tuple[str, ...]) -> None:
    answer = nowhere(*words, "--help")
    assert answer.status == 0
    assert len(answer.out.split("\n\n")[1].strip()) > 15, answer.out


def test_help_is_quick_because_nothing_heavy_is_loaded_for_it() -> None:
    source = (
        "import sys; from reviewqueue.cli import main; main(['--help'], standalone_mode=False);"
        "print(sorted({'flask', 'sqlalchemy', 'pydantic', 'waitress'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_only_demo_and_serve_load_flask(folder: object) -> None:
    source = (
        "import sys; from reviewqueue.cli import main\n"
        "for words in (['db', 'upgrade'], ['policy', 'load'], ['key', 'list'], ['log', 'verify'], ['doctor']):\n"
        "    try: main(words, standalone_mode=False)\n"
        "    except Exception: pass\n"
        "print(sorted(name for name in sys.modules if name.startswith(('flask', 'waitress'))))"
    )
    env = {"REVIEWQUEUE_DATA": str(folder), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_python_m_reviewqueue_is_the_same_command() -> None:
    done = subprocess.run([sys.executable, "-m", "reviewqueue", "sing"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such command" in done.stderr


def test_windows_is_told_where_it_runs() -> None:
    """Instead of a traceback about a module that is not there."""
    done = subprocess.run([sys.executable, "-c", WINDOWS], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Review Queue does not run on Windows itself, so nothing was started. Run it on Linux or macOS, or in the "
        "Windows Subsystem for Linux (WSL).\n"
    )
