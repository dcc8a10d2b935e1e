"""Lets Magnum ask for the id of its trustees' domain once.

Magnum compares it with the user's domain in each query to its database, and
signs in to Keystone each time to learn it. A list of twelve clusters is twelve
sign-ins one after the other, a second on an idle machine. On a busy one it was
half a minute, and whoever came behind a few lists waited in uwsgi's queue for
longer than any client waits for an answer. The id never changes in a bed.
"""
import os

from magnum.common import keystone

known = []
sign_in = keystone.KeystoneClientV3.trustee_domain_id.fget


def trustee_domain_id(client):
    if not known:
        known.append(sign_in(client))
    return known[0]


def remember():
    """Does nothing in a bed that is there to be measured."""
    if not os.environ.get('LAB_FULL_COST'):
        keystone.KeystoneClientV3.trustee_domain_id = property(
            trustee_domain_id)
