"""Users as orders meets it at the transport, which answers what a test says, and what orders asks of it."""

import io
import json
import threading
from datetime import timedelta

import requests
import time_machine
from django.utils import timezone
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

from chassis.calls import Neighbour

ORDERS = Neighbour("orders", "users", "users:read")
PATH = "/internal/users/v1/users/usr_ana"
MINUTE = "private, max-age=60, stale-if-error=3600"


class StandInUsers(BaseAdapter):
    """Users at the transport. `says` is what it answers, `trouble` an exception to raise instead."""

    def __init__(self):
        super().__init__()
        self.says, self.status, self.trouble = {"name": "Ana"}, 200, None
        self.headers = {"Cache-Control": MINUTE, "ETag": '"1"'}
        self.asked, self.may_answer = [], threading.Event()
        self.may_answer.set()

    def send(self, request, *args, **options):
        self.asked.append(request)
        says, status, headers = json.dumps(self.says).encode(), self.status, self.headers
        assert self.may_answer.wait(10)
        if self.trouble:
            raise self.trouble
        if status == 200 and headers.get("ETag") == request.headers.get("If-None-Match", "none"):
            says, status = b"", 304
        return response(request, status, headers, says)

    def close(self):
        """Nothing is held open."""

    @property
    def tags(self):
        return [request.headers.get("If-None-Match") for request in self.asked]


def response(request, status, headers, content):
    headers = {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}
    body = HTTPResponse(body=io.BytesIO(content), headers=headers, status=status, preload_content=False)
    return HTTPAdapter().build_response(request, body)


def ask(neighbour=ORDERS, path=PATH):
    return neighbour.get(path, known_as="usr_ana")


def later(seconds):
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds))


def down():
    return requests.ConnectionError("connection refused")
