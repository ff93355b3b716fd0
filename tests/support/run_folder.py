"""The folder of a test run, and in it the bytecode that the run's processes share: each file is compiled by one of them,
its assertions rewritten. It comes before every other import, and so has none but Python's own."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOM = 1024**3  # bytes, several times what a run needs
LATE = 6 * 60 * 60  # seconds, many times what a run lasts


def new_folder() -> Path:
    """A folder for one run, with a path short enough for a socket in it: in memory, where there is room. What a killed
    run has left behind is removed six hours later."""
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    parent = memory if roomy else Path("/tmp")
    for left in parent.glob("rq-*"):
        with suppress(FileNotFoundError):  # another run ends as we look
            if time.time() - left.stat().st_mtime > LATE:
                shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix="rq-", dir=parent))


def keep_bytecode(folder: Path) -> None:
    """Where Python is told to leave no bytecode beside the sources, every process that a run starts would compile them
    again, and spend more on that than on its command; they share this folder instead."""
    if sys.dont_write_bytecode:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(folder)
        sys.dont_write_bytecode = False


def import_backwards(arguments: Iterable[str]) -> None:
    """Import the test modules below these folders, the last one first. The other worker begins with the first: what one
    has rewritten the other finds, and each does half. What cannot be imported is told when it is collected."""
    folders = [Path(one) for one in arguments if Path(one).is_dir()]
    files = {path.resolve() for folder in folders for path in folder.rglob("test_*.py")}
    for path in sorted(files, reverse=True):
        with suppress(Exception):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


FOLDER = None if "PYTEST_XDIST_WORKER" in os.environ else new_folder()
if FOLDER:
    keep_bytecode(FOLDER / "bytecode")
