"""Guessing passwords: five are free, then an account hears nothing for a while, and twice as long after each."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.users.models import AuditEvent, SignIn, WrongPasswords
from apps.users.models.wrong_passwords import wait_seconds
from apps.users.services import credentials
from tests.users.conftest import PASSWORD, shapes

pytestmark = pytest.mark.django_db

ANA = "ana@example.com"


def sign_in(api, password=PASSWORD, email=ANA, **headers):
    return api.post("/v1/tokens", {"email": email, "password": password}, format="json", **headers)


def guess(api, times, **more):
    return [sign_in(api, f"guess {n}", **more).status_code for n in range(times)]


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


@pytest.mark.parametrize("email", [ANA, "nobody@example.com"])
def test_after_five_guesses_an_account_hears_no_password_whether_it_is_there_or_not(api, ana, clock, email):
    guesses = guess(api, 6, email=email)

    refused = sign_in(api, email=email)

    assert guesses == [401] * 5 + [429]
    assert (refused.status_code, refused["Retry-After"]) == (429, "1")
    assert refused.json().items() >= {"code": "rate_limited", "violated_policies": ["wrong_passwords"]}.items()
    assert not SignIn.objects.exists()


def test_after_the_wait_the_right_password_is_heard_and_all_is_forgiven(api, ana, clock):
    guess(api, 5)
    clock.shift(1)

    assert sign_in(api).status_code == 200
    assert guess(api, 6) == [401] * 5 + [429]


def test_each_further_guess_doubles_the_wait(api, ana, clock):
    guess(api, 5)
    waits = []
    for seconds in (1, 2, 4, 8):
        clock.shift(seconds - 0.001)
        assert sign_in(api).status_code == 429
        clock.shift(0.001)
        assert guess(api, 1) == [401]
        waits.append(sign_in(api)["Retry-After"])

    assert waits == ["2", "4", "8", "16"]


@pytest.mark.parametrize(("count", "seconds"), [(0, 0), (4, 0), (5, 1), (6, 2), (16, 2048), (17, 3600), (10**6, 3600)])
def test_no_account_waits_longer_than_an_hour(count, seconds):
    assert wait_seconds(count) == seconds


def test_what_was_refused_unheard_makes_nobody_wait_longer(api, ana, clock):
    guess(api, 50)

    assert WrongPasswords.objects.get().count == 5


def test_another_spelling_is_the_same_account_and_another_account_is_not_slowed(api, ana, person, clock):
    person("ben@example.com")
    guess(api, 5)

    assert sign_in(api, email=" ANA@EXAMPLE.com").status_code == 429
    assert sign_in(api, email="ben@example.com").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_X_FORWARDED_FOR": "203.0.113.{}", "REMOTE_ADDR": "198.51.100.{}"},
        {"HTTP_IDEMPOTENCY_KEY": "a-key-of-nobody-in-particular-{}"},
        {"HTTP_USER_AGENT": "browser {}", "HTTP_X_REQUEST_ID": "request-{}"},
    ],
)
def test_it_helps_nobody_to_ask_from_elsewhere_or_in_another_way(api, ana, clock, headers):
    answers = [
        sign_in(api, "guess", **{name: value.format(n) for name, value in headers.items()}).status_code
        for n in range(7)
    ]

    assert answers == [401] * 5 + [429] * 2


def test_a_closed_account_is_slowed_down_as_well(api, person, clock):
    person(is_active=False)

    assert [sign_in(api).status_code for _ in range(6)] == [401] * 5 + [429]


def test_the_page_for_browsers_says_it_too(api, browser, ana, clock):
    guess(api, 5)
    browser.get("/session")
    form = {"email": ANA, "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"].value}

    answer = browser.post("/session", form)

    assert (answer.status_code, answer["Retry-After"]) == (429, "1")
    assert b'role="alert"' in answer.content


def test_a_new_password_by_letter_ends_the_wait(api, ana, clock, token_sent):
    guess(api, 5)
    api.post("/v1/users/forgot-password", {"email": ANA}, format="json")
    body = {"token": token_sent(ANA), "password": "another long secret"}

    api.post("/v1/users/reset-password", body, format="json")

    assert sign_in(api, "another long secret").status_code == 200


def test_a_guess_is_as_much_work_whether_the_account_is_there_or_not(api, ana, asked_of_database):
    with asked_of_database() as for_ana:
        guess(api, 6)
    with asked_of_database() as for_nobody:
        guess(api, 6, email="nobody@example.com")

    assert shapes(for_ana) == shapes(for_nobody)


def test_a_wait_is_recorded_and_a_guess_is_not(api, ana, clock):
    guess(api, 4)
    assert not AuditEvent.objects.exists()

    guess(api, 2)

    recorded = AuditEvent.objects.get()
    assert (recorded.action, recorded.subject) == ("sign_in.locked", ana.id)
    assert recorded.changes == {"wrong_passwords": [4, 5]}


def test_nobody_reads_addresses_out_of_what_is_kept_of_guesses(api, clock):
    guess(api, 5, email="nobody@example.com")

    kept = [*WrongPasswords.objects.values(), *AuditEvent.objects.values()]

    assert "nobody" not in str(kept)


def test_what_was_guessed_a_day_ago_is_forgotten(api, ana, clock):
    guess(api, 5)
    credentials.forget_old_failures("worker")
    assert WrongPasswords.objects.exists()

    clock.shift(timedelta(days=1, seconds=1))
    credentials.forget_old_failures("worker")

    assert not WrongPasswords.objects.exists()
