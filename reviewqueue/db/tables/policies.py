"""Policy versions by digest, and which one has been active since when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.db.tables.base import Base, Digest, Id, Json, Word


class PolicyVersion(Base):
    """The files of one policy version. Append-only in the database."""

    __tablename__ = "policy_versions"
    digest: Mapped[Digest] = mapped_column(primary_key=True)
    files: Mapped[Any] = mapped_column(Json)
    loaded_at: Mapped[datetime]


class PolicyActivation(Base):
    """From when a version is active for new items. Append-only in the database."""

    __tablename__ = "policy_activations"
    id: Mapped[Id]
    digest: Mapped[Digest] = mapped_column(ForeignKey("policy_versions.digest"))
    at: Mapped[datetime]
    actor: Mapped[Word]
