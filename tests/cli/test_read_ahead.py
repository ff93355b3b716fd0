"""The demo's model in a process of its own: its answers are the model's, also where that process has died."""

from __future__ import annotations

import os
import signal

import pytest

from reviewqueue.checks.topics import classifier
from reviewqueue.cli import read_ahead

MOVED, QUIET = "We need to push our launch back by two weeks.", "The agenda comes on Friday."


def test_its_answers_are_the_models_own(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    fork = os.fork
    monkeypatch.setattr(read_ahead.os, "fork", lambda: begun.append(child := fork()) or child)
    with read_ahead.reading_ahead([QUIET, MOVED]) as model:
        ahead = [model().classify(text) for text in (MOVED, QUIET, MOVED)]
        asked = model().classify(f"{QUIET} {MOVED}")
        os.kill(begun[0], signal.SIGKILL)
        alone = model().classify(f"{MOVED} {QUIET}")
    assert ahead == [classifier.classify(text) for text in (MOVED, QUIET, MOVED)]
    assert (ahead[0] != [], ahead[1]) == (True, [])
    assert asked == classifier.classify(f"{QUIET} {MOVED}")
    assert alone == classifier.classify(f"{MOVED} {QUIET}") != []
