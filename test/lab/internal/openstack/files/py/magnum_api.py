"""Magnum's API for uwsgi, with a conductor inside every worker.

oslo.messaging's in-memory transport reaches only its own process, so each
worker answers its own calls. That makes the workers independent of one another,
which lets requests run in parallel without a message broker.
"""
import os
import sys

from keystonemiddleware.auth_token import _cache
import oslo_messaging
import release
import trustee_domain
import uwsgi

from magnum.api import app
from magnum.common import rpc
from magnum.common import short_id
from magnum.conductor.handlers import ca_conductor
from magnum.conductor.handlers import cluster_conductor
from magnum.conductor.handlers import conductor_listener
from magnum.conductor.handlers import federation_conductor
from magnum.conductor.handlers import indirection_api
from magnum.conductor.handlers import nodegroup_conductor
import magnum.conf
from magnum.objects import base

token_key = _cache.TokenCache._get_cache_key


def passing_token_key(cache, token):
    """Finds nothing that was kept before the bed last revoked a token.

    Magnum believes for minutes in a token it has seen.
    """
    key, context = token_key(cache, token)
    try:
        key += ' %d' % os.stat('/lab/state/revoked').st_mtime_ns
    except FileNotFoundError:
        pass
    return key, context


_cache.TokenCache._get_cache_key = passing_token_key
release.wait_for_turns()
trustee_domain.remember()
sys.argv = ['magnum-api', '--config-file', '/lab/etc/magnum.conf']
application = app.build_wsgi_app()


def conduct():
    handlers = [indirection_api.Handler(), cluster_conductor.Handler(),
                conductor_listener.Handler(), ca_conductor.Handler(),
                federation_conductor.Handler(), nodegroup_conductor.Handler()]
    target = oslo_messaging.Target(topic=magnum.conf.CONF.conductor.topic,
                                   server=short_id.generate_id())
    oslo_messaging.get_rpc_server(
        rpc.TRANSPORT, target, handlers, executor='threading',
        serializer=rpc.RequestContextSerializer(base.MagnumObjectSerializer()),
        access_policy=oslo_messaging.DefaultRPCAccessPolicy).start()


def forked():
    release.engine().dispose()  # a connection belongs to one process
    conduct()


uwsgi.post_fork_hook = forked
