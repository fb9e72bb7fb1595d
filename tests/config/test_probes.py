"""What a worker of its own answers to whoever looks after it."""

import pytest
import requests

from chassis import workers
from chassis.workers import Worker
from config.probes import answer_probes
from deploy.processes import free_ports

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker():
    return Worker(["orders"])


@pytest.fixture
def ask(worker, settings):
    (settings.WORK_PORT,) = free_ports(1)
    server = answer_probes(worker)
    with requests.Session() as session:
        session.trust_env = False
        yield lambda path: session.get(f"http://127.0.0.1:{settings.WORK_PORT}{path}", timeout=10)
    server.shutdown()
    server.server_close()


def test_a_worker_is_live_as_long_as_it_comes_to_the_end_of_jobs(ask, worker, monkeypatch):
    worker.run_once()
    assert ask("/livez").status_code == 200

    monkeypatch.setattr(workers, "LONGEST_JOB_SECONDS", 0)
    assert ask("/livez").status_code == 503


def test_a_worker_tells_its_metrics(ask, worker):
    worker.run_once()

    said = ask("/metrics").text

    assert 'tearline_work_done_total{job="relay",service="orders"}' in said
    assert 'tearline_worker_round_timestamp_seconds{service="orders"}' in said


def test_a_worker_answers_nothing_else(ask, settings):
    settings.METRICS = False

    assert ask("/metrics").status_code == 404
    assert ask("/readyz").status_code == 404


def test_without_a_port_nobody_answers(worker):
    assert answer_probes(worker) is None
