"""Files: approved content in a folder, whole, once for each release, and never outside it."""

from __future__ import annotations

import csv
import html
import json
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from reviewqueue import worker
from reviewqueue.cli import main
from reviewqueue.core.settings import Settings
from reviewqueue.db import database
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import destinations, files, plan_rows
from reviewqueue.delivery.outgoing import Outgoing
from reviewqueue.policy import loading
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.policy.model.destinations import Destination
from tests import drafts
from tests.cast import INES
from tests.delivery.test_smtp import NOW
from tests.support.destinations import FILE, PLANS, activate, files_with
from tests.support.releases import acts, row
from tests.world import World

TO = Destination(key="plans", name="Plans", kind="file", does="Writes", system="project", folder="plans")
MILESTONES = [
    {"name": "Workspace, ready", "layer": "internal setup", "owner": "=HYPERLINK(1)", "due": "2026-04-01", "evidence": "Seen", "exit": "Done", "depends": ""},
    {"name": "Data imported", "owner": "Rosa", "due": "soon", "depends": "workspace, ready"},
    {"name": "First value", "due": "2026-05-01", "depends": "Data imported, Workspace, ready, First value"},
]  # fmt: skip
OUT = Outgoing("release-7-abc", TO, 7, "project_plan", "Marlow Freight", "Plan", "d" * 64, {"milestones": MILESTONES})
NAME = "marlow-freight-release-7-abc.json"


def found(base: Path) -> dict[str, str]:
    """Every file below a folder, hidden ones too."""
    return {str(path.relative_to(base)): path.read_bytes().decode() for path in base.rglob("*") if path.is_file()}


def test_it_is_written_once_whole_and_with_the_same_content(tmp_path: Path) -> None:
    """The second time finds it there; nothing else is left in the folder."""
    assert [files.send(tmp_path, OUT, NOW).outcome for _ in range(2)] == ["released", "released"]
    assert found(tmp_path) == {f"plans/{NAME}": files.content(OUT)}
    said = json.loads(files.content(OUT))
    assert (said["release"], said["draft"]["milestones"]) == (OUT.key, MILESTONES)
    assert (tmp_path / "plans" / NAME).stat().st_mode & 0o007 == 0


def test_many_at_once_write_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        came = list(pool.map(lambda _: files.send(tmp_path, OUT, NOW).outcome, range(24)))
    assert came == ["released"] * 24
    assert found(tmp_path) == {f"plans/{NAME}": files.content(OUT)}


def _other_content(base: Path) -> None:
    (base / "plans").mkdir()
    (base / "plans" / NAME).write_text("by hand")


def _a_link_of_that_name(base: Path) -> None:
    (base / "plans").mkdir()
    (base / "outside").write_text(files.content(OUT))
    (base / "plans" / NAME).symlink_to(base / "outside")


def _the_folder_is_a_link(base: Path) -> None:
    (base / "outside").mkdir()
    (base / "plans").symlink_to(base / "outside")


def _the_folder_is_a_file(base: Path) -> None:
    (base / "plans").write_text("a file")


# (what is there before, what came of it)
REFUSED: list[tuple[Callable[[Path], None], str]] = [
    (_other_content, "failed"), (_a_link_of_that_name, "failed"), (_the_folder_is_a_link, "later"),
    (_the_folder_is_a_file, "later"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "outcome"), REFUSED, ids=[row[0].__name__ for row in REFUSED])
def test_nothing_is_overwritten_and_no_link_is_followed(
    tmp_path: Path, before: Callable[[Path], None], outcome: str
) -> None:
    before(tmp_path)
    kept = found(tmp_path)
    assert files.send(tmp_path, OUT, NOW).outcome == outcome
    assert found(tmp_path) == kept


def test_a_disk_that_is_full_leaves_nothing_and_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    came = files.send(tmp_path, OUT, NOW)
    assert (came.outcome, "No space left" in came.says) == ("later", True)
    assert found(tmp_path) == {}
    monkeypatch.undo()
    assert files.send(tmp_path, OUT, NOW).outcome == "released"


@pytest.mark.parametrize(
    ("customer", "name"),
    [
        ("../../etc/passwd", "etc-passwd-release-7-abc.json"),
        ("/", "release-7-abc.json"),
        ("Müller & Söhne\n", "muller-sohne-release-7-abc.json"),
        ("x" * 300, f"{'x' * 40}-release-7-abc.json"),
        ("株式会社", "release-7-abc.json"),
        ("..", "release-7-abc.json"),
        ("-rf .hidden", "rf-hidden-release-7-abc.json"),
    ],
)
def test_a_name_from_outside_makes_no_path(tmp_path: Path, customer: str, name: str) -> None:
    out = replace(OUT, customer=customer)
    assert files.send(tmp_path, out, NOW).outcome == "released"
    assert list(found(tmp_path)) == [f"plans/{name}"]


