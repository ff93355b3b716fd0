"""Policy proposals: a person proposes changed policy files, and another person's approval activates them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits, vocabulary
from reviewqueue.core.errors import Conflict, DomainError, FieldError, Forbidden, Invalid
from reviewqueue.core.vocabulary import POLICY_CHANGE
from reviewqueue.db.database import writing
from reviewqueue.db.tables.items import Decision, Item, Revision
from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.items import item_context, opening, submission_rules
from reviewqueue.lanes import stage_changes, stage_requirements
from reviewqueue.lanes.autosend import sending
from reviewqueue.lanes.backtest import replay
from reviewqueue.people import access, actors, api_keys
from reviewqueue.policy import check_rules, flaws, loading, policy_versions
from reviewqueue.policy.model.policy import Policy
from reviewqueue.policy.validate_boundary import TooWide

MAX_LISTED = 50


def parse_candidate(base: Mapping[str, str], files: Mapping[str, str]) -> Policy:
    """The policy that these files (text by path) make. Raises Invalid with each flaw (/files/NAME) or for no change."""
    try:
        policy = _load(base, files)
    except flaws.BadPolicy as bad:
        faults = [
            FieldError(f"/files/{one.place.rpartition(':')[0]}", f"{one.place}: {one.message}") for one in bad.flaws
        ]
        raise Invalid("These files are not a usable policy, so nothing was done.", faults) from None
    if policy.digest == loading.digest_of(dict(base)):
        fault = FieldError("/files", "change something, or leave it as it is")
        raise Invalid("These files are the active policy, character for character.", [fault])
    return policy


def _load(base: Mapping[str, str], files: Mapping[str, str]) -> Policy:
    """The policy of these files. A lane that was too wide before is in no other change's way."""
    try:
        return loading.load(dict(files))
    except flaws.BadPolicy as bad:
        for one in bad.flaws:
            name = one.place.rpartition(":")[0]
            if not isinstance(one, TooWide) or base.get(name) != files.get(name):
                raise
    return loading.load(dict(files), stored=True)


