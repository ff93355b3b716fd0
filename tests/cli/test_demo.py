"""`demo`: one command, everything in one process; the second start finds what the first one left."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from reviewqueue.cli import demo, installation
from reviewqueue.core.errors import DomainError
from tests.cast import PASSWORD
from tests.cli.conftest import Running, Terminal
from tests.support import databases, seed_world

Start = Callable[..., Running]


@pytest.fixture
def engine_name() -> str:
    """The demo makes an embedded database of its own."""
    return "sqlite"


def status_of(address: str) -> int:
    """What the sign-in page answers."""
    with urllib.request.urlopen(f"{address}/sign-in", timeout=60) as answer:
        return int(answer.status)


def until_drafted(folder: Path) -> None:
    """Wait until the worker inside has drafted what the demo data's approvals have due."""
    end = time.monotonic() + 60
    while True:
        with closing(sqlite3.connect(folder / "reviewqueue.sqlite3")) as database:
            states = dict(database.execute("SELECT state, count(*) FROM draftings GROUP BY state"))
        if not states.get("waiting") and not states.get("drafting"):
            break
        assert time.monotonic() < end, states
        time.sleep(0.1)
    assert states.get("drafted", 0) >= 10
    assert "failed" not in states


def until_looked(house: Running, folder: Path) -> None:
    """Wait until the worker inside has looked at everything once, and what it wrote at its start is written."""
    end, before = time.monotonic() + 60, 0
    while True:
        with closing(sqlite3.connect(folder / "reviewqueue.sqlite3")) as database:
            (entries,) = database.execute("SELECT max(position) FROM log_entries").fetchone()
        if "event=figures" in "".join(house.words) and entries == before:
            break
        assert time.monotonic() < end, house.words
        before = entries
        time.sleep(0.5)


def test_the_first_start_answers_with_the_world_in_it_and_the_second_adds_nothing(
    running: Start, nowhere: Terminal, folder: Path
) -> None:
    first = running("demo", "--port", "0", "--json")
    told = first.first
    assert status_of(told["address"]) == 200
    assert len(told["people"]) == len(nowhere("user", "list", "--json").json) == 11
    assert told["password"] in "".join(first.words)
    assert {"demo.password", "secret.key"} <= set(os.listdir(folder))
    for name in ("demo.password", "secret.key"):
        assert (folder / name).stat().st_mode & 0o077 == 0
    until_drafted(folder)
    until_looked(first, folder)
    examined = nowhere("doctor")
    assert examined.status == 0, f"a fresh demo is healthy, whatever waits in it for a person: {examined.err}"
    assert first.stop(signal.SIGTERM) == 0
    before = nowhere("log", "verify", "--json").json
    assert before["holds"]

    second = running("demo", "--port", "0", "--json")
    assert status_of(second.first["address"]) == 200
    assert second.stop(signal.SIGINT) == 0
    assert "Stopped." in second.said()
    assert nowhere("log", "verify", "--json").json == before
    assert (folder / "demo.password").read_text() == told["password"]


def enter(address: str, email: str, password: str) -> str:
    """Sign in as a browser does; returns the page that comes then."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(f"{address}/sign-in", timeout=60) as answer:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
    assert token
    form = urllib.parse.urlencode({"csrf_token": token[1], "email": email, "password": password})
    with browser.open(f"{address}/sign-in", form.encode(), timeout=60) as answer:
        page: str = answer.read().decode()
    return page


def resting(pid: int) -> int:
    """Megabytes of memory that a process holds."""
    return int(re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1]) // 1024  # type: ignore[index]


def test_everybody_it_names_can_sign_in_and_the_memory_that_takes_is_given_back(running: Start) -> None:
    house = running("demo", "--port", "0", "--json")
    told = house.first
    for person in told["people"]:
        assert person["name"] in enter(told["address"], person["email"], told["password"])
    assert resting(house.process.pid) < 150
    assert house.stop() == 0


def test_a_first_start_that_is_killed_begins_afresh(running: Start, nowhere: Terminal, folder: Path) -> None:
    killed = running("demo", "--port", "0", "--json")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if (half := folder / "first-start.sqlite3").exists() and tables(half) > 5:
            break
        time.sleep(0.01)
    killed.kill()
    assert not (folder / "reviewqueue.sqlite3").exists()
    (folder / "first-start-1.sqlite3").write_text("what another one that was killed left lying")

    again = running("demo", "--port", "0", "--json")
    assert status_of(again.first["address"]) == 200
    assert len(nowhere("user", "list", "--json").json) == 11
    assert nowhere("log", "verify", "--json").json["holds"]
    assert again.stop() == 0
    assert not list(folder.glob("first-start*"))


def tables(path: Path) -> int:
    """How many tables a database has; 0 while it cannot be told."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0])
    except sqlite3.Error:
        return 0


