"""The loop that does what outlives a request."""

import threading
import time

import pytest
from django.apps import apps
from django.db import OperationalError, connections
from django.db.transaction import atomic, on_commit

from apps.orders.models import InboxEvent, Product
from chassis import wakes, workers
from chassis.service import Job
from chassis.workers import Worker
from deploy.processes import wait_until

alone = pytest.mark.django_db(transaction=True)
pytestmark = pytest.mark.django_db


@pytest.fixture
def jobs(monkeypatch):
    """What orders has to do is what the test says."""
    found = []
    monkeypatch.setattr(apps.get_app_config("orders"), "jobs", lambda: found)
    monkeypatch.setattr(wakes, "_something_to_do", threading.Event())
    return found


def unreachable():
    raise OperationalError("nobody answers")


@pytest.fixture
def running():
    """Workers of orders that run beside the test and are stopped after it."""
    started = []

    def run():
        worker = Worker(["orders"])
        thread = threading.Thread(target=lambda: (worker.run(), connections.close_all()))
        thread.start()
        started.append((worker, thread))
        return worker

    yield run
    for worker, thread in started:
        worker.stop()
        thread.join()


def test_a_worker_has_a_name_that_no_other_has():
    assert len({Worker(["orders"]).name for _ in range(10)}) == 10


def test_a_worker_works_for_the_services_of_its_process(settings):
    assert Worker().services == settings.TOPOLOGY.hosted
    assert Worker(["orders"]).services == ("orders",)


def test_a_round_does_each_job_once_and_says_how_much_there_was(jobs):
    done = []
    jobs += [Job("one", lambda worker: done.append(worker) or 2), Job("two", lambda worker: 3)]
    worker = Worker(["orders"])

    assert worker.run_once() == 5
    assert done == [worker.name]


def test_what_nobody_waits_for_is_done_now_and_then(jobs, monkeypatch):
    now, done = [100.0], []
    monkeypatch.setattr(workers.time, "monotonic", lambda: now[0])
    jobs.append(Job("tidy", lambda worker: done.append(now[0]) or 0, every_seconds=10.0))
    worker = Worker(["orders"])

    for now[0] in (100.0, 105.0, 110.0):
        worker.run_once()

    assert done == [100.0, 110.0]


def test_a_job_that_breaks_is_logged_and_holds_up_no_other(jobs, caplog):
    jobs += [Job("broken", lambda worker: 1 / 0), Job("whole", lambda worker: 1)]

    assert Worker(["orders"]).run_once() == 1
    assert "the job broken failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_draining_ends_when_nothing_is_left(jobs):
    left = [3, 2, 0, 7]
    jobs.append(Job("left", lambda worker: left.pop(0)))

    Worker(["orders"]).drain()

    assert left == [7]


def test_while_a_database_is_away_no_other_job_of_its_service_waits_for_it(jobs):
    done = []
    jobs += [Job("cut off", lambda _: unreachable()), Job("other", lambda worker: done.append(worker) or 1)]

    assert Worker(["users", "orders"]).run_once() == 0
    assert done == []


@alone
def test_what_a_worker_held_when_a_database_went_away_is_given_back_when_it_is_there_again(jobs):
    InboxEvent.objects.create(id="a", source="x", type="x", stream="a", number=1, data={})
    jobs.append(Job("cut off", lambda worker: InboxEvent.objects.due().lease(worker) and unreachable()))
    worker = Worker(["orders"])
    worker.run_once()
    taken = InboxEvent.objects.get().leased_by
    jobs.clear()

    worker.run_once()

    assert (taken, InboxEvent.objects.get().leased_by) == (worker.name, "")


def test_a_worker_ends_though_the_database_is_away(jobs, monkeypatch, caplog):
    monkeypatch.setattr(workers, "leased_models", lambda service: unreachable())

    Worker(["orders"]).stop(timeout_seconds=0)

    assert "the database of orders does not serve" in caplog.text


def test_a_worker_that_is_told_to_stop_begins_no_other_job(jobs):
    worker = Worker(["orders"])
    done = []
    jobs += [Job("last", lambda _: worker.end() or 1), Job("too late", lambda _: done.append("done") or 1)]

    assert worker.run_once() == 1
    assert done == []


@alone
def test_a_stopped_worker_has_given_its_leases_back(jobs, running):
    InboxEvent.objects.create(id="a", source="x", type="x", stream="a", number=1, data={})
    taken = threading.Event()

    def take(worker):
        rows = InboxEvent.objects.due().lease(worker)
        taken.set()
        return len(rows)

    jobs.append(Job("take", take))
    worker = running()
    taken.wait(5)
    assert InboxEvent.objects.get().leased_by == worker.name

    worker.stop()

    assert (InboxEvent.objects.get().leased_by, InboxEvent.objects.get().leased_until) == ("", None)


@alone
def test_a_worker_in_the_middle_of_a_long_job_gives_its_leases_back_when_it_must_end(jobs, running):
    InboxEvent.objects.create(id="a", source="x", type="x", stream="a", number=1, data={})
    taken, go_on = threading.Event(), threading.Event()

    def take_and_dawdle(worker):
        InboxEvent.objects.due().lease(worker)
        taken.set()
        go_on.wait(5)
        return 0

    jobs.append(Job("long", take_and_dawdle))
    worker = running()
    taken.wait(5)

    worker.stop(timeout_seconds=0.05)

    assert InboxEvent.objects.get().leased_by == ""
    go_on.set()


@alone
def test_a_commit_wakes_a_worker_that_sleeps(jobs, running, monkeypatch):
    monkeypatch.setattr(workers, "IDLE_SECONDS", 30)
    rounds = []
    jobs.append(Job("count", lambda worker: rounds.append(time.monotonic()) or 0))
    running()
    wait_until(lambda: rounds, what="the first round")
    before = len(rounds)

    with atomic(using="orders"):
        Product.objects.create(sku="a", name="A")
        on_commit(wakes.wake, using="orders")

    wait_until(lambda: len(rounds) > before, seconds=5, what="a round after the commit")


def test_only_services_have_workers():
    with pytest.raises(TypeError, match="chassis"):
        Worker(["chassis"]).run_once()
