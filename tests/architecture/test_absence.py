"""Each service is whole by itself: its process answers for all of it, with the others absent."""

import json
import subprocess

import pytest

from chassis.topology import SERVICES
from deploy.processes import BASE, PYTHON
from tests.alone import alone

PAGES = ("/", "/docs", "/problems", "/problems/not-found")
ASK = """
import django, json
django.setup()
from django.conf import settings
from django.test import Client
from tests.architecture.absence import strangers
pages = {page: Client().get(page).json() for page in PAGES}
hosted = settings.TOPOLOGY.hosted
document = {service: Client().get(f"/openapi/{service}/v1.json").json() for service in hosted}
admin = [Client().get(path).status_code for path in ("/admin/", "/static/admin/css/base.css")]
alive = Client().get("/livez").status_code, Client().get("/readyz").json()
print(json.dumps({"pages": pages, "document": document, "alive": alive, "admin": admin, "strangers": strangers(hosted),
    "databases": [*settings.DATABASES], "apps": [app for app in settings.INSTALLED_APPS if app.startswith("apps.")]}))
"""


def ask(here):
    script = ASK.replace("PAGES", repr(PAGES))
    return json.loads(subprocess.check_output([PYTHON, "-c", script], cwd=BASE, env=here, timeout=60))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_alone_answers_for_the_whole_and_loads_nothing_of_the_others(service, tmp_path, api):
    answered = ask(alone(service, tmp_path))

    assert answered["strangers"] == []
    assert answered["databases"] == ["default", service]
    assert answered["apps"] == [f"apps.{service}.apps.{service.capitalize()}Config"]
    assert answered["admin"] == ([303, 200] if service == "users" else [404, 404])
    live, unready = answered["alive"]
    assert (live, unready["code"]) == (200, "dependency_unavailable")
    assert f"The database of {service} lacks migrations" in unready["detail"]
    assert answered["pages"] == {page: api.get(page).json() for page in PAGES}
    assert answered["document"] == {service: api.get(f"/openapi/{service}/v1.json").json()}