def test_a_port_in_use_is_told_and_nothing_is_made(running: Start, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = running("demo", "--port", str(port), "--data", str(elsewhere))
        says = refused.said()
    assert refused.process.returncode == 1
    assert f"Port {port} on 127.0.0.1 is in use" in says
    assert "--port" in says
    assert "Traceback" not in says
    assert not elsewhere.exists()


def test_without_the_seed_nobody_is_there_and_it_says_how_to_add_the_first(running: Start, nowhere: Terminal) -> None:
    empty = running("demo", "--port", "0", "--no-seed", "--json")
    assert status_of(empty.first["address"]) == 200
    assert empty.stop() == 0
    assert "reviewqueue user add EMAIL --role admin" in empty.said()
    assert nowhere("user", "list", "--json").json == []
    assert nowhere("policy", "show").status == 0
    again = running("demo", "--port", "0", "--json")
    assert again.first["people"] == []
    assert again.stop() == 0


def test_on_an_installation_of_ones_own_it_names_no_first_person_to_add(running: Start, nowhere: Terminal) -> None:
    words = ("--name", "Tallow & Byrne", "--domain", "tallow.example", "--timezone", "Europe/Lisbon")
    admin = ("--admin", "sam.keller@tallow.example")
    assert nowhere("init", *words, *admin, stdin="a ferry across the Tagus\n").status == 0
    house = running("demo", "--port", "0", "--json")
    assert house.first["people"] == []
    assert house.stop() == 0
    said = house.said()
    assert "not the demo's company: its people sign in as they always do" in said
    assert "user add" not in said


def test_with_host_it_answers_others_and_warns_what_that_means(
    running: Start, folder: Path, run: databases.Run
) -> None:
    """On standard error, before the password, with what to do instead; and no callback reaches a private address."""
    seed_world.copied(run, folder).rename(folder / "reviewqueue.sqlite3")
    (folder / "demo.password").write_text(PASSWORD)
    house = running("demo", "--host", "0.0.0.0", "--port", "0", "--json")
    told = house.first
    port = urllib.parse.urlsplit(told["address"]).port
    assert told["address"] == f"http://localhost:{port}"
    assert told["open_to_others"] is True
    assert status_of(f"http://127.0.0.1:{port}") == 200
    assert "Sam Keller" in enter(f"http://127.0.0.1:{port}", told["people"][0]["email"], told["password"])
    assert house.stop() == 0
    said = house.said()
    warning, _, after = said.partition("Review Queue answers at")
    assert "WARNING: this demo listens on 0.0.0.0." in warning
    for words in (
        f"all {len(told['people'])} people, the admin among them",
        "Nothing is encrypted",
        "reviewqueue init",
        "127.0.0.1",
    ):
        assert words in warning
    assert told["password"] in after
    assert told["password"] not in warning


def test_for_this_machine_alone_it_warns_of_nothing(running: Start) -> None:
    house = running("demo", "--host", "127.0.0.1", "--port", "0", "--no-seed", "--json")
    assert house.first["open_to_others"] is False
    assert house.stop() == 0
    assert "WARNING" not in house.said()


@pytest.mark.parametrize(("host", "private"), [(None, True), ("::1", True), ("0.0.0.0", False), ("10.1.2.3", False)])
def test_callbacks_reach_private_addresses_only_where_nobody_else_reaches_the_demo(
    folder: Path, host: str | None, private: bool
) -> None:
    """Else whoever signs in with the password on the screen could call what only this machine may."""
    assert demo._settings(host, None, folder).private_callbacks is private


def test_a_host_in_the_environment_is_no_consent(running: Start, folder: Path) -> None:
    """Left over from `serve`, it opens nothing, and no database is made: the demo asks for --host by name."""
    refused = running("demo", "--port", "0", REVIEWQUEUE_HOST="0.0.0.0")
    said = refused.said()
    assert refused.process.returncode == 1
    assert "0.0.0.0 is open to others without encryption" in said
    assert "WARNING" not in said
    assert not list(folder.glob("*.sqlite3")) + list(folder.glob("demo.password"))


def test_a_folder_that_cannot_be_used_is_one_message(running: Start, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    refused = running("demo", "--port", "0", "--data", str(tmp_path / "file" / "below"))
    says = refused.said()
    assert refused.process.returncode == 1
    assert "Not a directory" in says
    assert "Traceback" not in says


def test_a_policy_that_is_broken_stops_the_first_start_and_names_the_line(
    running: Start, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "organisation.toml").write_text("name = \n")
    refused = running("demo", "--port", "0", REVIEWQUEUE_POLICY=str(tmp_path))
    says = refused.said()
    assert refused.process.returncode == 1
    assert "organisation.toml:1" in says
    assert "Traceback" not in says
    assert not list(folder.glob("first-start*")) + list(folder.glob("demo.password"))


def test_tables_that_could_not_be_laid_ahead_are_made_with_the_rest(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are laid where there is no database yet, and used; where that fails nobody is told so, and nothing is lost."""
    found, laid = installation.settings(data=folder), list[Path]()
    ahead = folder / "first-start-2.sqlite3"
    with monkeypatch.context() as broken:
        broken.setattr("reviewqueue.db.migrate.upgrade", lambda *_: 1 / 0)
        demo.create_tables(found, ahead, lambda: laid.append(ahead))
    assert laid == []
    demo.create_tables(found, ahead, lambda: laid.append(ahead))
    assert tables(ahead) > 5
    with monkeypatch.context() as broken:
        broken.setattr("reviewqueue.db.migrate.upgrade", lambda *_: 1 / 0)
        demo.prepare(found, seed=False, tables=laid[0])
    assert [path.name for path in folder.glob("*.sqlite3")] == ["reviewqueue.sqlite3"]
    demo.create_tables(found, ahead, lambda: laid.append(ahead))
    assert len(laid) == 1, "there is a database now"


def test_a_database_that_exists_is_never_seeded_over(folder: Path) -> None:
    found = installation.settings(data=folder)
    demo.prepare(found, seed=False)
    before = (folder / "reviewqueue.sqlite3").read_bytes()
    demo.prepare(found, seed=True)
    assert not (folder / "demo.password").exists()
    assert (folder / "reviewqueue.sqlite3").read_bytes() == before


def test_a_seed_world_that_broke_off_in_a_named_database_is_never_added_to(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'named.sqlite3'}")
    (tmp_path / "named.sqlite3").touch()
    with monkeypatch.context() as broken:
        broken.setattr("reviewqueue.cli.demo_data._run_clock", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            demo.prepare(installation.settings(data=folder), seed=True)
    with pytest.raises(DomainError, match="stopped half-way"):
        demo.prepare(installation.settings(data=folder), seed=True)
