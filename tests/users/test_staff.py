"""What staff do with the accounts of others."""

import jwt
import pytest

from apps.users.models import AuditEvent, OutboxEvent, Revocation, Role, SignIn, User
from apps.users.services import sign_ins
from chassis.callers import Caller
from tests.users.conftest import PASSWORD

pytestmark = pytest.mark.django_db

SAM = {"email": "sam@example.com", "roles": ["support"]}


@pytest.fixture
def admin(person):
    return person("admin@example.com", "Ada", roles=["admin"])


@pytest.fixture
def staff(signed_in, admin):
    """A client of the admin."""
    return signed_in(admin)


@pytest.fixture
def asking(api):
    """Makes a client of somebody whose token says just this, whoever they may be: `asking("users:write")`."""

    def make(scopes, user_id="usr_00000000000000000000000000"):
        caller = Caller(id=user_id, kind="user", scopes=frozenset(scopes.split()))
        api.force_authenticate(user=caller)
        return api

    return make


def invite(client, **body):
    return client.post("/v1/users/invitations", {**SAM, **body}, format="json")


def close(client, user):
    return client.post(f"/v1/users/{user.id}/deactivate", {}, format="json")


def give(client, user, *roles, if_match="*"):
    headers = {"HTTP_IF_MATCH": if_match} if if_match else {}
    return client.put(f"/v1/users/{user.id}/roles", {"roles": [*roles]}, format="json", **headers)


def facts():
    return [*OutboxEvent.objects.order_by("pk").values_list("type", flat=True)]


def acts():
    return [*AuditEvent.objects.order_by("pk").values_list("action", "actor", "subject", "changes")]


def test_staff_invite_somebody_who_then_chooses_a_password(api, staff, admin, token_sent):
    answer = invite(staff, full_name="Sam")
    body = {"token": token_sent("sam@example.com"), "password": PASSWORD}
    before = api.post("/v1/tokens", {"email": SAM["email"], "password": PASSWORD}, format="json")
    accepted = api.post("/v1/users/reset-password", body, format="json")
    after = api.post("/v1/tokens", {"email": SAM["email"], "password": PASSWORD}, format="json")

    sam = User.objects.get(email="sam@example.com")
    assert (answer.status_code, answer["Location"].endswith(f"/v1/users/{sam.id}")) == (201, True)
    assert answer.json().items() >= {"full_name": "Sam", "roles": ["support"], "email_verified": False}.items()
    assert (before.status_code, accepted.status_code, after.status_code) == (401, 204, 200)
    assert sam.email_verified
    assert [act[:3] for act in acts()] == [
        ("user.invited", admin.id, sam.id),
        ("user.invitation_accepted", sam.id, sam.id),
        ("user.verified", sam.id, sam.id),
    ]


def test_who_is_invited_is_told_nothing_of_a_changed_password(api, staff, letters, token_sent):
    invite(staff)

    body = {"token": token_sent("sam@example.com"), "password": PASSWORD}
    api.post("/v1/users/reset-password", body, format="json")

    assert [letter.subject for letter in letters("sam@example.com")] == ["You are invited to Tearline"]


def test_without_a_name_somebody_is_called_by_their_address(staff):
    assert invite(staff, email="SAM@example.com").json()["full_name"] == "sam@example.com"


def test_an_address_that_has_an_account_cannot_be_invited(staff, ana):
    answer = invite(staff, email=ana.email)

    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    assert facts() == []


@pytest.mark.parametrize("roles", [[], ["king"], "admin", None, ["admin"] * 8])
def test_an_invitation_says_as_what(staff, roles):
    answer = invite(staff, roles=roles)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("member", ["password", "is_active", "email_verified", "scope"])
def test_an_invitation_says_nothing_else(staff, member):
    assert invite(staff, **{member: True}).json()["errors"][0]["pointer"] == f"/{member}"


