"""Opening an account."""

import pytest

from apps.users.models import OutboxEvent, User
from chassis.identifiers import ID_PATTERN

pytestmark = pytest.mark.django_db

ANA = {"email": "ana@example.com", "password": "a long enough secret", "full_name": "Ana Kovač"}


def test_anyone_may_open_an_account(api):
    answer = api.post("/v1/users", ANA, format="json")

    assert answer.status_code == 201
    assert (
        answer.json().items()
        >= {
            "email": "ana@example.com",
            "full_name": "Ana Kovač",
            "email_verified": False,
            "roles": ["customer"],
            "is_active": True,
            "version": 1,
        }.items()
    )


def test_a_new_account_says_where_it_is_and_in_which_version(api, settings):
    answer = api.post("/v1/users", ANA, format="json")

    user_id = answer.json()["id"]
    assert ID_PATTERN.fullmatch(user_id)
    assert user_id.startswith("usr_")
    assert answer["Location"] == f"{settings.TOPOLOGY.public_url}/v1/users/{user_id}"
    assert answer["ETag"].startswith('"1-')
    assert answer["API-Version"] == "v1"


def test_no_answer_carries_a_password_or_its_hash(api):
    answer = api.post("/v1/users", ANA, format="json")

    assert "password" not in answer.json()
    assert User.objects.get().check_password(ANA["password"])


def test_an_account_is_announced_by_its_id_alone(api):
    answer = api.post("/v1/users", ANA, format="json")

    event = OutboxEvent.objects.get()
    user_id = answer.json()["id"]
    assert (event.type, event.stream, event.number, event.data) == (
        "user.registered",
        user_id,
        1,
        {"user_id": user_id},
    )


@pytest.mark.parametrize("spelling", ["ANA@Example.COM", " ana@example.com ", "ａｎａ@example.com"])
def test_an_address_in_another_spelling_is_the_same_address(api, spelling):
    api.post("/v1/users", ANA, format="json")

    answer = api.post("/v1/users", {**ANA, "email": spelling}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    assert User.objects.count() == 1
    assert OutboxEvent.objects.count() == 1


@pytest.mark.parametrize("name", ["Žofie Nováková", "محمد‌ رضا", "王小明", "Jean-Paul O’Neill"])
def test_names_may_be_in_any_script(api, name):
    answer = api.post("/v1/users", {**ANA, "full_name": f"  {name} "}, format="json")

    assert answer.status_code == 201
    assert answer.json()["full_name"] == name


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("kurz", "password_too_short"),
        ("98273645019", "password_entirely_numeric"),
        ("qwertyuiop", "password_too_common"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused_with_the_reason(api, password, reason):
    answer = api.post("/v1/users", {**ANA, "password": password}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (422, "weak_password")
    assert reason in {error["code"] for error in answer.json()["errors"]}
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/password"}
    assert not User.objects.exists()


def test_blanks_around_a_password_belong_to_it(api):
    api.post("/v1/users", {**ANA, "password": "  two blanks  "}, format="json")

    assert User.objects.get().check_password("  two blanks  ")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("email", "no address"),
        ("email", "ana@example"),
        ("email", "a" * 250 + "@example.com"),
        ("email", 5),
        ("email", None),
        ("password", ""),
        ("password", 1234567890),
        ("password", "p" * 129),
        ("password", "nul\x00in the middle"),
        ("full_name", ""),
        ("full_name", "   "),
        ("full_name", "n" * 201),
        ("full_name", "two\nlines"),
        ("full_name", {"first": "Ana"}),
    ],
)
def test_what_has_the_wrong_form_is_pointed_at(api, member, value):
    answer = api.post("/v1/users", {**ANA, member: value}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{member}"]


@pytest.mark.parametrize("member", ["email", "password", "full_name"])
def test_an_account_needs_address_password_and_name(api, member):
    answer = api.post("/v1/users", {name: ANA[name] for name in ANA if name != member}, format="json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0].items() >= {"pointer": f"/{member}", "code": "required"}.items()


@pytest.mark.parametrize("member", ["roles", "is_active", "is_staff", "email_verified", "id", "version", "scope"])
def test_nobody_gives_themselves_what_only_staff_may_give(api, member):
    answer = api.post("/v1/users", {**ANA, member: ["admin"]}, format="json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"/{member}"
    assert not User.objects.exists()


def test_the_same_command_sent_twice_opens_one_account(api):
    headers = {"HTTP_IDEMPOTENCY_KEY": "k4m2-0x5n-9w1c-7t3q-registration"}
    first = api.post("/v1/users", ANA, format="json", **headers)

    second = api.post("/v1/users", ANA, format="json", **headers)

    assert (second.status_code, second.json()) == (201, first.json())
    assert second["Idempotent-Replayed"] == "true"
    assert User.objects.count() == 1
