"""Asking an address that a user gave. It may lead anywhere, so it is asked only where everybody on the internet could.

`require_fetchable` says what a URL may look like, when it is stored; `fetch` decides anew where it leads, each time::

    FetchFailed
    ├── ForbiddenTarget    it leads where nobody may be sent; nothing was sent
    └── UnreachableTarget  no connection, no time left, too much of an answer, or none that can be read; what was asked
                           may have been done
"""

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from http.client import HTTPS_PORT, HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, cast

from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from chassis.transactions import refuse_open_transaction

LONGEST_URL = 2000
PART_BYTES = 8192
# All that RFC 3986 allows and no more, so that nobody can read it in two ways: ASCII, no user, no fragment.
_URL = re.compile(
    r"https://(?P<host>\[[0-9a-f:.]+\]|[0-9a-z.-]{1,253})(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>(?:[/?](?:[\w.~!$&'()*+,;=:@/?-]|%[0-9a-f]{2})*)?)",
    re.ASCII | re.IGNORECASE,
)
# The last label begins with a letter: what begins with a digit may be read as an address (0177.1, 0x7f.1, 2130706433).
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z]){_LABEL}")
_INSIDE = ("localhost", "local", "internal", "arpa")

_GLOBAL_UNICAST, _NAT64 = ip_network("2000::/3"), ip_network("64:ff9b::/96")
_NOT_FOR_GUESTS = [
    ip_network("192.0.0.0/24"),  # services of the network one is in, some of which Python calls global
    ip_network("192.88.99.0/24"),  # relays of 6to4, given up in RFC 7526
    ip_network("168.63.129.16/32"),  # what a virtual machine in Azure asks about itself
    ip_network("2001::/23"),  # protocols, not hosts
    ip_network("2001:db8::/32"),
    ip_network("3fff::/20"),  # for documents (RFC 9637), which Python 3.11 does not know
]


class FetchFailed(Exception):
    """An address that a user gave was not asked, or did not answer. The message may be shown to that user."""


class ForbiddenTarget(FetchFailed):
    """The URL leads where nobody may be sent. It does not say which address it was that is not public."""


class UnreachableTarget(FetchFailed):
    """No answer that can be read came in time and within the size that was allowed. It may be asked again."""


@dataclass(frozen=True)
class Fetched:
    """What came back, whatever its status. `body` is as it was sent: nothing is unpacked."""

    status: int
    headers: CaseInsensitiveDict[str]
    body: bytes


def require_fetchable(url: str) -> None:
    """Raise ForbiddenTarget if it can never be fetched, and say why. Names are not looked up here.

    A good one is `https`, 2000 characters at most, of ASCII alone (a name in other letters is written as `xn--…`), with
    no user and no fragment, at port 443 or one of 1024 and above. Its host is a name with a dot in it, or a public
    address.
    """
    target = _target(url)
    if target.is_address and not is_public(target.host):
        raise ForbiddenTarget("It leads to an address that is not public")


def is_public(address: str) -> bool:
    """Whether anybody on the internet may reach it; so must each address of IPv4 that it carries."""
    known = ip_address(address)
    return all(_is_public(each) for each in _carried(known) or (known,))


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


@dataclass(frozen=True)
class Network:
    """Who is asked where a name leads, which addresses may be reached, and who certifies names."""

    resolve: Callable[[str, int], list[str]] = _addresses
    is_allowed: Callable[[str], bool] = is_public
    authorities: str = DEFAULT_CA_BUNDLE_PATH


INTERNET = Network()


def fetch(
    method: str,
    url: str,
    *,
    body: bytes | None,
    headers: Mapping[str, str],
    timeout_seconds: float,
    max_bytes: int,
    network: Network = INTERNET,
) -> Fetched:
    """Ask once. Follows no redirect and no proxy of the environment; sends nothing but what is given here.

    `timeout_seconds` is for all of it, the name included; `max_bytes` for all that is received, the head included.
    Raises ForbiddenTarget and UnreachableTarget.
    """
    target = _target(url)
    refuse_open_transaction(f"{method} {target.netloc}")
    limits = _Limits(time.monotonic() + timeout_seconds, max_bytes)
    with closing(HTTPConnection(target.host, target.port)) as connection:
        connection.sock = _connect(target, network, limits)
        with _failing_by_name():
            connection.request(method, target.path, body, _sent(headers, target))
            return _read(connection.getresponse())


@dataclass
class _Limits:
    """What is left for one fetch."""

    ends_at: float
    bytes_left: int

    def seconds_left(self) -> float:
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise UnreachableTarget("It took too long")
        return left

    def spend(self, count: int) -> int:
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise UnreachableTarget("It answered with more than is read")
        return count


class _Socket(ssl.SSLSocket):
    """Keeps the limits at each step: a timeout of a socket begins anew with each byte that drips in."""

    limits: _Limits

    def send(self, *args: Any) -> int:
        self.settimeout(self.limits.seconds_left())
        return super().send(*args)

    def recv_into(self, *args: Any) -> int:
        self.settimeout(self.limits.seconds_left())
        return self.limits.spend(super().recv_into(*args))