def test_nobody_invites_to_more_than_they_may_do(asking):
    answer = invite(asking("users:write users:read"), roles=["finance"])

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert not User.objects.exists()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_who_governs_accounts_does_any_of_this(signed_in, person, ana, role):
    client = signed_in(person("somebody@example.com", roles=[role]))
    asked = [
        invite(client),
        client.patch(f"/v1/users/{ana.id}", {"full_name": "X"}, format="json", HTTP_IF_MATCH="*"),
        close(client, ana),
        client.post(f"/v1/users/{ana.id}/activate", {}, format="json"),
        give(client, ana, "customer"),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in asked] == [(403, "forbidden")] * 5


def test_staff_correct_a_name(staff, admin, ana):
    answer = staff.patch(f"/v1/users/{ana.id}", {"full_name": "Ana K."}, format="json", HTTP_IF_MATCH='"1-x"')

    assert (answer.status_code, answer.json()["full_name"], answer.json()["version"]) == (200, "Ana K.", 2)
    assert facts() == ["user.updated"]
    assert acts() == [("user.changed", admin.id, ana.id, {"full_name": ["…", "…"]})]


@pytest.mark.parametrize(("if_match", "code"), [(None, "precondition_required"), ('"7-x"', "version_mismatch")])
def test_staff_say_which_version_they_change(staff, ana, if_match, code):
    headers = {"HTTP_IF_MATCH": if_match} if if_match else {}

    named = staff.patch(f"/v1/users/{ana.id}", {"full_name": "Ana K."}, format="json", **headers)

    assert (named.json()["code"], give(staff, ana, "support", if_match=if_match).json()["code"]) == (code, code)


def test_a_closed_account_signs_in_no_more_and_is_signed_out_everywhere(api, staff, admin, ana):
    grant = sign_ins.sign_in(email=ana.email, password=PASSWORD)

    answer = close(staff, ana)

    again = api.post("/v1/tokens/refresh", {"refresh_token": grant.refresh_token}, format="json")
    new = api.post("/v1/tokens", {"email": ana.email, "password": PASSWORD}, format="json")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (again.status_code, new.json()["code"]) == (401, "invalid_credentials")
    assert acts() == [("user.deactivated", admin.id, ana.id, {"is_active": [True, False]})]


@pytest.mark.django_db(transaction=True)
def test_a_closed_account_loses_the_tokens_that_it_has_at_every_service(staff, signed_in, ana):
    client = signed_in(ana)

    close(staff, ana)

    event = OutboxEvent.objects.get(type="user.deactivated")
    assert {delivery.subscriber for delivery in event.delivery_set.all()} == {"orders", "payments"}
    assert client.get("/v1/users/me").json()["code"] == "invalid_token"


def test_letters_that_are_on_their_way_to_a_closed_account_open_nothing(api, staff, ana, token_sent):
    api.post("/v1/users/forgot-password", {"email": ana.email}, format="json")
    token = token_sent(ana.email)
    close(staff, ana)
    staff.post(f"/v1/users/{ana.id}/activate", {}, format="json")

    answer = api.post("/v1/users/reset-password", {"token": token, "password": PASSWORD}, format="json")

    assert answer.json()["code"] == "one_time_token_invalid"


def test_an_account_is_opened_again(api, staff, ana):
    close(staff, ana)

    answer = staff.post(f"/v1/users/{ana.id}/activate", {}, format="json")

    assert (answer.status_code, answer.content) == (204, b"")
    assert api.post("/v1/tokens", {"email": ana.email, "password": PASSWORD}, format="json").status_code == 200
    assert facts() == ["user.deactivated", "user.activated"]


def test_what_is_so_already_cannot_be_done(staff, ana):
    open_already = staff.post(f"/v1/users/{ana.id}/activate", {}, format="json")
    close(staff, ana)
    closed_already = close(staff, ana)

    told = [answer.json() for answer in (open_already, closed_already)]
    assert [(problem["status"], problem["code"]) for problem in told] == [(409, "invalid_state")] * 2
    assert [problem["current_status"] for problem in told] == ["active", "inactive"]
    assert [problem["allowed_actions"] for problem in told] == [["deactivate"], ["activate"]]


