"""Who may see and change an account."""

import pytest
from rest_framework.test import APIClient

from apps.users.models import OutboxEvent, Role, User
from apps.users.services import accounts
from chassis.problems import VersionMismatch
from chassis.tokens import service_token

pytestmark = pytest.mark.django_db


def change(client, body, if_match='"1-x"', **more):
    headers = {"HTTP_IF_MATCH": if_match} if if_match else {}
    return client.patch("/v1/users/me", body, format="json", **headers, **more)


def test_people_see_themselves(signed_in, ana):
    answer = signed_in(ana).get("/v1/users/me")

    assert answer.status_code == 200
    assert answer.json()["id"] == ana.id
    assert answer.json()["created_at"].endswith("Z")
    assert answer.json() == signed_in(ana).get(f"/v1/users/{ana.id}").json()


def test_what_has_not_changed_is_not_sent_again(signed_in, ana):
    tag = signed_in(ana).get("/v1/users/me")["ETag"]

    answer = signed_in(ana).get("/v1/users/me", HTTP_IF_NONE_MATCH=tag)

    assert (answer.status_code, answer.content) == (304, b"")


def test_people_change_their_name(signed_in, ana):
    tag = signed_in(ana).get("/v1/users/me")["ETag"]

    answer = change(signed_in(ana), {"full_name": "Ana Kovač-Müller"}, tag)

    assert answer.status_code == 200
    assert (answer.json()["full_name"], answer.json()["version"]) == ("Ana Kovač-Müller", 2)
    assert answer.json()["updated_at"] > answer.json()["created_at"]
    assert answer["ETag"].startswith('"2-')
    assert OutboxEvent.objects.get().data == {"user_id": ana.id}
    assert OutboxEvent.objects.get().type == "user.updated"


def test_a_merge_patch_is_read_too(signed_in, ana):
    answer = signed_in(ana).patch(
        "/v1/users/me", '{"full_name": "Ana"}', content_type="application/merge-patch+json", HTTP_IF_MATCH='"1-x"'
    )

    assert answer.json()["full_name"] == "Ana"


@pytest.mark.parametrize("body", [{}, {"full_name": "Ana Kovač"}])
def test_a_change_that_changes_nothing_is_no_new_version(signed_in, ana, body):
    answer = change(signed_in(ana), body)

    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert not OutboxEvent.objects.exists()


def test_a_change_says_which_version_it_is_based_on(signed_in, ana):
    unsaid = change(signed_in(ana), {"full_name": "Ana"}, if_match=None)
    outdated = change(signed_in(ana), {"full_name": "Ana"}, if_match='"7-x"')

    assert (unsaid.status_code, unsaid.json()["code"]) == (428, "precondition_required")
    assert (outdated.status_code, outdated.json()["code"]) == (412, "version_mismatch")
    assert outdated.json()["current_version"] == 1


def test_of_two_changes_of_one_version_the_second_is_refused(ana):
    as_read_by_another = User.objects.get(pk=ana.pk)
    accounts.change_profile(user=ana, full_name="Ana A.")

    with pytest.raises(VersionMismatch):
        accounts.change_profile(user=as_read_by_another, full_name="Ana B.")

    assert User.objects.get().full_name == "Ana A."


@pytest.mark.parametrize("member", ["roles", "is_active", "email", "email_verified", "password", "version", "id"])
def test_people_change_nothing_else_of_themselves(signed_in, ana, member):
    answer = change(signed_in(ana), {member: ["admin"]})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"/{member}"
    assert User.objects.get().roles == ["customer"]


def test_a_name_cannot_be_taken_away(signed_in, ana):
    assert change(signed_in(ana), {"full_name": None}).status_code == 400
    assert change(signed_in(ana), {"full_name": " "}).status_code == 400


def test_another_persons_account_is_as_if_it_were_not_there(signed_in, ana, person):
    ben = person("ben@example.com")

    answer = signed_in(ana).get(f"/v1/users/{ben.id}")
    missing = signed_in(ana).get("/v1/users/usr_00000000000000000000000000")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert missing.status_code == 404


