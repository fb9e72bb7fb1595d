"""Signing in, staying signed in, signing out."""

from datetime import timedelta

import jwt
import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from apps.users.models import Client, OutboxEvent, RefreshToken, SignIn, User
from apps.users.problems import TokenReused
from apps.users.services import sign_ins
from chassis.problems import InvalidToken
from tests.users.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant(api, ana):
    """What Ana got when she signed in."""
    return api.post("/v1/tokens", {"email": ana.email, "password": PASSWORD}, format="json").json()


def refresh(api, token):
    return api.post("/v1/tokens/refresh", {"refresh_token": token}, format="json")


def test_who_knows_the_password_gets_tokens(api, ana):
    answer = api.post("/v1/tokens", {"email": ana.email, "password": PASSWORD}, format="json")

    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 300)
    assert answer["Cache-Control"] == "no-store"
    assert "ETag" not in answer


def test_the_address_may_be_typed_in_any_case(api, ana):
    answer = api.post("/v1/tokens", {"email": " ANA@example.COM", "password": PASSWORD}, format="json")

    assert answer.status_code == 200


def test_a_token_says_what_every_service_needs_to_know(api, person, settings):
    person("sam@example.com", roles=["customer", "support"])

    answer = api.post("/v1/tokens", {"email": "sam@example.com", "password": PASSWORD}, format="json")

    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    assert claims["iss"] == settings.TOPOLOGY.public_url
    assert claims["sub"] == User.objects.get().id
    assert claims["aud"] == ["users", "orders", "payments"]
    assert claims["scope"] == "orders:cancel orders:read payments:read stock:read users:read"
    assert (claims["roles"], claims["client_id"]) == (["customer", "support"], "password")
    assert claims["exp"] - claims["iat"] == 300


def test_the_access_token_opens_what_is_ones_own(api, ana, grant):
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {grant['access_token']}")

    assert api.get("/v1/users/me").json()["id"] == ana.id


def test_unknown_address_wrong_password_and_closed_account_are_refused_alike(api, person, ana):
    person("gone@example.com", is_active=False)
    attempts = [("nobody@example.com", PASSWORD), (ana.email, "not the password"), ("gone@example.com", PASSWORD)]

    answers = [api.post("/v1/tokens", {"email": mail, "password": word}, format="json") for mail, word in attempts]

    bodies = [{**answer.json(), "request_id": ""} for answer in answers]
    assert bodies[0]["code"] == "invalid_credentials"
    assert bodies[0] == bodies[1] == bodies[2]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert not SignIn.objects.exists()


def test_signing_in_hashes_once_whether_the_account_exists_or_not(api, ana, hashed):
    hashed.clear()

    api.post("/v1/tokens", {"email": ana.email, "password": "known address"}, format="json")
    api.post("/v1/tokens", {"email": "nobody@example.com", "password": "unknown address"}, format="json")

    assert hashed == ["known address", "unknown address"]


def test_what_is_no_address_is_a_mistake_in_form(api):
    answer = api.post("/v1/tokens", {"email": "ana", "password": PASSWORD}, format="json")

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/email")


def test_refresh_tokens_are_kept_as_digests_only(grant):
    kept = RefreshToken.objects.values().get()

    assert grant["refresh_token"] not in str(kept)
    assert kept["expires_at"] - kept["issued_at"] == timedelta(days=30)


def test_a_refresh_token_is_exchanged_for_the_next(api, grant):
    answer = refresh(api, grant["refresh_token"])

    assert answer.status_code == 200
    assert answer.json()["refresh_token"] != grant["refresh_token"]
    assert answer["Cache-Control"] == "no-store"
    assert refresh(api, answer.json()["refresh_token"]).status_code == 200
    assert SignIn.objects.count() == 1


def test_a_token_shown_again_ends_the_sign_in_of_whoever_holds_its_successor(api, grant):
    successor = refresh(api, grant["refresh_token"]).json()["refresh_token"]

    again = refresh(api, grant["refresh_token"])

    assert (again.status_code, again.json()["code"]) == (401, "token_reused")
    assert again["WWW-Authenticate"].startswith("Bearer")
    assert SignIn.objects.get().ended_at
    assert refresh(api, successor).json()["code"] == "invalid_token"
    assert refresh(api, grant["refresh_token"]).json()["code"] == "token_reused"


def test_a_reused_token_ends_no_other_sign_in(api, ana, grant):
    elsewhere = sign_ins.sign_in(email=ana.email, password=PASSWORD)
    refresh(api, grant["refresh_token"])

    refresh(api, grant["refresh_token"])

    assert refresh(api, elsewhere.refresh_token).status_code == 200


def test_the_end_of_a_reused_family_outlives_the_idempotent_request_that_found_it(api, grant):
    refresh(api, grant["refresh_token"])

    body, key = {"refresh_token": grant["refresh_token"]}, "k4m2-0x5n-9w1c-7t3q-refresh"
    answer = api.post("/v1/tokens/refresh", body, format="json", HTTP_IDEMPOTENCY_KEY=key)

    assert answer.json()["code"] == "token_reused"
    assert SignIn.objects.get().ended_at


def test_a_token_nobody_issued_is_refused(api):
    answer = refresh(api, "made up")

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


def test_after_thirty_days_one_signs_in_again(api, grant):
    with time_machine.travel(timezone.now() + timedelta(days=30, seconds=1)):
        answer = refresh(api, grant["refresh_token"])

    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


