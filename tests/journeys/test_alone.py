"""A service whose neighbours are absent from its process, and down wherever they are."""

import json
import shutil
import subprocess

import pytest
import requests

from chassis.topology import SERVICES
from deploy.processes import BASE, PYTHON, Child, free_ports
from tests.proving import rarely
from tests.topologies.environments import environment
from tests.topologies.running import wait_for
from tests.topologies.stores import SqliteStore
from tests.topologies.templates import database_urls, template


@pytest.fixture
def apart(tmp_path):
    """The environment of one service, with addresses of neighbours at which nobody listens."""

    def setting(service, **more):
        ports = free_ports(len(SERVICES) + 1)
        urls = {f"{name.upper()}_URL": f"http://127.0.0.1:{port}" for name, port in zip(SERVICES, ports, strict=False)}
        public = {"PUBLIC_URL": f"http://127.0.0.1:{ports[-1]}", "VAR_DIR": str(tmp_path), "DEBUG": "true"}
        return environment(**{**public, **database_urls(SqliteStore(tmp_path)), "SERVICES": service, **urls, **more})

    return setting


@pytest.mark.parametrize("service", ["orders", *rarely("users", "payments")])
def test_a_service_is_ready_with_both_neighbours_down(apart, service, tmp_path):
    (port,) = free_ports(1)
    here = apart(service)
    shutil.copy(template("sqlite").folder / f"{service}.sqlite3", tmp_path)
    child = Child([PYTHON, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload"], here, tmp_path / "log")

    try:
        wait_for(f"http://127.0.0.1:{port}/readyz", [child])
        ready = requests.get(f"http://127.0.0.1:{port}/readyz", timeout=10).json()
    finally:
        child.end()

    assert ready == {"status": "ready", "services": [service]}


@pytest.mark.parametrize("missing", ["ORDERS_URL", "USERS_URL", "PUBLIC_URL"])
def test_a_missing_address_is_named_at_the_start(apart, missing):
    command = [PYTHON, "manage.py", "runserver", "127.0.0.1:0", "--noreload"]

    refused = subprocess.run(
        command,
        cwd=BASE,
        env=apart("payments", **{missing: ""}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert refused.returncode != 0
    assert missing in refused.stderr.splitlines()[-1]


@pytest.mark.parametrize("service", ["orders", *rarely("users", "payments")])
def test_after_it_has_served_no_module_of_its_neighbours_is_there(apart, service):
    served = subprocess.run(
        [PYTHON, "-m", "tests.journeys.alone"],
        cwd=BASE,
        env=apart(service),
        capture_output=True,
        text=True,
        check=False,
    )

    assert served.returncode == 0, served.stderr
    found = json.loads(served.stdout.splitlines()[-1])
    assert found["foreign"] == []
    assert max(found["answered"].values()) < 500
    assert [found["answered"][path] for path in ("/", "/readyz", "/docs/orders")] == [200, 200, 200]
