"""Policy versions in the database: the one active, and any earlier one by digest. An item keeps the version it was
opened under."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.core.errors import DomainError, NotFound
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, insert_rows
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.policies import PolicyActivation, PolicyVersion
from reviewqueue.policy import loading
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.policy.model.policy import Policy

_cache: dict[str, Policy] = {}
_loading = Lock()  # several threads that start at once load the same one
_NEWEST = select(PolicyActivation.digest).order_by(PolicyActivation.id.desc()).limit(1)
_IN_FORCE = Prepared(_NEWEST)


def in_force() -> ScalarSelect[str]:
    """A scalar subquery: the digest of the active policy, to select beside other columns."""
    return _NEWEST.scalar_subquery()


def current(session: Session) -> Policy:
    """The active policy for new items. Raises DomainError when none was ever loaded: nothing can be decided."""
    digest = _IN_FORCE.scalar(session, {})
    if digest is None:
        raise DomainError(
            "No policy is active: nothing is submitted or decided. Write one with "
            "`reviewqueue init`, or load one with `reviewqueue policy load FOLDER`.",
            status=503,
            code="no-policy",
        )
    return version(session, digest)


def newest(session: Session) -> str | None:
    """The digest of the active policy; None where none ever was."""
    return session.scalar(_NEWEST)


def version(session: Session, digest: str) -> Policy:
    """The policy of that digest. Raises DomainError when its files are gone or no longer load: its items cannot be
    decided."""
    if digest not in _cache:
        with _loading:
            if digest not in _cache:
                _cache[digest] = _load(session, digest)
    return _cache[digest]


def _load(session: Session, digest: str) -> Policy:
    """That version, read with the active one, which whoever asks for an item's own policy needs next."""
    asked = (PolicyVersion.digest == digest) | (PolicyVersion.digest == in_force())
    rows = session.execute(select(PolicyVersion.digest, PolicyVersion.files).where(asked))
    files = {row.digest: row.files for row in rows}
    if digest not in files or loading.digest_of(files[digest]) != digest:
        raise DomainError(
            f"Policy version {digest[:12]} is missing or was changed, so its gates are closed. Tell RevOps.",
            status=503,
            code="no-policy",
        )
    for active in files.keys() - {digest, *_cache}:
        # One that is broken is refused when somebody asks for it.
        with suppress(BadPolicy):
            if loading.digest_of(files[active]) == active:
                _cache[active] = loading.load(files[active], stored=True)
    return loading.load(files[digest], stored=True)


def files(session: Session, digest: str) -> dict[str, str]:
    """The files of a policy version: path → text. Raises NotFound when that version is not known."""
    found: dict[str, str] | None = session.scalar(select(PolicyVersion.files).where(PolicyVersion.digest == digest))
    if found is None:
        raise NotFound()
    return found


def activate(session: Session, files: dict[str, str], actor: Actor, now: datetime) -> Policy:
    """Activate a policy for items opened from now on. Raises BadPolicy when it does not load."""
    policy = loading.load(files)
    with writing(session):
        newest = session.scalar(_NEWEST)
        if newest != policy.digest:
            way = {"way": "first" if newest is None else "emergency"}
            override_log.append(session, now, put_in_force(session, policy, files, actor, now, way))
    _cache[policy.digest] = policy
    return policy


def put_in_force(
    session: Session, policy: Policy, files: dict[str, str], actor: Actor, now: datetime, way: dict[str, Any]
) -> override_log.Event:
    """As `activate`, inside a transaction the caller holds; returns the event to append last. `way` says how it became
    active: as the `first` policy, in an `emergency` on the command line, or by a `decision`."""
    newest = session.scalar(_NEWEST)
    if session.get(PolicyVersion, policy.digest) is None:
        insert_rows(session, PolicyVersion, [{"digest": policy.digest, "files": files, "loaded_at": now}])
    insert_row(session, PolicyActivation, digest=policy.digest, at=now, actor=actor)
    facts = {"digest": policy.digest, "before": newest, "files": sorted(files), **way}
    return override_log.Event(actor, EventType.POLICY_ACTIVATE, facts=facts)


def earlier(session: Session) -> list[tuple[str, datetime]]:
    """(digest, since when) of the versions that were active before this one, newest first, each once."""
    rows = session.execute(select(PolicyActivation.digest, PolicyActivation.at).order_by(PolicyActivation.id.desc()))
    found: dict[str, datetime] = {}
    for digest, at in rows:
        found.setdefault(digest, at)
    return list(found.items())[1:]


def in_force_since(session: Session) -> datetime | None:
    """Since when the active policy has been so."""
    return session.scalar(select(PolicyActivation.at).order_by(PolicyActivation.id.desc()).limit(1))
