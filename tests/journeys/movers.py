"""`manage.py move_database`, as an operator runs it beside a running shop; and one that is killed on its way."""

import subprocess

from deploy.processes import BASE, PYTHON
from tests.topologies.environments import environment
from tests.topologies.stores import server

# What is about to be done when it dies, and what has been done by then.
POINTS = {
    "the target is ready": "moves._Mover._close",
    "the source is closed": "moves._Mover._copy",
    "the rows are copied, but not committed": "moves._release",
    "the copy is committed": "moves._Mover._leave",
    "the source is left": "moves.admit",
    "the target is opened": "moves._finish",
}

_KILLED = """
import os, signal, django
django.setup()
from django.core.management import call_command
from config import moves
moves.LEASE_SECONDS = {lease_seconds}
{point} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
call_command("move_database", {service!r}, to={url!r})
"""


class Mover:
    """Moves one service of a shop to and fro; it knows where the rows are, as the operator's environment does."""

    def __init__(self, shop, service="orders"):
        self.shop, self.service = shop, service
        self.here = shop.store.urls[service]
        self.there = server().provide(f"moved_{shop.folder.name[-8:].lower()}", role=service)

    def move(self):
        """Move to the other place; returns what was printed."""
        moved = self.run("manage.py", "move_database", self.service, "--to", self.there)
        assert moved.returncode == 0, moved.stderr
        self.here, self.there = self.there, self.here
        return moved.stdout

    def die(self, point, lease_seconds=15):
        """Begin to move, and be killed at this point."""
        words = {"service": self.service, "url": self.there, "lease_seconds": lease_seconds}
        return self.run("-c", _KILLED.format(point=POINTS[point], **words)).returncode

    def run(self, *words, **settings):
        group = self.shop.shape.group_of(self.service)
        place = {f"{self.service.upper()}_DATABASE_URL": self.here}
        here = environment(**{**self.shop._environment(group), **place, **settings})
        return subprocess.run([PYTHON, *words], cwd=BASE, env=here, capture_output=True, text=True, check=False)