def test_a_table_has_the_milestones_and_no_formula() -> None:
    """Which come before is told by number, also where a name has a comma; a milestone never waits for itself."""
    table = list(csv.DictReader(plan_rows.as_csv(OUT.draft).splitlines()))
    assert [(one["number"], one["depends_on"], one["due"]) for one in table] == [
        ("1", "", "2026-04-01"), ("2", "1", ""), ("3", "1; 2", "2026-05-01"),
    ]  # fmt: skip
    assert table[0]["owner"] == "'=HYPERLINK(1)"
    assert [len(plan_rows.rows(odd)) for odd in ({}, {"milestones": None}, {"milestones": ["x", {"name": 7}]})] == [
        0,
        0,
        2,
    ]


# (the keys of the destination, what is said)
FLAWS = [
    ({"kind": '"file"'}, "say which system reads them: system = one of crm, customer-success, project"),
    ({**FILE, "system": '"billing"'}, "say which system reads them"),
    ({**FILE, "folder": '"../plans"'}, "String should match pattern"),
    ({**FILE, "system": '"customer-success"'}, "has no account_owner = true"),
    ({"kind": '"automation"', "folder": '"plans"'}, "a destination of kind 'automation' has no folder"),
    ({**FILE, "format": '"xlsx"'}, "'json' or 'csv'"),
]


@pytest.mark.parametrize(("keys", "says"), FLAWS, ids=[row[1][:30] for row in FLAWS])
def test_what_a_policy_may_not_say_of_files(keys: dict[str, str], says: str) -> None:
    with pytest.raises(BadPolicy) as refused:
        loading.load(files_with(PLANS, **keys))
    assert says in str(refused.value)


def test_a_table_is_for_plans_alone() -> None:
    loading.load(files_with(PLANS, **FILE, format='"csv"'))
    with pytest.raises(BadPolicy, match="writes a table of milestones"):
        loading.load(files_with("gates/handoff-quality.toml", **FILE, format='"csv"'))


def test_an_approved_plan_is_written_as_its_dry_run_showed(
    world: World, client_for: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page before the approval, the command, the file and the download say the same; a worker that dies is no second
    file; nothing is downloaded before the approval."""
    folder = tmp_path / "out"
    activate(world, PLANS, **FILE, format='"csv"')
    item = world.submit(drafts.plan())
    ines = client_for(INES)
    shown = ines.get(f"/items/{item}").get_data(as_text=True)
    dry = html.unescape(shown.partition('<pre class="kept-text">')[2].partition("</pre>")[0])
    assert "What will be written" in shown
    assert {ines.get(f"/items/{item}/plan.{form}").status_code for form in ("csv", "json")} == {404}
    world.decide(INES, item, "approve")
    sessions = database.sessions(world.engine)
    send = partial(files.send, folder)

    def dies(outgoing: Outgoing, now: Any) -> Any:
        send(outgoing, now)
        raise SystemExit

    with pytest.raises(SystemExit):
        worker.send_one_release(sessions, {"file": dies}, threading.Event(), lambda: world.now)
    assert len(found(folder)) == 1
    later = world.now + 2 * worker.releases.LEASE
    worker.send_one_release(sessions, {"file": send}, threading.Event(), lambda: later)
    with world.session() as session:
        session.query(Release).update({"state": "waiting", "next_at": later})
        session.commit()
    assert worker.send_one_release(sessions, {"file": send}, threading.Event(), lambda: later)
    assert row(world, item).state == "released"
    assert acts(world, item)[-1] == "release.release"
    ((name, text),) = found(folder).items()
    assert name.startswith("plans/")
    assert text.splitlines() == dry.strip().splitlines()
    assert ines.get(f"/items/{item}/plan.csv").get_data(as_text=True) == text
    assert json.loads(ines.get(f"/items/{item}/plan.json").get_data())["draft"] == world.draft(item)
    assert "It went out" in ines.get(f"/items/{item}").get_data(as_text=True)
    monkeypatch.setenv("DATABASE_URL", world.url)
    said = CliRunner().invoke(main, ["releases", "dry-run", str(item), "--json"])
    assert json.loads(said.stdout)[0]["text"] == text


def test_the_worker_has_a_sender_for_files(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    assert settings.released_files() == tmp_path / "released"
    assert destinations.senders(settings)["file"](OUT, NOW).outcome == "released"
    assert list(found(tmp_path)) == [f"released/plans/{NAME}"]
