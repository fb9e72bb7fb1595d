"""Programs that ask for themselves (RFC 6749, section 4.4)."""

import time

import pytest

from apps.users.models import RegisteredClient
from apps.users.services.clients import deactivate_client
from chassis.tokens import verify
from tests.users.oauth import app, basic, bearing, claims, post, program

pytestmark = pytest.mark.django_db
ITSELF = {"grant_type": "client_credentials"}


@pytest.fixture
def bookkeeper():
    return program("orders:read", "users:read")


def token_of(api, made, **fields):
    client, secret = made
    return post(api, "/oauth/token", {**ITSELF, **fields}, **basic(client.client_id, secret))


def test_a_program_gets_a_token_of_our_own_format(api, bookkeeper, settings):
    answer = token_of(api, bookkeeper)

    body, client_id = answer.json(), bookkeeper[0].client_id
    assert (answer.status_code, body["token_type"], body["expires_in"]) == (200, "Bearer", 300)
    assert body["scope"].split() == ["orders:read", "users:read"]
    assert "refresh_token" not in body
    told = claims(body["access_token"])
    assert told["iss"] == settings.TOPOLOGY.public_url
    assert (told["sub"], told["client_id"]) == (client_id, client_id)
    assert told["aud"] == ["users", "orders", "payments"]
    assert told["exp"] - told["iat"] == 300


def test_the_answer_is_kept_by_no_cache(api, bookkeeper):
    answer = token_of(api, bookkeeper)

    assert (answer["Cache-Control"], answer["Pragma"]) == ("no-store", "no-cache")
    assert answer["Content-Type"] == "application/json"


def test_it_may_say_who_it_is_in_the_form_too(api, bookkeeper):
    client, secret = bookkeeper

    answer = post(api, "/oauth/token", {**ITSELF, "client_id": client.client_id, "client_secret": secret})

    assert answer.status_code == 200


def test_the_token_opens_what_its_scopes_say_and_nothing_that_is_somebodys_own(api, bookkeeper, ana):
    client = bearing(token_of(api, bookkeeper).json()["access_token"])

    assert client.get("/v1/users").status_code == 200
    assert client.get(f"/v1/users/{ana.id}").status_code == 200
    assert client.get("/v1/users/me").status_code == 403
    assert client.get("/v1/services/users/audit-events").status_code == 403


def test_it_is_a_caller_of_a_kind_of_its_own(api, bookkeeper):
    caller = verify(token_of(api, bookkeeper, scope="orders:read").json()["access_token"], service="users")

    assert (caller.kind, caller.id, caller.on_behalf_of) == ("client", bookkeeper[0].client_id, "")
    assert (caller.scopes, caller.roles, caller.email) == ({"orders:read"}, frozenset(), "")


def test_secrets_are_kept_as_digests_and_compared_quickly(api, bookkeeper):
    _, secret = bookkeeper
    started = time.monotonic()

    assert token_of(api, bookkeeper).status_code == 200
    assert secret not in str(RegisteredClient.objects.values().get())
    assert time.monotonic() - started < 0.2


@pytest.mark.parametrize("scheme", ["basic", "BASIC"])
def test_the_scheme_may_be_written_in_any_case(api, bookkeeper, scheme):
    client, secret = bookkeeper
    sent = basic(client.client_id, secret)["HTTP_AUTHORIZATION"].replace("Basic", scheme)

    assert post(api, "/oauth/token", ITSELF, HTTP_AUTHORIZATION=sent).status_code == 200


# Refusals, in the words of section 5.2


@pytest.mark.parametrize(
    "credentials",
    [
        {"HTTP_AUTHORIZATION": "Basic bm9ib2R5OnNlY3JldA=="},
        {"HTTP_AUTHORIZATION": "Basic %%%"},
        {"HTTP_AUTHORIZATION": "Basic \xfc"},
        {"HTTP_AUTHORIZATION": "Basic AGEAOmI="},
        {"HTTP_AUTHORIZATION": "Basic"},
        {"HTTP_AUTHORIZATION": "Bearer x"},
        {},
    ],
    ids=["nobody", "no base64", "no ascii", "with NUL", "nothing", "another scheme", "no credentials"],
)
def test_whoever_is_not_known_is_told_how_to_say_who_they_are(api, bookkeeper, credentials):
    answer = post(api, "/oauth/token", ITSELF, **credentials)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer["WWW-Authenticate"].startswith("Basic ")
    assert answer["Cache-Control"] == "no-store"


def test_a_wrong_secret_and_an_unknown_program_are_refused_alike(api, bookkeeper):
    wrong = token_of(api, (bookkeeper[0], "wrong"))
    unknown = post(api, "/oauth/token", ITSELF, **basic("cli_00000000000000000000000000", "wrong"))

    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"scope": "orders:cancel"}, "invalid_scope"),
        ({"scope": "orders:read everything"}, "invalid_scope"),
        ({"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "x"}, "unauthorized_client"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
    ],
    ids=str,
)
def test_what_is_not_possible_is_refused_by_its_name(api, bookkeeper, fields, error):
    answer = token_of(api, bookkeeper, **fields)

    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer["Cache-Control"] == "no-store"


def test_a_parameter_that_is_there_twice_is_refused(api, bookkeeper):
    answer = api.post(
        "/oauth/token",
        "grant_type=client_credentials&scope=orders%3Aread&scope=users%3Aread",
        content_type="application/x-www-form-urlencoded",
        **basic(bookkeeper[0].client_id, bookkeeper[1]),
    )

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_parameters_are_in_the_body_alone(api, bookkeeper):
    client, secret = bookkeeper

    answer = post(api, "/oauth/token?grant_type=client_credentials", {}, **basic(client.client_id, secret))

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/introspect"])
def test_forms_are_read_and_nothing_else(api, bookkeeper, path):
    as_json = api.post(path, ITSELF, format="json")
    asked = api.get(path)

    assert (as_json.status_code, as_json.json()["error"]) == (400, "invalid_request")
    assert (asked.status_code, asked["Allow"], asked.json()["error"]) == (405, "POST", "invalid_request")


def test_whoever_tries_too_often_hears_when_to_try_again(api, bookkeeper, settings):
    settings.RATES = {**settings.RATES, "sign_in": type(settings.RATES["sign_in"])(1, 60)}
    token_of(api, bookkeeper)

    answer = token_of(api, bookkeeper)

    assert (answer.status_code, answer.json()["error"]) == (429, "temporarily_unavailable")
    assert int(answer["Retry-After"]) > 0


def test_an_app_without_a_secret_asks_for_nobody_but_people(api):
    client = app("own:read")

    answer = post(api, "/oauth/token", {**ITSELF, "client_id": client.client_id, "client_secret": ""})

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


# Closing a program


@pytest.mark.django_db(transaction=True)
def test_a_program_that_is_closed_gets_no_token_and_is_believed_no_longer(api, bookkeeper):
    before = token_of(api, bookkeeper).json()["access_token"]

    deactivate_client(client=bookkeeper[0])

    assert (token_of(api, bookkeeper).status_code, bearing(before).get("/v1/users").status_code) == (401, 401)
