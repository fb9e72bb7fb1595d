"""What lies about a caller does not reach its callee, and the other way round."""

import decimal
from contextvars import ContextVar

import pytest
from django.db import connections
from django.http import JsonResponse, StreamingHttpResponse
from django.urls import get_script_prefix, get_urlconf, path, set_script_prefix, set_urlconf
from django.utils import timezone, translation

from apps.orders.models import Product
from chassis import context
from chassis.context import Context
from chassis.tokens import user_token
from chassis.urls import url_space
from tests.chassis.asking import answered_by, ask, plain

AMBIENT = ContextVar("ambient", default="nothing")


def ambient():
    """What code finds around it without having been given it."""
    return {
        "language": translation.get_language(),
        "time zone": timezone.get_current_timezone_name(),
        "prefix": get_script_prefix(),
        "routes": get_urlconf(),
        "variable": AMBIENT.get(),
        "precision": decimal.getcontext().prec,
        "request id": context.current().request_id,
    }


def surround_with(language, zone, prefix, routes, variable, precision):
    translation.activate(language)
    timezone.activate(zone)
    set_script_prefix(prefix)
    set_urlconf(routes)
    AMBIENT.set(variable)
    decimal.getcontext().prec = precision


@pytest.fixture
def surround():
    """Puts the caller into France, in Tokyo's time, under a prefix, and so on; what was there returns afterwards."""
    before = ambient()
    yield lambda: surround_with("fr", "Asia/Tokyo", "/outer/", "config.urls", "the caller's", 7) or ambient()
    surround_with(before["language"], "UTC", before["prefix"], None, "nothing", before["precision"])
    timezone.deactivate()


def test_a_callee_finds_nothing_that_its_caller_left_lying_about(mount, surround):
    seen = []
    mount(**answered_by(lambda request: seen.append(ambient()) or plain(request)))
    surround()

    with context.entered(Context(request_id="from-the-caller")):
        ask()

    assert seen[0].pop("routes") == url_space("payments")
    assert seen[0] == {
        "language": "en",
        "time zone": "UTC",
        "prefix": "/",
        "variable": "nothing",
        "precision": 28,
        "request id": "from-the-caller",
    }


def test_a_caller_finds_nothing_that_its_callee_left_lying_about(mount, surround):
    def untidy(request):
        surround_with("de", "Europe/Berlin", "/inner/", "apps.payments.api.urls", "the callee's", 3)
        return plain(request)

    mount(**answered_by(untidy))
    surrounded = surround()

    ask()

    assert ambient() == surrounded


def test_a_streamed_answer_is_made_where_its_callee_is(mount, surround):
    seen = []

    def pieces():
        seen.append(translation.get_language())
        translation.activate("de")
        yield b"{}"

    mount(**answered_by(lambda request: StreamingHttpResponse(pieces())))
    surrounded = surround()

    ask()

    assert seen == ["en"]
    assert ambient() == surrounded


@pytest.mark.django_db
def test_the_log_of_the_callers_queries_goes_on_after_a_call(mount, django_assert_num_queries):
    mount(**answered_by(lambda request: JsonResponse({"products": Product.objects.count()})))

    with django_assert_num_queries(3, connection=connections["orders"]):
        Product.objects.count()
        ask()
        Product.objects.count()


def counting(get_response):
    def middleware(request):
        counted.append(request.path)
        return get_response(request)

    return middleware


counted = []


def test_middleware_runs_once_however_many_calls_a_request_makes(mount, client, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.chassis.test_transport_surroundings.counting"]
    outer = [path("outer", lambda request: JsonResponse([ask().json, ask().json], safe=False))]
    mount(orders=outer, **answered_by(plain))
    counted.clear()

    answer = client.get("/v1/outer")

    assert answer.json() == [{"fine": True}, {"fine": True}]
    assert counted == ["/v1/outer"]


def test_a_caller_lends_its_callee_neither_cookies_nor_its_own_token(mount, client):
    seen = []

    def look(request):
        seen.append((dict(request.COOKIES), request.headers.get("X-CSRFToken"), hasattr(request, "session")))
        return JsonResponse({"authorization": request.headers.get("Authorization", "")})

    mount(orders=[path("outer", lambda request: JsonResponse(ask().json))], **answered_by(look))
    client.cookies["access_token"] = user_token(user_id="usr_1", scope="", roles=[], email="", client_id="password")

    answer = client.get("/v1/outer", HTTP_AUTHORIZATION="Bearer mine", HTTP_X_CSRFTOKEN="mine")

    assert answer.json() == {"authorization": ""}
    assert seen == [({}, None, False)]
