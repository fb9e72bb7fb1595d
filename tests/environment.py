"""A pytest plugin, loaded before the settings: tests have a state folder of their own, never that of `make run`."""

import atexit
import os
import shutil
import tempfile

if "VAR_DIR" not in os.environ:
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="tearline-test-")
    atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)

os.environ["DEBUG"] = "true"
os.environ.setdefault("PUBLIC_URL", "http://testserver")