def test_nobody_closes_their_own_account_like_that(staff, admin):
    answer = close(staff, admin)

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_no_program_closes_the_account_of_whom_it_asks_for(api, admin, person):
    person("other@example.com", roles=["admin"])
    scopes = frozenset({"users:write"})
    caller = Caller(id="key_x", client_id="key_x", kind="client", scopes=scopes, on_behalf_of=admin.id)
    api.force_authenticate(user=caller)

    assert close(api, admin).json()["code"] == "forbidden"


def test_the_last_admin_stays(asking, admin, person):
    person("closed@example.com", roles=["admin"], is_active=False)
    client = asking("users:write users:admin")

    answers = [close(client, admin), give(client, admin, "support")]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "last_admin")] * 2
    assert facts() == []


def test_the_last_admin_does_not_step_down_either(staff, admin):
    assert give(staff, admin, "customer").json()["code"] == "last_admin"


def test_one_of_two_admins_may_go(staff, person):
    other = person("other@example.com", roles=["admin"])

    assert give(staff, other, "customer").status_code == 200


def test_staff_give_roles(staff, admin, ana):
    answer = give(staff, ana, "catalog", "customer", "catalog", if_match='"1-x"')

    assert (answer.status_code, answer.json()["roles"]) == (200, ["customer", "catalog"])
    assert answer["ETag"].startswith('"2-')
    assert facts() == ["user.roles_changed"]
    changes = {"roles": [["customer"], ["customer", "catalog"]]}
    assert acts() == [("user.roles_changed", admin.id, ana.id, changes)]


def test_giving_what_somebody_has_changes_nothing(staff, ana):
    assert give(staff, ana, "customer").json()["version"] == 1
    assert (facts(), acts()) == ([], [])


def test_who_may_do_less_is_signed_out_and_signs_in_with_what_is_left(staff, person):
    sam = person("sam@example.com", roles=["support", "catalog"])
    sign_ins.sign_in(email=sam.email, password=PASSWORD)

    give(staff, sam, "catalog")

    assert SignIn.objects.get().ended_at
    assert "user.signed_out" in facts()
    claims = jwt.decode(
        sign_ins.sign_in(email=sam.email, password=PASSWORD).access_token, options={"verify_signature": False}
    )
    assert claims["roles"] == ["catalog"]
    assert claims["iat"] >= Revocation.objects.get(subject=sam.id).not_before


def test_who_may_do_more_stays_signed_in(staff, ana):
    sign_ins.sign_in(email=ana.email, password=PASSWORD)

    give(staff, ana, "customer", "support")

    assert SignIn.objects.get().ended_at is None


@pytest.mark.parametrize("roles", [["admin"], ["finance"], ["customer", "catalog"]])
def test_nobody_gives_what_they_may_not_do_to_themselves_or_others(asking, person, ana, roles):
    governor = person("governor@example.com", roles=["customer"])
    client = asking("users:admin users:read", governor.id)

    answers = [give(client, governor, *roles), give(client, ana, *roles)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "forbidden")] * 2
    assert {str(user.roles) for user in User.objects.all()} == {"['customer']"}


def test_taking_a_role_away_needs_none_of_its_rights(asking, person, admin):
    sam = person("sam@example.com", roles=["finance", "catalog"])

    assert give(asking("users:admin"), sam, "catalog").status_code == 200


@pytest.mark.parametrize("what", ["activate", "deactivate", "roles"])
def test_there_is_nothing_to_do_with_nobody(staff, what):
    url, body = f"/v1/users/usr_00000000000000000000000000/{what}", {"roles": ["customer"]}
    ask = staff.put if what == "roles" else staff.post

    assert ask(url, body, format="json", HTTP_IF_MATCH="*").status_code == 404
