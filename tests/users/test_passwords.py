"""Giving an account another password, by a letter or by the one that is known."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from apps.users.models import AuditEvent, OutboxEvent, SignIn
from apps.users.services import sign_ins
from tests.users.conftest import PASSWORD, shapes, token_in

pytestmark = pytest.mark.django_db

NEW = "another long secret"


def forget(api, email="ana@example.com"):
    return api.post("/v1/users/forgot-password", {"email": email}, format="json")


def reset(api, token, password=NEW):
    return api.post("/v1/users/reset-password", {"token": token, "password": password}, format="json")


def change(client, current=PASSWORD, password=NEW, **headers):
    body = {"current_password": current, "password": password}
    return client.post("/v1/users/me/password", body, format="json", **headers)


def may_sign_in(api, password, email="ana@example.com"):
    return api.post("/v1/tokens", {"email": email, "password": password}, format="json").status_code == 200


@pytest.fixture
def token(api, ana, token_sent):
    """What Ana got by letter when she had forgotten her password."""
    forget(api)
    return token_sent(ana.email)


def test_who_has_forgotten_the_password_gets_a_letter(api, ana, letters):
    answer = forget(api)

    assert (answer.status_code, answer.content) == (202, b"")
    assert [letter.subject for letter in letters(ana.email)] == ["Choose a new password"]


def test_a_stranger_is_answered_alike_and_as_quickly_and_gets_nothing(api, ana, letters, asked_of_database):
    with asked_of_database() as for_ana:
        known = forget(api)
    # Each is a transaction of its own, and wakes the workers once; here the test's own is around both.
    connections["users"].run_on_commit.clear()
    with asked_of_database() as for_nobody:
        unknown = forget(api, "nobody@example.com")

    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert shapes(for_ana) == shapes(for_nobody)
    assert letters("nobody@example.com") == []


def test_the_token_gives_the_account_another_password(api, ana, token):
    answer = reset(api, token)

    assert (answer.status_code, answer.content) == (204, b"")
    assert (may_sign_in(api, PASSWORD), may_sign_in(api, NEW)) == (False, True)
    assert AuditEvent.objects.get(action="user.password_reset").changes == {"password": ["…", "…"]}


def test_whoever_resets_has_shown_that_the_address_is_theirs(api, ana, token):
    reset(api, token)

    ana.refresh_from_db()
    assert ana.email_verified
    assert OutboxEvent.objects.filter(type="user.verified").exists()


def test_a_reset_ends_every_sign_in_everywhere(api, ana, token):
    grant = sign_ins.sign_in(email=ana.email, password=PASSWORD)

    reset(api, token)

    again = api.post("/v1/tokens/refresh", {"refresh_token": grant.refresh_token}, format="json")
    assert again.json()["code"] == "invalid_token"
    assert OutboxEvent.objects.filter(type="user.signed_out").exists()


def test_the_owner_is_told_of_the_new_password(api, ana, token, letters):
    reset(api, token)

    assert letters(ana.email)[-1].subject == "Your password was changed"


def test_a_weak_password_is_refused_and_the_token_stays_good(api, token):
    weak = reset(api, token, "kurz")

    assert (weak.status_code, weak.json()["code"]) == (422, "weak_password")
    assert reset(api, token).status_code == 204


def test_a_token_resets_once(api, token):
    reset(api, token)

    again = reset(api, token, "a third long secret")

    assert (again.status_code, again.json()["code"]) == (400, "one_time_token_invalid")


def test_a_token_resets_within_an_hour(api, token):
    with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1)):
        assert reset(api, token).json()["code"] == "one_time_token_invalid"


def test_of_several_letters_the_first_use_ends_the_others(api, ana, letters):
    forget(api)
    forget(api)
    first, second = map(token_in, letters(ana.email))
    reset(api, first)

    assert reset(api, second).json()["code"] == "one_time_token_invalid"


def test_a_closed_account_gets_no_letter_and_its_tokens_are_good_for_nothing(api, ana, token, letters):
    type(ana).objects.update(is_active=False)
    forget(api)

    assert reset(api, token).status_code == 400
    assert len(letters(ana.email)) == 1


def test_who_knows_the_password_changes_it(api, signed_in, ana, letters):
    answer = change(signed_in(ana))

    assert (answer.status_code, answer.content) == (204, b"")
    assert (may_sign_in(api, PASSWORD), may_sign_in(api, NEW)) == (False, True)
    assert letters(ana.email)[-1].subject == "Your password was changed"
    assert AuditEvent.objects.get(action="user.password_changed").actor == ana.id


@pytest.mark.django_db(transaction=True)
def test_a_change_ends_every_sign_in_also_the_one_that_asked(signed_in, ana):
    sign_ins.sign_in(email=ana.email, password=PASSWORD)
    client = signed_in(ana)

    change(client)

    assert client.get("/v1/users/me").json()["code"] == "invalid_token"
    assert SignIn.objects.get().ended_at


def test_a_change_ends_letters_that_could_change_it_back(api, signed_in, ana, token):
    change(signed_in(ana))

    assert reset(api, token).json()["code"] == "one_time_token_invalid"


def test_a_wrong_current_password_changes_nothing(api, signed_in, ana):
    answer = change(signed_in(ana), current="not the password")

    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_password")
    assert may_sign_in(api, PASSWORD)


def test_a_new_password_is_no_weak_one(api, signed_in, ana):
    answer = change(signed_in(ana), password="12345678901")

    assert (answer.status_code, answer.json()["code"]) == (422, "weak_password")
    assert may_sign_in(api, PASSWORD)


def test_guessing_the_current_password_is_slowed_down_like_signing_in(api, signed_in, ana):
    client = signed_in(ana)
    guesses = [change(client, f"guess {n}", HTTP_IDEMPOTENCY_KEY=f"key-{n}").status_code for n in range(6)]

    assert guesses == [403] * 5 + [429]
    assert not may_sign_in(api, PASSWORD)


def test_nobody_changes_a_password_without_being_signed_in(api):
    assert change(api).status_code == 401
