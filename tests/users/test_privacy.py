"""Having what is kept of oneself, and having it gone, with neighbours that answer what the test says."""

import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.utils import timezone

from apps.users.models import (
    Address,
    AuditEvent,
    IdempotencyRecord,
    Mail,
    Operation,
    OutboxEvent,
    SubjectRequest,
    User,
    WrongPasswords,
)
from apps.users.services.subject_requests import work
from chassis import calls
from chassis.protections import Protection
from chassis.tokens import service_token
from tests.users.conftest import PASSWORD
from tests.users.stand_ins import StandInKeeper, outcome

pytestmark = pytest.mark.django_db
ADDRESS = {"recipient": "Ana", "line1": "1 Whisper Lane", "city": "Leeds", "postal_code": "LS1", "country": "GB"}


@pytest.fixture(autouse=True)
def keepers(monkeypatch, settings):
    """Orders and payments, replaced at the transport."""
    stand_ins = {"orders": StandInKeeper(), "payments": StandInKeeper()}
    settings.CALLS = {**settings.CALLS, "*": Protection(tries=1, failures=0)}
    settings.CALLS |= {name: Protection(tries=1, failures=0) for name in stand_ins}
    monkeypatch.setattr(calls, "transport_to", stand_ins.__getitem__)
    return stand_ins


@pytest.fixture
def client(signed_in, ana):
    return signed_in(ana)


def export(client, **headers):
    return client.post("/v1/users/me/exports", {}, format="json", headers=headers)


def erase(client, password=PASSWORD, **headers):
    return client.post("/v1/users/me/erasure", {"password": password}, format="json", headers=headers)


def done():
    while work("the worker"):
        pass


def due():
    """Whatever waits for its time: it has come."""
    SubjectRequest.objects.waiting().update(due_at=timezone.now(), leased_until=None)
    done()


def followed(api, begun):
    """The operation as whoever holds its token sees it."""
    return api.get(urlsplit(begun["Location"]).path, headers={"X-Operation-Token": begun.json()["operation_token"]})


def result(client, begun):
    answer = client.get(urlsplit(begun["Location"]).path + "/result")
    return json.loads(b"".join(answer.streaming_content))


def test_an_export_is_all_that_every_service_keeps(client, ana, keepers):
    client.post("/v1/users/me/addresses", ADDRESS, format="json")
    keepers["orders"].parts = [[{"id": "1"}, {"id": "2"}], [{"id": "3"}]]
    keepers["payments"].parts = [[]]

    begun = export(client)
    done()

    bundle = result(client, begun)
    assert begun.status_code == 202
    assert (bundle["users"]["profile"]["email"], bundle["users"]["addresses"][0]["line1"]) == (
        ana.email,
        "1 Whisper Lane",
    )
    assert (bundle["orders"], bundle["payments"]) == ([{"id": "1"}, {"id": "2"}, {"id": "3"}], [])
    assert "password" not in json.dumps(bundle)


def test_an_export_waits_for_a_service_that_is_down(client, keepers):
    keepers["payments"].is_down = True
    begun = export(client)
    done()
    assert client.get(urlsplit(begun["Location"]).path).json()["progress"] == {"done": 2, "total": 3}

    keepers["payments"].is_down = False
    due()

    assert result(client, begun)["payments"] == [{"id": "one"}]


def test_a_second_export_of_a_day_is_refused_and_one_of_the_next_is_not(client, settings):
    export(client)
    done()

    again = export(client)

    assert (again.status_code, again.json()["violated_policies"]) == (429, ["exports"])
    assert 86_000 < int(again["Retry-After"]) <= 86_401
    SubjectRequest.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))
    assert export(client).status_code == 202


def test_an_export_that_was_cancelled_goes_no_further_and_does_not_count(client):
    begun = export(client)

    cancelled = client.post(urlsplit(begun["Location"]).path + "/cancel", {}, format="json")
    done()

    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert not SubjectRequest.objects.waiting().exists()
    assert export(client).status_code == 202


def test_an_export_is_nobody_elses(client, signed_in, person):
    begun = export(client)

    ben = signed_in(person("ben@example.com"))

    assert ben.get(urlsplit(begun["Location"]).path).status_code == 404


