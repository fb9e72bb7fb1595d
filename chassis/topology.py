"""Which services this process hosts, where the others are, and how calls travel."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from django.conf import settings

SERVICES = ("users", "orders", "payments")
GATEWAY = "gateway"

Transport = Literal["in_process", "http"]


@dataclass(frozen=True)
class Tls:
    """By which files this process proves who it is, and by which it knows the certificates of its peers; all PEM."""

    certificate: str
    key: str
    authority: str


@dataclass(frozen=True)
class Topology:
    """The answer to "who is where", made once at start-up and never changed.

    `hosted` are the services of this process, `urls` the base addresses that calls over HTTP use, `public_url` the one
    address that clients see in every topology, `url_spaces` the URL module of each hosted service. With `tls`, peers
    show each other certificates. A key that came from a file is in `key_files` as well: the file may change.
    """

    hosted: tuple[str, ...]
    urls: dict[str, str]
    public_url: str
    transport: Transport = "in_process"
    url_spaces: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    signing_keys: dict[str, str] = field(default_factory=dict, repr=False)
    key_files: dict[str, Path] = field(default_factory=dict)
    tls: Tls | None = None

    def hosts(self, service: str) -> bool:
        return service in self.hosted

    def transport_to(self, service: str) -> Transport:
        """How a call to `service` travels: in process only where it is hosted and the network is not forced."""
        return "in_process" if self.transport == "in_process" and self.hosts(service) else "http"


def topology() -> Topology:
    """The topology of this process."""
    return settings.TOPOLOGY
