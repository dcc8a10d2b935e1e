"""Templates and clusters of the test bed, written through Magnum's objects.

Standard input: {name: id} of users and projects. Standard output: a list of
{"name", "uuid", "user", "project", "scheme"} for the clusters that report an
API address; scheme is the one its address has.
"""
import json
import sys

from magnum.common import service

service.prepare_service(['magnum-seed', '--config-file',
                         '/lab/etc/magnum.conf'])

from magnum.common import context as magnum_context  # noqa: E402
from magnum.conductor.handlers.common import cert_manager  # noqa: E402
from magnum import objects  # noqa: E402
import release  # noqa: E402
from oslo_utils import uuidutils  # noqa: E402

ids = json.load(sys.stdin)
reporting = []


def acting(user, project):
    return magnum_context.RequestContext(
        user_id=ids[user], project_id=ids[project], is_admin=False,
        roles=['member'])


def template(name, kube_tag='v1.36.3', tls=True):
    owner = acting('magnum', 'service')
    labels = {'keystone_auth_enabled': 'true'}
    if kube_tag:
        labels['kube_tag'] = kube_tag
    made = objects.ClusterTemplate(
        owner, uuid=uuidutils.generate_uuid(), name=name,
        project_id=owner.project_id, user_id=owner.user_id, public=True,
        hidden=False, coe='kubernetes', cluster_distro=release.DISTRIBUTION,
        server_type='vm', image_id=release.image(kube_tag), flavor_id='m1.small',
        master_flavor_id='m1.small', keypair_id=None,
        external_network_id='public', network_driver='calico',
        volume_driver='cinder', docker_storage_driver='overlay2',
        dns_nameserver='8.8.8.8', apiserver_port=None,
        docker_volume_size=None, labels=labels, tls_disabled=not tls,
        registry_enabled=False, master_lb_enabled=release.LOAD_BALANCED,
        floating_ip_enabled=True)
    made.create()
    return made


def cluster(name, model, user='alice', project='demo',
            status='CREATE_COMPLETE', certificates=True, reason=None):
    owner = acting(user, project)
    up = status == 'CREATE_COMPLETE'
    # Without a stack the status poll leaves a cluster as it is, so the ones
    # that are being created stay so.
    stack = None if status.endswith('PROGRESS') else uuidutils.generate_uuid()
    made = objects.Cluster(
        owner, uuid=uuidutils.generate_uuid(), name=name,
        project_id=owner.project_id, user_id=owner.user_id,
        cluster_template_id=model.uuid, keypair=None, docker_volume_size=None,
        labels=dict(model.labels), flavor_id='m1.small',
        master_flavor_id='m1.small', stack_id=stack, status=status,
        status_reason=reason, health_status='HEALTHY' if up else None,
        health_status_reason={'api': 'ok'} if up else None, create_timeout=60,
        api_address=None, discovery_url=None,
        coe_version=model.labels.get('kube_tag') if up else None,
        container_version='1.12.6' if up else None, fixed_network=None,
        fixed_subnet=None, floating_ip_enabled=True, master_lb_enabled=False)
    if certificates:
        cert_manager.generate_certificates_to_cluster(made, context=owner)
    made.create()
    for net, role, count in ((1, 'master', 1), (2, 'worker', 2)):
        objects.NodeGroup(
            owner, uuid=uuidutils.generate_uuid(), name='default-' + role,
            cluster_id=made.uuid, project_id=owner.project_id, role=role,
            node_count=count, min_node_count=0, max_node_count=None,
            is_default=True, labels=made.labels, flavor_id='m1.small',
            image_id=model.image_id, docker_volume_size=None, stack_id=stack,
            status=status, status_reason=None,
            node_addresses=['10.0.%d.%d' % (net, 5 + i)
                            for i in range(count)]).create()
    if up:
        reporting.append({'name': name, 'uuid': made.uuid, 'user': user,
                          'project': project,
                          'scheme': 'http' if model.tls_disabled else 'https'})


standard = template('kubernetes-v1.36.3')
template('kubernetes-v1.35.6', kube_tag='v1.35.6')
template('kubernetes-untagged', kube_tag=None)
plain = template('kubernetes-no-tls', tls=False)

if release.SEEDS_CLUSTERS:
    for name in ('prod', 'blue', 'green', 'twin', 'twin'):
        cluster(name, standard)
    cluster('notls', plain, certificates=False)
    cluster('creating', standard, status='CREATE_IN_PROGRESS', certificates=False)
    cluster('creating-certs', standard, status='CREATE_IN_PROGRESS')
    cluster('failed', standard, status='CREATE_FAILED', certificates=False,
            reason='Failed to create trustee or trust for Cluster')
    cluster('bobs', standard, user='bob')
    cluster('elsewhere', standard, project='other')
json.dump(reporting, sys.stdout)
