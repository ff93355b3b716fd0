"""Writes the digest of the model's answers on the fixed texts anew: `python -m tests.checks.topics.pinned`."""

from __future__ import annotations

import json
from pathlib import Path

from reviewqueue.checks.topics import classifier
from tests.checks.topics.test_encoder import answers


def main() -> None:
    """The command."""
    told = {"version": classifier.VERSION, "answers": answers()}
    (Path(__file__).parent / "answers.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
