"""`python -m tests.alone`: the suite of each service, in processes that host nothing else, its neighbours down."""

import subprocess
import sys
from pathlib import Path

from chassis.topology import SERVICES
from deploy.processes import BASE, PYTHON, free_ports
from tests.topologies.environments import environment

SUITE = [PYTHON, "-m", "pytest", "-n", "2", "-p", "no:cacheprovider", "-p", "tests.architecture.absence"]


def main() -> int:
    """0 when all of them pass."""
    return max(_run(service) for service in SERVICES)


def alone(service: str, folder: Path | None = None) -> dict[str, str]:
    """The environment of a process that hosts one service."""
    (closed,) = free_ports(1)
    urls = {f"{name.upper()}_URL": f"http://127.0.0.1:{closed}" for name in SERVICES}
    here = {"VAR_DIR": str(folder)} if folder else {}
    return environment(SERVICES=service, PUBLIC_URL="http://testserver", DEBUG="true", **urls, **here)


def _run(service: str) -> int:
    print(f"tests/{service}, with {service} alone", flush=True)
    return subprocess.run([*SUITE, f"tests/{service}"], cwd=BASE, env=alone(service), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
