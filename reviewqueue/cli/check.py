"""`check`: runs the checks over a draft in a file, before anybody submits it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reviewqueue.cli import installation, output
from reviewqueue.core.errors import DomainError, NotFound

if TYPE_CHECKING:
    from reviewqueue.evidence.types import CheckResult, Citation, Source
    from reviewqueue.policy.model.policy import Lane, Policy

# What may be in the file beside a draft's own fields.
EVIDENCE_FIELDS = ("sources", "citations")
OUTCOME_LABELS = {"fail": "FAIL", "warn": "warn", "pass": "ok  "}


@click.command()
@click.argument("kind")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--lane", "lane_key", metavar="KEY", default="", help="The lane; without it, the organisation's default.")
@click.option("--template", metavar="KEY", default="", help="The template a message was written from: its rule holds.")
@output.as_json
@click.pass_context
def check(ctx: click.Context, kind: str, path: Path, lane_key: str, template: str, as_json: bool) -> None:
    """Run the checks over the draft of that KIND in FILE: JSON, or plain text, which is the body of a message.

    JSON is what `draft` holds when it is submitted, with `sources` and `citations` beside it where there are any; or a
    whole submission, whose lane counts. Nothing is kept or sent. Exit status 1 when a check fails.
    """
    from reviewqueue import checks
    from reviewqueue.checks.message_rules import OnboardingState
    from reviewqueue.core.mime.message import SENDABLE
    from reviewqueue.core.vocabulary import TO_CUSTOMERS

    policy = _load_policy()
    given = _read_draft(path)
    lane_key = lane_key or str(given.get("lane") or "")
    lane = policy.lane(lane_key or policy.organisation.default_lane)
    if lane is None:
        raise NotFound(f"There is no lane {lane_key!r}. The policy has {', '.join(one.key for one in policy.lanes)}.")
    if kind not in lane.kinds:
        raise NotFound(f"Lane {lane.key} has no gate for kind {kind!r}. It knows {', '.join(lane.kinds)}.")
    if template and policy.template(template) is None:
        raise NotFound(f"There is no template {template!r}. `reviewqueue policy show` lists the active ones.")
    sources, citations = _sources_and_citations(given)
    onboarding = given.get("onboarding")
    customer = str(onboarding.get("customer", "")) if isinstance(onboarding, dict) else ""
    check_context = checks.CheckContext(customer=customer, onboarding_state=OnboardingState(template))
    results = checks.run(policy, lane, kind, given["draft"], sources, citations, check_context=check_context)
    if kind in TO_CUSTOMERS:
        results += _model_results(policy, lane, kind, given["draft"], results)
        results.sort(key=lambda one: ("fail", "warn", "pass").index(one.outcome))
    if set(given["draft"]) == {"body"}:  # a text alone: its recipients and subject are not in the file
        results = [one for one in results if one.key != SENDABLE or one.at == "/body"]
    failed = [one for one in results if one.outcome == "fail"]
    if as_json:
        output.print_json(
            {"ok": not failed, "kind": kind, "lane": lane.key, "checks": [_result_json(one) for one in results]}
        )
    for one in results:
        confidence_text = f" (confidence {one.confidence})" if one.confidence else ""
        output.say(f"{OUTCOME_LABELS[one.outcome]}  {one.key}  {one.at or '/'}: {one.message}{confidence_text}")
    output.say(f"{path}: {len(failed)} of {len(results)} results fail. Nothing was kept or sent.")
    ctx.exit(1 if failed else 0)


def _model_results(
    policy: Policy, lane: Lane, kind: str, draft: dict[str, Any], results: list[CheckResult]
) -> tuple[CheckResult, ...]:
    """What the model says of a message, at once; with an item the worker does that a moment later."""
    from reviewqueue.checks import model_check

    marked = {one.key.removeprefix("topic.") for one in results if one.key.startswith("topic.")}
    return model_check.find(policy, lane, kind, draft, marked, model_check.load_model()).checks


def _result_json(one: CheckResult) -> dict[str, Any]:
    """A result as the API returns it: its confidence is a number."""
    return {**vars(one), "confidence": float(one.confidence) if one.confidence else None}


def _load_policy() -> Policy:
    from reviewqueue.policy import loading

    return loading.load(loading.files_in(installation.policy_folder(installation.settings())))


def _read_draft(path: Path) -> dict[str, Any]:
    """The content of the file, with the draft under `draft`. Raises DomainError naming file, line and column."""
    from reviewqueue.core import canonical_json

    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DomainError(f"{path}: not UTF-8 text at byte {error.start}. Save it as UTF-8 and try again.") from None
    if path.suffix != ".json" and not text.lstrip().startswith("{"):
        return {"draft": {"body": text}}
    try:
        found = canonical_json.read(text)
    except canonical_json.NotCanonical as error:
        raise DomainError(f"{path}: {error.says} {error.at}".rstrip() + ". Fix the file and try again.") from None
    if not isinstance(found, dict):
        raise DomainError(f'{path}: a draft is a JSON object, as in {{"body": "…"}}. Fix the file and try again.')
    if isinstance(found.get("draft"), dict):
        return found
    evidence = {name: found.pop(name) for name in EVIDENCE_FIELDS if name in found}
    return {**evidence, "draft": found}


def _sources_and_citations(given: dict[str, Any]) -> tuple[dict[str, Source], tuple[Citation, ...]]:
    """The sources and citations of a submission; none for a draft alone."""
    from reviewqueue.evidence.types import Citation, Source

    sources = {}
    for at, one in _list_entries(given, "sources"):
        if not isinstance(one.get("payload"), dict):
            raise DomainError(f"{at}/payload: a source's payload is a JSON object. Fix the file and try again.")
        system, kind, record = _text_values(one, "system", "object", "id")
        sources[str(one.get("ref", ""))] = Source(system, kind, record, one["payload"])
    citations = (
        Citation(*_text_values(one, "at", "quote", "source", "path")) for _, one in _list_entries(given, "citations")
    )
    return sources, tuple(citations)


def _list_entries(given: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    listed = given.get(name) or []
    if not isinstance(listed, list):
        raise DomainError(f"/{name}: a submission lists its {name}, as in [{{…}}]. Fix the file and try again.")
    for number, one in enumerate(listed):
        if not isinstance(one, dict):
            raise DomainError(f"/{name}/{number}: this is not a JSON object. Fix the file and try again.")
        yield f"/{name}/{number}", one


def _text_values(one: dict[str, Any], *names: str) -> Iterator[str]:
    return (str(one.get(name, "")) for name in names)
