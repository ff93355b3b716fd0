"""Who said a passage of a call's transcript, as the systems that record calls keep it."""

from __future__ import annotations

from typing import Any

from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.records.places import Place

_LABEL = as_pattern(r"((?:[^\W\d_][\w.'’-]*)(?: [^\W\d_][\w.'’-]*){1,4}): ")
_SPEAKS = as_pattern(r"(?m)^((?:[^\W\d_][\w.'’-]*)(?: [^\W\d_][\w.'’-]*){1,4}): ")
# "Rosa Marlow, finance director (customer): We need …"
_TITLED = as_pattern(
    r"(?m)^((?:[^\W\d_][\w.'’-]*)(?: [^\W\d_][\w.'’-]*){1,4})(?:, ([^():\n]{2,70}))? \([^():\n]{2,30}\): "
)
# A field for the name of whoever owns, does or says something.
NAMES_SOMEBODY = as_pattern(
    r"(?i)(?:owner|assignee|reporter|creator|author|speaker|lead|manager|part(?:y|ies)|participants?|attendees?|host"
    r"|assigned_?to|followers?|members?)(?:/\d+)?/(?:display_?name|full_?name|name)\Z"
)
_NAMES = ("display_name", "displayName", "name", "full_name")


def speaker(payload: Any, place: Place) -> str:
    """The name of who said what stands at a place: its object's speaker, by name or by the number of a party, or the
    name that begins the passage; "" where nobody is named."""
    if hit := _LABEL.match(place.value) or _TITLED.match(place.value):
        return hit[1]
    path = place.path
    while path:
        path = path.rpartition("/")[0]
        held = resolve_pointer(payload, path) if path else payload
        if isinstance(held, dict) and (found := _named(held, payload)):
            return found
    return ""


def labels(text: str) -> frozenset[str]:
    """Whoever begins a line of a transcript in two lines or more, "Rosa Marlow: We need …", or in one with a title or a
    side: "Rosa Marlow (customer): We need …"."""
    if ": " not in text:
        return frozenset()
    return frozenset((*(_SPEAKS.findall(text) if "\n" in text else ()), *(name for name, _ in titles(text))))


def titles(text: str) -> list[tuple[str, str]]:
    """(name, title) of whoever begins a line with both, or with a side; the title "" where there is none."""
    return [(hit[1], hit[2] or "") for hit in _TITLED.finditer(text)] if "): " in text else []


def speaker_at(payload: Any, place: Place, start: int) -> str:
    """The name of who said what begins at an offset of the text at a place: by the last label before it, by whom the
    object around it names, or who took on an action."""
    text = resolve_pointer(payload, place.path)
    if isinstance(text, str) and labels(text):
        last = [hit for hit in _SPEAKS.finditer(text) if hit.start() <= start]
        return last[-1][1] if last else ""
    if "action_items" in place.path:
        held = resolve_pointer(payload, place.path.rpartition("/")[0])
        does = held.get("assignee") if isinstance(held, dict) else None
        does = (
            next((does[key] for key in _NAMES if isinstance(does.get(key), str)), "")
            if isinstance(does, dict)
            else does
        )
        return does if isinstance(does, str) else ""
    return speaker(payload, place)


def _named(held: dict[str, Any], payload: Any) -> str:
    said = held.get("speaker", held.get("speaker_name", ""))
    if isinstance(said, dict):
        said = next((said[key] for key in _NAMES if isinstance(said.get(key), str)), "")
    if isinstance(said, str) and said:
        return said
    number, parties = held.get("speakerId"), payload.get("parties") if isinstance(payload, dict) else None
    for one in parties if number is not None and isinstance(parties, list) else ():
        if isinstance(one, dict) and one.get("speakerId") == number and isinstance(one.get("name"), str):
            return str(one["name"])
    return ""
