"""What is as in Magnum 20 with the driver for Cluster API only."""
from oslo_db.sqlalchemy import enginefacade

DISTRIBUTION = 'ubuntu'
LOAD_BALANCED = True  # masters of new clusters
WATCHES_HEALTH = True  # by polling Cluster API
SEEDS_CLUSTERS = False  # only the driver itself can make them


def image(kube_tag):
    """Magnum's driver reads the version of Kubernetes from the image."""
    return 'ubuntu-kube-' + (kube_tag or 'none')


def engine():
    return enginefacade.writer.get_engine()
