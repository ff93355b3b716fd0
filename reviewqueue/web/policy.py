"""Policy: what the organisation decided, in words, each with the file and line that says so."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from reviewqueue import pages, policies
from reviewqueue.policy import judging
from reviewqueue.policy.message_rules import ROLES, SENDING
from reviewqueue.policy.shape import Gate, Policy
from reviewqueue.policy.templates import AFTER
from reviewqueue.policy.words import ACTS
from reviewqueue.refusals import NotThere
from reviewqueue.web import frame
from reviewqueue.web.extensions import session

blueprint = frame.room("policy", __name__)


@blueprint.before_request
def _may_read() -> None:
    frame.must("read policy")


@blueprint.get("/policy")
def words() -> ResponseReturnValue:
    """Lanes, gates and reasons of the policy in force."""
    reading = session()
    policy = policies.current(reading)
    return frame.rendered(
        "policy/words.html", policy=policy, acts=ACTS, since=pages.in_force_since(reading), here="/policy",
        files=sorted(policies.files(reading, policy.digest)), who=_who, after=AFTER,
        sending=SENDING, roles=ROLES,
    )  # fmt: skip


def _who(policy: Policy, gate: Gate) -> str:
    return judging.who(policy, gate, judging.Situation("pending", ""))


@blueprint.get("/policy/files/<path:path>")
def file(path: str) -> ResponseReturnValue:
    """One file as text, of the version in force or of the one that an item was opened under."""
    reading = session()
    current = policies.current(reading).digest
    digest = frame.asked("version", 64) or current
    text = policies.files(reading, digest).get(path)
    if text is None:
        raise NotThere()
    return frame.rendered(
        "policy/file.html", path=path, lines=text.splitlines(), digest=digest, current=digest == current
    )
