"""`init`: a new installation from nothing; what it wrote can be used by the next command, and nothing is written over."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewqueue.policy import loading
from tests import northbeam
from tests.cli.conftest import Running, Terminal
from tests.cli.test_demo import enter
from tests.support import databases
from tests.world import World

NAME, DOMAIN, ZONE = "Tallow & Byrne", "tallow.example", "Europe/Lisbon"
SAID = ("--name", NAME, "--domain", DOMAIN, "--timezone", ZONE)
SAM = "sam.keller@tallow.example"
PASSWORD = "a ferry across the Tagus"


def test_answers_come_by_pipe_and_every_next_command_works(nowhere: Terminal, folder: Path) -> None:
    answer = nowhere("init", "--admin", SAM, "--json", stdin=f"{NAME}\n{DOMAIN}, byrne.example\n{ZONE}\n{PASSWORD}\n")
    assert answer.status == 0, answer.err
    own = folder / "policy"
    assert answer.json["policy"] == str(own)
    assert answer.json["organisation"] == {
        "name": NAME, "domains": [DOMAIN, "byrne.example"], "timezone": ZONE, "holidays": "",
    }  # fmt: skip
    assert answer.json["admin"] == {"id": 1, "email": SAM, "name": "Sam Keller"}
    assert PASSWORD not in answer.out + answer.err
    assert answer.json["digest"] == loading.digest_of(loading.files_in(own))

    checked = nowhere("policy", "check", "--json").json
    assert (checked["ok"], checked["warnings"], checked["digest"]) == (True, [], answer.json["digest"])
    assert nowhere("policy", "show", "--json").json["organisation"]["name"] == NAME
    loaded = nowhere("policy", "load", "--json")
    assert (loaded.status, loaded.json["digest"]) == (0, answer.json["digest"])
    assert [one["email"] for one in nowhere("user", "list", "--json").json] == [SAM]
    doctor = nowhere("doctor", "--json").json
    assert [one["name"] for one in doctor["findings"] if not one["well"]] == ["worker"], "none was started yet"
    assert "/setup" in next(one["says"] for one in doctor["findings"] if one["name"] == "setup")
    assert nowhere("log", "verify", "--json").json["holds"]


def test_the_admin_signs_in_at_serve_and_lands_on_setup(nowhere: Terminal, running: Callable[..., Running]) -> None:
    assert nowhere("init", *SAID, "--admin", SAM, stdin=f"{PASSWORD}\n").status == 0
    server = running("serve", "--port", "0", "--processes", "1", "--json", **nowhere.env)
    page = enter(server.first["address"], SAM, PASSWORD)
    assert "<h1>Setup</h1>" in page
    assert NAME.replace("&", "&amp;") in page
    assert server.stop() == 0


def test_options_are_enough_and_nobody_is_added_unasked(nowhere: Terminal) -> None:
    """A pipe that says nothing more, as a build's has: nothing waits for it."""
    answer = nowhere("init", *SAID, "--holidays", "pt", "--json")
    assert (answer.status, answer.json["admin"]) == (0, None)
    assert answer.json["organisation"]["holidays"] == "PT"
    assert "reviewqueue user add EMAIL --role admin" in answer.err
    assert nowhere("user", "list", "--json").json == []


def test_a_part_of_a_country_is_taken_also_when_written_small(nowhere: Terminal) -> None:
    part = nowhere("init", *SAID, "--holidays", "gb-eng", "--json")
    assert (part.json["organisation"]["holidays"], "warning" in part.err) == ("GB-ENG", False)


def test_a_country_that_counts_too_few_days_is_doubted(nowhere: Terminal) -> None:
    answer = nowhere("init", *SAID, "--holidays", "GB", "--json")
    assert answer.status == 0
    assert "warning: GB counts only what all of its parts keep" in answer.err


WRONG = [
    ("no answer", [], "", "name: not said; give --name"),
    ("too few answers", [], f"{NAME}\n{DOMAIN}\n", "timezone: not said; give --timezone"),
    ("no domain", ["--name", NAME, "--timezone", ZONE], "\n", "domain: '' is not a mail domain"),
    (
        "a city",
        ["--name", NAME, "--domain", DOMAIN],
        "lisbon\n",
        "timezone: 'lisbon' is not a time zone; did you mean Europe/Lisbon?",
    ),
    (
        "everybody's domain",
        ["--name", NAME, "--domain", "gmail.com", "--timezone", ZONE],
        "",
        "domain: everybody may have",
    ),
    ("a short password", [*SAID, "--admin", SAM], "short\n", "password: at least 12"),
    ("no password", [*SAID, "--admin", SAM], "", "password: at least 12"),
    ("no address", [*SAID, "--admin", "sam"], f"{PASSWORD}\n", "email: 'sam' is not an e-mail"),
]


@pytest.mark.parametrize(("what", "words", "stdin", "says"), WRONG, ids=[row[0] for row in WRONG])
def test_a_wrong_answer_writes_no_policy_and_can_be_put_right(
    nowhere: Terminal, folder: Path, what: str, words: list[str], stdin: str, says: str
) -> None:
    refused = nowhere("init", *words, stdin=stdin)
    assert (refused.status, refused.out) == (1, ""), what
    assert says in refused.err
    assert any(word in refused.err for word in ("Nothing was written", "No policy was written"))
    assert [path.name for path in folder.iterdir() if "policy" in path.name] == []
    again = nowhere("init", *SAID, "--admin", SAM, stdin=f"{PASSWORD}\n")
    assert again.status == 0, again.err


