"""Submissions: what is handed in to be opened as an item, and what keeps it from being one, whoever wrote it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from reviewqueue import texts
from reviewqueue.checks import domains
from reviewqueue.evidence import CheckResult, Drafted
from reviewqueue.proofs import canonical
from reviewqueue.refusals import Fault, Invalid

MESSAGES = ("customer_email", "portal_update", "task_reminder")
LARGEST = 1_000_000
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*\.?")


@dataclass(frozen=True)
class Submission:
    """What an automation hands in. `external_id` and `customer` name the onboarding, which is started if need be;
    `template` is the one of ours that the draft was written from."""

    lane: str
    drafted: Drafted
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


def subject_of(submission: Submission) -> str:
    """What a message is about; documents have one place per onboarding and kind, so their subject is empty."""
    drafted = submission.drafted
    if drafted.kind == "trigger_question":
        return submission.external_id
    subject = drafted.draft.get("subject")
    if isinstance(subject, str) and subject.strip():
        return " ".join(subject.casefold().split())[:255]
    return " ".join(drafted.title.casefold().split())[:255] if drafted.kind in MESSAGES else ""


def fits(submission: Submission) -> None:
    """Raise Invalid, naming each place, where a submission cannot be kept."""
    faults = [
        *draft_faults(submission.drafted),
        *texts.line_faults("/onboarding/customer", submission.customer),
        *texts.line_faults("/onboarding/external_id", submission.external_id),
    ]
    if submission.callback_url:
        faults += _callback_faults(submission.callback_url)
    if faults:
        raise Invalid("The submission was not accepted and nothing was changed.", faults)


def draft_faults(drafted: Drafted) -> list[Fault]:
    """What keeps a title and a draft from being kept at all, whoever wrote them."""
    faults = texts.line_faults("/title", drafted.title)
    if not drafted.draft:
        faults.append(Fault("/draft", "the draft is empty"))
    try:
        size = len(canonical.write(drafted.draft, digits=True))
    except canonical.NotCanonical as error:
        return [*faults, Fault(f"/draft{error.at}", str(error))]
    if size > LARGEST:
        says = f"{size:,} characters; at most {LARGEST:,}. Link to large material, do not paste it"
        faults.append(Fault("/draft", says))
    return faults


def _host(name: str) -> bool:
    """Whether a host could have that name, or that address."""
    try:
        return bool(ip_address(name))
    except ValueError:
        plain = name.isascii() and "xn--" not in name
        return bool(_NAME.fullmatch(name) if plain else domains.ascii_of(name))


def _callback_faults(url: str) -> list[Fault]:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and _host(parts.hostname or "") and parts.username is None
        _ = parts.port
    except ValueError:
        sound = False
    if not sound or len(url) > 2048 or any(ord(letter) <= 32 for letter in url):
        return [Fault("/callback_url", "not an http or https address without credentials")]
    return []
