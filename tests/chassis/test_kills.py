"""Processes that kill themselves at a named point, so that what they leave behind can be looked at."""

import os
import signal

import pytest
from django.db import connections, transaction

from apps.orders.models import Product
from chassis import kills


@pytest.fixture
def folder(tmp_path, settings, monkeypatch):
    """The folder of a process whose faults are planned; it says which signal it would send itself."""
    settings.FAULTS_FILE = str(tmp_path / "faults.json")
    folder = tmp_path / "faults.kills"
    for name in ("armed", "struck"):
        (folder / name).mkdir(parents=True)
    (folder / "signals").touch()
    monkeypatch.setattr(os, "kill", lambda pid, number: (folder / "signals").write_text(f"{pid} {number}"))
    return folder


@pytest.fixture
def watched():
    """The connection of orders, with the points of its commits for as long as the test takes."""
    connection = connections["orders"]
    before = list(connection.execute_wrappers)
    kills.watch(connection)
    yield connection
    connection.execute_wrappers[:] = before
    vars(connection).pop("commit", None)


def arm(folder, point, number=1, name="1"):
    (folder / "armed" / name).write_text(f"{number} {point}")


def passed(folder):
    file = folder / "passed"
    return file.read_text().splitlines() if file.exists() else []


def is_dead(folder):
    return (folder / "signals").read_text() == f"{os.getpid()} {int(signal.SIGKILL)}"


def shelve(sku="one"):
    return Product.objects.create(sku=sku, name=sku)


def test_points_are_written_down_once_by_whoever_passes_them(folder):
    for _ in range(2):
        with kills.running("POST", "/v2/orders/ord_0123456789/pay"), kills.around("orders", "call POST payments /v1"):
            pass

    assert passed(folder) == [
        "orders: POST /v2/orders/{id}/pay | before call POST payments /v1",
        "orders: POST /v2/orders/{id}/pay | after call POST payments /v1",
    ]


def test_a_block_that_fails_has_a_point_after_it_too(folder):
    with pytest.raises(ValueError, match="lost"), kills.around("orders", "call"):
        raise ValueError("lost")

    assert passed(folder)[-1] == "orders: otherwise | after call"


@pytest.mark.parametrize("number", [1, 3])
def test_a_process_dies_at_the_passing_that_is_meant(folder, number):
    arm(folder, "orders: otherwise | before call", number)

    for _ in range(number):
        assert not is_dead(folder)
        with kills.around("orders", "call"):
            pass

    assert is_dead(folder)


def test_nobody_dies_twice_of_one_plan(folder):
    arm(folder, "orders: otherwise | before call")
    with kills.around("orders", "call"):
        pass
    assert [file.name for file in (folder / "struck").iterdir()] == [f"1.{os.getpid()}"]
    (folder / "signals").write_text("")

    kills._folder.cache_clear()  # as whoever begins anew
    with kills.around("orders", "call"):
        pass

    assert not is_dead(folder)


def test_where_nothing_is_planned_there_are_no_points(folder, settings):
    settings.FAULTS_FILE = ""
    thing = object()

    assert kills.around_all("payments", thing, "provider") is thing
    with kills.running("POST", "/v1"):
        assert kills._run.get() is None


def test_without_the_folder_nothing_is_written(settings, tmp_path):
    settings.FAULTS_FILE = str(tmp_path / "another.json")

    with kills.around("orders", "call"):
        pass

    assert list(tmp_path.iterdir()) == []


def test_calls_of_a_things_methods_have_points_and_its_facts_have_none(folder):
    thing = kills.around_all("payments", "abc", "provider text")

    assert thing.upper() == "ABC"

    assert passed(folder) == [f"payments: otherwise | {when} provider text upper" for when in ("before", "after")]


@pytest.mark.django_db(transaction=True)
def test_commits_that_write_have_points_in_order(folder, watched):
    with kills.running("job", "stocktaking"):
        shelve("alone")
        with transaction.atomic(using="orders"):
            shelve("together")
            shelve("with it")
        with transaction.atomic(using="orders"):
            Product.objects.count()

    name = "orders: job stocktaking"
    assert passed(folder) == [f"{name} | {when} commit {n}" for n in (1, 2) for when in ("before", "after")]


@pytest.mark.django_db(transaction=True)
def test_before_a_commit_nobody_else_sees_it_and_after_it_all_do(folder, watched, monkeypatch):
    seen = []
    look = lambda *_: seen.append(connections["orders"].in_atomic_block or Product.objects.count())  # noqa: E731
    monkeypatch.setattr(kills.Folder, "pass_", look)

    shelve()

    assert seen == [0, 1]


@pytest.mark.django_db(transaction=True)
def test_what_commits_often_has_a_bounded_number_of_points(folder, watched):
    with kills.running("job", "stocktaking"):
        for number in range(kills.LAST_COMMIT + 3):
            shelve(str(number))

    assert len(passed(folder)) == 2 * kills.LAST_COMMIT
    assert passed(folder)[-1] == f"orders: job stocktaking | after commit {kills.LAST_COMMIT} or later"
