"""Whether this container is well: `python -m deploy.probe /readyz` succeeds, or fails and says why.

A worker is asked at its own port, `python -m deploy.probe /livez 9000`, where it answers by plain HTTP.
"""

import os
import ssl
import sys
from urllib.parse import urlsplit
from urllib.request import BaseHandler, HTTPSHandler, ProxyHandler, Request, build_opener

TIMEOUT_SECONDS = 3


def main() -> None:
    """Asks by the public host: a server of production answers to no other."""
    path, *own_port = sys.argv[1:]
    here = f"127.0.0.1:{own_port[0] if own_port else os.environ.get('PORT', '8000')}"
    host = urlsplit(os.environ.get("PUBLIC_URL", "")).netloc or here
    url = f"http://{here}{path}"
    handlers: list[BaseHandler] = [ProxyHandler({})]
    if not own_port and (authority := os.environ.get("TLS_CA_FILE")):
        url = f"https://{here}{path}"
        handlers.append(HTTPSHandler(context=_certified(authority)))
    request = Request(url, headers={"Host": host})  # noqa: S310  one of the two above
    try:
        build_opener(*handlers).open(request, timeout=TIMEOUT_SECONDS).close()
    except OSError as exc:
        sys.exit(f"{request.full_url}: {exc}")


def _certified(authority: str) -> ssl.SSLContext:
    """With this container's certificate, to itself: of which names say nothing here."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.load_verify_locations(authority)
    context.load_cert_chain(os.environ["TLS_CERTIFICATE_FILE"], os.environ["TLS_KEY_FILE"])
    return context


if __name__ == "__main__":
    main()
