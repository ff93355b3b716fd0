"""Where each kind of draft makes its promises, by its structure, and what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reviewqueue.core.canonical_json import MISSING, leaves, resolve_pointer
from reviewqueue.core.characters import visible
from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.vocabulary import INTERNAL_MESSAGES, NOT_DRAFTS, PACKET
from reviewqueue.evidence.promises import Promise, amounts, compare, sentences
from reviewqueue.evidence.text.values.not_agreed import is_not_agreed

# Internal drafts promise the customer nothing.
INTERNAL_KINDS = (*INTERNAL_MESSAGES, *NOT_DRAFTS, "risk_summary")
_COMMERCIAL, _KICKOFF, _TERMS = "/sections/commercial", "/sections/kickoff", "/sections/commitments"
_GO_LIVE = as_pattern(r"go(?:ing)?[- ]live", re.I)
_KICKOFF_HELD = as_pattern(r"kick-?off(?: call| meeting| workshop)?(?: held| complete[d]?| done)?", re.I)


def promises(kind: str, draft: Any, milestones: Sequence[str] = ()) -> tuple[Promise, ...]:
    """Every promise a draft makes, in reading order, each once. `milestones` are names whose dates in prose are
    promises too."""
    if kind in INTERNAL_KINDS or not isinstance(draft, Mapping):
        return ()
    if kind == PACKET:
        found = _packet(draft)
    elif kind == "project_plan":
        found = _plan(draft)
    elif kind == "kickoff_brief":
        found = _brief(draft, milestones)
    else:
        found = _texts(draft, ("subject", "body"), milestones)
    kept: list[Promise] = []
    numbers: dict[tuple[str, str], list[int]] = {}
    for one in found:
        if len(one.key) <= 255 and len(one.value) <= 255:
            _add(kept, numbers.setdefault((one.kind, one.key), []), one)
    return tuple(kept)


def _add(kept: list[Promise], alike: list[int], one: Promise) -> None:
    """Add a promise that is not among them; of two that say the same, the one that says more stays. `alike` are the
    numbers of those of its kind and key."""
    for number in alike:
        if compare.same(one.kind, one.value, kept[number].value):
            if len(one.value) > len(kept[number].value):
                kept[number] = one
            return
    alike.append(len(kept))
    kept.append(one)


def _texts(draft: Any, names: Sequence[str], milestones: Sequence[str]) -> Iterator[Promise]:
    for name in names:
        if text := _text(draft, f"/{name}"):
            yield from sentences.promises(f"/{name}", text, milestones)


def _brief(draft: Any, milestones: Sequence[str]) -> Iterator[Promise]:
    """Promises of a brief, whatever its structure; its attendees and open questions promise nothing."""
    for at, text in leaves(draft):
        if not at.startswith(("/stakeholders", "/open_questions")):
            yield from sentences.promises(at, text, milestones)


def _packet(draft: Any) -> Iterator[Promise]:
    if start := _text(draft, at := f"{_KICKOFF}/start_date"):
        yield from _valued_promise(at, start, ("date", "start", amounts.first(start, "date")))
    if kickoff := _text(draft, at := f"{_KICKOFF}/kickoff"):
        yield from sentences.promises(at, kickoff)
    if arr := _text(draft, at := f"{_COMMERCIAL}/arr"):
        yield from _valued_promise(at, arr, ("price", "price per year", amounts.first(arr, "money")))
    if owner := _text(draft, at := "/sections/buyer_and_owner/customer_owner"):
        yield from _valued_promise(at, owner, ("owner", "customer", _name(owner)))
    for field, key in (("promised_deliverables", "deliverables"), ("non_standard_terms", "non-standard terms")):
        if said := _text(draft, at := f"{_TERMS}/{field}"):
            yield Promise("scope" if key == "deliverables" else "term", key, said, "", at)
            yield from sentences.promises(at, said, terse=True)
    if said := _text(draft, at := "/sections/integrations/integrations"):
        yield Promise("integration", "integrations", said, "", at)


def _plan(draft: Any) -> Iterator[Promise]:
    rows = draft.get("milestones")
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        name = " ".join(_text(row, "/name").split())
        if not name:
            continue
        at, key = f"/milestones/{number}", f"milestone: {name.casefold()}"
        if _GO_LIVE.search(name):
            key = "go-live"
        elif _KICKOFF_HELD.fullmatch(name):
            key = "kickoff"
        due, owner = _text(row, "/due"), _text(row, "/owner")
        yield from _valued_promise(f"{at}/due", f"{name}: {due}", ("date", key, amounts.first(due, "date")))
        yield from _valued_promise(
            f"{at}/owner", f"{name}: {owner}", ("owner", f"milestone: {name.casefold()}", _name(owner))
        )
    if note := _text(draft, "/note"):
        yield from sentences.promises("/note", note)


def _valued_promise(at: str, says: str, made: tuple[Any, str, str]) -> Iterator[Promise]:
    kind, key, value = made
    if value:
        yield Promise(kind, key, says, value, at)


def _name(text: str) -> str:
    """The first name in a text, without title and address; "" for a placeholder."""
    first = re.split(r"[,;<(\n]", text, maxsplit=1)[0]
    return "" if "[" in first else " ".join(first.split())[:255]


def _text(holder: Any, at: str) -> str:
    """The text at a pointer; "" where there is none, for one that is only a placeholder, and where nothing was
    agreed."""
    said = resolve_pointer(holder, at)
    if said is MISSING or not isinstance(said, str) or not visible(said) or is_not_agreed(said):
        return ""
    return "" if said.startswith("[") and said.endswith("]") else said.strip()
