"""What the README tells people to type works as it stands there."""

import re
import shlex
import shutil
from contextlib import contextmanager
from uuid import uuid4

import pytest
import requests

from config.accounts import ADMIN, CUSTOMER
from deploy.processes import BASE, PYTHON, Child, answers, free_ports, wait_for, wait_until
from tests.topologies.environments import environment

pytestmark = pytest.mark.timeout(300)

SETTLE = """
from pathlib import Path
from tests.topologies.running import Shop
from tests.topologies.stores import SqliteStore
folder = Path({folder!r})
Shop(None, folder, SqliteStore(folder), "", {{}}, None, {{}}).settle()
"""


def blocks(mark):
    """The shell blocks of the README that follow a mark."""
    return re.findall(rf"<!-- {mark} -->\n```sh\n(.*?)```", (BASE / "README.md").read_text(), re.DOTALL)


class Reader:
    """Somebody who types what the README says, with free ports in the place of its own, in a state folder of theirs."""

    def __init__(self, folder):
        self.folder = folder
        self.ports = dict(zip(("8000", "8001", "8002", "8003"), map(str, free_ports(4)), strict=True))
        self.url = f"http://127.0.0.1:{self.ports['8000']}"

    def start(self, text, name):
        for typed, free in self.ports.items():
            text = re.sub(rf"\b{typed}\b", free, text)
        here = environment(DEBUG="true", DEMO="0", VAR_DIR=str(self.folder))
        return Child(["bash", "-c", text.replace(".venv/bin/python", PYTHON)], here, self.folder / f"{name}.log")

    @contextmanager
    def serving(self, text, *ports):
        """What is typed serves these ports while the block runs; afterwards nothing of it is left."""
        child = self.start(text, "serving")
        try:
            for port in ports:
                wait_for(f"http://127.0.0.1:{self.ports[port]}/readyz", [child])
            for service in ("users", "orders", "payments"):
                wait_for(f"{self.url}/services/{service}/readyz", [child])
            yield
        finally:
            child.end()
        assert [port for port in self.ports.values() if answers(f"http://127.0.0.1:{port}/livez")] == []

    def patiently(self, text):
        """Wherever the README sleeps, wait until the workers are done: quicker, and sure on a slow machine."""
        return f"sleep() {{ .venv/bin/python -c {shlex.quote(SETTLE.format(folder=str(self.folder)))}; }}\n{text}"

    def tour(self):
        """The lines that the tour prints last of each of its two answers, and everything that it printed."""
        child = self.start(self.patiently("".join(blocks("tour"))), f"tour-{uuid4().hex}")
        wait_until(lambda: child.has_ended, seconds=90, what="the end of the tour")
        printed = child.log.read_text()
        assert child.end() == 0, printed
        return re.findall(r"(confirmed|refunded)$", printed, re.MULTILINE), printed


@pytest.fixture
def reader(tmp_path):
    return Reader(tmp_path)


@pytest.mark.skipif(not shutil.which("curl"), reason="the tour is made with curl")
def test_the_tour_works_in_one_process_and_then_in_three(reader):
    with reader.serving(".venv/bin/python manage.py serve 8000", "8000"):
        in_one, printed = reader.tour()
    with reader.serving("".join(blocks("split")), "8001", "8002", "8003", "8000"):
        in_three, _ = reader.tour()
        ready = requests.get(f"{reader.url}/readyz", timeout=5)
        signed_in = requests.post(
            f"{reader.url}/v1/tokens", json={"email": ADMIN.email, "password": ADMIN.password}, timeout=5
        )

    assert in_one == in_three == ["confirmed", "refunded"]
    assert "Content-Type: application/problem+json" in printed
    assert ready.json()["status"] == "ready"
    assert (signed_in.status_code, signed_in.json()["token_type"]) == (200, "Bearer")


def test_the_readme_names_the_accounts_that_the_first_look_prints():
    tour = "".join(blocks("tour"))

    assert [account for account in (*ADMIN[:2], *CUSTOMER[:2]) if account not in tour] == []
