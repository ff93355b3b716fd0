"""Worlds that begin with more than the cast: filled once a run on each engine, and copied for each test.

@pytest.mark.furnished(Furnished("my_rows", fill))  # fill(world, a folder for files)
def test_...(world):

A file whose tests all begin with it has a `pytestmark`, or a fixture `furnished` that returns it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reviewqueue.db import database
from tests import drafts
from tests.support.databases import Place, Run
from tests.world import World, populate


@dataclass(frozen=True)
class Furnished:
    """What `fill` puts into a world, under a name that no other has."""

    name: str
    fill: Callable[[World, Path], object]

    def template(self, run: Run, dialect: str, folder: Path) -> Place:
        """The filled database, to copy from. Nobody is connected to it."""

        def make(url: str) -> None:
            populate(url)
            engine = database.connect(url)
            with drafts.in_template():
                self.fill(World(Place(url, url), engine), folder)
            engine.dispose()

        return run.template(dialect, self.name, make)
