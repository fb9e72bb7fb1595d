"""What every topology begins with: migrated databases, keys, and one admin. Made once, copied for each."""

import atexit
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from tests.topologies.children import BASE, PYTHON, DidNotStart, environment

ADMIN = ("admin@example.com", "tearline-admin-demo")

_MAKE = """
import django
from django.core.management import call_command
django.setup()
call_command("migrate", verbosity=0)
call_command("createsuperuser", interactive=False, verbosity=0, email={email!r}, full_name="Ada Admin")
"""


@lru_cache
def template() -> Path:
    """A folder with the databases and keys of a new shop; removed when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="tearline-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    email, password = ADMIN
    here = environment(VAR_DIR=str(folder), DEBUG="true", DJANGO_SUPERUSER_PASSWORD=password, **database_urls(folder))
    made = subprocess.run(
        [PYTHON, "-c", _MAKE.format(email=email)], cwd=BASE, env=here, capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise DidNotStart(made.stdout + made.stderr)
    return folder


def database_urls(folder: Path) -> dict[str, str]:
    """Where the services keep their rows, as their environment says it."""
    return {f"{name.upper()}_DATABASE_URL": f"sqlite:///{path}" for name, path in databases(folder).items()}


def databases(folder: Path) -> dict[str, Path]:
    return {service: folder / f"{service}.sqlite3" for service in ("users", "orders", "payments")}
