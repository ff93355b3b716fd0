"""Free space on the disk that this installation keeps its data on, and whether it is too little to go on."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import make_url

from reviewqueue.core.settings import Settings

MIN_FREE_BYTES = 64 * 2**20  # bytes; below this a write-ahead log, or a sort, may not fit any more


def free_bytes(settings: Settings) -> int:
    """Bytes that may still be written where the data folder is, or where the SQLite file is if that is less. A database
    on another machine is not looked at: its heartbeats stop when it cannot be written."""
    folders = [settings.data.absolute()]
    url = make_url(settings.database())
    if url.get_backend_name() == "sqlite" and url.database:
        folders.append(Path(url.database).absolute().parent)
    return min(shutil.disk_usage(_nearest_existing(folder)).free for folder in folders)


def is_full(free: int) -> bool:
    """Whether `free` bytes are too few to go on."""
    return free < MIN_FREE_BYTES


def _nearest_existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return folder if folder.exists() or folder == folder.parent else _nearest_existing(folder.parent)
