"""What goes wrong when a process calls itself, and does not go wrong here."""

import time
from urllib.parse import urlsplit

import pytest
from django.core.signals import request_finished, request_started
from django.db import connections
from django.db.transaction import atomic
from django.http import Http404, JsonResponse, StreamingHttpResponse
from django.urls import NoReverseMatch, path, reverse
from rest_framework.response import Response

from apps.orders.models import Product
from chassis import calls, context
from chassis.calls import BrokenContract, CallFailed, Neighbour, Refused, TimedOut
from chassis.context import Context
from chassis.permissions import service
from chassis.problems import NotFound
from chassis.protections import Protection
from chassis.topology import SERVICES
from chassis.transactions import OpenTransaction
from chassis.transports import base_url, transport_to
from chassis.views import View
from deploy.processes import wait_until
from tests.chassis.asking import TO_PAYMENTS, Open, answered_by, ask, crash_midway, plain

in_database = pytest.mark.django_db(transaction=True)


class Refusing(Open):
    def get(self, request):
        raise NotFound


# The caller's transaction and connection


@in_database
def test_what_the_caller_wrote_is_not_lost_by_a_call_that_is_refused(mount):
    mount(**answered_by(plain))

    with atomic(using="orders"):
        Product.objects.create(sku="kept", name="Kept")
        with pytest.raises(OpenTransaction):
            ask()

    assert Product.objects.filter(sku="kept").exists()


@in_database
@pytest.mark.parametrize(("answer", "outcome"), [(plain, "answered"), (Refusing.as_view(), "refused")])
def test_what_the_caller_wrote_would_not_be_lost_even_without_the_guard(mount, monkeypatch, answer, outcome):
    monkeypatch.setattr(calls, "refuse_open_transaction", lambda client: None)
    mount(**answered_by(answer))

    with atomic(using="orders"):
        Product.objects.create(sku="kept", name="Kept")
        try:
            told = "answered" if ask() else ""
        except Refused:
            told = "refused"

    assert told == outcome
    assert Product.objects.filter(sku="kept").exists()


@in_database
def test_the_caller_goes_on_with_the_connection_it_had(mount):
    mount(**answered_by(plain))
    Product.objects.count()
    before = connections["orders"].connection

    ask()

    assert connections["orders"].connection is before
    assert before.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize(
    "answer", [plain, lambda request: StreamingHttpResponse(iter([b"{}"]))], ids=["whole", "stream"]
)
def test_for_django_no_request_begins_or_ends_while_a_call_is_answered(mount, answer):
    mount(**answered_by(answer))
    heard = []

    def hear(signal, **_):
        heard.append(signal)

    for signal in (request_started, request_finished):
        signal.connect(hear)
    ask()
    for signal in (request_started, request_finished):
        signal.disconnect(hear)

    assert heard == []


# Crashes and refusals


class Crashing(Open):
    def get(self, request):
        raise RuntimeError("the password is xyzzy")


def crash(request):
    raise RuntimeError("the password is xyzzy")


@pytest.mark.parametrize("answer", [Crashing.as_view(), crash, crash_midway], ids=["view", "page", "stream"])
def test_a_crash_in_the_callee_is_a_failed_call_and_never_its_exception(mount, settings, answer):
    settings.DEBUG = settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    mount(**answered_by(answer))

    with pytest.raises(BrokenContract) as failure:
        ask()

    assert failure.value.__cause__ is None
    assert "RuntimeError" not in repr(failure.value.__context__)


@pytest.mark.parametrize("answer", [Crashing.as_view(), crash], ids=["view", "page"])
def test_a_crash_is_told_as_a_problem_without_any_of_its_inside(mount, settings, answer):
    settings.DEBUG = settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    mount(**answered_by(answer))

    told = transport_to("payments").send(calls._prepare("GET", base_url("payments") + "/v1/thing", None, {}))

    assert (told.status_code, told.headers["Content-Type"]) == (500, "application/problem+json")
    assert told.json()["code"] == "internal_error"
    assert not any(word in told.text for word in ("xyzzy", "RuntimeError", "Traceback", "<html"))


def missing(request):
    raise Http404


@pytest.mark.parametrize("where", ["thing", "elsewhere"], ids=["a view", "no route"])
def test_what_is_not_there_is_a_problem_with_the_callers_request_id(travel, where):
    travel(**answered_by(missing))

    with context.entered(Context(request_id="of-the-caller")), pytest.raises(Refused) as refusal:
        ask(where)

    assert (refusal.value.status, refusal.value.code) == (404, "not_found")
    assert refusal.value.problem["request_id"] == "of-the-caller"
    assert refusal.value.problem["instance"] == f"/v1/{where}"


# Circles, time, and where one is


