"""What tells the clients of an old version that it will end."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django.utils.http import http_date

from chassis.topology import topology


@dataclass(frozen=True)
class Deprecation:
    """A version that will end: nobody should begin with it after `since`, and after `sunset` it may be gone."""

    since: datetime
    sunset: datetime
    successor: str

    def headers(self) -> dict[str, str]:
        """`Deprecation` (RFC 9745) and `Sunset` (RFC 8594)."""
        return {"Deprecation": f"@{int(self.since.timestamp())}", "Sunset": http_date(self.sunset.timestamp())}

    def links(self, service: str, version: str, path: str) -> dict[str, str]:
        """Where to read about it, and the same resource in the version to go on with, by relation."""
        page = f"{topology().public_url}/docs/{service}/{version}"
        successor = topology().public_url + quote(path.replace(version, self.successor, 1))
        return {"deprecation": page, "sunset": page, "successor-version": successor}
