"""Asks an organisation's own model for its second opinion, over an address that speaks the chat completions of OpenAI.
Only whoever runs the installation says where it may go, and with which key; the policy says whether it goes at all."""

from __future__ import annotations

from functools import partial
from time import monotonic

from reviewqueue.checks.second_opinion import Ask, NoOpinion
from reviewqueue.core.settings import Settings
from reviewqueue.core.version import __version__
from reviewqueue.policy.model.checks import SecondOpinion

MOST_BYTES = 64 * 1024  # of an answer
_FIX = "Check REVIEWQUEUE_SECOND_OPINION_URL"
_NOT_HERE = "this installation does not name it as REVIEWQUEUE_SECOND_OPINION_URL, so nothing was sent"


def asker(settings: Settings) -> Ask:
    """What asks with the address and the key of these settings."""
    secret = settings.second_opinion_key
    return partial(_ask, settings.second_opinion_url.rstrip("/"), secret.get_secret_value() if secret else "")


def nowhere(asked: SecondOpinion, question: bytes) -> bytes:
    """Asks nobody: for an installation that names no address."""
    raise NoOpinion(_NOT_HERE)


def _ask(allowed: str, key: str, asked: SecondOpinion, question: bytes) -> bytes:
    """Post the question once and return the answer as it came. Nothing that came back, and no error's own text, is in
    what NoOpinion says: both may hold the key."""
    from reviewqueue.core import outbound  # noqa: PLC0415  (five megabytes that are not needed without one)

    if asked.url.rstrip("/") != allowed:
        raise NoOpinion(_NOT_HERE)
    limits = outbound.Limits(asked.timeout_seconds, asked.timeout_seconds, MOST_BYTES)
    begun, address = monotonic(), f"{allowed}/chat/completions"
    try:
        answer = outbound.post(
            address, question, _headers(key), limits, allowed=outbound.OWN_NETWORKS, fix=_FIX, encrypted=True
        )
    except outbound.Unreachable as error:
        raise NoOpinion(str(error).rstrip(".")) from None
    except outbound.ERRORS as error:
        if monotonic() - begun >= asked.timeout_seconds:
            raise NoOpinion(f"it gave no answer in the {asked.timeout_seconds} s that the policy gives it") from None
        raise NoOpinion(f"the connection failed ({type(error).__name__})") from None
    if answer.status in (401, 403):
        raise NoOpinion(f"it answered {answer.status}: it does not take the key of this installation")
    if answer.status != 200:
        raise NoOpinion(f"it answered {answer.status}")
    if not answer.whole:
        raise NoOpinion(f"its answer is longer than {MOST_BYTES // 1024} kB, so nothing of it was used")
    return answer.content


def _headers(key: str) -> dict[str, str]:
    sent = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": f"reviewqueue/{__version__}",
    }
    return {**sent, "Authorization": f"Bearer {key}"} if key else sent
