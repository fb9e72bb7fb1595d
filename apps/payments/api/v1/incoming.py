"""What providers tell: their webhooks, and what became of them."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.payments import problems, services
from apps.payments.api.v1 import pages
from apps.payments.api.v1.filters import ProviderEventFilters
from apps.payments.api.v1.serializers import Nothing, ProviderEventShown
from apps.payments.models import ProviderEvent
from apps.payments.permissions import Treasury
from apps.payments.providers import is_enabled
from chassis.methods import Method
from chassis.permissions import Anyone
from chassis.views import ListView, View


class Webhook(View):
    """Where a provider tells, in its words, that something happened. Its signature over the bytes says who it is."""

    provider = ""

    permission_classes = [Anyone]
    throttle_classes = ()
    max_body_bytes = 512 * 1024
    # Each event has an id of its own.
    idempotency = "natural"

    def post(self, request: Request) -> Response:
        if not is_enabled(self.provider):
            raise Http404
        django_request = request._request
        services.receive_webhook(name=self.provider, headers=django_request.headers, body=django_request.body)
        return Response(status=200)


def _telling(whom: str) -> dict[str, Method]:
    refused = (problems.InvalidSignature,)
    return {"POST": Method(f"Tell of something that happened at {whom}", shows={200: None}, refuses=refused)}


class SandboxWebhook(Webhook):
    provider = "sandbox"
    methods = _telling("the sandbox")


class StripeWebhook(Webhook):
    provider = "stripe"
    methods = _telling("Stripe")


class ProviderEventList(ListView):
    """What providers have told, the newest first."""

    permission_classes = [Treasury]
    html = pages.PROVIDER_EVENT
    filterset_class = ProviderEventFilters
    methods = {"GET": Method("List what providers have told", lists=ProviderEventShown)}

    def get(self, request: Request) -> Response:
        return self.page(ProviderEvent.objects.all())


class ProviderEventReplay(View):
    """Having the provider asked again about something that it told."""

    permission_classes = [Treasury]
    html = pages.PROVIDER_EVENT
    methods = {"POST": Method("Replay what a provider told", reads=Nothing, shows={200: ProviderEventShown})}

    def post(self, request: Request, event_id: str) -> Response:
        self.read()
        event = get_object_or_404(ProviderEvent, pk=event_id)
        return self.show(services.replay_provider_event(event_id=event.id))
