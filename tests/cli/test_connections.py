"""Finding the database: one place from every command, and one clear message where it cannot be used."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from reviewqueue.db import database
from reviewqueue.policy import loading
from tests.cli.conftest import Terminal
from tests.support import databases

READS = (
    ("key", "list"),
    ("user", "list"),
    ("log", "verify"),
    ("policy", "show"),
    ("worker",),
    ("serve", "--port", "0"),
)


def test_every_command_finds_the_folder_that_reviewqueue_data_names(nowhere: Terminal, folder: Path) -> None:
    assert nowhere("db", "upgrade").status == 0
    assert (folder / "reviewqueue.sqlite3").exists()
    assert nowhere("policy", "load").status == 0
    assert nowhere("user", "add", "sam@northbeam.example", "--role", "admin", stdin="nine wet umbrellas\n").status == 0
    assert [one["name"] for one in nowhere("user", "list", "--json").json] == ["Sam"]
    assert nowhere("log", "verify", "--json").json["size"] == 2


def test_database_url_goes_before_the_folder(nowhere: Terminal, tmp_path: Path) -> None:
    nowhere("db", "upgrade")
    other = {"DATABASE_URL": f"sqlite:///{tmp_path / 'other.sqlite3'}"}
    assert nowhere("key", "list", **other).status == 1
    assert nowhere("db", "upgrade", **other).status == 0
    assert nowhere("key", "list", **other).status == 0
    assert (tmp_path / "other.sqlite3").exists()


def test_a_new_folder_is_closed_to_other_users(nowhere: Terminal, tmp_path: Path) -> None:
    made = tmp_path / "new" / "house"
    nowhere("db", "upgrade", REVIEWQUEUE_DATA=str(made))
    assert made.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("words", READS, ids=" ".join)
def test_without_a_database_nothing_is_done_and_none_is_made(
    nowhere: Terminal, folder: Path, words: tuple[str, ...]
) -> None:
    answer = nowhere(*words)
    assert (answer.status, answer.out) == (1, "")
    assert f"There is no database at {folder / 'reviewqueue.sqlite3'}" in answer.err
    assert "Begin a new installation with `reviewqueue init`" in answer.err
    assert "reviewqueue db upgrade" in answer.err
    assert not os.listdir(folder)


@pytest.mark.parametrize("words", READS, ids=" ".join)
def test_a_database_that_is_not_migrated_is_named_with_its_mend(
    nowhere: Terminal, blank: Callable[[], databases.Place], words: tuple[str, ...]
) -> None:
    place = blank()
    if place.dialect == "sqlite":
        sqlite3.connect(place.url.removeprefix("sqlite:///")).close()
        Path(place.url.removeprefix("sqlite:///")).touch()
    answer = nowhere(*words, DATABASE_URL=place.url)
    assert (answer.status, answer.out) == (1, "")
    assert "The database is at schema none" in answer.err
    assert "reviewqueue db upgrade" in answer.err


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://nobody:secret-word@127.0.0.1:1/none", "The database reported an error"),
        ("somewhere over the rainbow", "DATABASE_URL is not the address"),
        ("paradox://host/name", "DATABASE_URL is not the address"),
        ("mysql://someone:secret-word@host/name", "DATABASE_URL is not the address"),
        ("postgresql+psycopg2://someone:secret-word@host/name", "DATABASE_URL is not the address"),
        ("postgresql://someone:secret-word@host:notaport/name", "postgresql://user:password@host:5432/name"),
        ("sqlite://", "sqlite:////absolute/path.sqlite3"),
        ("sqlite://host/name.sqlite3", "DATABASE_URL is not the address"),
        ("", "DATABASE_URL is not the address"),
        ("sqlite:////proc/none/here.sqlite3", "There is no database at"),
    ],
)
def test_a_database_that_cannot_be_reached_is_one_message(nowhere: Terminal, url: str, says: str) -> None:
    answer = nowhere("key", "list", DATABASE_URL=url)
    assert (answer.status, answer.out) == (1, "")
    assert says in answer.err
    assert "secret-word" not in answer.err


@pytest.mark.parametrize("words", [("db", "upgrade"), ("db", "downgrade", "base", "--yes"), *READS], ids=" ".join)
def test_a_database_of_a_newer_program_is_left_alone_and_said_to_be_newer(
    nowhere: Terminal, folder: Path, words: tuple[str, ...]
) -> None:
    nowhere("db", "upgrade")
    with closing(sqlite3.connect(folder / "reviewqueue.sqlite3")) as opened, opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    answer = nowhere(*words)
    assert (answer.status, answer.out) == (1, "")
    assert "The database is at schema 9999, which is newer than this program" in answer.err
    assert "Install the newer version" in answer.err


def test_a_file_that_is_no_database_is_one_message(nowhere: Terminal, folder: Path) -> None:
    (folder / "reviewqueue.sqlite3").write_text("a shopping list, and a long one at that" * 40)
    for words in (("key", "list"), ("db", "upgrade")):
        answer = nowhere(*words)
        assert answer.status == 1
        assert (
            f"{folder / 'reviewqueue.sqlite3'}: the database reported an error (file is not a database)" in answer.err
        )


def test_a_file_that_may_not_be_written_is_named_with_the_right_that_is_missing(
    nowhere: Terminal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever runs the tests may write every file, so the connection is told to refuse as SQLite does."""
    nowhere("db", "upgrade")
    monkeypatch.setattr(database, "_PRAGMAS", ("query_only=ON", "journal_mode=DELETE", "user_version=1"))
    answer = nowhere("key", "list")
    assert (answer.status, answer.out) == (1, "")
    assert f"{folder / 'reviewqueue.sqlite3'}: attempt to write a readonly database" in answer.err
    assert "lacks the right to write that file or its folder" in answer.err


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("REVIEWQUEUE_PORT", "seaside", "REVIEWQUEUE_PORT: Input should be a valid integer"),
        ("REVIEWQUEUE_PORT", "99999", "REVIEWQUEUE_PORT: Input should be less than or equal to 65535"),
        ("REVIEWQUEUE_PORT", "-1", "REVIEWQUEUE_PORT: Input should be greater than or equal to 0"),
        ("REVIEWQUEUE_THREADS", "many", "REVIEWQUEUE_THREADS: "),
        ("REVIEWQUEUE_THREADS", "0", "REVIEWQUEUE_THREADS: "),
        ("REVIEWQUEUE_PROCESSES", "65", "REVIEWQUEUE_PROCESSES: "),
        ("REVIEWQUEUE_DEBUG", "perhaps", "REVIEWQUEUE_DEBUG: "),
    ],
)
def test_a_setting_that_cannot_be_read_is_named(nowhere: Terminal, name: str, value: str, says: str) -> None:
    answer = nowhere("config", **{name: value})
    assert (answer.status, answer.out) == (1, "")
    assert says in answer.err


