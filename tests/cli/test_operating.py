"""docs/operating.md: every command it shows does what it says, in the order it is shown, on both engines."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url

from reviewqueue.settings import Settings
from tests import engines

PAGE = Path(__file__).parents[2] / "docs" / "operating.md"
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def as_here(shown: str, place: engines.Place, role: str) -> str:
    """What the page shows, with this test's database in the place of the page's."""
    shown = shown.replace("postgresql://owner:password@db.example/reviewqueue", f"'{place.owner_url}'")
    shown = shown.replace("postgresql://reviewqueue_app:password@db.example/reviewqueue", f"'{place.url}'")
    if place.dialect == "sqlite":
        return shown.replace(" --app-role reviewqueue_app", "")
    return shown.replace("reviewqueue_app", role)


def with_a_worker(shown: str) -> str:
    """What the page shows, with a worker beside it from the first `doctor` on, as the page says before it."""
    started = """
        if [ -z "${WORKER:-}" ]; then
          reviewqueue worker 2> worker.log & WORKER=$!; trap 'kill $WORKER; wait $WORKER' EXIT
          for _ in $(seq 100); do reviewqueue doctor > /dev/null 2>&1 && break; sleep 0.2; done
        fi
    """
    return f"{started}\n{shown}" if "reviewqueue doctor" in shown else shown


def test_the_commands_run_in_the_order_they_are_shown(
    blank: Callable[[], engines.Place], folder: Path, tmp_path: Path
) -> None:
    place = blank()
    role = make_url(place.url).username or ""
    script = "\n".join(["set -eu", *(with_a_worker(as_here(block, place, role)) for block in BLOCKS)])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "REVIEWQUEUE_DATA": str(folder)}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "can be used" in done.stderr
    assert "The log holds" in done.stderr
    assert "WRONG" not in done.stderr
    assert (tmp_path / "override-log.jsonl").stat().st_size > 0


def test_there_are_blocks_to_run() -> None:
    assert len(BLOCKS) >= 6
    assert sum(block.count("\nreviewqueue ") + block.startswith("reviewqueue ") for block in BLOCKS) >= 15


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_explained(name: str) -> None:
    shown = "DATABASE_URL" if name == "database_url" else f"REVIEWQUEUE_{name.upper()}"
    assert f"`{shown}`" in PAGE.read_text(encoding="utf-8")
