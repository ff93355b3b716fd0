"""Trains, converts, calibrates and writes the weights: `python -m training.topics`."""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reviewqueue.checks.topics import classifier
from reviewqueue.checks.topics.tokenizer import Tokenizer
from training.topics import calibrate, data, fit, network, quantise

SEED = 15
# How often each window is trained on. Each round has windows of its own, and a rate that rises and falls.
ROUNDS = (3.0, 2.0, 3.0)
WEIGHTS = Path(__file__).parents[2] / "reviewqueue/checks/topics/weights"
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


def kept(vocabulary: Sequence[str]) -> list[int]:
    """The pieces that our languages can have: no unused places, no other script than Latin."""
    return [at for at, piece in enumerate(vocabulary) if piece in SPECIAL or _latin(piece)]


def _latin(piece: str) -> bool:
    return not piece.startswith("[unused") and all(ord(sign) < 0x250 or 0x2000 <= ord(sign) < 0x2200 for sign in piece)


def main() -> None:
    """The command."""
    asked = argparse.ArgumentParser(prog="python -m training.topics")
    asked.add_argument("--state", type=Path, default=Path("topics.pt"), help="where the trained network is kept")
    asked.add_argument("--trained", action="store_true", help="take the network from --state instead of training it")
    asked.add_argument("--into", type=Path, default=WEIGHTS, help="the folder of the weights")
    told = asked.parse_args()
    vocabulary, weights = network.base()
    places = kept(vocabulary)
    pieces, glossaries = [vocabulary[at] for at in places], data.glossaries()
    tokenizer = Tokenizer(pieces, glossaries)
    train, calibration = data.split(data.load())
    groups = [some for one in train if (some := data.groups(one, tokenizer))]
    print(len(train), "messages,", len(calibration), "for calibration")
    trained = network.started(places, weights)
    windows: list[data.Packed] = []
    for number, epochs in enumerate(ROUNDS):
        windows = list(data.packed(groups, tokenizer, random.Random(SEED + number)))  # noqa: S311
        if not told.trained:
            fit.fit(trained, windows, epochs, told.state, SEED + number)
    fit.restore(trained, told.state)
    header = {
        "topics": data.NAMES, "vocabulary": pieces, "glossaries": glossaries, "trained_on": data.digest(),
        "base": network.BASE, "seed": SEED, "rounds": ROUNDS,
        "speaks": dict.fromkeys(data.NAMES, 0), "unsure": dict.fromkeys(data.NAMES, 0), "scores": [0.0],
    }  # fmt: skip
    write(told.into, trained, windows, calibration, header)


def write(
    folder: Path,
    trained: network.Network,
    windows: Sequence[data.Packed],
    calibration: Sequence[data.Message],
    header: dict[str, Any],
) -> None:
    """Converts the network, chooses the thresholds from what the converted one answers, and writes file and card."""
    arrays, scales = quantise.quantised(trained, quantise.ranges(trained, windows[::8]))
    header["scales"] = scales
    file = folder / "topics.bin"
    quantise.write(file, arrays, header)
    model = classifier.Model(file.read_bytes())
    found = calibrate.answers(calibration, lambda text: classifier.scored(text, model))
    speaks = calibrate.speaks(found)
    header["unsure"], missed = calibrate.unsure(found)
    header["speaks"] = {topic: max(speaks, header["unsure"][topic]) for topic in data.NAMES}
    header["scores"] = calibrate.scores(found)
    quantise.write(file, arrays, header)
    _card(folder, missed)
    print("speaks", header["speaks"], "unsure", header["unsure"], "missed", missed)


def _card(folder: Path, missed: dict[str, float]) -> None:
    version = hashlib.sha256((folder / "topics.bin").read_bytes()).hexdigest()
    card = json.dumps({"version": version, "missed": missed}, indent=1) + "\n"
    (folder / "topics.json").write_text(card, encoding="utf-8")


if __name__ == "__main__":
    main()
