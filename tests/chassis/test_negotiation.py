"""Which format an answer has."""

import pytest
from django.urls import path
from rest_framework.response import Response

from chassis.permissions import Anyone
from chassis.views import View


class Thing(View):
    authentication_classes = ()
    permission_classes = [Anyone]

    def get(self, request):
        return Response({"fine": True})


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        ("text/plain, application/json;q=0.5", "application/json"),
    ],
)
def test_programs_get_json_and_browsers_get_pages(mount, api, accept, media_type):
    mount(orders=[path("thing", Thing.as_view())])

    assert api.get("/v1/thing", HTTP_ACCEPT=accept)["Content-Type"] == media_type


def test_no_format_is_chosen_by_a_suffix(mount, api):
    mount(orders=[path("thing", Thing.as_view())])

    assert api.get("/v1/thing.json").status_code == 404
