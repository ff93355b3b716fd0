"""Runs the models' checks of messages to customers, and does what follows from each: its results are kept, and what a
lane sends automatically goes out, or waits for a person."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from time import monotonic

from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.checks import model_check
from reviewqueue.checks import second_opinion as checks_second_opinion
from reviewqueue.checks.model_check import Model, ModelFindings
from reviewqueue.checks.second_opinion import Ask, NoOpinion
from reviewqueue.core.errors import DomainError
from reviewqueue.core.logging import log_error, log_event
from reviewqueue.db.database import writing
from reviewqueue.items import model_checks
from reviewqueue.items.model_checks import DueCheck, MessageToCheck
from reviewqueue.lanes import second_opinion
from reviewqueue.lanes.autosend import sending
from reviewqueue.policy.model.checks import SecondOpinion

Sessions = Callable[[], AbstractContextManager[Session]]


def run_one(
    sessions: Sessions,
    now: Callable[[], datetime],
    model: Callable[[], Model] = model_check.load_model,
    log: Callable[..., None] = log_event,
    ask: Ask = second_opinion.nowhere,
) -> bool:
    """Take one check that is due, run it and keep what came of it; False when none was due. One that fails is tried
    again, and in the end says that it could not run. `ask` asks for the second opinion, where the policy wants one."""
    with sessions() as session:
        due = model_checks.take_due(session, now())
    if due is None:
        return False
    begun = monotonic()
    findings = _find(sessions, due, now, model, ask)
    if findings is not None:
        with sessions() as session:
            _record(session, due, findings, now())
    log(
        "check", revision=due.revision_id, attempt=due.attempts, ran=bool(findings and findings.ran),
        milliseconds=int((monotonic() - begun) * 1000),
    )  # fmt: skip
    return True


def run_due(
    sessions: Sessions, now: Callable[[], datetime], model: Callable[[], Model] = model_check.load_model
) -> int:
    """Run every check that is due, without a word to the worker's log; returns how many."""
    ran = 0
    while run_one(sessions, now, model, log=lambda *_, **__: None):
        ran += 1
    return ran


def _find(
    sessions: Sessions, due: DueCheck, now: Callable[[], datetime], model: Callable[[], Model], ask: Ask
) -> ModelFindings | None:
    """What a check finds; None where it is not needed any more, or is tried again later. No transaction is open while
    the model works."""
    message = _load(sessions, due, now)
    if message is None:
        return None
    place = message.policy, message.lane, message.kind
    if due.is_spent:
        return model_check.could_not_run(*place, f"no worker came back with it, {due.attempts - 1} times")
    try:
        findings = model_check.find(*place, message.draft, message.marked, model())
    except Exception as error:
        log_error("check.trouble", error, revision=due.revision_id, attempt=due.attempts)
        says = f"{type(error).__name__}: {error}"
        with sessions() as session:
            if model_checks.retry_later(session, due, says, now()):
                return None
        return model_check.could_not_run(*place, model_checks.storable_text(says))
    if not findings.ran or message.second_opinion is None:
        return findings
    ask = partial(_ask_safely, ask, due.revision_id)
    return checks_second_opinion.add(place, message.draft, message.marked, findings, message.second_opinion, ask)


def _ask_safely(ask: Ask, revision_id: int, asked: SecondOpinion, question: bytes) -> bytes:
    """The answer. Whatever goes wrong is NoOpinion, so that what our own model found is kept; the worker's log has the
    reason, and no error's own text, which may hold the key."""
    try:
        return ask(asked, question)
    except NoOpinion as none:
        log_event("check.second-opinion", revision=revision_id, says=str(none))
        raise
    except Exception as error:
        log_event("check.second-opinion", revision=revision_id, says=type(error).__name__)
        raise NoOpinion(f"asking failed ({type(error).__name__})") from None


def _load(sessions: Sessions, due: DueCheck, now: Callable[[], datetime]) -> MessageToCheck | None:
    """The message; None where its check is not needed any more, or where its rows or its policy cannot be read. Then it
    is tried again, and in the end stays without a result: nobody approves it."""
    with sessions() as session:
        try:
            message = model_checks.load(session, due)
        except DomainError as error:
            log_error("check.trouble", error, revision=due.revision_id, attempt=due.attempts)
            if not model_checks.retry_later(session, due, str(error), now()):
                model_checks.end(session, due, "failed", now())
            return None
        if message is None:
            model_checks.end(session, due, "skipped", now())
        return message


def _record(session: Session, due: DueCheck, findings: ModelFindings, now: datetime) -> None:
    with writing(session):
        events = model_checks.record(session, due, findings, now)
        if events is None:  # not needed any more, or another worker has it
            return
        events += sending.try_autosend_checked(session, due.revision_id, now)
        if events:
            override_log.append(session, now, *events)
