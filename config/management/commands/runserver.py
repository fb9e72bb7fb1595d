"""`runserver`, with the worker in a thread beside it, so that one command is enough to develop."""

import atexit
import os
import signal
import sys
import threading
from typing import Any

from django.contrib.staticfiles.management.commands import runserver
from django.core.management.base import CommandError
from django.core.servers.basehttp import WSGIRequestHandler

from chassis.topology import topology
from chassis.workers import Worker
from config.databases import left_behind
from config.routers import apps_in


class Command(runserver.Command):
    """Django's command. `inner_run` is what runs once in the serving process, with and without the reloader."""

    default_port = os.environ.get("PORT", "8000")

    def inner_run(self, *args: Any, **options: Any) -> None:
        if reason := _refusal(options) or left_behind():
            raise CommandError(reason)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        _start_worker()
        # Headers and body are two writes: with Nagle's algorithm the second waits 40 ms on a connection that is kept.
        WSGIRequestHandler.disable_nagle_algorithm = True
        super().inner_run(*args, **options)

    def check_migrations(self) -> None:
        """Django looks at `default`; ours are the databases of the hosted services."""
        for service in topology().hosted:
            self._warn_of_migrations(service)

    def _warn_of_migrations(self, service: str) -> None:
        from django.db import connections
        from django.db.migrations.executor import MigrationExecutor

        executor = MigrationExecutor(connections[service])
        newest = [node for node in executor.loader.graph.leaf_nodes() if node[0] in apps_in(service)]
        if executor.migration_plan(newest):
            self.stdout.write(self.style.NOTICE(f"{service} has migrations to apply: run 'python manage.py migrate'."))


def _refusal(options: dict[str, Any]) -> str:
    if topology().tls:
        return "TLS_CERTIFICATE_FILE is set, and this server knows no TLS: gunicorn does (config/gunicorn.py)"
    if topology().transport == "http" and not options["use_threading"]:
        return "TRANSPORT=http lets this server call itself: with --nothreading it would wait for itself forever"
    return ""


def _start_worker() -> None:
    """A reload, like a signal, ends the process from its main thread, so leases are given back on the way out."""
    worker = Worker()
    threading.Thread(target=worker.run, name="worker", daemon=True).start()
    atexit.register(worker.stop)
