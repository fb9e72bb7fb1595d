"""What a person allowed a program: how it goes on, and how it ends, whole and everywhere."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from oauth2_provider.models import AccessToken, Grant, RefreshToken

from apps.users.models import OutboxEvent, Revocation, User
from apps.users.services import authorizations, sign_ins
from apps.users.services.clients import deactivate_client
from chassis.tokens import verify
from tests.users.conftest import PASSWORD
from tests.users.oauth import App, app, basic, bearing, claims, post, program, signed_in_by_page

pytestmark = pytest.mark.django_db(transaction=True)
SCOPE = "own:read own:write email"


@pytest.fixture
def visit(browser, ana):
    return signed_in_by_page(browser, ana.email, PASSWORD)


@pytest.fixture
def shop(api):
    return App(api, app(*SCOPE.split(), "openid", "orders:read"))


@pytest.fixture
def tokens(shop, visit):
    """What the program got for Ana's consent."""
    return shop.redeem(shop.allowed_by(visit, scope=SCOPE)).json()


def is_let_in(tokens):
    return bearing(tokens["access_token"]).get("/v1/users/me").status_code == 200


def test_the_program_asks_for_the_person_and_is_known_as_itself(tokens, shop, ana):
    caller = verify(tokens["access_token"], service="users")

    assert (caller.kind, caller.id, caller.on_behalf_of) == ("user", ana.id, ana.id)
    assert caller.client_id == caller.actor == shop.client.client_id
    assert not caller.is_in_person
    assert caller.roles == frozenset()
    assert is_let_in(tokens)


def test_it_is_let_at_no_door_that_opens_others(tokens, ana):
    asked = bearing(tokens["access_token"])

    answers = [
        asked.get("/v1/users/me/api-keys"),
        asked.post("/v1/users/me/api-keys", {"name": "x", "scopes": ["own:read"]}, format="json"),
        asked.post("/v1/users/me/password", {"current_password": PASSWORD, "password": "another one"}, format="json"),
        asked.post("/v1/tokens/revoke", {"all": True}, format="json"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4


@pytest.mark.parametrize(
    ("scope", "reads", "writes"), [("own:read", 200, 403), ("own:write", 200, 200), ("email", 403, 403)]
)
def test_what_is_the_persons_own_needs_a_scope_that_says_so(shop, visit, scope, reads, writes):
    asked = bearing(shop.redeem(shop.allowed_by(visit, scope=scope)).json()["access_token"])

    read = asked.get("/v1/users/me")
    written = asked.patch("/v1/users/me", {"full_name": "Ana K."}, format="json", HTTP_IF_MATCH="*")

    assert (read.status_code, written.status_code) == (reads, writes)


def test_a_program_that_needs_no_address_gets_none(shop, visit):
    token = shop.redeem(shop.allowed_by(visit, scope="openid")).json()["access_token"]

    assert claims(token)["email"] == ""


def test_neither_codes_nor_tokens_can_be_read_in_the_tables(shop, visit):
    code = shop.allowed_by(visit, scope=SCOPE)
    kept = str([*Grant.objects.values()])
    assert code not in kept

    tokens = shop.redeem(code).json()

    kept = str([*AccessToken.objects.values(), *RefreshToken.objects.values(), *Grant.objects.values()])
    assert tokens["access_token"] not in kept
    assert tokens["refresh_token"] not in kept


# Codes


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"code": "made up"}, 400, "invalid_grant"),
        ({"code": None}, 400, "invalid_request"),
        ({"code_verifier": "x" * 43}, 400, "invalid_grant"),
        ({"code_verifier": None}, 400, "invalid_request"),
        ({"redirect_uri": "https://app.example/other"}, 400, "invalid_request"),
        ({"client_id": "cli_none"}, 401, "invalid_client"),
        ({"client_id": None}, 401, "invalid_client"),
    ],
    ids=str,
)
def test_a_code_is_good_for_whoever_asked_for_it(shop, visit, changes, status, error):
    answer = shop.redeem(**{"code": shop.allowed_by(visit, scope=SCOPE), **changes})

    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_another_programs_code_is_no_good(shop, visit, api):
    code = shop.allowed_by(visit, scope=SCOPE)
    other = App(api, app("own:read"))

    assert other.redeem(code, code_verifier=shop.verifier).json()["error"] == "invalid_grant"
    assert shop.redeem(code).status_code == 200


