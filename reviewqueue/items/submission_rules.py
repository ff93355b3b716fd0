"""Submissions: what is submitted to become an item, and the validation that holds for every author."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from reviewqueue.core import canonical_json, domain_names, text_limits
from reviewqueue.core.errors import FieldError, Invalid
from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.vocabulary import LEADER_SUMMARY, QUESTION, TO_CUSTOMERS
from reviewqueue.evidence.types import CheckResult, DraftWithEvidence

MAX_DRAFT_CHARS = 1_000_000
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = as_pattern(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*\.?")


@dataclass(frozen=True)
class Submission:
    """What an automation submits. `external_id` (of the deal) and `customer` name the onboarding, which is started if
    need be; `template` is the key of our template that the draft was written from, or ""; `purpose` that of the one
    whose place it takes, as another automation says."""

    lane: str
    drafted: DraftWithEvidence
    external_id: str
    customer: str
    system: str = ""
    account_id: str = ""
    segment: str = ""
    owner_id: int | None = None
    checks: tuple[CheckResult, ...] = ()
    confidence: str = ""
    callback_url: str = ""
    template: str = ""
    purpose: str = ""


def supersede_key(submission: Submission) -> str:
    """The normalised subject: a newer item of the same onboarding, kind and subject supersedes an older one. It is
    empty for a document without a subject."""
    drafted = submission.drafted
    if drafted.kind in (QUESTION, LEADER_SUMMARY):
        return submission.external_id
    subject = drafted.draft.get("subject")
    if isinstance(subject, str) and subject.strip():
        return " ".join(subject.casefold().split())[:255]
    return " ".join(drafted.title.casefold().split())[:255] if drafted.kind in TO_CUSTOMERS else ""


def validate(submission: Submission) -> None:
    """Raise Invalid, naming each place, where a submission is not valid."""
    faults = [
        *draft_faults(submission.drafted),
        *text_limits.validate_line("/onboarding/customer", submission.customer),
        *text_limits.validate_line("/onboarding/external_id", submission.external_id),
    ]
    if submission.callback_url:
        faults += _callback_faults(submission.callback_url)
    if faults:
        raise Invalid("The submission was not accepted and nothing was changed.", faults)


def draft_faults(drafted: DraftWithEvidence) -> list[FieldError]:
    """What is wrong with a title and a draft, whoever wrote them; empty when they are valid."""
    faults = text_limits.validate_line("/title", drafted.title)
    if not drafted.draft:
        faults.append(FieldError("/draft", "the draft is empty"))
    try:
        size = len(canonical_json.write(drafted.draft, digits=True))
    except canonical_json.NotCanonical as error:
        return [*faults, FieldError(f"/draft{error.at}", str(error))]
    if size > MAX_DRAFT_CHARS:
        says = f"{size:,} characters; at most {MAX_DRAFT_CHARS:,}. Link to large material, do not paste it"
        faults.append(FieldError("/draft", says))
    return faults


def _is_host(name: str) -> bool:
    """Whether this is a possible host name or IP address."""
    try:
        return bool(ip_address(name))
    except ValueError:
        plain = name.isascii() and "xn--" not in name
        return bool(_NAME.fullmatch(name) if plain else domain_names.to_ascii(name))


def _callback_faults(url: str) -> list[FieldError]:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and _is_host(parts.hostname or "") and parts.username is None
        _ = parts.port
    except ValueError:
        sound = False
    if not sound or len(url) > 2048 or any(ord(letter) <= 32 for letter in url):
        return [FieldError("/callback_url", "not an http or https address without credentials")]
    return []
