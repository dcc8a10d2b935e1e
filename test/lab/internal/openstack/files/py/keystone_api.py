"""Keystone's API for uwsgi, whose writers wait for each other.

Those who only read need not wait for anybody, and are most.
"""
import sqlite_turns

from keystone.common import sql
from keystone.server import wsgi

sql.session_for_write = sqlite_turns.remembered(sql.session_for_write)
sql.core.session_for_write = sql.session_for_write
sqlite_turns.wait_for_turns(sqlite_turns.writing)
application = wsgi.initialize_public_application()
