"""Approved content as a file in a folder: whole or not at all, once for each release, and never outside the folder."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import monotonic

from reviewqueue.core import canonical_json
from reviewqueue.core.folding import folded
from reviewqueue.core.patterns import as_pattern
from reviewqueue.delivery import plan_rows
from reviewqueue.delivery.outgoing import Outgoing, Write
from reviewqueue.delivery.smtp import SendOutcome

FOLDER = "REVIEWQUEUE_RELEASE_FOLDER"
_BETWEEN = as_pattern(r"[^a-z0-9]+")
DIFFERS = (
    "A file of that name with other content is there, and it is not overwritten. Look at it, and take it away first"
)


def writes(outgoing: Outgoing) -> list[Write]:
    """The one file that will be written."""
    return [Write(f"The file {folder_of(outgoing)}/{name_of(outgoing)}", text=content(outgoing))]


def content(outgoing: Outgoing) -> str:
    """The file's text: the same for the same release however often."""
    if outgoing.to.format == "csv":
        return plan_rows.as_csv(outgoing.draft)
    return as_json(outgoing)


def as_json(outgoing: Outgoing) -> str:
    """The approved draft with what it is about, as canonical JSON."""
    system, deal = outgoing.deal
    about = {"item": outgoing.item_id, "kind": outgoing.kind, "customer": outgoing.customer, "title": outgoing.title}
    whole = {
        "release": outgoing.key, "content_digest": outgoing.digest, **about,
        "deal": {"system": system, "id": deal} if deal else None, "draft": outgoing.draft,
    }  # fmt: skip
    return canonical_json.write(whole, digits=True) + "\n"


def folder_of(outgoing: Outgoing) -> str:
    """The folder below the installation's own."""
    return outgoing.to.folder or outgoing.to.key


def name_of(outgoing: Outgoing) -> str:
    """The file's name: whose it is, for people, and the release's key."""
    whose = _BETWEEN.sub("-", folded(outgoing.customer))[:40].strip("-")
    return f"{whose}-{outgoing.key}.{outgoing.to.format}".lstrip("-")


def send(base: Path, outgoing: Outgoing, now: datetime) -> SendOutcome:
    """Write the file below `base` (REVIEWQUEUE_RELEASE_FOLDER), unless it is there already with the same content."""
    started = monotonic()
    try:
        came = _write(base, outgoing)
    except OSError as error:
        why = error.strerror or type(error).__name__
        came = SendOutcome("later", f"The file cannot be written below {FOLDER}: {why}")
    return replace(came, milliseconds=int((monotonic() - started) * 1000))


def _write(base: Path, outgoing: Outgoing) -> SendOutcome:
    name, whole = name_of(outgoing), content(outgoing).encode()
    base.mkdir(mode=0o750, parents=True, exist_ok=True)
    with _opened(base) as root:
        with suppress(FileExistsError):
            os.mkdir(folder_of(outgoing), 0o750, dir_fd=root)
        with _opened(folder_of(outgoing), root) as folder:
            if _link(folder, name, whole):
                return SendOutcome("released", f"Written as {folder_of(outgoing)}/{name}")
            if _read(folder, name, len(whole)) == whole:
                return SendOutcome("released", f"{folder_of(outgoing)}/{name} is there already, with the same content")
            return SendOutcome("failed", f"{folder_of(outgoing)}/{name}: {DIFFERS}")


@contextmanager
def _opened(folder: Path | str, above: int | None = None) -> Iterator[int]:
    """A folder as a descriptor. Below another one it is no link: a link could lead outside."""
    follow = 0 if above is None else os.O_NOFOLLOW
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | follow, dir_fd=above)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _link(folder: int, name: str, whole: bytes) -> bool:
    """Write the file under another name and give it its own once it is whole and on the disk; False where that name is
    taken."""
    made = f".{secrets.token_hex(8)}.part"
    try:
        with os.fdopen(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640, dir_fd=folder), "wb") as file:
            file.write(whole)
            file.flush()
            os.fsync(file.fileno())
        os.link(made, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        os.fsync(folder)
    except FileExistsError:
        return False
    finally:
        with suppress(OSError):
            os.unlink(made, dir_fd=folder)
    return True


def _read(folder: int, name: str, size: int) -> bytes:
    """The content of a file of ours, no more than a byte longer than expected; nothing of a link or a folder."""
    try:
        with os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder), "rb") as file:
            return file.read(size + 1)
    except OSError:
        return b""
