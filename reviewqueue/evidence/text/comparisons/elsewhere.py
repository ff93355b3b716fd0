"""What is found of a value that stands in the records for something else than its sentence speaks of."""

from __future__ import annotations

from typing import NamedTuple

from reviewqueue.evidence.text.records.places import Place


class Elsewhere(NamedTuple):
    """A value that stands in the records for something else: where, what the records say of the thing the sentence
    speaks of, and whether a field holds that, so that the draft contradicts it. `planned` says that
    a piece of work has it."""

    places: tuple[Place, ...]
    against: tuple[Place, ...]
    sure: bool
    planned: bool = False
