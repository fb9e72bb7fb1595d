"""A pytest plugin, loaded before the settings: tests have a state folder of their own, never that of `make run`.

With TEST_DATABASES=postgresql they also have a PostgreSQL of their own.
"""

import atexit
import os
import shutil
import tempfile

from chassis.topology import SERVICES
from tests.topologies.environments import GENEROUS
from tests.topologies.stores import kind_of_store, server

if "VAR_DIR" not in os.environ:
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="tearline-test-")
    atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)

if kind_of_store() == "postgresql":
    for service in SERVICES:
        name = f"{service.upper()}_DATABASE_URL"
        os.environ[name] = os.environ.get(name) or server().url(service)

os.environ["DEBUG"] = "true"
os.environ["RATES"] = GENEROUS
os.environ["WEBHOOK_ALLOW_LOOPBACK"] = "true"
os.environ.setdefault("PUBLIC_URL", "http://testserver")
