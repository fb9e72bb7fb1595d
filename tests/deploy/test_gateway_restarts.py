"""The gateway before the server that the services really run on: headers behind WSGI, and restarts under load."""

import os
import signal
import threading
import time
from collections import Counter
from contextlib import contextmanager
from uuid import uuid4

import pytest
import requests

from deploy.processes import PYTHON, Child, wait_until
from tests.deploy.stand_ins import open_door
from tests.topologies.environments import environment
from tests.topologies.running import service_urls

CLIENTS = 8
SERVED = [PYTHON, "-m", "gunicorn", "-c", "config/gunicorn.py", "tests.deploy.ledger:application"]


class Ledger:
    """Gunicorn in the place of orders, behind a gateway."""

    def __init__(self, door, folder):
        self.door, self.folder = door, folder
        self._port = door.servers["orders"].server_port
        self._child = None

    @property
    def notes(self):
        return Counter((self.folder / "ledger").read_text().split())

    def start(self):
        urls = service_urls({("users", "orders", "payments"): self._port})
        own = {"PORT": str(self._port), "DEBUG": "true", "VAR_DIR": str(self.folder), "LEDGER": f"{self.folder}/ledger"}
        self._child = Child(SERVED, environment(**urls, **own), self.folder / "gunicorn.log")

    def stop(self):
        self._child.end()

    def reload(self):
        os.kill(self._child.pid, signal.SIGHUP)

    def restart(self):
        self.stop()
        self.start()

    def is_served(self):
        return "SERVER_SOFTWARE" in self.door.get("/v1/orders").text


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ledger")
    with open_door(folder) as door:
        door.stop("orders")
        ledger = Ledger(door, folder)
        ledger.start()
        try:
            wait_until(ledger.is_served, what="gunicorn")
            yield ledger
        finally:
            ledger.stop()


@pytest.mark.parametrize(
    "name", ["X_Forwarded_For", "X-Forwarded_For", "X_Request_ID", "X_Request_Hops", "Remote_User", "X-Request-Hops"]
)
def test_no_spelling_of_a_header_deceives_what_runs_behind_wsgi(ledger, name):
    told = ledger.door.get("/v1/orders", headers={name: "6.6.6.6-forged"}).json()

    assert not [key for key, value in told.items() if "6.6.6.6" in value]
    assert told["HTTP_X_FORWARDED_FOR"] == "127.0.0.1"


@pytest.mark.parametrize(
    "request_line",
    [f"GET /v1/orders?{'x' * 9000} HTTP/1.1\r\n", f"GET /v1/orders HTTP/1.1\r\nAnything: {'x' * 9000}\r\n"],
    ids=["address", "header"],
)
def test_what_gunicorn_cannot_read_is_a_problem(ledger, request_line):
    answer = ledger.door.say(f"{request_line}Host: a\r\n\r\n".encode())

    assert answer.startswith("HTTP/1.1 400")
    assert '"code": "invalid_request"' in answer


@contextmanager
def posting(ledger):
    """Clients that post one note after the other; what each note was answered is in the dictionary, in the end."""
    done, answers = threading.Event(), {}
    threads = [threading.Thread(target=post_notes, args=(ledger.door.url, done, answers)) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        done.set()
        for thread in threads:
            thread.join()


def post_notes(url, done, answers):
    with requests.Session() as session:
        while not done.is_set():
            note = uuid4().hex
            answers[note] = answered(session, url, note)


def answered(session, url, note):
    try:
        answer = session.post(f"{url}/v1/orders", data=note, timeout=20)
    except requests.RequestException as exc:
        return repr(exc)
    return "created" if answer.status_code == 201 else answer.json()["code"]


def accepted(answers):
    return {note for note, answer in answers.items() if answer == "created"}


def test_no_request_fails_while_a_service_reloads(ledger):
    with posting(ledger) as answers:
        for _ in range(2):
            time.sleep(0.3)
            ledger.reload()
            time.sleep(1.5)

    noted = ledger.notes
    assert set(answers.values()) == {"created"}
    assert {note: noted[note] for note in answers} == dict.fromkeys(answers, 1)


def test_nothing_that_was_accepted_is_lost_while_a_service_is_stopped_and_started(ledger):
    with posting(ledger) as answers:
        time.sleep(0.5)
        ledger.restart()
        wait_until(ledger.is_served, what="gunicorn")
        time.sleep(0.5)

    noted = ledger.notes
    assert set(answers.values()) == {"created", "dependency_unavailable"}
    assert {note: noted[note] for note in accepted(answers)} == dict.fromkeys(accepted(answers), 1)
    assert max(noted.values()) == 1
