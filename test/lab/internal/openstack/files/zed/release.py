"""What is as in Magnum 15 only."""
from magnum.db.sqlalchemy import api
import sqlite_turns

DISTRIBUTION = 'fedora-coreos'
LOAD_BALANCED = False  # masters of new clusters
WATCHES_HEALTH = False  # the driver says it once
SEEDS_CLUSTERS = True


def image(kube_tag):
    return 'fedora-coreos-38'


def wait_for_turns():
    """Nothing tells here whether a session will write."""
    sqlite_turns.wait_for_turns()


def engine():
    return api.get_engine()
