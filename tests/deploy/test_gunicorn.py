"""How gunicorn is configured, and what it refuses to start with."""

import subprocess

from tests.topologies.children import BASE, PYTHON, environment, free_ports
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
