"""What is as in Magnum 15 only."""
from magnum.db.sqlalchemy import api

DISTRIBUTION = 'fedora-coreos'
LOAD_BALANCED = False  # masters of new clusters
WATCHES_HEALTH = False  # the driver says it once
SEEDS_CLUSTERS = True


def image(kube_tag):
    return 'fedora-coreos-38'


def engine():
    return api.get_engine()