def test_nothing_is_written_over(nowhere: Terminal, folder: Path) -> None:
    own = folder / "policy"
    own.mkdir()
    (own / "notes.txt").write_text("mine")
    refused = nowhere("init", *SAID)
    assert (refused.status, [path.name for path in own.iterdir()]) == (1, ["notes.txt"])
    assert f"{own} holds something already, so nothing was written" in refused.err
    (own / "notes.txt").unlink()
    assert nowhere("init", *SAID).status == 0
    before = {path: path.read_bytes() for path in own.rglob("*.toml")}
    assert nowhere("init", "--name", "Another", "--domain", "another.example", "--timezone", "UTC").status == 1
    assert {path: path.read_bytes() for path in own.rglob("*.toml")} == before


def test_a_company_that_is_there_stays(terminal: Terminal, world: World, folder: Path) -> None:
    before = world.everything()
    refused = terminal("init", *SAID, "--admin", SAM, stdin=f"{PASSWORD}\n")
    assert refused.status == 1
    assert "The policy of Northbeam is active in this database, so nothing was written" in refused.err
    assert not (folder / "policy").exists()
    assert world.everything() == before


def test_the_policy_that_was_loaded_as_shipped_gets_its_name(nowhere: Terminal) -> None:
    """`demo --no-seed`, or `policy load` before `init`: that policy is nobody's, so it may become somebody's."""
    assert nowhere("db", "upgrade").status == 0
    loaded = nowhere("policy", "load")
    assert (loaded.status, "warning: this names nobody" in loaded.err) == (0, True)
    assert nowhere("init", *SAID).status == 0
    assert nowhere("policy", "show", "--json").json["organisation"]["name"] == NAME


def test_a_folder_that_a_setting_names_takes_the_policy(nowhere: Terminal, tmp_path: Path) -> None:
    own = tmp_path / "of" / "ours"
    answer = nowhere("init", *SAID, "--json", REVIEWQUEUE_POLICY=str(own))
    assert answer.json["policy"] == str(own)
    assert (own / "organisation.toml").exists()
    assert f"\n{own} can be used" in nowhere("policy", "check", REVIEWQUEUE_POLICY=str(own)).err


def test_a_servers_database_is_migrated_by_its_owner_first(
    nowhere: Terminal, folder: Path, blank: Callable[[], databases.Place], engine_name: str
) -> None:
    place = blank()
    if engine_name == "postgresql":
        refused = nowhere("init", *SAID, DATABASE_URL=place.owner_url)
        assert (refused.status, "Run `reviewqueue db upgrade` first" in refused.err) == (1, True)
        assert not (folder / "policy").exists()
    assert nowhere("db", "upgrade", DATABASE_URL=place.owner_url).status == 0
    answer = nowhere("init", *SAID, "--admin", SAM, stdin=f"{PASSWORD}\n", DATABASE_URL=place.owner_url)
    assert answer.status == 0, answer.err
    assert [one["email"] for one in nowhere("user", "list", "--json", DATABASE_URL=place.owner_url).json] == [SAM]


def test_at_a_terminal_it_asks_and_asks_again(nowhere: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be used is said at once, and only that is asked for again."""
    monkeypatch.setattr("reviewqueue.cli.users.at_terminal", lambda: True)
    asked_twice = ["short", "short", PASSWORD, PASSWORD]
    typed = [" ", NAME, "tallow", DOMAIN, "lisbon", ZONE, "", "sam", SAM, "Samira Keller", *asked_twice]
    answer = nowhere("init", "--json", stdin="".join(f"{line}\n" for line in typed))
    assert answer.status == 0, answer.err
    assert "'tallow' is not a mail domain" in answer.err
    assert "did you mean Europe/Lisbon?" in answer.err
    assert "it is empty; write what customers call you" in answer.err
    assert "'sam' is not an e-mail address" in answer.err
    assert "it has 5 characters, and needs at least 12" in answer.err
    assert answer.json["organisation"]["domains"] == [DOMAIN]
    assert answer.json["admin"]["name"] == "Samira Keller"


def test_a_policy_of_ones_own_is_not_the_demos(nowhere: Terminal, folder: Path) -> None:
    """The demo data's company stays in the demo data."""
    assert nowhere("init", *SAID).status == 0
    texts = "".join(path.read_text(encoding="utf-8") for path in (folder / "policy").rglob("*.toml"))
    assert not [word for word in ("northbeam", "New_York", "Berlin") if word.casefold() in texts.casefold()]
    assert "northbeam" in northbeam.files()["organisation.toml"]


def test_ctrl_c_or_the_end_of_input_says_so_without_a_traceback(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reviewqueue", "init"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False, env={"REVIEWQUEUE_DATA": str(folder), "PATH": ""},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "name: not said; give --name, or a line of input" in done.stderr