def test_who_is_erased_is_a_tombstone(client, ana, api, keepers, letters):
    client.post("/v1/users/me/addresses", ADDRESS, format="json", headers={"Idempotency-Key": "address"})
    api.post("/v1/tokens", {"email": ana.email, "password": "wrong"}, format="json")
    api.post("/v1/users/forgot-password", {"email": ana.email}, format="json")
    letters(ana.email)

    begun = erase(client)
    done()

    ana.refresh_from_db()
    assert begun.status_code == 202
    assert (ana.email, ana.full_name, ana.is_active) == (f"erased+{ana.id}@invalid", "", False)
    assert ana.erased_at
    assert not ana.has_usable_password()
    assert [model.objects.count() for model in (Address, WrongPasswords, IdempotencyRecord)] == [0, 0, 0]
    assert not Mail.objects.exclude(sealed=b"").exists()
    assert OutboxEvent.objects.filter(type="user.erased", stream=ana.id).exists()


def test_orders_forgets_before_payments_and_each_is_told_by_one_name(client, keepers):
    erase(client)
    done()

    request = SubjectRequest.objects.get()
    assert {name: keeper.keys for name, keeper in keepers.items()} == {
        name: [f"erase:{request.id}:{name}"] for name in ("orders", "payments")
    }


def test_whoever_is_erased_follows_it_by_its_token_alone(client, api):
    begun = erase(client)
    done()

    assert api.get(urlsplit(begun["Location"]).path).status_code == 401
    assert api.get(urlsplit(begun["Location"]).path, headers={"X-Operation-Token": "another"}).status_code == 404
    assert followed(api, begun).json()["status"] == "succeeded"


def test_the_token_opens_what_came_of_it(client, api, keepers):
    keepers["orders"].outcomes = [outcome("retained", retained_until="2036-01-01T00:00:00.000Z")]
    begun = erase(client)
    done()

    token = {"X-Operation-Token": begun.json()["operation_token"]}
    answer = api.get(urlsplit(begun["Location"]).path + "/result", headers=token)

    told = json.loads(b"".join(answer.streaming_content))
    assert told["orders"] == {"status": "retained", "retained_until": "2036-01-01T00:00:00+00:00"}
    assert (told["payments"]["status"], told["users"]["status"]) == ("completed", "completed")


def test_while_it_is_done_nobody_signs_in_and_staff_cannot_open_the_account(client, api, ana, signed_in, root, keepers):
    keepers["payments"].is_down = True
    begun = erase(client)
    done()

    entered = api.post("/v1/tokens", {"email": ana.email, "password": PASSWORD}, format="json")
    opened = signed_in(root).post(f"/v1/users/{ana.id}/activate", {}, format="json")
    assert (entered.status_code, opened.status_code) == (401, 409)
    assert OutboxEvent.objects.filter(type="user.deactivated", stream=ana.id).exists()
    assert followed(api, begun).json()["status"] == "running"
    assert User.objects.get(pk=ana.pk).email == ana.email

    keepers["payments"].is_down = False
    due()

    assert followed(api, begun).json()["status"] == "succeeded"
    assert User.objects.get(pk=ana.pk).erased_at


def test_a_service_that_waits_for_what_is_under_way_is_asked_again_under_the_same_name(client, keepers):
    keepers["orders"].outcomes = [outcome("closing", seconds=10), outcome("completed")]
    erase(client)
    done()
    assert SubjectRequest.objects.get().failures == 0

    with time_machine.travel(timezone.now() + timedelta(seconds=11)):
        done()

    assert len({*keepers["orders"].keys}) == 1
    assert len(keepers["orders"].keys) == 2


def test_orders_that_are_not_over_are_in_the_way(client, ana, keepers):
    keepers["orders"].outlook = outcome("blocked", "open_orders")

    refused = erase(client)

    assert (refused.status_code, refused.json()["code"]) == (409, "open_orders")
    assert not SubjectRequest.objects.exists()


def test_an_order_that_came_in_between_opens_the_door_again(client, api, ana, keepers):
    keepers["orders"].outcomes = [outcome("closing"), outcome("blocked", "open_orders")]
    begun = erase(client)
    due()

    operation = followed(api, begun).json()
    assert (operation["status"], operation["problem"]["code"]) == ("failed", "open_orders")
    assert api.post("/v1/tokens", {"email": ana.email, "password": PASSWORD}, format="json").status_code == 200
    assert OutboxEvent.objects.filter(type="user.activated", stream=ana.id).exists()
    assert keepers["payments"].keys == []


