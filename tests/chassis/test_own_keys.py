"""A service's own keys, which change while they are in use."""

import os
from dataclasses import replace

import pytest

from chassis import own_keys
from chassis.keys import own_key_set, signing_key
from config.environment import new_private_key
from tests.chassis.processes import forget_topology

FIRST, SECOND = new_private_key(), new_private_key()


@pytest.fixture
def file(settings, tmp_path):
    """The key file of users, which holds one key."""
    file = tmp_path / "users.pem"
    file.write_text(FIRST)
    topology = settings.TOPOLOGY
    keys = {**topology.signing_keys, "users": FIRST}
    settings.TOPOLOGY = replace(topology, signing_keys=keys, key_files={"users": file})
    forget_topology()
    yield file
    settings.TOPOLOGY = topology
    forget_topology()


@pytest.fixture
def later(monkeypatch):
    """A second passes, after which files are looked at again."""
    now = [1000.0]
    monkeypatch.setattr(own_keys.time, "monotonic", lambda: now[0])

    def later():
        now[0] += own_keys.LOOK_SECONDS

    return later


def kid_of(pem):
    return own_keys.private_keys("users", pem)[0].kid


def published():
    return [key["kid"] for key in own_key_set("users")["keys"]]


def replaced(file, text):
    draft = file.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(file)


def test_all_keys_of_a_file_are_published_and_the_first_signs(file):
    file.write_text(FIRST + "something about the next one\n" + SECOND)

    assert published() == [kid_of(FIRST), kid_of(SECOND)]
    assert signing_key("users").kid == kid_of(FIRST)


def test_a_variable_may_hold_several_keys_too(settings):
    topology = settings.TOPOLOGY
    settings.TOPOLOGY = replace(topology, signing_keys={"users": SECOND + FIRST}, key_files={})
    forget_topology()

    assert published() == [kid_of(SECOND), kid_of(FIRST)]
    settings.TOPOLOGY = topology
    forget_topology()


def test_a_file_that_changes_is_read_within_a_second(file, later):
    before = published()

    replaced(file, SECOND + FIRST)
    at_once = published()
    later()

    assert before == at_once == [kid_of(FIRST)]
    assert published() == [kid_of(SECOND), kid_of(FIRST)]
    assert signing_key("users").kid == kid_of(SECOND)


def test_a_file_is_read_once_for_each_change(file, later, monkeypatch):
    published()
    monkeypatch.setattr(own_keys, "private_keys", lambda *_: pytest.fail("it was read again"))

    for _ in range(3):
        later()
        published()


@pytest.mark.parametrize("text", ["", "nothing", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_is_no_good_changes_nothing_and_is_reported_once(file, later, text, caplog):
    published()
    replaced(file, text)

    for _ in range(3):
        later()
        assert published() == [kid_of(FIRST)]
    assert caplog.text.count(f"{file} cannot be read") == 1


def test_a_file_that_is_away_changes_nothing_until_it_is_back(file, later):
    published()
    file.unlink()
    later()
    away = published()
    file.write_text(SECOND)
    os.utime(file, (1, 1))
    later()

    assert away == [kid_of(FIRST)]
    assert published() == [kid_of(SECOND)]
