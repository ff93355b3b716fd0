"""Checks of citations: each leads to a field of a known source and quotes the draft as it is, and each filled packet
field has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reviewqueue.checks.packet_fields import has_value, pointer
from reviewqueue.core.canonical_json import MISSING, resolve_pointer
from reviewqueue.evidence.types import CheckResult, Citation, Source
from reviewqueue.policy.model.policy import Policy


def check(draft: Any, sources: Mapping[str, Source], citations: Sequence[Citation]) -> list[CheckResult]:
    """`evidence.citation` fails for each citation that does not hold; one pass when all do."""
    broken = [(cited, flaw) for cited in citations if (flaw := _flaw(draft, sources, cited))]
    if broken:
        return [CheckResult("evidence.citation", "fail", True, flaw, cited.at) for cited, flaw in broken]
    held = {0: "No citation to follow.", 1: "1 citation leads to its source."}
    says = held.get(len(citations), f"{len(citations)} citations lead to their sources.")
    return [CheckResult("evidence.citation", "pass", True, says)]


def unsupported(policy: Policy, draft: Any, citations: Sequence[Citation]) -> list[CheckResult]:
    """`evidence.unsupported` warns for each packet field that is filled and cites nothing."""
    cited = {citation.at for citation in citations}
    return [
        CheckResult(
            "evidence.unsupported", "warn", False, f"{field.label} cites no source: say where it comes from.", at
        )
        for field in policy.packet.fields
        if has_value(resolve_pointer(draft, at := pointer(field)))
        and not any(f"{place}/".startswith(f"{at}/") for place in cited)
    ]


def _flaw(draft: Any, sources: Mapping[str, Source], cited: Citation) -> str:
    """What is wrong with a citation, in words; "" when it holds."""
    source = sources.get(cited.ref)
    if source is None:
        known = ", ".join(sources) or "none"
        return f"A citation names source “{cited.ref}”, which was not sent. Known: {known}."
    found = resolve_pointer(source.payload, cited.path)
    if found is MISSING:
        return f"{cited.path} leads nowhere in {source.object} {source.external_id}. Cite the field it rests on."
    if not (has_value(found) or isinstance(found, bool)):
        return f"{cited.path} is empty in {source.object} {source.external_id}, so nothing can rest on it."
    text = resolve_pointer(draft, cited.at)
    if not isinstance(text, str):
        return f"A citation points at {cited.at or 'the whole draft'}, where the draft has no text."
    if not cited.quote or cited.quote not in text:
        return f"“{cited.quote[:80]}” is not at {cited.at}. Quote the draft as it is."
    return ""
