"""A signing key is replaced step by step, and whoever is interrupted goes on."""

import re
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from chassis import key_files
from chassis.key_files import Entry
from chassis.keys import REFETCH_SECONDS
from chassis.own_keys import LOOK_SECONDS
from config import rotations
from config.environment import new_private_key
from config.management.commands import rotate_signing_key
from config.rotations import TooEarly, publish, seconds_to_wait, sign, waiting

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
SOON = timedelta(seconds=rotations.SURE_SECONDS)
OLD = Entry("the old key")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Keys that cost nothing to make, each with a number."""
    numbers = iter(range(9))
    monkeypatch.setattr(rotations, "new_private_key", lambda: f"key {next(numbers)}")


def rotated(entries, at, **options):
    return sign(publish(entries, at), at + SOON, **options)


def keys(entries):
    return [entry.pem for entry in entries]


def test_a_new_key_is_published_and_signs_nothing_yet():
    entries = publish([OLD], NOON)

    assert keys(entries) == ["the old key", "key 0"]
    assert waiting(entries) == Entry("key 0", "published 2026-11-28T12:00:00Z")


def test_then_it_signs_and_the_old_one_stays_published():
    entries = rotated([OLD], NOON)

    assert entries == [
        Entry("key 0", "signing 2026-11-28T12:00:12Z"),
        Entry("the old key", "retired 2026-11-28T12:00:12Z"),
    ]
    assert waiting(entries) is None


def test_everybody_has_had_the_time_to_hear_of_a_key_before_it_signs():
    entries = publish([OLD], NOON)

    assert seconds_to_wait(waiting(entries), NOON) > REFETCH_SECONDS + LOOK_SECONDS
    assert seconds_to_wait(waiting(entries), NOON + timedelta(seconds=5)) == rotations.SURE_SECONDS - 5
    assert seconds_to_wait(waiting(entries), NOON + timedelta(days=5)) == 0
    assert seconds_to_wait(waiting(entries), NOON - timedelta(days=5)) == rotations.SURE_SECONDS


def test_after_an_interruption_the_key_that_waits_is_taken_up():
    interrupted = publish([OLD], NOON)

    assert publish(interrupted, NOON + timedelta(days=1)) == interrupted


def test_a_key_is_published_for_as_long_as_tokens_of_it_are_good_and_then_no_more():
    entries = rotated([OLD], NOON)

    within_the_hour = publish(entries, NOON + timedelta(minutes=59))
    afterwards = publish(entries, NOON + timedelta(minutes=61))

    assert keys(within_the_hour) == ["key 0", "the old key", "key 1"]
    assert keys(afterwards) == ["key 0", "key 2"]


def test_there_are_never_more_than_three():
    twice = rotated(rotated([OLD], NOON), NOON + timedelta(minutes=1))

    assert keys(twice) == ["key 1", "key 0", "the old key"]
    with pytest.raises(TooEarly, match=r"until 13:00:18 UTC"):
        publish(twice, NOON + timedelta(minutes=2))
    assert len(publish(twice, NOON + timedelta(minutes=61))) == 3


def test_a_key_that_was_stolen_is_withdrawn_with_all_the_others():
    twice = rotated(rotated([OLD], NOON), NOON + timedelta(minutes=1))

    published = publish(twice, NOON + timedelta(minutes=2), withdraw=True)

    assert keys(sign(published, NOON + timedelta(minutes=3), withdraw=True)) == ["key 2"]


@pytest.mark.parametrize("remark", ["", "made by hand", "retired some day"])
def test_of_a_key_that_was_put_there_by_hand_nothing_is_assumed(remark):
    by_hand = [OLD, Entry("another", remark)]

    assert waiting(by_hand) is None
    assert keys(publish(by_hand, NOON)) == ["the old key", "another", "key 0"]


# The command


@pytest.fixture
def file(settings, tmp_path, monkeypatch):
    """The key file of orders; nobody has to wait."""
    monkeypatch.setattr(rotations, "new_private_key", new_private_key)
    monkeypatch.setattr(rotate_signing_key.time, "sleep", lambda _: None)
    file = tmp_path / "orders.pem"
    file.touch(0o600)
    file.write_text(new_private_key())
    settings.TOPOLOGY = replace(settings.TOPOLOGY, key_files={"orders": file})
    return file


def kids(printed, what):
    return re.findall(rf"^orders: ([0-9a-f]{{32}}) {what}", printed, re.MULTILINE)


def pems(file):
    return keys(key_files.read(file.read_text()))


def test_the_command_says_which_key_signs_and_which_stays(file, capsys):
    (old,) = pems(file)

    call_command("rotate_signing_key", "orders")

    printed = capsys.readouterr().out
    new, still_old = pems(file)
    assert still_old == old != new
    assert kids(printed, "is published") == kids(printed, "signs")
    assert len(kids(printed, "stays published")) == 1


def test_the_file_is_for_those_for_whom_it_was(file):
    modes = []
    for mode in (0o600, 0o440):
        file.chmod(mode)
        call_command("rotate_signing_key", "orders")
        modes.append(stat.S_IMODE(file.stat().st_mode))

    assert modes == [0o600, 0o440]


def test_who_reads_the_file_through_a_link_finds_it_changed(file, settings, tmp_path):
    link = tmp_path / "link.pem"
    link.symlink_to(file)
    settings.TOPOLOGY = replace(settings.TOPOLOGY, key_files={"orders": link})

    call_command("rotate_signing_key", "orders")

    assert link.is_symlink()
    assert len(pems(file)) == 2


@pytest.mark.parametrize("point", ["sleep", "replace"])
def test_a_command_that_is_killed_can_be_typed_again(file, monkeypatch, point):
    (old,) = pems(file)

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        target = (rotate_signing_key.time, "sleep") if point == "sleep" else (rotations.Path, "replace")
        dying.setattr(*target, die)
        with pytest.raises(KeyboardInterrupt):
            call_command("rotate_signing_key", "orders")
    left = pems(file)

    call_command("rotate_signing_key", "orders")

    assert left[0] == old
    assert pems(file)[1:] == [old]
    assert pems(file)[0] in left or point == "replace"


def test_only_to_publish_is_the_first_half(file):
    (old,) = pems(file)

    call_command("rotate_signing_key", "orders", only_publish=True)
    first, following = pems(file)
    call_command("rotate_signing_key", "orders")

    assert first == old
    assert pems(file) == [following, old]


def test_two_at_a_time_are_one_too_many(file):
    with rotations.alone(file), pytest.raises(CommandError, match="somebody else replaces the key"):
        call_command("rotate_signing_key", "orders")


def test_a_file_that_processes_cannot_read_is_not_touched(file):
    file.write_text("nothing")

    with pytest.raises(CommandError, match="there is no private key for orders"):
        call_command("rotate_signing_key", "orders")
    assert file.read_text() == "nothing"


def test_what_is_no_file_cannot_be_replaced(settings):
    settings.TOPOLOGY = replace(settings.TOPOLOGY, key_files={})

    with pytest.raises(CommandError, match=r"^ORDERS_SIGNING_KEY holds the key itself"):
        call_command("rotate_signing_key", "orders")


def test_a_service_that_is_elsewhere_rotates_there(settings):
    settings.TOPOLOGY = replace(settings.TOPOLOGY, hosted=("users",))

    with pytest.raises(CommandError, match="orders is not hosted here"):
        call_command("rotate_signing_key", "orders")
