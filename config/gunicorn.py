"""`gunicorn -c config/gunicorn.py config.wsgi`: processes with threads; `manage.py work` runs beside them.

Nothing of the product is loaded in gunicorn's own process, so that a SIGHUP starts processes that read all of it anew,
certificates included. With TLS it serves whoever shows a certificate of the authority, by TLS 1.3, and nobody else.
"""

import gc
import os
import shutil
import ssl
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
given = {**dotenv_values(Path(__file__).resolve().parent.parent / ".env"), **os.environ}

bind = f"{given.get('HOST') or '127.0.0.1'}:{given.get('PORT') or 8000}"
worker_class = "gthread"
workers = int(given.get("WEB_CONCURRENCY") or 1)
threads = int(given.get("THREADS") or 8)
keepalive = 75
# As long as gunicorn allows: what is too long is refused by us, as a problem.
limit_request_line = 8190
accesslog = None
control_socket_disable = True
# What a process counts is kept where its siblings find it: a scrape meets one of them.
counts = Path(given.get("VAR_DIR") or Path(__file__).resolve().parent.parent / "var").absolute() / "metrics" / bind
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "chassis.logs.formatter", "form": given.get("LOG_FORMAT") or "json"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "gunicorn.access": {"handlers": [], "propagate": False},
    },
}

tls = [given.get(name) or "" for name in ("TLS_CERTIFICATE_FILE", "TLS_KEY_FILE", "TLS_CA_FILE")]
# Where something is wrong with them, the processes say what it is and end, before they accept anybody.
if all(Path(file).is_file() for file in tls):
    certfile, keyfile, ca_certs = tls
    cert_reqs = ssl.CERT_REQUIRED

# gunicorn ends altogether when a process ends with this.
BOOT_ERROR = 3


def on_starting(server: Any) -> None:
    """Count from zero, as a single process does. Only children load what counts, so they find the variable."""
    shutil.rmtree(counts, ignore_errors=True)
    if server.cfg.workers > 1:
        counts.mkdir(parents=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counts)


def child_exit(_server: Any, worker: Any) -> None:
    """What a process that has ended held is held no longer; what it counted still counts."""
    for file in counts.glob(f"gauge_live*_{worker.pid}.db"):
        file.unlink(missing_ok=True)


def post_worker_init(worker: Any) -> None:
    """Refuse what could not work; a process that cannot begin ends the server.

    Only the first processes are asked whether the variables are right: later ones follow a service that has moved.
    """
    is_first = worker.age <= worker.cfg.workers
    if reason := _refusal(worker.cfg.workers, worker.cfg.threads) or (is_first and _left_behind()):
        worker.log.error(reason)
        sys.exit(BOOT_ERROR)
    _load_routes()
    if worker.cfg.workers > 1:
        _keep_looking()
    # What is loaded by now stays: the collector need not look through it again and again.
    gc.collect()
    gc.freeze()


def _load_routes() -> None:
    """Read every view, or the first call to each service would wait for it longer than callers do."""
    from django.apps import apps
    from django.urls import get_resolver

    if apps.ready:  # what is served may be something else
        get_resolver().url_patterns  # noqa: B018  reads them


@lru_cache
def _context() -> ssl.SSLContext:
    """One for all connections; gunicorn would read the files for each of them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # Every TLS 1.3 knows this curve (RFC 8446, section 9.1), and Python lets a server name only one.
    context.set_ecdh_curve("prime256v1")
    # Nobody comes back without showing a certificate again.
    context.num_tickets = 0
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(ca_certs)
    context.load_cert_chain(certfile, keyfile)
    return context


def ssl_context(_config: Any, _default: Any) -> ssl.SSLContext:
    """What gunicorn asks for each connection."""
    return _context()


def _refusal(processes: int, threads: int) -> str:
    """Why not: processes of a service count together, and one that calls itself needs a second thread to answer."""
    from django.conf import settings

    if processes > 1 and not settings.VALKEY_URL:
        return f"VALKEY_URL is missing: {processes} processes of a service share what is kept there"
    if settings.TOPOLOGY.transport == "http" and processes * threads < 2:
        return "TRANSPORT=http lets this server call itself: workers times threads is 1 and has to be at least 2"
    return ""


def _keep_looking() -> None:
    from chassis.readings import keep_looking

    keep_looking()


def _left_behind() -> str:
    from config.databases import left_behind

    return left_behind()
