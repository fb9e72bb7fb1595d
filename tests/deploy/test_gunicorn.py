"""How gunicorn is configured, and what it refuses to start with."""

import os
import signal
import socket
import ssl
import subprocess
from itertools import count

import pytest
import requests

from chassis.topology import SERVICES
from deploy import valkey
from deploy.authority import Authority
from deploy.processes import BASE, PYTHON, Child, free_ports, wait_for, wait_until
from tests.proving import rarely
from tests.topologies.environments import environment
from tests.topologies.running import service_urls


def test_a_server_that_calls_itself_needs_a_second_thread(tmp_path):
    (port,) = free_ports(1)
    urls = service_urls({("users", "orders", "payments"): port})
    here = environment(TRANSPORT="http", DEBUG="true", VAR_DIR=str(tmp_path), **urls)
    gunicorn = [PYTHON, "-m", "gunicorn", "-c", "config/gunicorn.py", "--threads", "1", "config.wsgi"]

    refused = subprocess.run(gunicorn, cwd=BASE, env=here, capture_output=True, text=True, timeout=60, check=False)

    assert refused.returncode != 0
    assert "TRANSPORT=http" in refused.stderr
    assert "workers times threads is 1" in refused.stderr


@pytest.mark.parametrize(
    "told", [("--workers", "2"), *rarely(("WEB_CONCURRENCY", "2"))], ids=["an option", "a variable"]
)
def test_a_second_process_of_a_service_needs_what_they_share(tmp_path, told):
    words, variables = (told, {}) if told[0].startswith("-") else ((), dict([told]))
    here = environment(DEBUG="true", VAR_DIR=str(tmp_path), **variables)
    gunicorn = [PYTHON, "-m", "gunicorn", "-c", "config/gunicorn.py", *words, "config.wsgi"]

    refused = subprocess.run(gunicorn, cwd=BASE, env=here, capture_output=True, text=True, timeout=60, check=False)

    assert refused.returncode != 0
    assert "VALKEY_URL is missing" in refused.stderr


def test_certificates_that_were_replaced_are_shown_after_a_reload(tmp_path):
    (port,), authority = free_ports(1), Authority(tmp_path / "tls")
    own = {"PORT": str(port), "PUBLIC_URL": f"https://127.0.0.1:{port}", "DEBUG": "true", "VAR_DIR": str(tmp_path)}
    here = environment(**own, **authority.certify(*SERVICES))
    gunicorn = [PYTHON, "-m", "gunicorn", "-c", "config/gunicorn.py", "tests.deploy.ledger:application"]
    child = Child(gunicorn, here, tmp_path / "gunicorn.log")
    try:
        first = wait_until(lambda: shown(port), what="gunicorn")
        authority.certify(*SERVICES)
        os.kill(child.pid, signal.SIGHUP)
        wait_until(lambda: shown(port) not in {first, None}, what="the other certificate")
    finally:
        child.end()


def test_a_certificate_that_is_wrong_is_named_and_nothing_is_served(tmp_path):
    (port,), authority = free_ports(1), Authority(tmp_path / "tls")
    own = {"PORT": str(port), "PUBLIC_URL": f"https://127.0.0.1:{port}", "DEBUG": "true", "VAR_DIR": str(tmp_path)}
    wrong = {**authority.certify(*SERVICES), "TLS_KEY_FILE": "/nowhere"}
    gunicorn = [PYTHON, "-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi"]

    refused = subprocess.run(
        gunicorn, cwd=BASE, env=environment(**own, **wrong), capture_output=True, text=True, timeout=60, check=False
    )

    assert refused.returncode != 0
    assert "TLS_KEY_FILE names a file that is not there: /nowhere" in refused.stderr


def test_metrics_are_those_of_all_processes_whichever_is_asked(tmp_path):
    (port,) = free_ports(1)
    url, valkey_server = valkey.start(tmp_path / "valkey")
    here = environment(
        DEBUG="true", VAR_DIR=str(tmp_path), PORT=str(port), WEB_CONCURRENCY="2", VALKEY_URL=url, EMAIL_URL="memory:"
    )
    left_over = tmp_path / "metrics" / f"127.0.0.1:{port}" / "counter_1.db"
    left_over.parent.mkdir(parents=True)
    left_over.write_text("of the time before")
    gunicorn = [PYTHON, "-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi"]
    server = Child(gunicorn, here, tmp_path / "gunicorn.log")
    try:
        wait_for(f"http://127.0.0.1:{port}/livez", [server])
        asked = count(1)

        def both_have_answered():
            requests.get(f"http://127.0.0.1:{port}/docs", timeout=10).raise_for_status()
            next(asked)
            return len({file.stem.rpartition("_")[2] for file in left_over.parent.glob("counter_*.db")}) == 2

        wait_until(both_have_answered, what="an answer of each process")
        told = [requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text for _ in range(6)]

        counted = (
            'tearline_requests_total{method="GET",route="/docs",service="",status="200"} ' + f"{next(asked) - 1}.0"
        )
        assert [counted in text for text in told] == [True] * 6
    finally:
        server.end()
        valkey_server.end()


def shown(port):
    """The certificate that is shown there, if somebody shows one."""
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as one, trust.wrap_socket(one) as encrypted:
            return encrypted.getpeercert(binary_form=True)
    except OSError:
        return None
