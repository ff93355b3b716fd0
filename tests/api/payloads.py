"""What an automation sends, as the contract has it, made from the drafts of the tests."""

from __future__ import annotations

from typing import Any

from reviewqueue.items.intake import Submission
from tests import drafts


def as_sent(submission: Submission) -> dict[str, Any]:
    """A submission as the body of `POST /api/v1/items`."""
    drafted = submission.drafted
    return {
        "lane": submission.lane,
        "kind": drafted.kind,
        "onboarding": {"external_id": submission.external_id, "customer": submission.customer},
        "title": drafted.title,
        "draft": drafted.draft,
        "sources": [
            {
                "ref": ref,
                "system": source.system,
                "object": source.object,
                "id": source.external_id,
                "fetched_at": "2026-03-02T09:00:00Z",
                "payload": source.payload,
            }
            for ref, source in sorted(drafted.sources.items())
        ],
        "citations": [
            {"at": one.at, "quote": one.quote, "source": one.ref, "path": one.path} for one in drafted.citations
        ],
        "callback_url": submission.callback_url,
    }


def email(about: drafts.Deal | None = None, **changes: Any) -> dict[str, Any]:
    """A customer e-mail that passes every check; `changes` replace or add top-level fields."""
    return {**as_sent(drafts.email(about)), **changes}


def packet(about: drafts.Deal | None = None, **changes: Any) -> dict[str, Any]:
    """A handoff packet with everything in it."""
    return {**as_sent(drafts.packet(about)), **changes}


def put(body: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """The body with one place changed or added; `...` takes it away."""
    *way, last = pointer.removeprefix("/").split("/")
    whole: Any = _copy(body)
    inner = whole
    for name in way:
        inner = inner[int(name)] if isinstance(inner, list) else inner[name]
    key = int(last) if isinstance(inner, list) else last
    if value is ...:
        del inner[key]
    else:
        inner[key] = value
    copied: dict[str, Any] = whole
    return copied


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(inner) for name, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value
