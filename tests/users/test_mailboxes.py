"""Confirming that one reads what is sent to one's address."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.users.models import AuditEvent, LetterRequest, Mail, OneTimeToken, OutboxEvent, User
from apps.users.services import mailboxes
from chassis.signing import digest
from tests.users.conftest import PASSWORD, shapes, token_in

pytestmark = pytest.mark.django_db

ANA = {"email": "ana@example.com", "password": PASSWORD, "full_name": "Ana Kovač"}


@pytest.fixture
def registered(api):
    """Ana, who has just joined."""
    api.post("/v1/users", ANA, format="json")
    return User.objects.get()


def confirm(api, token):
    return api.post("/v1/users/verify-email", {"token": token}, format="json")


def ask_again(api, email=ANA["email"]):
    return api.post("/v1/users/resend-verification", {"email": email}, format="json")


def test_who_registers_gets_a_letter_with_a_token(registered, letters):
    (letter,) = letters(registered.email)

    assert letter.subject == "Confirm your e-mail address"
    assert "Hello Ana Kovač," in letter.body
    assert token_in(letter)


def test_the_token_confirms_the_address(api, registered, token_sent):
    answer = confirm(api, token_sent(registered.email))

    registered.refresh_from_db()
    assert (answer.status_code, answer.content) == (204, b"")
    assert (registered.email_verified, registered.version) == (True, 2)
    assert OutboxEvent.objects.get(type="user.verified").data == {"user_id": registered.id}
    recorded = AuditEvent.objects.get(action="user.verified")
    assert (recorded.actor, recorded.subject) == (registered.id, registered.id)
    assert recorded.changes == {"email_verified": [False, True]}


def test_a_token_is_kept_as_its_digest_and_its_letter_sealed(registered, letters):
    sealed = bytes(Mail.objects.get().sealed)
    token = token_in(letters(registered.email)[0])

    assert OneTimeToken.objects.get().digest == digest(token)
    assert token.encode() not in sealed
    assert bytes(Mail.objects.get().sealed) == b""


def test_a_token_that_was_used_is_refused_like_one_that_never_was(api, registered, token_sent):
    token = token_sent(registered.email)
    confirm(api, token)

    answers = [confirm(api, token), confirm(api, "made up")]

    bodies = [{**answer.json(), "request_id": ""} for answer in answers]
    assert (answers[0].status_code, bodies[0]["code"]) == (400, "one_time_token_invalid")
    assert bodies[0] == bodies[1]


def test_a_token_is_good_for_a_day(api, registered, token_sent):
    token = token_sent(registered.email)

    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
        late = confirm(api, token)

    assert late.json()["code"] == "one_time_token_invalid"
    assert confirm(api, token).status_code == 204


def test_a_token_for_something_else_confirms_nothing(api, registered, token_sent):
    api.post("/v1/users/forgot-password", {"email": registered.email}, format="json")

    assert confirm(api, token_sent(registered.email)).status_code == 400


def test_once_confirmed_no_older_token_is_good(api, registered, letters):
    ask_again(api)
    first, second = map(token_in, letters(registered.email))
    confirm(api, first)

    assert confirm(api, second).status_code == 400


def test_another_letter_is_sent_to_whoever_waits_for_one(api, registered, letters):
    answer = ask_again(api, " ANA@example.com")

    assert (answer.status_code, answer.content) == (202, b"")
    assert [letter.subject for letter in letters(registered.email)] == ["Confirm your e-mail address"] * 2
    assert not LetterRequest.objects.exists()


@pytest.mark.parametrize("facts", [{"email_verified_at": timezone.now()}, {"is_active": False}])
def test_no_letter_is_sent_where_it_is_of_no_use(api, person, letters, facts):
    person(**facts)

    assert ask_again(api).status_code == 202
    assert letters("ana@example.com") == []


def test_asking_tells_nobody_who_has_an_account(api, registered, asked_of_database):
    with asked_of_database() as for_ana:
        known = ask_again(api)
    with asked_of_database() as for_nobody:
        unknown = ask_again(api, "nobody@example.com")

    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"")
    assert shapes(for_ana) == shapes(for_nobody)


def test_an_address_that_was_asked_for_is_kept_sealed(api):
    ask_again(api, "nobody@example.com")

    assert b"nobody" not in bytes(LetterRequest.objects.get().sealed)


def test_no_mailbox_is_filled(api, registered, letters):
    for _ in range(mailboxes.MOST_LIVE_TOKENS + 5):
        ask_again(api)

    assert len(letters(registered.email)) == mailboxes.MOST_LIVE_TOKENS


def test_letters_can_be_asked_for_five_times_a_minute_by_one_address(api, settings):
    settings.RATES = {**settings.RATES, "forgot": type(settings.RATES["forgot"])(5, 60)}

    answers = [ask_again(api).status_code for _ in range(5)]
    forgot = api.post("/v1/users/forgot-password", {"email": "ana@example.com"}, format="json")

    assert answers == [202] * 5
    assert (forgot.status_code, forgot.json()["violated_policies"]) == (429, ["forgot"])


def test_old_tokens_are_forgotten(registered):
    mailboxes.forget_old_tokens("worker")
    assert OneTimeToken.objects.exists()

    with time_machine.travel(timezone.now() + timedelta(days=2, seconds=1)):
        mailboxes.forget_old_tokens("worker")

    assert not OneTimeToken.objects.exists()


def test_without_confirming_one_signs_in_and_buys(api, registered):
    assert api.post("/v1/tokens", {"email": registered.email, "password": PASSWORD}, format="json").status_code == 200


def test_a_shop_may_insist_on_confirmed_addresses(api, registered, settings, token_sent):
    settings.REQUIRE_VERIFIED_EMAIL = True
    credentials = {"email": registered.email, "password": PASSWORD}

    wrong = api.post("/v1/tokens", {**credentials, "password": "not the password"}, format="json")
    unconfirmed = api.post("/v1/tokens", credentials, format="json")
    confirm(api, token_sent(registered.email))
    confirmed = api.post("/v1/tokens", credentials, format="json")

    assert wrong.json()["code"] == "invalid_credentials"
    assert (unconfirmed.status_code, unconfirmed.json()["code"]) == (403, "email_not_verified")
    assert confirmed.status_code == 200
