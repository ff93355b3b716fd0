"""The policy in words, each rule with its file and line, and the text of its files."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from reviewqueue.core.errors import NotFound
from reviewqueue.policy import evaluation, policy_versions, systems
from reviewqueue.policy.model.messages import ROLES, SENDING
from reviewqueue.policy.model.policy import Gate, Policy
from reviewqueue.web import layout
from reviewqueue.web.extensions import session

blueprint = layout.signed_in_blueprint("policy", __name__)


@blueprint.before_request
def _may_read() -> None:
    layout.require("read policy")


@blueprint.get("/policy")
def words() -> ResponseReturnValue:
    """Lanes, gates and reasons of the active policy."""
    reading = session()
    policy = policy_versions.current(reading)
    return layout.render(
        "policy/policy.html", policy=policy, since=policy_versions.in_force_since(reading), here="/policy",
        files=sorted(policy_versions.files(reading, policy.digest)), who=_deciders_text,
        sending=SENDING, roles=ROLES, systems=systems.rows(policy),
    )  # fmt: skip


def _deciders_text(policy: Policy, gate: Gate) -> str:
    return evaluation.decider_text(policy, gate, evaluation.Situation("pending", ""))


@blueprint.get("/policy/files/<path:path>")
def file(path: str) -> ResponseReturnValue:
    """The text of one file, from the version active or from the one that an item was opened under."""
    reading = session()
    current = policy_versions.current(reading).digest
    digest = layout.query_arg("version", 64) or current
    text = policy_versions.files(reading, digest).get(path)
    if text is None:
        raise NotFound()
    return layout.render(
        "policy/file.html", path=path, lines=text.splitlines(), digest=digest, current=digest == current
    )
