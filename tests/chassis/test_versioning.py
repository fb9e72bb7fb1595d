"""Versions by path."""

import pytest
from django.urls import include, path
from rest_framework.response import Response

from chassis.permissions import Anyone
from chassis.views import View
from tests.chassis.processes import mounted, spaces


class Thing(View):
    authentication_classes = ()
    permission_classes = [Anyone]

    def get(self, request):
        return Response({"version": request.version, "self": self.reverse("thing")})

    def reverse(self, name):
        return self.request.versioning_scheme.reverse(name, request=self.request)


ROUTES = [path("thing", Thing.as_view(), name="thing")]


@pytest.fixture(autouse=True)
def two_versions(mount, settings):
    """A thing in version 1, and without any."""
    space = [*spaces(orders=ROUTES)["orders"], path("plain/", include((ROUTES, "plain")))]
    mounted(settings, url_spaces={**spaces(), "orders": space})


def test_the_version_is_where_the_route_lies(api):
    answer = api.get("/v1/thing")

    assert (answer.json()["version"], answer["API-Version"]) == ("v1", "v1")


def test_an_address_is_public_and_of_the_same_version(api, settings):
    assert api.get("/v1/thing").json()["self"] == f"{settings.TOPOLOGY.public_url}/v1/thing"
    assert api.get("/plain/thing").json()["self"] == f"{settings.TOPOLOGY.public_url}/plain/thing"


def test_a_route_without_a_version_has_none(api):
    answer = api.get("/plain/thing")

    assert answer.json()["version"] is None
    assert "API-Version" not in answer
