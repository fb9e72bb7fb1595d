"""Which bodies are read, and what a client is told whose is not."""

import gzip

import pytest
from django.urls import path

from chassis.methods import Method
from chassis.permissions import Anyone
from chassis.serializers import Strict, Text
from chassis.views import View

JSON, PATCH = "application/json", "application/merge-patch+json"
BODY = '{"name": "Ana"}'


class Body(Strict):
    name = Text(required=False)


class Things(View):
    authentication_classes = ()
    permission_classes = [Anyone]
    methods = {
        **dict.fromkeys(("POST", "PUT", "PATCH"), Method("Take", reads=Body, shows={200: Body})),
        "DELETE": Method("Take away", shows={200: Body}),
    }

    def post(self, request):
        return self.show(self.read())

    put = patch = post

    def delete(self, request):
        return self.show({"name": "gone"})


class OnlyRead(View):
    authentication_classes = ()
    permission_classes = [Anyone]


@pytest.fixture(autouse=True)
def things(mount):
    mount(orders=[path("things", Things.as_view())])


@pytest.fixture
def send(api):
    """Sends a body, by default by POST as JSON."""

    def sent(content=BODY, *, method="post", media_type=JSON, **headers):
        return api.generic(method.upper(), "/v1/things", content, content_type=media_type, headers=headers)

    return sent


@pytest.mark.parametrize(
    ("method", "media_type"),
    [("post", JSON), ("put", JSON), ("patch", JSON), ("patch", PATCH), ("post", "Application/JSON ; Charset=UTF-8")],
)
def test_json_is_read_everywhere_and_a_merge_patch_where_something_is_patched(send, method, media_type):
    answer = send(method=method, media_type=media_type)

    assert (answer.status_code, answer.json()) == (200, {"name": "Ana"})


@pytest.mark.parametrize(
    "media_type",
    [
        *("text/plain", "application/xml", "application/msgpack", "text/csv", "application/json-patch+json", PATCH),
        *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/*", "json", "a" * 3000),
    ],
)
def test_any_other_format_is_refused_with_those_that_work(send, media_type):
    answer = send(media_type=media_type)

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert answer.json()["supported"] == [JSON]
    assert (answer["Accept"], answer["Accept-Post"]) == (JSON, JSON)


def test_a_patch_that_is_not_read_is_told_what_a_patch_is(send):
    answer = send(method="patch", media_type="application/json-patch+json")

    assert answer.status_code == 415
    assert answer["Accept-Patch"] == answer["Accept"] == f"{JSON}, {PATCH}"
    assert "Accept-Post" not in answer


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_a_body_that_does_not_say_its_format_is_refused(send, method):
    answer = send(method=method, media_type="")

    assert answer.status_code == 415
    assert answer.json()["detail"] == "The body does not say which format it has"


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "bogus", "utf8", ""])
def test_a_body_in_another_character_set_is_refused(send, charset):
    assert send(media_type=f"application/json; charset={charset}").status_code == 415


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"'])
def test_utf8_may_be_said(send, charset):
    assert send(media_type=f"application/json; charset={charset}").status_code == 200


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "identity, gzip", "GZIP", ""])
@pytest.mark.parametrize("content", [BODY, gzip.compress(BODY.encode(), mtime=0)], ids=["plain", "packed"])
def test_a_coded_body_is_refused_whether_or_not_it_is_coded(send, coding, content):
    answer = send(content, **{"Content-Encoding": coding})

    assert (answer.status_code, answer["Accept-Encoding"]) == (415, "identity")


def test_identity_is_no_coding(send):
    assert send(**{"Content-Encoding": "identity"}).status_code == 200


def test_no_body_needs_no_format(send):
    assert send("", media_type="").status_code == 200
    assert send("", media_type="text/plain").status_code == 200


def test_a_body_that_is_not_read_is_nobodys_business(send):
    assert send(method="delete", media_type="text/plain").status_code == 200


def test_a_body_in_chunks_is_refused_and_not_taken_for_an_empty_one(api):
    answer = api.generic("POST", "/v1/things", "", headers={"Transfer-Encoding": "chunked"})

    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


def test_a_method_that_is_not_there_is_told_before_its_body_is_looked_at(mount, api):
    mount(orders=[path("things", OnlyRead.as_view())])

    assert api.post("/v1/things", BODY, content_type="text/plain").status_code == 405


def test_a_byte_order_mark_is_refused_by_its_name(send):
    answer = send(b"\xef\xbb\xbf" + BODY.encode())

    assert answer.status_code == 400
    assert "byte order mark" in answer.json()["detail"]


def test_options_tell_what_each_method_reads(api):
    answer = api.options("/v1/things")

    assert (answer["Accept-Post"], answer["Accept-Patch"]) == (JSON, f"{JSON}, {PATCH}")
    assert {"POST", "PUT", "PATCH", "DELETE"} < {name.strip() for name in answer["Allow"].split(",")}