def test_orders_that_is_down_is_no_reason_to_refuse(client, keepers):
    keepers["orders"].is_down = True

    assert erase(client).status_code == 202


def test_a_wrong_password_erases_nobody_and_counts(client):
    guesses = [erase(client, f"guess {n}", **{"Idempotency-Key": f"key-{n}"}) for n in range(6)]

    assert [guess.status_code for guess in guesses] == [403] * 5 + [429]
    assert guesses[0].json()["code"] == "wrong_password"
    assert not SubjectRequest.objects.exists()


def test_whoever_keeps_the_shop_gives_that_up_before(signed_in, person, root, second):
    support = person("support@example.com", roles=["support"])

    assert erase(signed_in(support)).json()["code"] == "staff_account"
    assert erase(signed_in(root)).json()["code"] == "staff_account"


def test_the_last_admin_stays(signed_in, root):
    assert erase(signed_in(root)).json()["code"] == "last_admin"


def test_a_role_given_meanwhile_is_in_the_way_too(client, ana, settings):
    settings.ERASURE_DELAY_DAYS = 7
    erase(client)
    User.objects.filter(pk=ana.pk).update(roles=["support"])

    due()

    assert Operation.objects.get().problem["code"] in {"last_admin", "staff_account"}
    assert User.objects.get(pk=ana.pk).is_active


def test_people_may_change_their_mind_until_it_begins(client, ana, settings):
    settings.ERASURE_DELAY_DAYS = 7
    begun = erase(client)
    done()

    cancelled = client.post(urlsplit(begun["Location"]).path + "/cancel", {}, format="json")
    due()

    assert (begun.json()["status"], cancelled.json()["status"]) == ("pending", "cancelled")
    assert User.objects.get(pk=ana.pk).is_active
    assert erase(client).status_code == 202


def test_what_has_begun_can_no_longer_be_cancelled(client, api, keepers):
    keepers["payments"].is_down = True
    begun = erase(client)
    done()

    token = {"X-Operation-Token": begun.json()["operation_token"], "Idempotency-Key": "k" * 22}
    refused = api.post(urlsplit(begun["Location"]).path + "/cancel", {}, format="json", headers=token)

    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_state")


def test_asking_twice_is_asking_once_and_the_newer_token_opens_it(client, api, settings):
    settings.ERASURE_DELAY_DAYS = 7
    first, second = erase(client), erase(client)

    assert first.json()["id"] == second.json()["id"]
    assert (followed(api, first).status_code, followed(api, second).status_code) == (404, 200)


def test_an_export_goes_with_whoever_it_was_of(client, ana):
    export(client)
    done()

    erase(client)
    done()

    assert not Operation.objects.filter(kind="users.export").exists()


def test_the_trail_says_what_happened_and_of_nobody_what_they_were_called(client, ana):
    erase(client)
    done()

    trail = AuditEvent.objects.filter(subject=ana.id).order_by("at")
    assert [event.action for event in trail] == ["user.erasure_requested", "user.erasure_begun", "user.erased"]
    assert "ana@example.com" not in str(list(trail.values()))


def test_other_services_are_told_of_no_tombstone(client, ana, api, orders):
    erase(client)
    done()

    api.credentials(HTTP_AUTHORIZATION=f"Bearer {service_token(orders, 'users', 'users:read')}")
    assert api.get(f"/internal/users/v1/users/{ana.id}").status_code == 404


@pytest.mark.parametrize("steps", range(1, 5))
def test_a_worker_that_dies_after_a_step_is_followed_by_another(client, ana, api, keepers, steps):
    """It held the lease when it died, and had heard an answer that it did not keep."""
    begun = erase(client)
    for _ in range(steps - 1):
        work("a worker")
    (dying,) = SubjectRequest.objects.due().lease("a dying worker")
    part = dying.next_part()
    if dying.operation.status == "running" and part.service != "users":
        keepers[part.service].asked.append(("POST", "", {"key": f"erase:{dying.id}:{part.service}"}))
    assert work("another") == 0

    due()

    assert followed(api, begun).json()["status"] == "succeeded"
    assert all(len({*keeper.keys}) == 1 for keeper in keepers.values())
