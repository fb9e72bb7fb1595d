"""`gunicorn -c config/gunicorn.py config.wsgi`: processes with threads; `manage.py work` runs beside them."""

import os
from typing import Any

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 1)
threads = settings.THREADS
keepalive = 75
accesslog = None
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Refuse what could not work.

    What processes of one service count and remember they do together. And with TRANSPORT=http a request may wait for
    another to this same server: one thread alone would wait forever.
    """
    if server.cfg.workers > 1 and not settings.VALKEY_URL:
        raise SystemExit(
            f"VALKEY_URL is missing: {server.cfg.workers} processes of one service share what is kept there"
        )
    together = server.cfg.workers * server.cfg.threads
    if settings.TOPOLOGY.transport == "http" and together < 2:
        message = (
            f"TRANSPORT=http lets this server call itself: workers times threads is {together} and has to be at least 2"
        )
        raise SystemExit(message)
