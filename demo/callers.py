"""Who asks the shop: nobody, a guest with a token, somebody with an account."""

import hashlib
from collections.abc import Callable, Iterator
from urllib.parse import urlencode, urlsplit

from demo.connections import Answer, Connection, Json, Outage

MOST_WAITS = 30
MOST_KEYS = 1_000


def settled(answer: Answer) -> bool:
    """Whether the work was done; 202 says that it may yet be."""
    return answer.status != 202


class Caller:
    """Asks as whoever its headers say; without any, as nobody."""

    def __init__(self, connection: Connection, headers: dict[str, str] | None = None) -> None:
        self.connection = connection
        self.headers = headers or {}

    def send(self, method: str, path: str, *, body: Json | None = None, key: str = "") -> Answer:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return self.connection.send(method, path, headers=headers, body=body)

    def get(self, path: str) -> Json:
        return self.send("GET", path).good().body

    def every(self, path: str, **filters: str) -> Iterator[Json]:
        """All items of a list, page after page."""
        page = self.get(f"{path}?{urlencode({'limit': 100, **filters})}")
        yield from page["data"]
        while page["next"]:
            # Only the path is followed: tokens go to the address that was typed, whatever the server calls itself.
            link = urlsplit(page["next"])
            page = self.get(f"{link.path}?{link.query}")
            yield from page["data"]

    def command(self, path: str, body: Json, *purpose: object, accept: Callable[[Answer], bool] = settled) -> Answer:
        """Has it done, under a key that any later run makes again; Refusal when the shop says no today.

        The key counts: a stored answer that is a refusal, or not accepted, is yesterday's, so the next one is asked.
        """
        waits = 0
        for number in range(MOST_KEYS):
            answer = self.send("POST", path, body=body, key=key_of(*purpose, number))
            if answer.is_good and accept(answer):
                return answer
            if not answer.is_replayed:
                answer.good()
                waits += 1
                self.connection.sleep(answer.pause_seconds(waits))
            if waits == MOST_WAITS:
                break
        raise Outage(f"{self.connection.url} has not done {path} in time")


class Account(Caller):
    """Asks as a person who signed in, and signs in again when the token has expired."""

    def __init__(self, connection: Connection, email: str, password: str) -> None:
        super().__init__(connection)
        self.email = email
        self.password = password

    def register(self, full_name: str) -> None:
        """Makes the account, if it is not there from an earlier run."""
        body = {"email": self.email, "password": self.password, "full_name": full_name}
        answer = self.connection.send("POST", "/v1/users", headers={}, body=body)
        if answer.code != "email_taken":
            answer.good()

    def sign_in(self) -> None:
        # No key: a stored answer would hold a token that has expired.
        body = {"email": self.email, "password": self.password}
        answer = self.connection.send("POST", "/v1/tokens", headers={}, body=body).good()
        self.headers = bearer(answer.body["access_token"])

    def send(self, method: str, path: str, *, body: Json | None = None, key: str = "") -> Answer:
        if not self.headers:
            self.sign_in()
        answer = super().send(method, path, body=body, key=key)
        if answer.status != 401:
            return answer
        self.sign_in()
        return super().send(method, path, body=body, key=key)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def key_of(*purpose: object) -> str:
    """The same key for the same purpose, long enough for callers whom nobody knows."""
    return hashlib.sha256("\n".join(map(str, purpose)).encode()).hexdigest()[:40]
