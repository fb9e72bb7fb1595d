"""Programs of integrators (the clients of RFC 6749)."""

import functools
import re
from typing import Any
from urllib.parse import urlsplit

from django.db import models
from oauth2_provider.models import AbstractApplication

from chassis.identifiers import new_id
from chassis.versions import Versioned

# Over TLS, to somebody's own machine, or to an app by a scheme that is a domain backwards (RFC 8252, section 7).
REDIRECT_URI = (
    r"^(https://[A-Za-z0-9.-]+(:[0-9]{1,5})?|http://(127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?|[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:)"
    r"(/[A-Za-z0-9._~!$&()*+=:@%-]+)*/?(\?[A-Za-z0-9._~!$&()*+=:@%/?-]*)?$"
)
# Section 7.3: a program on somebody's own machine takes whichever port is free.
_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?(/.*|\Z)")


class RegisteredClient(AbstractApplication, Versioned):
    """A program that an admin has registered, and what it may be allowed.

    One kind has a secret and asks for itself (`client-credentials`); the other asks for people, who allow it to
    (`authorization-code`). Its secret is kept as a digest, as all random secrets are.
    """

    client_id = models.CharField(max_length=30, unique=True, editable=False, default=functools.partial(new_id, "cli"))
    scopes = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    hash_client_secret = models.BooleanField(default=False, editable=False)
    created = None
    updated = None

    def __str__(self) -> str:
        return self.client_id

    @property
    def is_public(self) -> bool:
        """Whether it can keep no secret: it is in a browser, or on somebody's own machine."""
        return bool(self.client_type == self.CLIENT_PUBLIC)

    def is_usable(self, request: Any) -> bool:
        return self.is_active

    def redirect_uri_allowed(self, uri: str) -> bool:
        """Character by character, save the port on one's own machine."""
        return any(_comparable(uri) == _comparable(registered) for registered in self.redirect_uris.split())

    def get_allowed_schemes(self) -> list[str]:
        return sorted({urlsplit(uri).scheme for uri in self.redirect_uris.split()})


def _comparable(uri: str) -> tuple[str, ...]:
    loopback = _LOOPBACK.fullmatch(uri)
    return loopback.groups() if loopback else (uri,)
