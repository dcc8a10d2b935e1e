"""Lets those who write to an SQLite database wait for each other.

oslo.db begins every transaction with a plain BEGIN, which takes the writers'
lock only with the first write. When somebody else has written since the
transaction first read, SQLite then refuses at once ("database is locked"),
whatever timeout it was given: waiting would not make current what was read. A
transaction that begins with BEGIN IMMEDIATE waits for its turn first, and reads
then. A connection string cannot ask for that: oslo.db sets the isolation_level
of each connection to None.
"""
import contextlib
import threading

import sqlalchemy.engine
import sqlalchemy.event

current = threading.local()


def writing():
    """Whether this thread is within a session that was told to write."""
    return getattr(current, 'writes', False)


def remembered(session_for_write):
    """Makes sessions of that kind known to writing()."""

    @contextlib.contextmanager
    def remembered_session():
        outer = writing()
        current.writes = True
        try:
            with session_for_write() as session:
                yield session
        finally:
            current.writes = outer

    return remembered_session


def wait_for_turns(writes=lambda: True):
    """Makes transactions wait before they read, if writes() says they write."""

    @sqlalchemy.event.listens_for(sqlalchemy.engine.Engine,
                                  'before_cursor_execute', retval=True)
    def begin(connection, cursor, statement, parameters, context, many):
        if statement == 'BEGIN' and writes():
            statement = 'BEGIN IMMEDIATE'
        return statement, parameters
