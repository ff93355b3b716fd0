"""What people call a deal's stage: the label of the CRM's own pipeline where one was imported, else what HubSpot calls
the stages that each of its accounts begins with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from reviewqueue.connectors.schema import text
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.characters import single_line
from reviewqueue.evidence.types import Source

# The stages of HubSpot's first sales pipeline, whose ids are words without spaces.
_FIRST_PIPELINE = {
    "appointmentscheduled": "Appointment scheduled",
    "qualifiedtobuy": "Qualified to buy",
    "presentationscheduled": "Presentation scheduled",
    "decisionmakerboughtin": "Decision maker bought-in",
    "contractsent": "Contract sent",
    "closedwon": "Closed won",
    "closedlost": "Closed lost",
}


def labels_of(pipelines: Iterable[Source]) -> dict[str, str]:
    """The label of each stage by its id, as the pipelines have it; none of one that two of them call differently."""
    found: dict[str, str] = {}
    for pipeline in pipelines:
        listed = resolve_pointer(pipeline.payload, "/stages")
        for stage in listed if isinstance(listed, list) else []:
            key, label = text(resolve_pointer(stage, "/id")), text(resolve_pointer(stage, "/label"))
            found[key] = label if found.get(key, label) == label else ""
    return {key: single_line(label, 100) for key, label in found.items() if key and label}


def in_words(system: str, stage: str, labels: Mapping[str, str] = MappingProxyType({})) -> str:
    """A stage as people call it, with its id in brackets where that is another: "Closed won (closedwon)"."""
    known = labels.get(stage) or (_FIRST_PIPELINE.get(stage.casefold(), "") if system == "hubspot" else "")
    return f"{known} ({stage})" if known and known != stage else stage