def test_config_masks_what_is_secret(nowhere: Terminal) -> None:
    url = "postgresql://owner:secret-word@db.example/reviewqueue"
    answer = nowhere("config", "--json", DATABASE_URL=url)
    assert "secret-word" not in answer.out + answer.err
    assert nowhere.env["REVIEWQUEUE_SECRET_KEY"] not in answer.out + answer.err
    assert answer.json["database"] == "postgresql+psycopg://owner:***@db.example/reviewqueue"


def test_config_says_where_the_policy_files_are(nowhere: Terminal, folder: Path) -> None:
    assert nowhere("config", "--json").json["policy"] == str(loading.SHIPPED)
    (folder / "policy").mkdir()
    assert nowhere("config", "--json").json["policy"] == str(folder / "policy")


def test_upgrade_and_downgrade_go_both_ways(nowhere: Terminal) -> None:
    assert nowhere("db", "upgrade").status == 0
    assert nowhere("db", "downgrade", "base", stdin="n\n").status == 1
    assert nowhere("key", "list").status == 0
    assert nowhere("db", "downgrade", "base", "--yes", "--json").json == {"revision": "base"}
    assert nowhere("key", "list").status == 1
    assert nowhere("db", "upgrade", "--json").status == 0
    assert nowhere("key", "list").status == 0


def test_an_app_role_is_for_postgresql_only(nowhere: Terminal) -> None:
    answer = nowhere("db", "upgrade", "--app-role", "reviewqueue_app")
    assert answer.status == 1
    assert "--app-role is for PostgreSQL" in answer.err


def test_without_the_driver_the_extra_is_named_and_no_package_of_somebody_elses(
    nowhere: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    answer = nowhere("user", "list", DATABASE_URL="postgresql://someone@db.example/reviewqueue")
    assert answer.status == 1
    assert "the extra `postgres`" in answer.err
    assert "pip install '.[postgres]'" in answer.err
