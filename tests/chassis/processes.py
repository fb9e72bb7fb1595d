"""A process of the test's own making: its services, their routes, how calls travel, and a server for them."""

import threading
from contextlib import contextmanager
from dataclasses import replace
from socketserver import ThreadingMixIn
from types import ModuleType
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.urls import include, path, re_path

import config.urls
from chassis import api_keys, keys, signing, tokens, transports, urls
from chassis.endpoints import Announcements, KeySet
from chassis.topology import SERVICES
from chassis.views import UnknownUrl


def forget_topology():
    """Throw away everything that was derived from the topology, as only a new process would."""
    for service in SERVICES:
        transports.transport_to(service).close()
    for cached in (transports.transport_to, urls.url_space, keys.key_ring, keys.own_keys, signing._box):
        cached.cache_clear()
    tokens._service_tokens.clear()
    tokens._verified._callers.clear()
    api_keys._remembered._callers.clear()


def spaces(**routes):
    """Each service's URL space: its keys, where it hears of others, and the given routes under /v1."""
    return {service: _space(service, routes.get(service, [])) for service in SERVICES}


def _space(service, routes):
    return [
        path("v1/", include((routes, "v1"))),
        path(f"services/{service}/jwks.json", KeySet.as_view(), name="key-set"),
        path(f"internal/{service}/v1/announcements", Announcements.as_view(), name="announcements"),
    ]


def reachable(settings, **changes):
    """Make these the topology of the process."""
    settings.TOPOLOGY = replace(settings.TOPOLOGY, **changes)
    forget_topology()


def mounted(settings, **changes):
    """The same with other routes: the joint root becomes what `config.urls` would be."""
    reachable(settings, **changes)
    root = ModuleType("joint_root")
    routes = [route for service in settings.TOPOLOGY.hosted for route in urls.url_space(service)]
    root.urlpatterns = [*routes, re_path("", UnknownUrl.as_view())]
    vars(root).update({name: value for name, value in vars(config.urls).items() if name.startswith("handler")})
    settings.ROOT_URLCONF = root


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        """Nothing: the tests speak for themselves."""


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = False

    def process_request_thread(self, request, client_address):
        super().process_request_thread(request, client_address)
        connections.close_all()


@contextmanager
def served():
    """This process behind a real socket, a thread for each request; the block gets its address."""
    with make_server("127.0.0.1", 0, get_wsgi_application(), _Threads, _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