@pytest.mark.parametrize("role", ["support", "auditor", "admin"])
def test_staff_who_may_read_users_see_anybody(signed_in, ana, person, role):
    staff = person("staff@example.com", roles=[role])

    answer = signed_in(staff).get(f"/v1/users/{ana.id}")

    assert (answer.status_code, answer.json()["email"]) == (200, ana.email)


@pytest.mark.parametrize("url", ["/v1/users", "/v1/users/me", "/v1/roles", "/v1/users/usr_00000000000000000000000000"])
def test_nobody_is_asked_to_sign_in_first(api, url):
    answer = api.get(url)

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("url", ["/v1/users", "/v1/users/me", "/v1/roles", "/v1/users/{id}"])
def test_a_services_token_does_not_open_what_is_for_people(ana, url):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {service_token('users', 'users', 'users:read')}")

    answer = client.get(url.format(id=ana.id))

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("role", ["customer", "fulfilment", "finance", "catalog"])
def test_the_list_is_for_staff_who_may_read_users(signed_in, person, role):
    answer = signed_in(person(roles=[role])).get("/v1/users")

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_staff_list_everybody_newest_first(signed_in, ana, person):
    admin = person("admin@example.com", roles=["admin"])

    answer = signed_in(admin).get("/v1/users")

    assert [user["id"] for user in answer.json()["data"]] == [admin.id, ana.id]
    assert (answer.json()["next"], answer.json()["previous"]) == (None, None)


def test_the_list_is_walked_page_by_page(signed_in, person):
    admin = person("admin@example.com", roles=["admin"])
    person("ben@example.com")

    first = signed_in(admin).get("/v1/users?limit=1&ordering=email").json()
    second = signed_in(admin).get(first["next"]).json()

    emails = [user["email"] for page in (first, second) for user in page["data"]]
    assert emails == ["admin@example.com", "ben@example.com"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("email=ANA@Example.com", ["ana@example.com"]),
        ("email=ana", []),
        ("role=support", ["sam@example.com"]),
        ("role=customer", ["ana@example.com", "sam@example.com"]),
        ("role=finance", []),
        ("is_active=false", ["sam@example.com"]),
        ("is_active=true&role=customer", ["ana@example.com"]),
    ],
)
def test_the_list_is_narrowed_by_address_role_and_state(signed_in, ana, person, query, found):
    admin = person("admin@example.com", roles=["admin"])
    person("sam@example.com", roles=["customer", "support"], is_active=False)

    answer = signed_in(admin).get(f"/v1/users?ordering=email&{query}")

    assert [user["email"] for user in answer.json()["data"]] == found


@pytest.mark.parametrize(
    "query", ["role=king", "is_active=perhaps", "is_staff=true", "ordering=password", "limit=0", "email=a&email=b"]
)
def test_a_question_the_list_does_not_know_is_refused(signed_in, person, query):
    answer = signed_in(person(roles=["admin"])).get(f"/v1/users?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_staff_read_which_role_opens_what(signed_in, person):
    answer = signed_in(person(roles=["auditor"])).get("/v1/roles")

    assert [role["name"] for role in answer.json()["data"]] == [*Role.values]
    assert answer.json()["data"][3] == {
        "name": "finance",
        "scopes": ["orders:read", "payments:read", "payments:write", "pii:read", "refunds:create"],
    }


def test_an_admin_may_do_all_that_any_role_may_and_govern_users():
    others = frozenset().union(*(role.scopes for role in Role if role is not Role.ADMIN))

    assert Role.ADMIN.scopes == others | {"users:write", "users:admin", "webhooks:admin", "announcements:admin"}


def test_who_has_any_role_besides_customer_is_staff(person):
    assert not person("a@example.com").is_staff
    assert person("b@example.com", roles=["customer", "catalog"]).is_staff
