"""Somebody who types what our documents say."""

import re
import shlex
from contextlib import contextmanager
from uuid import uuid4

from deploy.processes import BASE, PYTHON, Child, answers, free_ports, wait_for, wait_until
from tests.topologies.environments import environment

SERVE = ".venv/bin/python manage.py serve 8000"
SETTLE = """
from pathlib import Path
from tests.topologies.running import Shop
from tests.topologies.stores import SqliteStore
folder = Path({folder!r})
Shop(None, folder, SqliteStore(folder), "", {{}}, None, {{}}).settle()
"""


def blocks(mark):
    """The shell blocks of the README that follow a mark."""
    return re.findall(rf"<!-- {mark} -->\n```sh\n(.*?)```", (BASE / "README.md").read_text(), re.DOTALL)


class Reader:
    """Types with free ports in the place of the documents' own, in a state folder of the reader's."""

    def __init__(self, folder):
        self.folder = folder
        self.ports = dict(zip(("8000", "8001", "8002", "8003"), map(str, free_ports(4)), strict=True))
        self.url = f"http://127.0.0.1:{self.ports['8000']}"

    def start(self, text, name):
        here = environment(DEBUG="true", DEMO="0", VAR_DIR=str(self.folder))
        typed = self.with_free_ports(text).replace(".venv/bin/python", PYTHON)
        return Child(["bash", "-c", typed], here, self.folder / f"{name}.log")

    def with_free_ports(self, text):
        for typed, free in self.ports.items():
            text = re.sub(rf"\b{typed}\b", free, text)
        return text

    @contextmanager
    def serving(self, text, *ports):
        """What is typed serves these ports while the block runs; afterwards nothing of it is left."""
        child = self.start(text, "serving")
        try:
            for port in ports:
                wait_for(f"http://127.0.0.1:{self.ports[port]}/readyz", [child])
            for service in ("users", "orders", "payments"):
                wait_for(f"{self.url}/services/{service}/readyz", [child])
            yield
        finally:
            child.end()
        assert [port for port in self.ports.values() if answers(f"http://127.0.0.1:{port}/livez")] == []

    def printed_by(self, text):
        """Everything that is printed when this is typed."""
        child = self.start(text, f"typed-{uuid4().hex}")
        wait_until(lambda: child.has_ended, seconds=90, what="the end of what was typed")
        printed = child.log.read_text()
        assert child.end() == 0, printed
        return printed

    def tour(self):
        """The lines that the tour prints last of each of its two answers, and everything that it printed."""
        printed = self.printed_by(self._patiently("".join(blocks("tour"))))
        return re.findall(r"(confirmed|refunded)$", printed, re.MULTILINE), printed

    def _patiently(self, text):
        """Wherever the README sleeps, wait until the workers are done: quicker, and sure on a slow machine."""
        return f"sleep() {{ .venv/bin/python -c {shlex.quote(SETTLE.format(folder=str(self.folder)))}; }}\n{text}"
