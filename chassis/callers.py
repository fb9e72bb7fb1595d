"""Who is asking."""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Literal, cast

from rest_framework.request import Request

Kind = Literal["user", "client", "service", "payer", "nobody"]

# What a program needs to be let at what is somebody's own. People who ask themselves need neither.
OWN_READ, OWN_WRITE = "own:read", "own:write"
READING = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Caller:
    """The subject of a verified token, or nobody. `request.user` is one of these in every topology.

    `id` is `usr_…` for a person, `cli_…` for a program of an integrator, `service:orders` for a service, `payer:pay_…`
    for whoever holds the token that pays one payment, and empty for nobody. A caller may do what its scopes say, never
    more. Where a program asks for a person, `client_id` is the program (`cli_…`, or the API key `key_…`) and
    `on_behalf_of` the person.
    """

    id: str = ""
    kind: Kind = "nobody"
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    email: str = ""
    client_id: str = ""
    on_behalf_of: str = ""
    authorization_id: str = ""
    token_id: str = ""
    issued_at: int = 0
    expires_at: int = 0

    is_active = True

    @property
    def is_authenticated(self) -> bool:
        return self.kind != "nobody"

    @property
    def is_anonymous(self) -> bool:
        return self.kind == "nobody"

    @property
    def service(self) -> str:
        """The name of the service that is asking, empty when it is none."""
        return self.id.removeprefix("service:") if self.kind == "service" else ""

    @property
    def actor(self) -> str:
        """Who acts: the program, where one asks for a person."""
        return self.client_id if self.on_behalf_of else self.id

    @property
    def is_in_person(self) -> bool:
        """Whether this is somebody who signed in themselves, and no program that asks for them."""
        return self.kind == "user" and not self.on_behalf_of

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def asking(self, method: str) -> "Caller":
        """Who asks with this method: a program for a person is that person, if it may read or change what is theirs.

        If not, it is itself, and nothing is its own.
        """
        needed = {OWN_READ, OWN_WRITE} if method in READING else {OWN_WRITE}
        if not self.on_behalf_of or self.scopes & needed:
            return self
        return replace(self, id=self.client_id, kind="client", email="", roles=frozenset())

    def __str__(self) -> str:
        return self.email or self.id or "nobody"


@dataclass(frozen=True, slots=True)
class KnownKey:
    """An API key that is good: whose it is, and what it opens now. `expires_at` is in seconds since 1970."""

    id: str
    owner_id: str
    email: str
    scopes: frozenset[str]
    expires_at: int


class Remembered:
    """The callers behind the tokens and keys seen last, by the hash of each. Holds none of them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._callers: OrderedDict[bytes, Caller] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, service: str, credential: str) -> Caller | None:
        return self._callers.get(self._key(service, credential))

    def put(self, service: str, credential: str, caller: Caller) -> None:
        with self._lock:
            self._callers[self._key(service, credential)] = caller
            if len(self._callers) > self._size:
                self._callers.popitem(last=False)

    def _key(self, service: str, credential: str) -> bytes:
        return hashlib.sha256(f"{service}:{credential}".encode()).digest()


NOBODY = Caller()


def caller_of(request: Request) -> Caller:
    """Who is asking. `request.user` is a Caller in every topology, which the frameworks' types cannot know."""
    return cast("Caller", request.user)


def nobody() -> Caller:
    """Who asks when no credentials came."""
    return NOBODY
