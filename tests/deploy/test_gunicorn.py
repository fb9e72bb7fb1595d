"""How gunicorn is configured, and what it refuses to start with."""

import subprocess

import pytest

from deploy.processes import BASE, PYTHON, free_ports
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


@pytest.mark.parametrize("told", [("--workers", "2"), ("WEB_CONCURRENCY", "2")], ids=["by an option", "by a variable"])
def test_a_second_process_of_a_service_needs_what_they_share(tmp_path, told):
    words, variables = (told, {}) if told[0].startswith("-") else ((), dict([told]))
    here = environment(DEBUG="true", VAR_DIR=str(tmp_path), **variables)
    gunicorn = [PYTHON, "-m", "gunicorn", "-c", "config/gunicorn.py", *words, "config.wsgi"]

    refused = subprocess.run(gunicorn, cwd=BASE, env=here, capture_output=True, text=True, timeout=60, check=False)

    assert refused.returncode != 0
    assert "VALKEY_URL is missing" in refused.stderr
