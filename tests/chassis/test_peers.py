"""A token counts only over a connection of whom it belongs to."""

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import path
from rest_framework.response import Response

from chassis import throttles
from chassis.calls import Neighbour
from chassis.peers import names_of
from chassis.permissions import Anyone
from chassis.tokens import payer_token, service_token, user_token
from chassis.topology import Tls
from chassis.views import View

pytestmark = pytest.mark.django_db

TLS = Tls("own.pem", "own.key", "ca.pem")


class WhoAmI(View):
    permission_classes = [Anyone]

    def get(self, request):
        return Response({"id": request.user.id})


class Connection:
    """A connection whose peer has shown a certificate that names these."""

    def __init__(self, *names):
        self._names = names

    def getpeercert(self):
        known_as = (*(("DNS", name) for name in self._names), ("IP Address", "127.0.0.1"))
        return {"subjectAltName": known_as}


@pytest.fixture
def encrypted(mount, settings):
    """A process with TLS, where everybody is told who they are."""
    mount(users=[path("me", WhoAmI.as_view())])
    settings.TOPOLOGY = replace(settings.TOPOLOGY, tls=TLS)


def ask(token, **environ):
    given = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
    return Client(raise_request_exception=False).get("/v1/me", **given, **environ)


def over(*names):
    return {"gunicorn.socket": Connection(*names)}


def ana():
    return user_token(user_id="usr_ana", scope="", roles=[], email="ana@example.com", client_id="password")


def of_orders():
    return service_token("orders", "users", "x")


def test_a_certificate_names_its_owner_and_its_addresses_name_nobody():
    assert names_of(Connection("orders", "localhost")) == {"orders", "localhost"}
    assert names_of(Connection()) == set()
    assert names_of(None) == set()


@pytest.mark.usefixtures("encrypted")
@pytest.mark.parametrize("names", [("orders",), ("users", "orders")])
def test_a_service_is_itself_over_its_own_connection(names):
    assert ask(of_orders(), **over(*names)).json() == {"id": "service:orders"}


@pytest.mark.usefixtures("encrypted")
def test_people_come_over_the_gateways():
    assert ask(ana(), **over("gateway")).json() == {"id": "usr_ana"}


def test_whoever_pays_comes_over_the_gateways_too(mount, settings):
    mount(payments=[path("me", WhoAmI.as_view())])
    settings.TOPOLOGY = replace(settings.TOPOLOGY, tls=TLS)

    answers = [ask(payer_token("pay_1"), **over(name)) for name in ("gateway", "orders")]

    assert [answer.status_code for answer in answers] == [200, 401]


@pytest.mark.usefixtures("encrypted")
@pytest.mark.parametrize(
    ("token", "names"),
    [
        (of_orders, ("payments",)),
        (of_orders, ("gateway",)),
        (of_orders, ("localhost",)),
        (of_orders, ()),
        (ana, ("users",)),
        (ana, ("orders", "payments")),
        (ana, ()),
    ],
)
def test_a_token_is_refused_over_a_connection_of_somebody_else(token, names):
    answer = ask(token(), **over(*names))

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


@pytest.mark.usefixtures("encrypted")
def test_a_token_is_refused_where_no_certificate_was_shown():
    assert ask(of_orders()).status_code == 401
    assert ask(of_orders(), **{"gunicorn.socket": object()}).status_code == 401


@pytest.mark.usefixtures("encrypted")
def test_nobody_is_nobody_over_every_connection():
    assert [ask("", **over(name)).json() for name in ("gateway", "orders")] == [{"id": ""}] * 2


@pytest.mark.usefixtures("encrypted")
def test_no_header_passes_for_a_call_in_process():
    names = ("Tearline.In_Process", "tearline.in_process", "gunicorn.socket")

    answers = [ask(of_orders(), headers={name: "true"}) for name in names]

    assert {answer.status_code for answer in answers} == {401}


@pytest.mark.usefixtures("encrypted")
def test_who_was_refused_is_counted_by_their_address(monkeypatch):
    counted = []
    spend = throttles.spend
    monkeypatch.setattr(throttles, "spend", lambda *who: counted.append(who) or spend(*who))

    ask(of_orders(), **over("payments"))

    assert counted == [("users", "address", "127.0.0.1")]


@pytest.mark.usefixtures("encrypted")
def test_a_call_in_process_has_no_certificate_and_needs_none():
    assert Neighbour("orders", "users", "x").get("/v1/me").json == {"id": "service:orders"}


def test_without_tls_nobody_is_asked_for_a_certificate(mount):
    mount(users=[path("me", WhoAmI.as_view())])

    assert ask(of_orders()).json() == {"id": "service:orders"}
    assert ask(ana()).json() == {"id": "usr_ana"}
