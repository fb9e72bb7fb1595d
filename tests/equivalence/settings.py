"""The settings of the servers that are compared: the product's own, and routes that look at a call from inside."""

from dataclasses import replace

from config.settings import *  # noqa: F403
from config.settings import PASSWORD_HASHERS, TOPOLOGY

_PROBED = {"orders": "tests.equivalence.probes.orders", "payments": "tests.equivalence.probes.payments"}

TOPOLOGY = replace(
    TOPOLOGY, url_spaces={**TOPOLOGY.url_spaces, **{s: _PROBED[s] for s in _PROBED if TOPOLOGY.hosts(s)}}
)

# Slow hashes would be compared no better.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
