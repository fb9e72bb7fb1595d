"""Files of several keys, with a remark before each."""

import pytest

from chassis.key_files import Entry, read, write
from config.environment import new_private_key

FIRST, SECOND = new_private_key(), new_private_key()


def test_what_is_written_is_read():
    entries = [Entry(FIRST.strip(), "signing 2026-11-28T12:00:00Z"), Entry(SECOND.strip())]

    assert read(write(entries)) == entries
    assert read(FIRST) == [Entry(FIRST.strip())]


@pytest.mark.parametrize("nothing", ["", "a key", "-----BEGIN PRIVATE KEY-----\nAAAA", "-----BEGIN CERTIFICATE-----"])
def test_what_is_no_whole_key_is_none(nothing):
    assert read(nothing) == []
