"""People with their roles, groups, absences and sign-ins, also failed ones; automations and their API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from reviewqueue.core.vocabulary import Role
from reviewqueue.db.tables.base import Base, BigInt, Digest, Id, Json, Line, Word, check_visible, one_of

ROLES: tuple[str, ...] = get_args(Role)
ONE_TIME = ("", "unused", "used")


class Person(Base):
    """A named person. Never deleted: the log names them for ever; `disabled_at` shuts them out.

    `one_time` says that somebody else set their password: "unused" until they sign in with it, "used" from then until
    they have set one of their own, and "" for a password of their own.
    """

    __tablename__ = "people"
    __table_args__ = (
        UniqueConstraint("email"),
        check_visible("name", 1),
        check_visible("held", 1),
        one_of("one_time", *ONE_TIME),
    )
    id: Mapped[Id]
    email: Mapped[Line]
    name: Mapped[Line]
    password_hash: Mapped[Line]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    held: Mapped[Line]
    one_time: Mapped[Word] = mapped_column(default="", server_default="")

    @property
    def roles(self) -> frozenset[str]:
        """The person's own roles; `held` keeps them space-separated."""
        return frozenset(self.held.split())


class Absence(Base):
    """Out of office: from `starts_at` until `ends_at`, `delegate_id` stands in for `person_id`."""

    __tablename__ = "absences"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("person_id <> delegate_id", name="delegate_is_another"),
    )
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    delegate_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]


class Membership(Base):
    """A person in a group of the policy, from `since` until `until` (none: still)."""

    __tablename__ = "memberships"
    id: Mapped[Id]
    group_key: Mapped[Word] = mapped_column(index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class RoleGrant(Base):
    """A role, or a group as `group:KEY`, that one person gave to another, or to themselves. `to_admin` says whether the
    receiver was an admin then, before or after. Append-only in the database."""

    __tablename__ = "role_grants"
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[Line]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    to_admin: Mapped[bool]
    at: Mapped[datetime]


class SignIn(Base):
    """A session of a signed-in browser. Only the token's SHA-256 is kept; ending it is immediate in every process."""

    __tablename__ = "sign_ins"
    __table_args__ = (UniqueConstraint("token_hash"),)
    id: Mapped[Id]
    token_hash: Mapped[Digest]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class FailedSignIn(Base):
    """A sign-in that failed, kept for as long as it slows the next one down. Of the e-mail only its SHA-256 is kept:
    people type passwords into the wrong field."""

    __tablename__ = "failed_sign_ins"
    __table_args__ = (Index(None, "email_digest", "at"), Index(None, "address", "at"), Index(None, "at"))
    id: Mapped[Id]
    email_digest: Mapped[Digest]
    address: Mapped[Word]
    at: Mapped[datetime]


class Automation(Base):
    """A system that submits drafts. Its owner is a person, and counts as involved in every draft of it."""

    __tablename__ = "automations"
    __table_args__ = (UniqueConstraint("name"), check_visible("name", 1))
    id: Mapped[Id]
    name: Mapped[Line]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime]
    secret_number: Mapped[int] = mapped_column(default=1)


class ApiKey(Base):
    """A key of an automation. Only its SHA-256 is kept; `lanes` and `gates` are space-separated, empty for all."""

    __tablename__ = "api_keys"
    __table_args__ = (UniqueConstraint("prefix"),)
    id: Mapped[Id]
    automation_id: Mapped[int] = mapped_column(ForeignKey("automations.id"), index=True)
    prefix: Mapped[Word]
    token_hash: Mapped[Digest]
    scopes: Mapped[Line]
    lanes: Mapped[Line] = mapped_column(default="")
    gates: Mapped[Line] = mapped_column(default="")
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    revoked_at: Mapped[datetime | None]
    automation: Mapped[Automation] = relationship(lazy="joined", innerjoin=True)


class Idempotency(Base):
    """The first answer to a request with an idempotency key, given again when the request is repeated."""

    __tablename__ = "idempotency_keys"
    automation_id: Mapped[int] = mapped_column(BigInt, ForeignKey("automations.id"), primary_key=True)
    key: Mapped[Line] = mapped_column(primary_key=True)
    request_digest: Mapped[Digest]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    answer: Mapped[Any] = mapped_column(Json)
    at: Mapped[datetime]
