"""Whether the server of this container is well: `python -m deploy.probe /readyz` succeeds, or fails and says why."""

import os
import sys
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

TIMEOUT_SECONDS = 3


def main() -> None:
    """Asks by the public host: a server of production answers to no other."""
    here = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
    host = urlsplit(os.environ.get("PUBLIC_URL", "")).netloc or here
    request = Request(f"http://{here}{sys.argv[1]}", headers={"Host": host})
    try:
        build_opener(ProxyHandler({})).open(request, timeout=TIMEOUT_SECONDS).close()
    except OSError as exc:
        sys.exit(f"{request.full_url}: {exc}")


if __name__ == "__main__":
    main()
