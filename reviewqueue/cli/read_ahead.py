"""The topics' model in a process of its own, which reads the demo data's messages while another loads them: on two
cores the first start does not wait for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import NoReturn

from reviewqueue.checks import model_check
from reviewqueue.checks.model_check import Model
from reviewqueue.checks.topics.classifier import TopicScore


@contextmanager
def reading_ahead(texts: Sequence[str]) -> Iterator[Callable[[], Model]]:
    """The model, whose process begins with these texts at once. A text that is not among them is read when it is asked
    for. The process ends with this block, or with the process that began it."""
    ours, theirs = Pipe()
    child = os.fork()
    if not child:
        ours.close()
        _read(theirs, texts)
    theirs.close()
    own, asked = model_check.load_model(), list(texts)
    known: dict[str, Sequence[TopicScore]] = {}

    def classify(text: str) -> Sequence[TopicScore]:
        try:
            if text not in asked:
                asked.append(text)
                ours.send(text)
            while text not in known:
                known[asked[len(known)]] = ours.recv()
        except (EOFError, OSError):  # that process died
            return own.classify(text)
        return known[text]

    try:
        yield lambda: replace(own, classify=classify)
    finally:
        ours.close()
        os.waitpid(child, 0)


def _read(answers: Connection, texts: Sequence[str]) -> NoReturn:
    """Answers these texts, then each that is asked for, until nobody listens."""
    try:
        with suppress(Exception):
            classify = model_check.load_model().classify
            for text in texts:
                answers.send(classify(text))
            while True:
                answers.send(classify(answers.recv()))
    finally:
        os._exit(0)
