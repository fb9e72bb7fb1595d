"""What contenders are asked, over one connection that is kept open."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection

from benchmarks.servers import Server


class WrongAnswer(Exception):
    """A contender did not do what it was asked for."""


@dataclass(frozen=True)
class Request:
    """One request of somebody; one with a body creates something."""

    path: str
    token: str = field(repr=False)
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Client:
    """Asks one server, one thing after the other."""

    server: Server
    connection: HTTPConnection

    def ask(self, request: Request) -> bytes:
        """The body of the answer. Raises WrongAnswer unless the status says that it was done."""
        headers = {"Authorization": f"Bearer {request.token}", "Accept": "application/json", **request.headers}
        method = "POST" if request.body else "GET"
        self.connection.request(method, request.path, request.body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status not in {200, 201}:
            raise WrongAnswer(f"{self.server.name}: {request.path}: {answer.status}: {content.decode()[:1000]}")
        return content


@contextmanager
def connected(server: Server) -> Iterator[Client]:
    """A client, whose connection is closed when the block is left."""
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
        yield Client(server, connection)
