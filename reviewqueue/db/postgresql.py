"""How connections to PostgreSQL stay quick: what was prepared outlives a read, and one that was just in use is not
asked whether it is still there."""

from __future__ import annotations

import select
import time
from functools import partial
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

PREPARED = 300  # statements of one connection; the pages and the API have more than the driver's hundred
ASK_AFTER = 20.0  # seconds without use; a network may drop a silent connection without a word
_IDLE_SINCE = "reviewqueue_idle_since"


def prepare(engine: Engine) -> None:
    """Set an engine of psycopg up. Nothing of it changes what a statement answers."""
    # The driver forgets its prepared statements at each rollback, for objects might have been made in what was rolled
    # back. The application makes none, and each of its reads ends so: half of a read's time was planning it again.
    engine.dialect.do_rollback = partial(_roll_back, engine.dialect.loaded_dbapi)  # type: ignore[method-assign]
    event.listen(engine, "connect", _connected)
    event.listen(engine, "checkin", _returned)
    event.listen(engine, "checkout", lambda connection, record, _: _check(engine, connection, record))


def _roll_back(driver: Any, connection: Any) -> None:
    begun = driver.pq.TransactionStatus.INTRANS, driver.pq.TransactionStatus.INERROR
    usual = connection.closed or connection.pgconn.transaction_status not in begun
    if usual or connection.pgconn.exec_(b"ROLLBACK").status != driver.pq.ExecStatus.COMMAND_OK:
        connection.rollback()  # nothing to do, or the driver's own error


def _connected(connection: Any, _record: Any) -> None:
    connection.prepared_max = PREPARED


def _returned(_connection: Any, record: Any) -> None:
    record.info[_IDLE_SINCE] = time.monotonic()


def _check(engine: Engine, connection: Any, record: Any) -> None:
    """Raise DisconnectionError for a connection that has ended: the pool then takes another one. The server's farewell
    lies in the socket of one that it ended."""
    since = record.info.get(_IDLE_SINCE)
    if since is None:
        return
    try:
        heard = select.poll()
        heard.register(connection.pgconn.socket, select.POLLIN)
        if heard.poll(0) or time.monotonic() - since > ASK_AFTER:
            engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as error:
        raise DisconnectionError("the server has ended this connection") from error
