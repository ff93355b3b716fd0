"""Northbeam: the policy of the cast, which is the shipped one with their company's name, domain and business hours."""

from __future__ import annotations

from pathlib import Path

from reviewqueue.cli import demo_data
from reviewqueue.policy import loading
from reviewqueue.policy.model.policy import Policy
from tests.cast import AUTOMATION


def files() -> dict[str, str]:
    """Its files, a copy of one's own to change. It trusts the automation of the tests, so that its records count like
    imported ones; what anybody else sends is claimed. It has no customer portal, as no shipped lane has."""
    made = {name: text.replace("portal_days = 60\n", "") for name, text in demo_data.policy().items()}
    name, trusted = "organisation.toml", f'trusted_automations = ["{AUTOMATION}"]\ndefault_lane ='
    return made | {name: made[name].replace("default_lane =", trusted, 1)}


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