def test_services_that_ask_in_a_circle_are_stopped(travel, settings):
    settings.CALLS = dict.fromkeys(SERVICES, Protection(calls=0))
    visits = []

    def circle(request):
        visits.append(request.path)
        with context.entered(context.read_context(request.headers)):
            return JsonResponse(ask().json)

    travel(**answered_by(circle))

    with pytest.raises(CallFailed):
        ask()

    assert len(visits) == calls.HOP_LIMIT


def test_an_answer_that_comes_too_late_is_a_timeout_although_the_work_was_done(travel):
    done = []

    def slow(request):
        time.sleep(0.6)
        done.append(request.path)
        return plain(request)

    travel(**answered_by(slow))

    with context.entered(Context(deadline=time.monotonic() + 0.3)), pytest.raises(TimedOut):
        ask()

    wait_until(lambda: done == ["/v1/thing"], what="the callee, who goes on to the end")


@pytest.mark.parametrize("elsewhere", ["/v1/orders", "/services/orders/jwks.json", "/livez", "/"])
def test_a_callee_has_no_routes_but_its_own(mount, elsewhere):
    mount(orders=[path("orders", plain)], **answered_by(plain))

    with pytest.raises(Refused) as refusal:
        TO_PAYMENTS.get(elsewhere, anonymous=True)

    assert refusal.value.status == 404


def test_a_callee_cannot_name_a_route_of_another_service(travel):
    def name(request):
        try:
            return JsonResponse({"found": reverse("orders:v1:secret"), "own": reverse("payments:v1:thing")})
        except NoReverseMatch:
            return JsonResponse({"found": None, "own": reverse("payments:v1:thing")})

    travel(orders=[path("secret", plain, name="secret")], payments=[path("thing", name, name="thing")])

    assert ask().json == {"found": None, "own": "/v1/thing"}


def test_addresses_in_answers_are_public_ones(travel, settings):
    class Shown(Open):
        def get(self, request):
            response = Response({"host": request.get_host(), "absolute": request.build_absolute_uri("/v1/thing")})
            response["Location"] = request.versioning_scheme.reverse("thing", request=request._request)
            return response

    travel(payments=[path("thing", Shown.as_view(), name="thing")])

    answer = ask()

    assert answer.headers["Location"] == f"{settings.TOPOLOGY.public_url}/v1/thing"
    if settings.TOPOLOGY.transport == "in_process":
        assert answer.json["host"] == urlsplit(settings.TOPOLOGY.public_url).netloc
        assert answer.json["absolute"] == f"{settings.TOPOLOGY.public_url}/v1/thing"


# Who asks is proven, wherever the callee is


class Guarded(View):
    permission_classes = [service("orders", scope="payments:write")]

    def get(self, request):
        return Response({"caller": request.user.id, "kind": request.user.kind, "by": request.auth})


@in_database
def test_a_call_proves_which_service_is_asking(travel, payments):
    travel(**answered_by(Guarded.as_view()))

    assert payments.get("/v1/thing").json == {"caller": "service:orders", "kind": "service", "by": "bearer"}


@in_database
@pytest.mark.parametrize(
    ("neighbour", "anonymous", "status"),
    [
        (TO_PAYMENTS, True, 401),
        (Neighbour("orders", "payments", "payments:read"), False, 403),
        (Neighbour("users", "payments", "payments:write"), False, 403),
    ],
    ids=["nobody", "another scope", "another service"],
)
def test_a_call_may_do_what_its_token_says_and_no_more(travel, neighbour, anonymous, status):
    travel(**answered_by(Guarded.as_view()))

    with pytest.raises(Refused) as refusal:
        neighbour.get("/v1/thing", anonymous=anonymous)

    assert refusal.value.status == status


@in_database
def test_the_token_of_a_call_is_verified_and_not_taken_on_trust(travel, payments, monkeypatch):
    travel(**answered_by(Guarded.as_view()))
    monkeypatch.setattr(calls, "service_token", lambda *_: "not.a.token")

    with pytest.raises(Refused) as refusal:
        payments.get("/v1/thing")

    assert (refusal.value.status, refusal.value.code) == (401, "invalid_token")


# The network


@pytest.fixture
def surroundings(monkeypatch, tmp_path):
    """What `requests` would read if it were asked to: a proxy where nobody listens, and a password for the host."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NETRC", str(netrc))


def test_neither_proxies_nor_netrc_of_the_surroundings_are_read(stranger, surroundings):
    stranger.says({"fine": True})

    assert ask().json == {"fine": True}
    assert "Authorization" not in stranger.asked[0][2]


def test_one_connection_serves_many_calls(stranger):
    for _ in range(3):
        stranger.says({"fine": True})
        ask()

    assert len(set(stranger.sockets)) == 1
