"""Northbeam: the policy of the cast, which is the shipped one with their company's name, domain and business hours."""

from __future__ import annotations

from pathlib import Path

from reviewqueue.cli import demo_data
from reviewqueue.policy import loading
from reviewqueue.policy.model.policy import Policy


def files() -> dict[str, str]:
    """Its files, a copy of one's own to change."""
    return demo_data.policy()


def policy() -> Policy:
    """What they say."""
    return loading.load(files())


def write(folder: Path) -> Path:
    """The files in a folder of their own."""
    for name, text in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
