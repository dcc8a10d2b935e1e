"""What is as in Magnum 20 with the driver for Cluster API only."""
from magnum.db.sqlalchemy import api
from oslo_db.sqlalchemy import enginefacade
import sqlite_turns

DISTRIBUTION = 'ubuntu'
LOAD_BALANCED = True  # masters of new clusters
WATCHES_HEALTH = True  # by polling Cluster API
SEEDS_CLUSTERS = False  # only the driver itself can make them


def image(kube_tag):
    """Magnum's driver reads the version of Kubernetes from the image."""
    return 'ubuntu-kube-' + (kube_tag or 'none')


def wait_for_turns():
    """Lets readers alone: some ask Keystone before they are done."""
    api._session_for_write = sqlite_turns.remembered(api._session_for_write)
    sqlite_turns.wait_for_turns(sqlite_turns.writing)


def engine():
    return enginefacade.writer.get_engine()
