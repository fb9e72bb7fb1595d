"""What the gateway adds to requests and answers, what it takes away, and what it will not carry."""

import json
import re

import pytest

from config.bounds import MAX_BODY_BYTES
from tests.deploy.stand_ins import TAG

ID = "asked-by-a-test.1"


def test_a_request_keeps_its_id_to_the_service_the_answer_and_the_log(door):
    answer = door.get("/v1/orders", headers={"X-Request-ID": "kept-by-the-gateway"})

    assert answer.headers["X-Request-ID"] == "kept-by-the-gateway"
    assert answer.json()["headers"]["X-Request-Id"] == "kept-by-the-gateway"
    assert json.loads(door.access("kept-by-the-gateway"))["request_id"] == "kept-by-the-gateway"


@pytest.mark.parametrize("bad", ["short", "x" * 65, "spaces in it", "quote\"s'", "new{uuid}line"])
def test_an_id_that_is_not_well_formed_is_replaced(door, bad):
    answer = door.get("/v1/orders", headers={"X-Request-ID": bad})

    given = answer.headers["X-Request-ID"]
    assert re.fullmatch(r"[A-Za-z0-9_.-]{8,64}", given)
    assert given != bad
    assert answer.json()["headers"]["X-Request-Id"] == given


def test_two_requests_have_two_ids(door):
    ids = {door.get("/v1/orders").headers["X-Request-ID"] for _ in range(3)}

    assert len(ids) == 3


FORGED = [
    *("Forwarded", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Ssl", "X-Real-IP", "X-Client-IP", "Proxy"),
    *("X-Client-Cert", "X-Client-Cert-Dn", "X-SSL-Client-Verify", "X-User", "X-User-Id", "X-Remote-User"),
    *("Remote-User", "X-Authenticated-User", "X-Request-Hops", "X-Forwarded-User"),
    *("X_Forwarded_For", "X_Request_Hops", "x_user_id", "Remote_User", "Content_Length", "Any_Underscore"),
]


@pytest.mark.parametrize("name", FORGED)
def test_what_clients_may_not_say_reaches_no_service(door, name):
    told = door.get("/v1/orders", headers={name: "6.6.6.6"}).json()

    assert "6.6.6.6" not in told["headers"].values()


def test_where_a_request_came_from_is_what_the_gateway_saw(door):
    forged = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}

    told = door.get("/v1/orders", headers={**forged, "Host": "shop.example"}).json()["headers"]

    seen = [told[name] for name in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host")]
    assert seen == ["127.0.0.1", "http", "shop.example"]


def test_a_client_cannot_have_the_gateways_headers_dropped_on_the_way(door):
    names = "X-Request-ID, X-Forwarded-For, X-Request-Timeout-Ms"

    told = door.get("/v1/orders", headers={"Connection": names, "X-Request-ID": ID}).json()["headers"]

    assert (told["X-Request-Id"], told["X-Forwarded-For"]) == (ID, "127.0.0.1")
    assert "X-Request-Timeout-Ms" in told


@pytest.mark.parametrize(("given", "told"), [("500", "500"), ("90000", "29000"), ("-1", "29000"), ("soon", "29000")])
def test_a_client_may_shorten_its_time_but_not_lengthen_it(door, given, told):
    headers = door.get("/v1/orders", headers={"X-Request-Timeout-Ms": given}).json()["headers"]

    assert headers["X-Request-Timeout-Ms"] == told


@pytest.mark.parametrize("path", ["/v1/orders", "/internal/orders"])
def test_an_answer_does_not_say_what_serves_it(door, path):
    headers = door.get(path).headers

    assert not {"Server", "Via"} & set(headers)


def test_a_body_as_large_as_may_be_arrives(door):
    told = door.ask("POST", "/v1/orders", data=b"x" * MAX_BODY_BYTES).json()

    assert told["bytes"] == MAX_BODY_BYTES


def test_a_larger_body_is_refused_before_any_service_hears_of_it(door):
    before = len(door.asked("orders"))

    answer = door.say(f"POST /v1/orders HTTP/1.1\r\nHost: a\r\nContent-Length: {MAX_BODY_BYTES + 1}\r\n\r\n".encode())

    assert answer.startswith("HTTP/1.1 413")
    assert '"code": "payload_too_large"' in answer
    assert len(door.asked("orders")) == before


@pytest.mark.parametrize("request_line", ["CONNECT shop.example:443", "CONNECT /v1/orders"])
def test_the_gateway_is_no_tunnel(door, request_line):
    answer = door.say(f"{request_line} HTTP/1.1\r\nHost: shop.example\r\n\r\n".encode())

    assert answer.startswith("HTTP/1.1 405")
    assert '"code": "method_not_allowed"' in answer


@pytest.mark.parametrize(
    ("malformed", "status"),
    [(b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400), (b"GET / HTTP/1.1\r\nX: " + b"a" * 30_000 + b"\r\n\r\n", 431)],
)
def test_what_is_not_http_reaches_no_service(door, malformed, status):
    """Caddy says so in plain text: it has no place where a problem could be made of it."""
    try:
        answer = door.say(malformed)
    except ConnectionResetError:
        return

    assert answer.startswith(f"HTTP/1.1 {status}")


def test_a_request_that_the_services_server_cannot_read_is_a_problem(door):
    answer = door.get("/v1/orders/unread")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_a_problem_has_all_its_members_and_is_not_stored(door):
    answer = door.ask("GET", '/internal/a"b\\c{err.message}é?secret=1', headers={"X-Request-ID": ID})

    assert answer.json() == {
        "type": f"{door.url}/problems/not-found",
        "title": "There is nothing here",
        "status": 404,
        "code": "not_found",
        "detail": "There is nothing here",
        "instance": "/internal/a%22b%5Cc%7Berr.message%7D%C3%A9",
        "request_id": ID,
    }
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.headers["Cache-Control"], answer.headers["X-Request-ID"]) == ("no-store", ID)


