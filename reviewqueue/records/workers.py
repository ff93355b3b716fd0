"""The workers that run: who they are, when each was last heard of, and how its threads get on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.records.base import Base, Json, Line, Word


class Worker(Base):
    """One running worker process. It writes its row every few seconds and takes it away when it stops; a row that grows
    old is a worker that died. `turns` holds when each of its threads last finished a turn (RFC 3339)."""

    __tablename__ = "workers"
    id: Mapped[Word] = mapped_column(primary_key=True)
    host: Mapped[Line]
    pid: Mapped[int]
    version: Mapped[Word]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    turns: Mapped[Any] = mapped_column(Json)
