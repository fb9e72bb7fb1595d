"""The product as `make split` starts it: one command in a terminal, ended by Ctrl-C."""

import os
import re
import shutil
import signal
import socket
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.processes import PYTHON, Child, free_ports, wait_until
from tests.topologies.environments import environment

READY = "Ctrl-C ends everything"


@dataclass
class Split:
    """The command, and what it says of its parts."""

    child: Child
    folder: Path
    url: str

    @property
    def authority(self):
        """Whom its visitors trust; by plain HTTP nobody is asked."""
        return str(self.folder / "split" / "tls" / "ca.pem") if self.url.startswith("https:") else True

    @property
    def said(self):
        return self.child.log.read_text()

    @property
    def processes(self):
        """The last process of each part that was told of."""
        lines = re.findall(r"^(\w[\w+ ]*?) +(\d+) .*$", self.said, re.MULTILINE)
        again = re.findall(r"^(.+) starts again, as process (\d+)$", self.said, re.MULTILINE)
        return {name: int(pid) for name, pid in [*lines, *again]}

    @property
    def ports(self):
        return {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", self.said)}

    def interrupt(self):
        """Ctrl-C; the exit status."""
        os.kill(self.child.pid, signal.SIGINT)
        return self.ended()

    def ended(self):
        """The exit status, once it has ended by itself."""
        wait_until(lambda: self.child.has_ended, seconds=60, what="the end of the split")
        return self.child.end()


@contextmanager
def split(groups="users|orders|payments", *, tls=False, **settings):
    """`make split`, ready; with `TLS=1` by HTTPS."""
    folder = Path(tempfile.mkdtemp(prefix="tearline-split-"))
    folder.chmod(0o711)
    (port,) = free_ports(1)
    url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    here = environment(VAR_DIR=str(folder), PUBLIC_URL=url, DEBUG="true", **settings)
    words = [PYTHON, "-m", "deploy.split", groups, *(["--tls"] if tls else [])]
    child = Child(words, here, folder / "terminal.log", stop=signal.SIGINT)
    started = Split(child, folder, url)
    try:
        wait_until(lambda: child.has_ended or READY in started.said, seconds=90, what="the split")
        assert READY in started.said, started.said
        yield started
    finally:
        child.end()
        shutil.rmtree(folder, ignore_errors=True)


def is_alive(pid):
    """Whether the process is there and has not merely not been waited for."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
