"""What every topology begins with: migrated databases, keys, and one admin. Made once, copied for each."""

import atexit
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from deploy.processes import BASE, PYTHON, DidNotStart
from tests.topologies.environments import environment
from tests.topologies.stores import Store, new_store

ADMIN = ("admin@example.com", "tearline-admin-demo")

_MAKE = """
import django
from django.core.management import call_command
django.setup()
call_command("migrate", verbosity=0)
call_command("createsuperuser", interactive=False, verbosity=0, email={email!r}, full_name="Ada Admin")
"""


@dataclass(frozen=True)
class Template:
    """A new shop: its keys in a folder, its rows in a store."""

    folder: Path
    store: Store


@lru_cache
def template(kind: str) -> Template:
    """The databases and keys of a new shop, the same keys for all; removed when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="tearline-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = new_store(kind, folder)
    if kind != "sqlite":
        shutil.copytree(template("sqlite").folder / "keys", folder / "keys")
    email, password = ADMIN
    here = environment(VAR_DIR=str(folder), DEBUG="true", DJANGO_SUPERUSER_PASSWORD=password, **database_urls(store))
    made = subprocess.run(
        [PYTHON, "-c", _MAKE.format(email=email)], cwd=BASE, env=here, capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise DidNotStart(made.stdout + made.stderr)
    return Template(folder, store)


def database_urls(store: Store) -> dict[str, str]:
    """Where the services keep their rows, as their environment says it."""
    return {f"{service.upper()}_DATABASE_URL": url for service, url in store.urls.items()}
