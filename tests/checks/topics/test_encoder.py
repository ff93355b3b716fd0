"""The encoder gives the same answer on every machine, because every sum is of whole numbers that are exact."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from reviewqueue.checks.topics import classifier, encoder

CONTENT = (classifier.FOLDER / "topics.bin").read_bytes()
HEADER, ARRAYS = encoder.read(CONTENT)
TEXTS = json.loads((Path(__file__).parent / "texts.json").read_text(encoding="utf-8"))
PROGRAM = """
import hashlib, json, sys
from reviewqueue.checks.topics import classifier
texts = json.loads(sys.stdin.read())
said = [[list(one) for one in classifier.scored(text, classifier.load())] for text in texts]
print(hashlib.sha256(json.dumps(said).encode()).hexdigest())
"""


@cache
def answers() -> str:
    """The digest of what the model answers on the fixed texts, in this process."""
    said = [[list(one) for one in classifier.scored(text, classifier.load())] for text in TEXTS]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def test_the_answers_on_fixed_texts_are_those_of_every_machine() -> None:
    told = json.loads((Path(__file__).parent / "answers.json").read_text(encoding="utf-8"))
    assert told == {"version": classifier.VERSION, "answers": answers()}


# BLAS kernels by the machine they are for; on any other only the number of threads differs.
KERNELS = {
    "x86_64": [("Prescott", "1"), ("Nehalem", "2"), ("Sandybridge", "1"), ("Haswell", "3")],
    "aarch64": [("ARMV8", "1"), ("CORTEXA57", "2"), ("NEOVERSEN1", "3")],
}


@pytest.mark.parametrize(("core", "threads"), KERNELS.get(platform.machine(), [("", "1"), ("", "3")]))
def test_another_kernel_and_other_threads_change_nothing(core: str, threads: str) -> None:
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=json.dumps(TEXTS), capture_output=True, text=True, check=True,
        env=os.environ | {"OPENBLAS_CORETYPE": core, "OPENBLAS_NUM_THREADS": threads},
    )  # fmt: skip
    assert said.stdout.strip() == answers()


def test_no_sum_of_products_can_reach_what_float32_holds_exactly() -> None:
    """Whatever the input: the greatest whole number times the sum of the weights of one output stays below 2**24."""
    names = [name.removesuffix(".weights") for name in ARRAYS if name.endswith(".weights")]
    assert len(names) == 6 * 6 + 1
    for name in names:
        weights = np.abs(ARRAYS[f"{name}.weights"].astype(np.int64))
        block = HEADER["scales"][f"{name}.block"]
        sums = [weights[start : start + block].sum(axis=0).max() for start in range(0, len(weights), block)]
        assert max(sums) * HEADER["scales"][f"{name}.levels"] < 2**24, name
    for at in range(HEADER["layers"]):
        levels = {kind: HEADER["scales"][f"{at}.{kind}.out.levels"] for kind in ("query", "key", "value")}
        width = ARRAYS["places"].shape[1] // HEADER["heads"]
        assert levels["query"] * levels["key"] * width < 2**24
        # Shares are rounded, so a row may have half of one more for each piece.
        assert (4095 + len(ARRAYS["places"]) / 2) * levels["value"] < 2**24
    assert 4095 * len(ARRAYS["places"]) < 2**24
    # Sums of squares are in float64.
    assert (encoder.WIDEST * ARRAYS["places"].shape[1]) ** 2 < 2**53


def test_windows_fit_the_places() -> None:
    assert max(classifier.WINDOW, classifier.LONGEST_PART + 2) <= len(ARRAYS["places"])


def test_the_order_of_the_sums_changes_nothing() -> None:
    """The control of exactness: a layer's inputs and weights shuffled alike give the same bits."""
    layer = encoder.Linear(ARRAYS, "3.narrow", HEADER["scales"])
    chance = np.random.default_rng(7)
    whole = chance.integers(-int(layer.levels), int(layer.levels) + 1, (40, 1536)).astype(np.float32)
    first = layer(whole)
    for start in range(0, 1536, layer.block):
        order = start + chance.permutation(layer.block)
        whole[:, start : start + layer.block] = whole[:, order]
        layer.weights[start : start + layer.block] = layer.weights[order]
    assert np.array_equal(first, layer(whole))


def test_a_file_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="not a file of topic weights"):
        encoder.read(b"PK\x03\x04" + CONTENT[4:])
