"""What is wrong in a policy file, as data and as the error that loading raises."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Flaw:
    """One thing wrong in a policy: where (`file:line`), what, and how to fix it."""

    place: str
    message: str


class BadPolicy(ValueError):
    """The policy cannot be used; `flaws` lists everything that is wrong with it."""

    def __init__(self, flaws: list[Flaw]) -> None:
        super().__init__("\n".join(f"{flaw.place}: {flaw.message}" for flaw in flaws))
        self.flaws = flaws
