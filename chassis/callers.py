"""Who is asking."""

from dataclasses import dataclass
from typing import Literal, cast

from rest_framework.request import Request

Kind = Literal["user", "service", "payer", "nobody"]


@dataclass(frozen=True, slots=True)
class Caller:
    """The subject of a verified token, or nobody. `request.user` is one of these in every topology.

    `id` is `usr_…` for a person, `service:orders` for a service, `payer:pay_…` for whoever holds the token that pays
    one payment, and empty for nobody. A caller may do what its scopes say, never more.
    """

    id: str = ""
    kind: Kind = "nobody"
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    email: str = ""
    client_id: str = ""
    token_id: str = ""
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

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def __str__(self) -> str:
        return self.email or self.id or "nobody"


NOBODY = Caller()


def caller_of(request: Request) -> Caller:
    """Who is asking. `request.user` is a Caller in every topology, which the frameworks' types cannot know."""
    return cast("Caller", request.user)


def nobody() -> Caller:
    """Who asks when no credentials came."""
    return NOBODY