def changes(base: Mapping[str, str], files: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Each file that differs: `path`, `change` (added, removed or changed), `difference` (a diff), new `text`."""
    for path in sorted(base.keys() | files.keys()):
        old, new = base.get(path), files.get(path)
        if old != new:
            what = "added" if old is None else "removed" if new is None else "changed"
            lines = difflib.unified_diff((old or "").splitlines(), (new or "").splitlines(), lineterm="", n=2)
            yield {"path": path, "change": what, "difference": "\n".join([*lines][2:]), "text": new or ""}


def propose(session: Session, person_id: int, files: Mapping[str, str], reason: str, now: datetime) -> int:
    """Open a proposal of these files for decision; returns the item's id. The person's earlier open proposals are
    superseded.

    Raises Forbidden, Conflict (409: another policy became active meanwhile), Invalid (/reason, /files/NAME) and
    DomainError where the policy has no gate for proposals.
    """
    in_force = policy_versions.current(session)
    base = policy_versions.files(session, in_force.digest)
    wanted = parse_candidate(base, files)
    _require_ready(session, in_force, wanted, now)
    report = replay.run(session, wanted, now, MAX_LISTED)  # before the lock: it may take a while
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        if not access.has_ability(actor.roles, "propose a policy"):
            raise Forbidden("Only RevOps or an admin proposes a policy. Ask one of them; nothing was proposed.")
        if policy_versions.current(session).digest != in_force.digest:
            raise Conflict(
                "The active policy changed meanwhile, so nothing was proposed. Look at the differences again."
            )
        if faults := text_limits.validate_reason("/reason", reason):
            raise Invalid("Nothing was proposed yet; what you typed is still here.", faults)
        draft = {
            "reason": reason,
            "base": in_force.digest,
            "candidate": wanted.digest,
            "files": list(changes(base, files)),
            "replay": report.plain(),
        }
        if changed := check_rules.changes(in_force, wanted):
            draft["checks"] = changed
        opened = _open_proposal(session, in_force, draft, person_id, now)
        older = _earlier_proposals(session, person_id, opened.item_id)
        superseded = opening.supersede(session, older, opened.item_id, Actor.person(person_id), now)
        override_log.append(session, now, *opened.events, *superseded)
    return opened.item_id


def _require_ready(session: Session, base: Policy, wanted: Policy, now: datetime) -> None:
    """Raise Invalid where a lane is not ready for its stage or auto-send; asked when proposed and when approved."""
    if faults := list(stage_requirements.faults(session, base, wanted, now)):
        raise Invalid(
            "A lane is not ready for that stage, or a message for automatic sending. Nothing was done.", faults
        )


def _open_proposal(
    session: Session, in_force: Policy, draft: dict[str, Any], person_id: int, now: datetime
) -> opening.Opened:
    lane = in_force.lane(in_force.organisation.default_lane)
    if lane is None or POLICY_CHANGE not in lane.kinds:
        raise DomainError(
            f"The active policy has no gate for {POLICY_CHANGE} in lane {in_force.organisation.default_lane}, so it "
            "cannot be changed by a decision. Whoever runs the installation loads one that has: "
            "`reviewqueue policy load`.",
            code="no-gate",
        )
    names = ", ".join(one["path"].rpartition("/")[2].removesuffix(".toml") for one in draft["files"])
    title = f"Policy change: {names}"
    if checks := draft.get("checks"):
        title = f"Check change: {checks[0].partition(', because ')[0]}{' and more' * (len(checks) > 1)}"
    drafted = DraftWithEvidence(
        POLICY_CHANGE, title if len(title) < 200 else f"Policy change: {len(draft['files'])} files", draft, {}, ()
    )
    submission = submission_rules.Submission(lane.key, drafted, draft["candidate"], in_force.organisation.name)
    caller = api_keys.own_caller(session, access.PROPOSAL_AUTOMATION, now)
    return opening.open_item(session, in_force, caller, submission, now, person_id)


def _earlier_proposals(session: Session, person_id: int, except_id: int) -> list[Item]:
    """The open proposals of this person, except the item `except_id`."""
    query = select(Item).join(Revision, (Revision.item_id == Item.id) & (Revision.number == 1))
    mine = (Revision.author_person_id == person_id) & (Item.kind == POLICY_CHANGE) & Item.state.in_(vocabulary.OPEN)
    return list(session.scalars(query.where(mine, Item.id != except_id)))


def activate(session: Session, context: item_context.ItemContext, decision: Decision, now: datetime) -> list[Event]:
    """Activate an approved proposal, in the decision's own transaction; returns the events for the log.

    Raises Conflict (409) when another policy became active since it was proposed, and Invalid when it no longer loads
    or a lane is not ready for it.
    """
    draft = context.revision.draft
    base = policy_versions.files(session, draft["base"])
    if policy_versions.current(session).digest != draft["base"]:
        raise Conflict(
            "Another policy became active since this was proposed, so nothing was activated and nothing recorded. "
            "Reject it; whoever proposed it proposes again, and sees the differences to what is active now.",
            what=["policy"],
        )
    files = {path: text for path, text in base.items() if path not in {one["path"] for one in draft["files"]}}
    files |= {one["path"]: one["text"] for one in draft["files"] if one["change"] != "removed"}
    wanted = parse_candidate(base, files)
    if wanted.digest != draft["candidate"]:
        raise Invalid("The files of this proposal do not make the policy it names, so nothing was activated.")
    if check_rules.changes(policy_versions.current(session), wanted) != draft.get("checks", []):
        raise Invalid("It changes what checks count as otherwise than it says, so nothing was activated.")
    _require_ready(session, policy_versions.current(session), wanted, now)
    origin = {"way": "decision", "item": context.item.id, "decision": decision.id}
    grants = sending.grant(session, context, decision, policy_versions.current(session), wanted, now)
    return [
        stage_changes.put_in_force(session, wanted, files, Actor.person(decision.person_id), now, origin),
        *grants,
    ]
