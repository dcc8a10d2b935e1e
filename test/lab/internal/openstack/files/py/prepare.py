"""Readies the databases for several processes and for this run's addresses.

Standard input: {"urls": {placeholder: real}, "api": {cluster uuid: address}}.
"""
import json
import sqlite3
import sys

wanted = json.load(sys.stdin)


def database(name):
    connection = sqlite3.connect('/lab/db/%s.sqlite' % name)
    # Several processes write: with the default journal they meet locked tables.
    connection.execute('PRAGMA journal_mode = wal')
    return connection


with database('keystone') as keystone:
    for old, new in wanted.get('urls', {}).items():
        keystone.execute('UPDATE endpoint SET url = replace(url, ?, ?)',
                         (old, new))
with database('magnum') as magnum:
    for cluster, address in wanted.get('api', {}).items():
        magnum.execute('UPDATE cluster SET api_address = ? WHERE uuid = ?',
                       (address, cluster))
