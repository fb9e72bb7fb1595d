"""Links between resources: in the `Link` header (RFC 8288), and within the representations of newer versions."""

from collections.abc import Mapping

from django.http.response import HttpResponseBase

from chassis.topology import topology


def add_links(response: HttpResponseBase, links: Mapping[str, str | None]) -> None:
    """Add `Link: <address>; rel="relation"` for each relation that has an address."""
    said = [f'<{address}>; rel="{relation}"' for relation, address in links.items() if address]
    if said:
        response["Link"] = ", ".join([*([response["Link"]] if "Link" in response else []), *said])


def link(path: str, method: str = "GET") -> dict[str, str]:
    """A member of `links`: where to go, and with which method."""
    return {"href": topology().public_url + path, "method": method}


def links(here: str, others: Mapping[str, tuple[str, str]]) -> dict[str, dict[str, str]]:
    """Several of them: `self` at the path `here`, and others below it, each with its method."""
    address = topology().public_url + here  # looked up once: a list has hundreds of links
    found = {"self": {"href": address, "method": "GET"}}
    for name, (path, method) in others.items():
        found[name] = {"href": f"{address}/{path}", "method": method}
    return found