def test_a_code_is_good_for_a_minute(shop, visit):
    code = shop.allowed_by(visit, scope=SCOPE)

    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        answer = shop.redeem(code)

    assert answer.json()["error"] == "invalid_grant"


def test_a_code_shown_twice_is_refused_and_ends_what_came_of_it(shop, visit):
    code = shop.allowed_by(visit, scope=SCOPE)
    tokens = shop.redeem(code).json()

    again = shop.redeem(code)

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert not is_let_in(tokens)
    assert shop.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert OutboxEvent.objects.get(type="authorization.ended").stream == claims(tokens["access_token"])["sid"]


def test_a_code_shown_a_month_later_still_ends_it(shop, visit):
    code = shop.allowed_by(visit, scope=SCOPE)
    tokens = shop.redeem(code).json()

    with time_machine.travel(timezone.now() + timedelta(days=20)):
        newer = shop.refresh(tokens["refresh_token"]).json()
        authorizations._cleared_at = -1e9
        authorizations.forget_expired()
        shop.redeem(code)

        assert shop.refresh(newer["refresh_token"]).json()["error"] == "invalid_grant"


# Refresh tokens


def test_a_refresh_token_is_exchanged_for_the_next(shop, tokens):
    answer = shop.refresh(tokens["refresh_token"])

    assert answer.status_code == 200
    assert answer.json()["refresh_token"] != tokens["refresh_token"]
    assert answer["Cache-Control"] == "no-store"
    assert claims(answer.json()["access_token"])["sid"] == claims(tokens["access_token"])["sid"]
    assert is_let_in(answer.json())
    assert shop.refresh(answer.json()["refresh_token"]).status_code == 200


def test_a_refresh_token_shown_twice_ends_the_family_of_whoever_holds_its_successor(shop, tokens):
    successor = shop.refresh(tokens["refresh_token"]).json()

    again = shop.refresh(tokens["refresh_token"])

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert shop.refresh(successor["refresh_token"]).json()["error"] == "invalid_grant"
    assert not is_let_in(successor)
    assert not is_let_in(tokens)
    (event,) = OutboxEvent.objects.filter(type="authorization.ended")
    assert {delivery.subscriber for delivery in event.delivery_set.all()} == {"orders", "payments"}


def test_it_ends_no_other_authorization_of_the_same_person(shop, tokens, visit):
    elsewhere = shop.redeem(shop.allowed_by(visit, scope=SCOPE)).json()
    shop.refresh(tokens["refresh_token"])

    shop.refresh(tokens["refresh_token"])

    assert is_let_in(elsewhere)
    assert shop.refresh(elsewhere["refresh_token"]).status_code == 200


def test_another_programs_refresh_token_is_no_good(tokens, api):
    other = App(api, app("own:read"))

    assert other.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_less_may_be_asked_for_and_not_more(shop, tokens):
    less = shop.refresh(tokens["refresh_token"], scope="own:read").json()
    more = shop.refresh(less["refresh_token"], scope="own:read orders:read")

    assert less["scope"] == "own:read"
    assert more.json()["error"] == "invalid_scope"


def test_what_the_person_may_no_longer_is_not_renewed(shop, browser, person):
    sam = person("sam@example.com", roles=["support"])
    signed_in_by_page(browser, sam.email, PASSWORD)
    tokens = shop.redeem(shop.allowed_by(browser, scope="own:read orders:read")).json()
    User.objects.filter(pk=sam.pk).update(roles=["customer"])

    assert shop.refresh(tokens["refresh_token"]).json()["scope"] == "own:read"