def test_a_closed_account_is_not_renewed(api, ana, grant):
    User.objects.filter(pk=ana.pk).update(is_active=False)

    assert refresh(api, grant["refresh_token"]).json()["code"] == "invalid_token"


def test_renewal_brings_the_roles_one_has_now(api, ana, grant):
    User.objects.filter(pk=ana.pk).update(roles=["customer", "catalog"])

    answer = refresh(api, grant["refresh_token"])

    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    assert claims["roles"] == ["customer", "catalog"]
    assert "products:write" in claims["scope"].split()


def test_a_browsers_tabs_may_renew_with_the_same_token_for_ten_seconds(ana):
    shared = sign_ins.sign_in(email=ana.email, password=PASSWORD, client=Client.BROWSER).refresh_token
    first_tab = sign_ins.refresh(refresh_token=shared)

    with time_machine.travel(timezone.now() + timedelta(seconds=9)):
        second_tab = sign_ins.refresh(refresh_token=shared)

        assert sign_ins.refresh(refresh_token=first_tab.refresh_token)
        assert sign_ins.refresh(refresh_token=second_tab.refresh_token)
    assert SignIn.objects.count() == 1


def test_after_the_grace_a_browsers_used_token_is_a_stolen_one(ana):
    shared = sign_ins.sign_in(email=ana.email, password=PASSWORD, client=Client.BROWSER).refresh_token
    successor = sign_ins.refresh(refresh_token=shared).refresh_token

    with time_machine.travel(timezone.now() + timedelta(seconds=11)):
        with pytest.raises(TokenReused):
            sign_ins.refresh(refresh_token=shared)

        with pytest.raises(InvalidToken):
            sign_ins.refresh(refresh_token=successor)


def test_the_grace_opens_no_sign_in_that_was_ended(ana):
    shared = sign_ins.sign_in(email=ana.email, password=PASSWORD, client=Client.BROWSER).refresh_token
    sign_ins.refresh(refresh_token=shared)
    sign_ins.revoke(refresh_token=shared)

    with pytest.raises(InvalidToken):
        sign_ins.refresh(refresh_token=shared)


def test_signing_out_ends_this_sign_in_alone(api, ana, grant):
    elsewhere = sign_ins.sign_in(email=ana.email, password=PASSWORD)

    answer = api.post("/v1/tokens/revoke", {"refresh_token": grant["refresh_token"]}, format="json")

    assert (answer.status_code, answer.content) == (204, b"")
    assert refresh(api, grant["refresh_token"]).status_code == 401
    assert refresh(api, elsewhere.refresh_token).status_code == 200


def test_signing_out_of_what_nobody_knows_is_no_mistake(api):
    answer = api.post("/v1/tokens/revoke", {"refresh_token": "made up"}, format="json")

    assert answer.status_code == 204


def test_signing_out_everywhere_ends_every_sign_in_of_mine_and_none_of_others(api, ana, person, grant, signed_in):
    person("ben@example.com")
    of_ben = sign_ins.sign_in(email="ben@example.com", password=PASSWORD)
    elsewhere = sign_ins.sign_in(email=ana.email, password=PASSWORD)

    answer = signed_in(ana).post("/v1/tokens/revoke", {"all": True}, format="json")

    assert answer.status_code == 204
    assert refresh(api, grant["refresh_token"]).status_code == 401
    assert refresh(api, elsewhere.refresh_token).status_code == 401
    assert refresh(api, of_ben.refresh_token).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_signing_out_everywhere_ends_access_tokens_at_once_and_the_next_one_is_good(signed_in, ana):
    everywhere = signed_in(ana)

    everywhere.post("/v1/tokens/revoke", {"all": True}, format="json")
    again = sign_ins.sign_in(email=ana.email, password=PASSWORD).access_token

    assert (everywhere.get("/v1/users/me").status_code, me(again).status_code) == (401, 200)


@pytest.mark.django_db(transaction=True)
def test_signing_out_twice_within_a_second_ends_what_was_opened_between(ana):
    with time_machine.travel(timezone.now(), tick=False):
        sign_ins.revoke_all(user_id=ana.id)
        between = sign_ins.sign_in(email=ana.email, password=PASSWORD).access_token
        sign_ins.revoke_all(user_id=ana.id)
        after = sign_ins.sign_in(email=ana.email, password=PASSWORD).access_token

        assert (me(between).status_code, me(after).status_code) == (401, 200)


def test_signing_out_everywhere_is_announced_to_every_service(signed_in, ana):
    signed_in(ana).post("/v1/tokens/revoke", {"all": True}, format="json")

    event = OutboxEvent.objects.get(type="user.signed_out")
    assert event.data["user_id"] == ana.id
    assert {delivery.subscriber for delivery in event.delivery_set.all()} == {"orders", "payments"}


def me(access_token):
    return APIClient().get("/v1/users/me", headers={"Authorization": f"Bearer {access_token}"})


def test_whose_sign_ins_shall_end_must_be_known(api):
    answer = api.post("/v1/tokens/revoke", {"all": True}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize("body", [{}, {"all": False}, {"all": "true"}, {"all": True, "refresh_token": "x"}])
def test_signing_out_says_either_which_sign_in_or_all(signed_in, ana, body):
    answer = signed_in(ana).post("/v1/tokens/revoke", body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
