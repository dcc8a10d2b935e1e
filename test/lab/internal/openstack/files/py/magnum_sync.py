"""The part of magnum-conductor that polls the clusters' status, alone.

Magnum's own task does the work. Only its pace is ours: a test does not want to
wait the usual ten seconds, and a minute for the clusters' health.
"""
import magnum.cmd  # noqa: F401  patches the process as magnum-conductor does

import eventlet
import release
import trustee_domain

from magnum.common import context
from magnum.common import service
import magnum.conf
from magnum.service import periodic

release.wait_for_turns()
trustee_domain.remember()
service.prepare_service(['magnum-sync', '--config-file',
                         '/lab/etc/magnum.conf'])
tasks = periodic.MagnumPeriodicTasks(magnum.conf.CONF)
while True:
    tasks.sync_cluster_status(context.make_admin_context(all_tenants=True))
    if release.WATCHES_HEALTH:
        tasks.sync_cluster_health_status(
            context.make_admin_context(all_tenants=True))
    eventlet.sleep(0.4)
