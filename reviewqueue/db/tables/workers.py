"""Running workers: their identity, last heartbeat, and the last turn of each thread."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.db.tables.base import Base, Json, Line, Word


class Worker(Base):
    """One running worker process. It writes its row every few seconds and deletes it when it stops; a row that grows
    old is a worker that died. `turns` holds when each of its threads last finished a turn (RFC 3339)."""

    __tablename__ = "workers"
    id: Mapped[Word] = mapped_column(primary_key=True)
    host: Mapped[Line]
    pid: Mapped[int]
    version: Mapped[Word]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    turns: Mapped[Any] = mapped_column(Json)
