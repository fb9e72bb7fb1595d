"""The Valkey of the split: on this machine alone, and gone with whoever started it."""

import socket

import pytest
from django.core.cache.backends.redis import RedisCache

from deploy import valkey


@pytest.fixture
def started(tmp_path):
    url, child = valkey.start(tmp_path)
    yield url, child
    child.end()


def test_processes_share_what_is_kept_there(started):
    url, _ = started
    one, other = RedisCache(url, {}), RedisCache(url, {})

    one.set("count", 1)
    other.incr("count")

    assert one.get("count") == 2
    one.close()
    other.close()


def test_it_ends_when_it_is_told_to(started):
    url, child = started
    port = int(url.rpartition(":")[2].partition("/")[0])

    child.end()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
