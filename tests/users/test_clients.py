"""Programs of integrators, as admins see to them."""

import pytest

from apps.users.models import AuditEvent, RegisteredClient
from tests.users.oauth import basic, bearing, post

pytestmark = pytest.mark.django_db
CLIENTS = "/v1/clients"
ITSELF = {"name": "Bookkeeper", "grant": "client_credentials", "scopes": ["orders:read"]}
FOR_PEOPLE = {
    "name": "Pocket shop",
    "grant": "authorization_code",
    "scopes": ["openid", "own:read"],
    "redirect_uris": ["https://app.example/callback"],
    "is_public": True,
}


@pytest.fixture
def admin(person, signed_in):
    return signed_in(person("admin@example.com", roles=["admin"]))


def register(client, body):
    return client.post(CLIENTS, body, format="json")


def test_a_program_is_registered_and_its_secret_shown_once(admin, api):
    answer = register(admin, ITSELF)

    made = answer.json()
    assert answer.status_code == 201
    assert answer["Location"].endswith(f"{CLIENTS}/{made['id']}")
    assert made["id"].startswith("cli_")
    shown = {name: value for name, value in made.items() if name != "client_secret"}
    assert admin.get(f"{CLIENTS}/{made['id']}").json() == shown
    assert admin.get(CLIENTS).json()["data"] == [shown]
    token = post(api, "/oauth/token", {"grant_type": "client_credentials"}, **basic(made["id"], made["client_secret"]))
    assert token.status_code == 200


def test_a_program_that_can_keep_no_secret_gets_none(admin):
    made = register(admin, FOR_PEOPLE).json()

    assert "client_secret" not in made
    assert (made["is_public"], made["redirect_uris"]) == (True, FOR_PEOPLE["redirect_uris"])
    assert RegisteredClient.objects.get().client_secret == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"grant": "password"},
        {"grant": "implicit"},
        {"scopes": ["everything"]},
        {"scopes": []},
        {"redirect_uris": ["http://app.example/callback"]},
        {"redirect_uris": ["https://app.example/callback#x"]},
        {"redirect_uris": ["https://user@app.example/callback"]},
        {"redirect_uris": ["https:///callback"]},
        {"redirect_uris": ["https://app.example/two words"]},
        {"redirect_uris": ["https://app.example/;default-src"]},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": ["myapp:/callback"]},
        {"redirect_uris": ["http://localhost/callback"]},
        {"redirect_uris": ["/callback"]},
        {"client_secret": "mine"},
        {"is_active": False},
    ],
    ids=str,
)
def test_what_no_program_can_be_is_refused(admin, changes):
    answer = register(admin, {**FOR_PEOPLE, **changes})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "changes",
    [{"scopes": ["own:read"]}, {"scopes": ["openid"]}, {"redirect_uris": ["https://a.example"]}, {"is_public": True}],
    ids=str,
)
def test_a_program_that_asks_for_itself_has_nothing_of_its_own_and_a_secret(admin, changes):
    answer = register(admin, {**ITSELF, **changes})

    assert (answer.status_code, answer.json()["code"]) == (422, "contradicting_client")
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{name}" for name in changes]


def test_whoever_leads_people_away_says_where_they_come_back(admin):
    assert register(admin, {**FOR_PEOPLE, "redirect_uris": []}).status_code == 422


@pytest.mark.parametrize(
    "uri", ["https://app.example/cb?x=1", "http://127.0.0.1/cb", "http://[::1]:8080/cb", "com.example.app:/cb"]
)
def test_these_are_ways_back(admin, uri):
    assert register(admin, {**FOR_PEOPLE, "redirect_uris": [uri]}).status_code == 201


def test_only_admins_see_to_programs(signed_in, person, ana, api):
    support = signed_in(person("sam@example.com", roles=["support"]))

    assert register(support, ITSELF).status_code == 403
    assert support.get(CLIENTS).status_code == 403
    assert register(api, ITSELF).status_code == 401


def test_no_program_registers_another_one(admin, api):
    made = register(admin, {**ITSELF, "scopes": ["users:admin"]}).json()
    asked = {"grant_type": "client_credentials"}
    token = post(api, "/oauth/token", asked, **basic(made["id"], made["client_secret"])).json()["access_token"]

    assert bearing(token).get(CLIENTS).status_code == 200
    assert register(bearing(token), ITSELF).status_code == 403
    assert bearing(token).post(f"{CLIENTS}/{made['id']}/deactivate").status_code == 403


def test_a_program_is_closed_once(admin, api):
    made = register(admin, ITSELF).json()

    first, second = (admin.post(f"{CLIENTS}/{made['id']}/deactivate") for _ in range(2))

    assert (first.status_code, second.status_code) == (204, 204)
    assert admin.get(f"{CLIENTS}/{made['id']}").json()["is_active"] is False
    assert [event.action for event in AuditEvent.objects.order_by("at")] == ["client.registered", "client.deactivated"]
    asked = {"grant_type": "client_credentials"}
    refused = post(api, "/oauth/token", asked, **basic(made["id"], made["client_secret"]))
    assert refused.json()["error"] == "invalid_client"


def test_there_is_no_other_program(admin):
    assert admin.get(f"{CLIENTS}/cli_00000000000000000000000000").status_code == 404
