"""How admins keep webhook endpoints, and see what was sent to them: `/v1/services/{service}/webhook-endpoints`."""

from typing import Any

from django.apps import apps
from django.urls import path
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from chassis import webhook_endpoints as endpoints
from chassis import webhook_shapes as shapes
from chassis.followers import Nothing
from chassis.methods import Method
from chassis.pages import Page
from chassis.permissions import scope
from chassis.problems import InvalidState
from chassis.views import ListView, View

ENDPOINT = Page(heading="{url}", columns=("url", "events", "status", "failure_count", "created_at"))
DELIVERY = Page(heading="Delivery {id}", columns=("id", "type", "status", "failures", "next_attempt_at", "created_at"))


class OfWebhooks(View):
    """A view of webhook endpoints and what was sent to them, for whoever may keep them."""

    permission_classes = [scope("webhooks:admin")]
    html = ENDPOINT

    def endpoint(self, id: str) -> Any:
        return get_object_or_404(endpoints.endpoints(self.service), pk=id)

    def deliveries(self) -> Any:
        return apps.get_model(self.service, "WebhookDelivery").objects.select_related("event", "endpoint")

    def delivery(self, id: str) -> Any:
        return get_object_or_404(self.deliveries(), pk=id)


class WebhookEndpointList(OfWebhooks, ListView):
    """Where other systems are told what happens here, as Standard Webhooks has it."""

    orderings = ("-created_at", "created_at")
    methods = {
        "GET": Method("List webhook endpoints", lists=shapes.ShownWebhookEndpoint),
        "POST": Method(
            "Register a webhook endpoint",
            reads=shapes.NewWebhookEndpoint,
            shows={201: shapes.WebhookEndpointWithSecret},
        ),
    }

    def get_queryset(self) -> Any:
        return endpoints.endpoints(self.service).none()

    def get(self, request: Request) -> Response:
        return self.page(endpoints.endpoints(self.service))

    def post(self, request: Request) -> Response:
        endpoint, secret = endpoints.register_endpoint(self.service, **self.read())
        location = f"/{request.version}/services/{self.service}/webhook-endpoints/{endpoint.id}"
        return self.show(endpoint, status=201, location=location, secret=secret)


class WebhookEndpointDetail(OfWebhooks):
    """Where another system listens. Deleting archives it: it is told nothing more, and what it was sent is kept."""

    methods = {
        "GET": Method("Read a webhook endpoint", shows={200: shapes.ShownWebhookEndpoint}),
        "PATCH": Method(
            "Change a webhook endpoint",
            reads=shapes.ChangeWebhookEndpoint,
            shows={200: shapes.ShownWebhookEndpoint},
            compares=True,
        ),
        "DELETE": Method("Archive a webhook endpoint", shows={204: None}),
    }

    def get(self, request: Request, id: str) -> Response:
        return self.show(self.endpoint(id))

    def patch(self, request: Request, id: str) -> Response:
        endpoint = self.endpoint(id)
        self.require_version(endpoint)
        return self.show(endpoints.change_endpoint(self.service, endpoint, **self.read()))

    def delete(self, request: Request, id: str) -> Response:
        endpoints.archive_endpoint(self.service, self.endpoint(id))
        return Response(status=204)


class WebhookEndpointSecret(OfWebhooks):
    """A new secret. For a day messages are signed with the one before as well, so that receivers can change over."""

    methods = {
        "POST": Method(
            "Rotate the secret of a webhook endpoint",
            reads=Nothing,
            shows={200: shapes.WebhookEndpointWithSecret},
        )
    }

    def post(self, request: Request, id: str) -> Response:
        self.read()
        endpoint, secret = endpoints.rotate_secret(self.service, self.endpoint(id))
        return self.show(endpoint, secret=secret)


class WebhookEndpointEnabling(OfWebhooks):
    """Telling an endpoint again what happens, from now on."""

    methods = {
        "POST": Method("Enable a webhook endpoint", reads=Nothing, shows={200: shapes.ShownWebhookEndpoint}),
    }

    def post(self, request: Request, id: str) -> Response:
        self.read()
        return self.show(endpoints.enable_endpoint(self.service, self.endpoint(id)))


class WebhookEndpointTest(OfWebhooks):
    """Sending a `webhook.test` to one endpoint."""

    html = DELIVERY
    methods = {
        "POST": Method(
            "Test a webhook endpoint",
            reads=Nothing,
            shows={202: shapes.ShownWebhookDelivery},
            refuses=(InvalidState,),
        )
    }

    def post(self, request: Request, id: str) -> Response:
        self.read()
        delivery = endpoints.send_test(self.service, self.endpoint(id))
        location = f"/{request.version}/services/{self.service}/webhook-deliveries/{delivery.id}"
        return self.show(delivery, status=202, location=location)


class WebhookEndpointDeliveries(OfWebhooks, ListView):
    """What one endpoint was sent, or is to be sent. Kept for thirty days."""

    html = DELIVERY
    filterset_class = shapes.DeliveryFilters
    orderings = ("-created_at", "created_at")
    methods = {"GET": Method("List the deliveries of a webhook endpoint", lists=shapes.ShownWebhookDelivery)}

    def get_queryset(self) -> Any:
        return self.deliveries().none()

    def get(self, request: Request, id: str) -> Response:
        return self.page(self.endpoint(id).deliveries.all())


class WebhookDeliveryDetail(OfWebhooks):
    """One event on its way to one endpoint, with each time that it was sent."""

    html = DELIVERY
    methods = {"GET": Method("Read a webhook delivery", shows={200: shapes.WebhookDeliveryWithAttempts})}

    def get(self, request: Request, id: str) -> Response:
        return self.show(self.delivery(id))


class WebhookDeliveryReplay(OfWebhooks):
    """Sending it again, under the same `webhook-id`, whatever came of it before."""

    html = DELIVERY
    methods = {
        "POST": Method(
            "Replay a webhook delivery",
            reads=Nothing,
            shows={200: shapes.ShownWebhookDelivery},
            refuses=(InvalidState,),
        )
    }

    def post(self, request: Request, id: str) -> Response:
        self.read()
        return self.show(endpoints.replay(self.service, self.delivery(id)))


def webhook_routes(service: str) -> list[Any]:
    """Where the webhook endpoints of a service are, within each of its versions."""
    here = f"services/{service}/webhook-endpoints"
    sent = f"services/{service}/webhook-deliveries/<str:id>"
    return [
        path(here, WebhookEndpointList.as_view(), name="webhook-endpoint-list"),
        path(f"{here}/<str:id>", WebhookEndpointDetail.as_view(), name="webhook-endpoint-detail"),
        path(f"{here}/<str:id>/rotate-secret", WebhookEndpointSecret.as_view(), name="webhook-endpoint-secret"),
        path(f"{here}/<str:id>/enable", WebhookEndpointEnabling.as_view(), name="webhook-endpoint-enabling"),
        path(f"{here}/<str:id>/test", WebhookEndpointTest.as_view(), name="webhook-endpoint-test"),
        path(f"{here}/<str:id>/deliveries", WebhookEndpointDeliveries.as_view(), name="webhook-delivery-list"),
        path(sent, WebhookDeliveryDetail.as_view(), name="webhook-delivery-detail"),
        path(f"{sent}/replay", WebhookDeliveryReplay.as_view(), name="webhook-delivery-replay"),
    ]
