"""Labelled passages: what each must make the checks say, and how often the checks were right."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reviewqueue.checks import hidden_text, messages, secrets

FOLDER = Path(__file__).parent / "labelled"
KNOWN = frozenset({"northbeam.example", "marlowfreight.example"})
PARTS = ("tuned", "held_out")
# A sentence alone is not a message: only whole messages are asked for their next step.
WHOLE = "steps"


@dataclass(frozen=True)
class Passage:
    """A text, the keys that must fire on it, and where it stands."""

    text: str
    fires: frozenset[str]
    place: str
    whole: bool

    @property
    def fired(self) -> frozenset[str]:
        """The keys that do fire (fail or warn)."""
        draft = {"subject": "Your project", "body": self.text}
        said = [
            *messages.check("customer_email", draft),
            *hidden_text.check(draft, KNOWN),
            *secrets.check("customer_email", draft),
        ]
        keys = {result.key for result in said if result.outcome != "pass"}
        return frozenset(keys if self.whole else keys - {"message.next-step"})


@dataclass
class Count:
    """How often a key fired rightly, wrongly, and not where it should have."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """Of what fired, the share that was right."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Of what should fire, the share that did."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def passages(part: str) -> Iterator[Passage]:
    """The passages of a part: `tuned`, which the rules were written with, or `held_out`, written afterwards."""
    for path in sorted((FOLDER / part).glob("*.toml")):
        for group in tomllib.loads(path.read_text(encoding="utf-8"))["labelled"]:
            for said in group["passages"]:
                yield Passage(said, frozenset(group["fires"]), f"{part}/{path.name}", path.stem.startswith(WHOLE))


def counted(part: str) -> dict[str, Count]:
    """Each key's count over a part."""
    found: dict[str, Count] = {}
    for passage in passages(part):
        fired = passage.fired
        for key in fired | passage.fires:
            count = found.setdefault(key, Count())
            count.right += key in fired and key in passage.fires
            count.wrong += key not in passage.fires
            count.missed += key not in fired
    return dict(sorted(found.items()))
