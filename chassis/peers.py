"""Who is at the other end of a connection, by its certificate; a token counts only there where it belongs.

With TLS every connection to a service has a certificate of the common authority. What the certificate names is who it
is: the services of a process (`DNS:orders`), or `DNS:gateway`. A service's token counts over a connection of that
service alone, and the token of anybody else over the gateway's, because no service hands on what others gave it. So a
token that leaked is of no use to whoever has no key for the certificate it belongs to.
"""

from typing import Any

from rest_framework.request import Request

from chassis.callers import Caller, caller_of, nobody
from chassis.problems import InvalidToken
from chassis.topology import GATEWAY, topology

# In the environ of a call that went over no connection. Headers of requests become HTTP_… there.
IN_PROCESS = "tearline.in_process"


def refuse_another_peer(request: Request) -> None:
    """Raise InvalidToken (401), and forget who was asking, if the token came over somebody else's connection.

    Without TLS, and in process, there are no certificates, and nothing is refused.
    """
    caller = caller_of(request)
    if not topology().tls or caller.is_anonymous or request.META.get(IN_PROCESS):
        return
    if _home(caller) not in names_of(request.META.get("gunicorn.socket")):
        request.user = nobody()  # type: ignore[assignment]  # a Caller in every topology
        raise InvalidToken("It came over a connection of somebody to whom it does not belong")


def names_of(connection: Any) -> set[str]:
    """The DNS names in the certificate that the peer has shown; empty where there is none."""
    shown: dict[str, Any] = getattr(connection, "getpeercert", dict)() or {}
    return {name for kind, name in shown.get("subjectAltName", ()) if kind == "DNS"}


def _home(caller: Caller) -> str:
    """Over whose connections this caller's tokens come."""
    return caller.service or GATEWAY
