"""A Magnum driver whose machines exist only on paper.

It is the Fedora CoreOS driver with Heat taken out. The API's validation,
trusts, certificates, upgrade checks and status polling are Magnum's own. The
labels of a cluster decide how an operation goes:

  lab_delay    seconds until the operation is complete, default 0; or "held":
               until the test bed is told to finish operations on the cluster
  lab_outcome  FAILED lets the creation fail
  lab_api      the API address to report, or "none"; default: ask the test bed
  lab_health   HEALTHY (default), UNHEALTHY or UNKNOWN
"""
import json
import os
import time
import types
import urllib.parse
import urllib.request
import uuid

from heatclient import exc as heat_exc
from oslo_log import log

from magnum.common import clients
from magnum.common import context as magnum_context
from magnum.conductor.handlers.common import cert_manager
from magnum.conductor.handlers.common import trust_manager
from magnum.drivers.heat import driver as heat
from magnum.objects.fields import ClusterStatus

LOG = log.getLogger(__name__)


class NoHeat:
    """Stands in for the OpenStack clients inside the Heat driver."""

    def __init__(self, context):
        pass

    def heat(self):
        return types.SimpleNamespace(
            stacks=types.SimpleNamespace(update=lambda stack, **_: None))


heat.clients = types.SimpleNamespace(OpenStackClients=NoHeat)


def begun(cluster):
    """The file whose age is the time since the cluster's operation began.

    Requests are served by several processes and the status is polled by
    another one, so the time has to be where all of them see it.
    """
    return os.path.join('/lab/state', cluster.uuid)


def begin(cluster):
    with open(begun(cluster), 'w'):
        pass


def age(cluster):
    try:
        return time.time() - os.stat(begun(cluster)).st_mtime
    except FileNotFoundError:
        return float('inf')


def due(cluster):
    """Reports whether the cluster's operation has taken its time."""
    delay = (cluster.labels or {}).get('lab_delay', 0)
    if delay == 'held':
        return os.path.exists(begun(cluster) + '.finish')
    return age(cluster) >= float(delay)


def api_address(cluster):
    wanted = (cluster.labels or {}).get('lab_api')
    if wanted:
        return None if wanted == 'none' else wanted
    query = urllib.parse.urlencode(
        {'cluster': cluster.uuid, 'user': cluster.user_id,
         'project': cluster.project_id})
    hook = '%s/address?%s' % (os.environ['LAB_HOOK'], query)
    with urllib.request.urlopen(hook, timeout=120) as answer:
        return json.load(answer)['address']


class Driver(heat.FedoraKubernetesDriver):

    @property
    def provides(self):
        return [{'server_type': 'vm', 'os': 'fedora-coreos',
                 'coe': 'kubernetes'}]

    def get_template_definition(self):
        return None

    def get_monitor(self, context, cluster):
        return None

    def get_scale_manager(self, context, osclient, cluster):
        return None

    def create_cluster(self, context, cluster, cluster_create_timeout):
        cluster.stack_id = str(uuid.uuid4())
        begin(cluster)

    def update_cluster(self, context, cluster, scale_manager=None,
                       rollback=False):
        begin(cluster)

    def resize_cluster(self, context, cluster, *args, **kwargs):
        begin(cluster)

    def upgrade_cluster(self, context, cluster, *args, **kwargs):
        super().upgrade_cluster(context, cluster, *args, **kwargs)
        begin(cluster)

    def rotate_ca_certificate(self, context, cluster):
        super().rotate_ca_certificate(context, cluster)
        begin(cluster)

    def delete_cluster(self, context, cluster):
        if cluster.stack_id is None:
            raise heat_exc.HTTPNotFound()  # Heat's answer for a stack it never had
        for group in cluster.nodegroups:
            group.status = ClusterStatus.DELETE_IN_PROGRESS
            group.save()
        begin(cluster)

    def create_nodegroup(self, context, cluster, nodegroup):
        nodegroup.stack_id = str(uuid.uuid4())
        begin(cluster)

    def update_nodegroup(self, context, cluster, nodegroup):
        begin(cluster)

    def delete_nodegroup(self, context, cluster, nodegroup):
        begin(cluster)

    def update_cluster_status(self, context, cluster, use_admin_ctx=False):
        verb, _, rest = cluster.status.partition('_')
        if rest != 'IN_PROGRESS' or cluster.stack_id is None:
            return
        labels = cluster.labels or {}
        if not due(cluster):
            return
        if verb == 'DELETE':
            forget(context, cluster)
            return
        failed = verb == 'CREATE' and labels.get('lab_outcome') == 'FAILED'
        finish_groups(cluster, verb, failed)
        if failed:
            cluster.status_reason = 'Failed to create trustee or trust: lab'
        else:
            cluster.status_reason = None
            report(cluster, labels)
        cluster.status = verb + ('_FAILED' if failed else '_COMPLETE')
        cluster.save()


def forget(context, cluster):
    """What remains to be undone once the machines are gone."""
    own = magnum_context.make_cluster_context(cluster)
    trust_manager.delete_trustee_and_trust(
        clients.OpenStackClients(own), context, cluster)
    cert_manager.delete_certificates_from_cluster(cluster, context=context)
    cluster.status = ClusterStatus.DELETE_COMPLETE
    cluster.save()


def finish_groups(cluster, verb, failed):
    subnet = uuid.UUID(cluster.uuid).int % 200
    for group in cluster.nodegroups:
        if group.status == ClusterStatus.DELETE_IN_PROGRESS:
            group.destroy()
            continue
        group.status = verb + ('_FAILED' if failed else '_COMPLETE')
        group.status_reason = (
            'Resource %s failed: quota exceeded' if failed else
            'Stack %s completed successfully') % verb
        net = 10 if group.role == 'master' else 20
        group.node_addresses = ['10.%d.%d.%d' % (net, subnet, 5 + i)
                                for i in range(group.node_count)]
        group.save()


def report(cluster, labels):
    """What a cluster that came up says about itself."""
    cluster.api_address = cluster.api_address or api_address(cluster)
    cluster.discovery_url = ('https://discovery.etcd.io/'
                             + uuid.UUID(cluster.uuid).hex)
    cluster.coe_version = labels.get('kube_tag')
    cluster.container_version = '1.12.6'
    cluster.health_status = labels.get('lab_health', 'HEALTHY')
    cluster.health_status_reason = {'api': 'ok'}
