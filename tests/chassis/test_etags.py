"""Which tag a representation has, and what a change needs to know of the version it changes."""

import pytest
from django.urls import path
from rest_framework import serializers
from rest_framework.response import Response

from chassis.etags import etag
from chassis.methods import Method
from chassis.permissions import Anyone
from chassis.views import View


class Shown(serializers.Serializer):
    name = serializers.CharField()


class Thing:
    name, version = "Thing", 7


class OneThing(View):
    authentication_classes = ()
    permission_classes = [Anyone]
    methods = {"GET": Method("Read", shows={200: Shown}), "PATCH": Method("Change", shows={200: Shown})}

    def get(self, request):
        return self.show(Thing())

    def patch(self, request):
        self.require_version(Thing())
        return self.show(Thing())

    def delete(self, request):
        return Response(status=204)


@pytest.fixture(autouse=True)
def things(mount):
    mount(orders=[path("thing", OneThing.as_view())])


@pytest.fixture
def tag(api):
    return api.get("/v1/thing")["ETag"]


def test_a_tag_names_the_version_and_differs_with_the_bytes():
    assert etag(7, b"a").startswith('"7-')
    assert etag(7, b"a") == etag(7, b"a")
    assert len({etag(7, b"a"), etag(8, b"a"), etag(7, b"b")}) == 3


def test_an_answer_carries_the_tag_of_its_very_bytes(api):
    answer = api.get("/v1/thing")

    assert answer["ETag"] == etag(7, answer.content)


def test_a_page_for_a_browser_has_no_tag_because_it_differs_each_time(api):
    assert "ETag" not in api.get("/v1/thing", HTTP_ACCEPT="text/html")


@pytest.mark.parametrize("known", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_whoever_has_this_representation_is_not_sent_it_again(api, tag, known):
    answer = api.get("/v1/thing", HTTP_IF_NONE_MATCH=known.format(tag=tag))

    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
    assert "Content-Type" not in answer
    assert answer["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("known", ['"7"', '"7-0000000000000000"', "", "garbage"])
def test_whoever_has_another_representation_is_sent_this_one(api, known):
    assert api.get("/v1/thing", HTTP_IF_NONE_MATCH=known).status_code == 200


@pytest.mark.parametrize("given", ["{tag}", '"7"', '"7-of-another-format"', '"6-x", "7-x"', "*"])
def test_a_change_of_the_version_one_has_seen_is_made(api, tag, given):
    assert api.patch("/v1/thing", {}, HTTP_IF_MATCH=given.format(tag=tag)).status_code == 200


@pytest.mark.parametrize("given", ["", "  "])
def test_a_change_that_does_not_say_of_which_version_is_refused(api, given):
    answer = api.patch("/v1/thing", {}, HTTP_IF_MATCH=given)

    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")


@pytest.mark.parametrize("given", ['"6-x"', '"77-x"', "W/{tag}", "7", "x", '""', '"-7"'])
def test_a_change_of_another_version_is_refused_and_told_the_current_one(api, tag, given):
    answer = api.patch("/v1/thing", {}, HTTP_IF_MATCH=given.format(tag=tag))

    assert (answer.status_code, answer.json()["code"], answer.json()["current_version"]) == (412, "version_mismatch", 7)
