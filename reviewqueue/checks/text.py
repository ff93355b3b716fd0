"""Text checks: nothing hidden in a draft, and no word of scripts that look alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reviewqueue.characters import hidden, mixed_words, visible, visible_length
from reviewqueue.evidence import CheckResult
from reviewqueue.proofs.canonical import leaves

__all__ = ["check", "hidden", "mixed_words", "visible", "visible_length"]


def check(draft: Any) -> list[CheckResult]:
    """`text.hidden` fails for each hidden run; `text.mixed-script` warns for each word of mixed scripts."""
    found = list(_found(draft))
    if not any(result.key == "text.hidden" for result in found):
        found.append(CheckResult("text.hidden", "pass", True, "Every character of the draft can be seen."))
    return found


def _found(draft: Any) -> Iterator[CheckResult]:
    for at, text in leaves(draft):
        for start, end, name in hidden(text):
            many = f"{end - start} × {name}" if end - start > 1 else name
            says = f"{many} at character {start + 1}: nobody can see it, yet it is sent. Take it out."
            yield CheckResult("text.hidden", "fail", True, says, at)
        for start, end, scripts in mixed_words(text):
            says = f"“{text[start:end]}” mixes {scripts} letters that look alike. Type the word again."
            yield CheckResult("text.mixed-script", "warn", False, says, at)