def test_a_problem_has_no_body_where_none_was_asked_for(door):
    answer = door.say(b"HEAD /internal/x HTTP/1.1\r\nHost: a\r\n\r\n")

    assert answer.startswith("HTTP/1.1 404")
    assert answer.endswith("\r\n\r\n")


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_what_is_large_is_compressed_and_says_so(door, coding):
    answer = door.ask("HEAD", "/v1/orders/large", headers={"Accept-Encoding": coding})

    assert answer.headers["Content-Encoding"] == coding
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_what_is_small_is_not_compressed(door):
    answer = door.get("/v1/orders")

    assert "Content-Encoding" not in answer.headers
    assert answer.headers["ETag"] == TAG


def test_a_client_that_has_the_compressed_answer_is_not_sent_it_again(door):
    first = door.get("/v1/orders/large")

    again = door.get("/v1/orders/large", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Content-Encoding"] in {"gzip", "zstd"}
    assert first.headers["ETag"] != TAG
    assert (again.status_code, again.headers["ETag"]) == (304, first.headers["ETag"])
    assert "Accept-Encoding" in again.headers["Vary"]


def test_a_client_that_has_it_uncompressed_keeps_its_own_tag(door):
    plain = {"Accept-Encoding": "identity"}
    first = door.get("/v1/orders/large", headers=plain)

    again = door.get("/v1/orders/large", headers={**plain, "If-None-Match": first.headers["ETag"]})

    assert (first.headers["ETag"], again.status_code, again.headers["ETag"]) == (TAG, 304, TAG)


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
def test_a_service_is_asked_for_the_tags_that_it_made(door, name):
    given = '"1-a-gzip", "2-b", W/"3-c-zstd"'

    told = door.ask("PATCH", "/v1/orders/1", headers={name: given}).json()

    assert told["headers"][name] == '"1-a", "2-b", W/"3-c"'


def test_the_log_holds_no_secrets(door):
    secrets = {
        "Authorization": "Bearer secret-in-a-token",
        "Cookie": "access=secret-in-a-cookie",
        "X-Order-Token": "secret-of-a-guest",
        "Idempotency-Key": "secret-key",
    }

    door.get("/v1/orders?cursor=secret-in-a-query", headers={**secrets, "X-Request-ID": "a-logged-request"})

    line = door.access("a-logged-request")
    logged = json.loads(line)
    assert (logged["request"]["uri"], logged["status"]) == ("/v1/orders", 200)
    assert "secret" not in line
    assert "secret" not in (door.folder / "gateway.log").read_text()
