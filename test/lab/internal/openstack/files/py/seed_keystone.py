"""Users, roles, catalog and application credentials of the test bed.

Standard input: {"auth_url", "own_url", "magnum_url", "stub_url", "dead_url",
"secrets": {name: secret}}; standard output: {name: id} of what was made.
"""
import json
import sys

from keystoneauth1 import session
from keystoneauth1.identity import v3
from keystoneclient.v3 import client

spec = json.load(sys.stdin)
secrets = spec['secrets']


def sign_in(user, project):
    auth = v3.Password(auth_url=spec['auth_url'], username=user,
                       password=secrets[user], project_name=project,
                       user_domain_id='default', project_domain_id='default')
    return client.Client(session=session.Session(auth=auth),
                         endpoint_override=spec['auth_url'])


keystone = sign_in('admin', 'admin')
roles = {role.name: role for role in keystone.roles.list()}
for name in ('k8s_admin', 'k8s_developer', 'k8s_viewer'):
    roles[name] = keystone.roles.create(name)
projects = {name: keystone.projects.create(name, domain='default')
            for name in ('service', 'demo', 'other')}
domain = keystone.domains.create('magnum')

users = {}
for user, project, granted in (
        ('magnum', 'service', ('admin',)),
        ('alice', 'demo', ('member', 'k8s_admin')),
        ('alice', 'other', ('member', 'k8s_admin')),
        ('bob', 'demo', ('member', 'k8s_developer')),
        ('carol', 'demo', ('reader', 'k8s_viewer'))):
    if user not in users:
        users[user] = keystone.users.create(user, domain='default',
                                            password=secrets[user])
    for role in granted:
        keystone.roles.grant(roles[role], user=users[user],
                             project=projects[project])
trustee = keystone.users.create('magnum_domain_admin', domain=domain,
                                password=secrets['magnum_domain_admin'])
keystone.roles.grant(roles['admin'], user=trustee, domain=domain)


def publish(kind, name, **url_by_region):
    service = next(iter(keystone.services.list(type=kind)), None)
    service = service or keystone.services.create(name, type=kind)
    for region, url in url_by_region.items():
        for interface in ('public', 'internal', 'admin'):
            keystone.endpoints.create(service, url, interface=interface,
                                      region=region)


keystone.regions.create('RegionTwo')
publish('identity', 'keystone', RegionTwo=spec['own_url'])
publish('container-infra', 'magnum', RegionOne=spec['magnum_url'],
        RegionTwo=spec['dead_url'])
publish('compute', 'nova', RegionOne=spec['stub_url'] + '/compute/v2.1')
publish('image', 'glance', RegionOne=spec['stub_url'] + '/image')
publish('volumev3', 'cinder',
        RegionOne=spec['stub_url'] + '/volume/v3/%(project_id)s')
publish('network', 'neutron', RegionOne=spec['stub_url'] + '/network')

made = {name: thing.id for name, thing in (*projects.items(), *users.items())}
own = sign_in('alice', 'demo')  # only the user can make these
for name, unrestricted in (('appcred', False),
                           ('appcred-unrestricted', True)):
    made[name] = own.application_credentials.create(
        name, secret=secrets[name], unrestricted=unrestricted,
        user=users['alice'].id).id
json.dump(made, sys.stdout)
