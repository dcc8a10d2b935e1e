"""Keystone's API for uwsgi, whose writers wait for each other.

Those who only read need not wait for anybody, and are most.
"""
import contextlib
import threading

import sqlite_turns

from keystone.common import sql
from keystone.server import wsgi

current = threading.local()
session_for_write = sql.session_for_write


@contextlib.contextmanager
def remembered_session_for_write():
    outer = getattr(current, 'writes', False)
    current.writes = True
    try:
        with session_for_write() as session:
            yield session
    finally:
        current.writes = outer


sql.session_for_write = remembered_session_for_write
sql.core.session_for_write = remembered_session_for_write
sqlite_turns.wait_for_turns(lambda: getattr(current, 'writes', False))
application = wsgi.initialize_public_application()
