"""Orders asks payments for a thing, and payments answers as the test says."""

from django.http import JsonResponse, StreamingHttpResponse
from django.urls import path

from chassis.calls import Neighbour
from chassis.permissions import Anyone
from chassis.views import View

TO_PAYMENTS = Neighbour("orders", "payments", "payments:write")


def ask(route="thing", **query):
    """A question without a token, because who asks is not the question here."""
    return TO_PAYMENTS.get(f"/v1/{route}", anonymous=True, **query)


def say(body, to="/v1/thing"):
    """A command of the same kind."""
    return TO_PAYMENTS._call("POST", to, body, {"Content-Type": "application/json"}, anonymous=True)


def answered_by(answer):
    """Routes of payments under which it answers what `answer(request)` makes."""
    return {"payments": [path("thing", answer)]}


def plain(request):
    return JsonResponse({"fine": True})


def crash_midway(request):
    def pieces():
        yield b'{"half":'
        raise RuntimeError("the password is xyzzy")

    return StreamingHttpResponse(pieces())


class Open(View):
    """A view of ours that anyone may ask."""

    authentication_classes = ()
    permission_classes = [Anyone]