def test_after_thirty_idle_days_the_person_is_asked_again(shop, tokens):
    with time_machine.travel(timezone.now() + timedelta(days=30, minutes=6)):
        assert shop.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


# How it ends


def test_signing_out_everywhere_ends_what_programs_were_allowed(shop, tokens, visit, ana):
    waiting = shop.allowed_by(visit, scope=SCOPE)

    sign_ins.revoke_all(user_id=ana.id)

    assert not is_let_in(tokens)
    assert shop.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert shop.redeem(waiting).json()["error"] == "invalid_grant"


def test_a_closed_account_is_not_asked_for(shop, tokens, ana):
    User.objects.filter(pk=ana.pk).update(is_active=False)

    assert shop.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_closing_the_program_ends_what_it_was_allowed(shop, tokens):
    deactivate_client(client=shop.client)

    assert not is_let_in(tokens)
    assert shop.refresh(tokens["refresh_token"]).json()["error"] == "invalid_client"
    assert OutboxEvent.objects.get(type="client.deactivated").stream == shop.client.client_id


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "something"])
def test_the_program_takes_its_tokens_back(shop, tokens, api, which, hint):
    fields = {"token": tokens[which], "client_id": shop.client.client_id, **({"token_type_hint": hint} if hint else {})}

    answer = post(api, "/oauth/revoke", fields)

    assert (answer.status_code, answer.content) == (200, b"")
    assert not is_let_in(tokens)
    assert shop.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert OutboxEvent.objects.filter(type="authorization.ended").count() == 1


def test_signing_out_a_program_leaves_the_person_signed_in(shop, tokens, visit, api):
    post(api, "/oauth/revoke", {"token": tokens["refresh_token"], "client_id": shop.client.client_id})

    assert visit.get("/v1/users/me").status_code == 200


def test_a_token_of_a_programs_own_is_taken_back_alone(api, ana):
    client, secret = program("users:read")
    asked = {"grant_type": "client_credentials"}
    one, other = [
        post(api, "/oauth/token", asked, **basic(client.client_id, secret)).json()["access_token"] for _ in range(2)
    ]

    answer = post(api, "/oauth/revoke", {"token": one}, **basic(client.client_id, secret))

    assert answer.status_code == 200
    assert [bearing(token).get("/v1/users").status_code for token in (one, other)] == [401, 200]
    assert OutboxEvent.objects.get(type="token.revoked").stream == claims(one)["jti"]


@pytest.mark.parametrize("token", ["made up", "x.y.z", "\x00"])
def test_what_nobody_issued_can_be_taken_back(shop, api, token):
    answer = post(api, "/oauth/revoke", {"token": token, "client_id": shop.client.client_id})

    assert answer.status_code == 200


def test_nobody_takes_back_what_another_program_was_given(tokens, api):
    other = app("own:read")

    answer = post(api, "/oauth/revoke", {"token": tokens["refresh_token"], "client_id": other.client_id})

    assert answer.status_code == 200
    assert is_let_in(tokens)
    assert not Revocation.objects.exists()


@pytest.mark.parametrize("fields", [{}, {"client_id": "cli_none"}], ids=["nobody", "unknown"])
def test_whoever_takes_back_says_who_they_are(tokens, api, fields):
    answer = post(api, "/oauth/revoke", {"token": tokens["refresh_token"], **fields})

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert is_let_in(tokens)


# What has run out is forgotten


def test_what_has_run_out_is_forgotten_by_the_worker_once_a_minute(shop, tokens, visit):
    shop.allowed_by(visit, scope=SCOPE)
    authorizations._cleared_at = -1e9

    with time_machine.travel(timezone.now() + timedelta(days=31)):
        authorizations.forget_expired()
        assert [model.objects.count() for model in (Grant, RefreshToken, AccessToken)] == [0, 0, 0]
        shop.allowed_by(signed_in_by_page(visit, "ana@example.com", PASSWORD), scope=SCOPE)
    with time_machine.travel(timezone.now() + timedelta(days=32)):
        authorizations.forget_expired()

    assert Grant.objects.count() == 1