@dataclass(frozen=True)
class _Target:
    host: str
    port: int
    path: str
    is_address: bool

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == HTTPS_PORT else f"{host}:{self.port}"


def _target(url: str) -> _Target:
    """The parts of a URL, read by this one expression and by nobody else afterwards."""
    read = _URL.fullmatch(url) if len(url) <= LONGEST_URL else None
    if not read:
        raise ForbiddenTarget(f"It is no https URL of {LONGEST_URL} characters at most, without user and fragment")
    host, port = read["host"].lower().strip("[]"), int(read["port"] or HTTPS_PORT)
    if port != HTTPS_PORT and not 1024 <= port < 2**16:
        raise ForbiddenTarget("Its port is neither 443 nor one of 1024 to 65535")
    path = read["path"] if read["path"].startswith("/") else f"/{read['path']}"
    return _Target(host, port, path, is_address=_is_address(host))


def _is_address(host: str) -> bool:
    """Whether it is an address and not a name; raises ForbiddenTarget where it is neither."""
    if _NAME.fullmatch(host):
        if host.rpartition(".")[2] in _INSIDE:
            raise ForbiddenTarget("Its host is a name that leads nowhere outside")
        return False
    try:
        ip_address(host)
    except ValueError:
        raise ForbiddenTarget("Its host is neither a name with a dot in it nor an address as it is written") from None
    return True


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Stricter than `is_global`, whose tables differ from one Python to the next."""
    if isinstance(address, IPv6Address) and (address not in _GLOBAL_UNICAST or address.scope_id):
        return False
    is_special = address.is_multicast or address.is_reserved or any(address in network for network in _NOT_FOR_GUESTS)
    return address.is_global and not is_special


def _carried(address: IPv4Address | IPv6Address) -> tuple[IPv4Address, ...]:
    """The addresses of IPv4 to which a gateway or a tunnel would pass on what is sent there."""
    if isinstance(address, IPv4Address):
        return ()
    if address in _NAT64:
        return (IPv4Address(int(address) % 2**32),)
    one = address.ipv4_mapped or address.sixtofour
    return (one,) if one else address.teredo or ()


def _connect(target: _Target, network: Network, limits: _Limits) -> _Socket:
    """Over one of the addresses that were judged; the name is not looked up again."""
    addresses = _judged(target, network, limits)
    failure = "the name is not known"
    for tried, address in enumerate(addresses):
        try:
            opened = _open(address, target, network, limits.seconds_left() / (len(addresses) - tried))
        except OSError as exc:
            failure = type(exc).__name__
        else:
            opened.limits = limits
            return opened
    raise UnreachableTarget(f"No connection: {failure}")


def _judged(target: _Target, network: Network, limits: _Limits) -> list[str]:
    """Where the name leads, which is asked once. One address that is not allowed forbids them all."""
    addresses = [target.host] if target.is_address else _resolved(target, network, limits)
    if not all(network.is_allowed(address) for address in addresses):
        raise ForbiddenTarget("It leads to an address that is not public")
    return addresses


def _resolved(target: _Target, network: Network, limits: _Limits) -> list[str]:
    """In a thread that may be left behind: nothing ends `getaddrinfo` while a name server takes its time."""
    answers: SimpleQueue[list[str]] = SimpleQueue()

    def resolve() -> None:
        try:
            answers.put(network.resolve(target.host, target.port))
        except OSError:
            answers.put([])

    Thread(target=resolve, daemon=True).start()
    try:
        return answers.get(timeout=limits.seconds_left())
    except Empty:
        raise UnreachableTarget("It took too long") from None


def _open(address: str, target: _Target, network: Network, seconds: float) -> _Socket:
    """A connection to this address, with whoever shows a certificate of the target's name. Raises OSError."""
    ends_at = time.monotonic() + seconds
    with socket.create_connection((address, target.port), timeout=seconds) as plain:
        plain.settimeout(max(0.001, ends_at - time.monotonic()))
        return cast("_Socket", _tls(network.authorities).wrap_socket(plain, server_hostname=target.host))


@lru_cache
def _tls(authorities: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authorities)
    context.sslsocket_class = _Socket
    context.set_alpn_protocols(["http/1.1"])
    return context


def _sent(headers: Mapping[str, str], target: _Target) -> CaseInsensitiveDict[str]:
    ours = {"Host": target.netloc, "Accept-Encoding": "identity", "Connection": "close"}
    return CaseInsensitiveDict({"User-Agent": "Tearline", **headers, **ours})


def _read(response: HTTPResponse) -> Fetched:
    """In parts: what a peer says of the length of its answer must not make this process put so much aside."""
    with response:
        try:
            body = b"".join(iter(partial(response.read, PART_BYTES), b""))
        except ValueError:  # a chunk of less than nothing
            raise UnreachableTarget("No answer that can be read") from None
    if response.length:
        raise UnreachableTarget("Its answer ends too early")
    return Fetched(response.status, CaseInsensitiveDict(response.getheaders()), body)


@contextmanager
def _failing_by_name() -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise UnreachableTarget("It took too long") from None
    except (OSError, HTTPException) as exc:
        raise UnreachableTarget(f"No answer that can be read: {type(exc).__name__}") from exc
