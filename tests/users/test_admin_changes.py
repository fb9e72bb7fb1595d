"""What an admin does in Django's admin: services do it, announce it and record it, or say why not."""

import re

import pytest
from django.apps import apps
from django.contrib.admin.utils import quote

from apps.users.admin import accounts
from apps.users.models import ApiKey, AuditEvent, RegisteredClient, SignIn, User
from apps.users.services import people
from apps.users.services.people import deactivate
from apps.users.services.sign_ins import sign_in
from chassis.problems import ServicePaused, VersionMismatch
from chassis.signing import digest
from chassis.transactions import refuse_open_transaction
from tests.users.conftest import PASSWORD
from tests.users.visits import ROOT, TABLES, Visit, acts, of, said, told

pytestmark = pytest.mark.django_db


def test_a_name_and_roles_are_changed_by_the_services(admin, root, ana):
    admin.change(ana, full_name="Ana K.", roles=["customer", "support"])

    ana.refresh_from_db()
    assert (ana.full_name, ana.roles, ana.version) == ("Ana K.", ["customer", "support"], 3)
    assert acts(ana.id) == [("user.roles_changed", root.id), ("user.changed", root.id)]
    assert told("user.").count() == 2


def test_only_name_and_roles_are_read_from_the_form(admin, ana):
    hostile = {
        "is_active": "",
        "email": "eve@example.com",
        "email_verified_at_0": "2026-01-01",
        "password": "x",
        "id": "y",
    }

    admin.change(ana, **hostile, created_at_0="2020-01-01", version="77")

    assert User.objects.filter(pk=ana.pk).values().get() == User.objects.filter(pk=ana.pk).values().get() | {
        **{name: getattr(ana, name) for name in ("is_active", "email", "email_verified_at", "password", "created_at")},
        "version": 1,
    }


def test_who_has_not_seen_the_last_change_overwrites_nothing(admin, ana):
    User.objects.get(pk=ana.pk).change(full_name="Ana Changed")

    answer = admin.change(ana, full_name="Ana Overwritten")

    ana.refresh_from_db()
    assert "Somebody else changed it first" in said(answer)[0]
    assert ana.full_name == "Ana Changed"


def test_nobody_gives_what_they_may_not_do_and_the_name_stays_too(root, ana, token_for):
    visit = Visit(token_for(root, scope="users:read users:write users:admin"))

    answer = visit.change(ana, full_name="Ana Finance", roles=["finance"])

    ana.refresh_from_db()
    assert "Only who has it can give it" in said(answer)[0]
    assert (ana.full_name, ana.roles, acts(ana.id)) == ("Ana Kovač", ["customer"], [])


def test_a_name_that_cannot_be_kept_gives_no_role_either(admin, ana, monkeypatch):
    monkeypatch.setattr(accounts, "change_profile", refuse_a_change)

    answer = admin.change(ana, roles=["support"])

    ana.refresh_from_db()
    assert said(answer) == ["Somebody else changed it first"]
    assert (ana.roles, acts(ana.id), told("user.").count()) == (["customer"], [], 0)


def refuse_a_change(**_):
    raise VersionMismatch


def test_while_a_form_is_saved_no_other_service_is_asked(admin, ana, monkeypatch):
    monkeypatch.setattr(accounts, "change_profile", lambda **_: refuse_open_transaction("orders"))

    answer = admin.change(ana, roles=["support"])

    ana.refresh_from_db()
    assert (answer.status_code, ana.roles) == (500, ["customer"])


def test_the_last_admin_stays_one(admin, root):
    answer = admin.change(root, roles=["customer"])

    root.refresh_from_db()
    assert said(answer) == ["Nobody else could govern the accounts"]
    assert root.roles == ["admin"]


def test_the_last_admin_cannot_be_deactivated(admin, root, second):
    User.objects.filter(pk=root.pk).update(roles=["customer"])  # behind the back of their token

    answer = admin.act("user", "deactivate", second)

    second.refresh_from_db()
    assert said(answer) == ["Nobody else could govern the accounts: second@example.com"]
    assert second.is_active


def test_nobody_deactivates_their_own_account(admin, root, second):
    answer = admin.act("user", "deactivate", root)

    root.refresh_from_db()
    assert "Nobody closes their own account" in said(answer)[0]
    assert root.is_active


def test_deactivating_ends_sign_ins_and_is_announced_and_recorded(admin, root, ana):
    sign_in(email=ana.email, password=PASSWORD)

    answer = admin.act("user", "deactivate", ana)

    ana.refresh_from_db()
    assert said(answer) == ["Deactivated: ana@example.com"]
    assert not ana.is_active
    assert SignIn.objects.get().ended_at
    assert told("user.deactivated").count() == 1
    (event,) = AuditEvent.objects.filter(action="user.deactivated")
    assert (event.actor, event.subject, event.changes) == (root.id, ana.id, {"is_active": [True, False]})
    assert event.request_id


def test_what_can_be_done_is_done_and_what_cannot_is_said(admin, ana, person):
    closed = person("cy@example.com", is_active=False)

    answer = admin.act("user", "deactivate", ana, closed)

    assert sorted(said(answer)) == ["Deactivated: ana@example.com", "The state does not allow this: cy@example.com"]


@pytest.mark.parametrize("page", ["users/user/", "users/user/add/"])
def test_while_accounts_take_no_changes_it_is_said_to_come_back(admin, ana, page, monkeypatch):
    monkeypatch.setattr(people, "deactivate", refuse_for_now)
    monkeypatch.setattr(people, "invite", refuse_for_now)
    fields = {"email": "new@example.com", "roles": ["support"], "action": "deactivate", "index": "0"}

    answer = admin.post(page, **fields, _selected_action=[ana.pk])

    assert (answer.status_code, answer.json()["code"]) == (503, "service_paused")


def refuse_for_now(**_):
    raise ServicePaused


def test_an_account_is_opened_again(admin, root, person):
    closed = person("cy@example.com", is_active=False)

    admin.act("user", "activate", closed)

    assert User.objects.get(pk=closed.pk).is_active
    assert acts(closed.id) == [("user.activated", root.id)]


def test_somebody_is_signed_out_everywhere(admin, root, ana):
    sign_in(email=ana.email, password=PASSWORD)

    admin.act("user", "sign_out", ana)

    assert SignIn.objects.get().ended_at
    assert told("user.signed_out").count() == 1
    assert acts(ana.id) == [("user.signed_out", root.id)]


def test_an_action_is_for_the_ticked_rows_alone(admin, ana, person):
    other = person("other@example.com")

    admin.post("users/user/", action="deactivate", index="0", select_across="1", _selected_action=[ana.pk])

    assert [User.objects.get(pk=user.pk).is_active for user in (ana, other)] == [False, True]


def test_an_invitation_sends_a_letter_and_no_password(admin, root, letters):
    answer = admin.post("users/user/add/", email="New@Example.com", full_name="", roles=["support"])

    made = User.objects.get(email="new@example.com")
    assert answer.redirect_chain == [("/admin/users/user/", 302)]
    assert (made.roles, made.has_usable_password(), acts(made.id)) == (["support"], False, [("user.invited", root.id)])
    assert len(letters(made.email)) == 1


@pytest.mark.parametrize(("email", "refusal"), [("ana@example.com", "There is an account"), ("no", "valid email")])
def test_an_address_that_is_taken_or_is_none_invites_nobody(admin, ana, email, refusal):
    answer = admin.post("users/user/add/", email=email, full_name="X", roles=["support"])

    assert refusal in answer.content.decode()
    assert User.objects.count() == 2


def test_a_program_is_registered_and_its_secret_shown_once(register, admin, root):
    answer = register()

    made = RegisteredClient.objects.get()
    secret = re.search(r'id="secret">([\w-]+)<', answer.content.decode())[1]
    assert made.client_secret == digest(secret)
    assert secret not in str(admin.browser.cookies)
    assert acts(made.client_id) == [("client.registered", root.id)]
    assert secret not in admin.get(of(made)).content.decode()


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"redirect_uris": "https://a.example/back"}, "Nobody is led back to it"),
        ({"grant": "authorization_code"}, "Say where people are led back to"),
        ({"grant": "authorization_code", "redirect_uris": "http://evil.example/"}, "does not match"),
        ({"scopes": ["everything"]}, "not one of the available choices"),
    ],
)
def test_a_program_that_the_api_would_refuse_is_refused(register, fields, refusal):
    answer = register(**fields)

    assert refusal in answer.content.decode()
    assert not RegisteredClient.objects.exists()


def test_a_program_is_closed_and_never_changed(register, admin, root):
    register()
    made = RegisteredClient.objects.get()

    changed = admin.post(of(made), name="Other")
    admin.act("registeredclient", "deactivate", made)

    made.refresh_from_db()
    assert (changed.status_code, made.name, made.is_active) == (403, "Stock sync", False)
    assert told("client.deactivated").count() == 1
    assert acts(made.client_id) == [("client.registered", root.id), ("client.deactivated", root.id)]


def test_a_key_is_revoked(admin, root, ana, key):
    admin.act("apikey", "revoke", key[0])

    assert ApiKey.objects.get().revoked_at
    assert told("api_key.revoked").count() == 1
    assert ("api_key.revoked", root.id) in acts(key[0].id)


@pytest.mark.parametrize("table", TABLES)
def test_nothing_can_be_deleted(admin, ana, key, register, table):
    register()
    model = apps.get_model("users", table.split("/")[1])
    before = model.objects.count()

    single = admin.post(f"{table}{quote(model.objects.first().pk)}/delete/", post="yes")
    admin.post(table, action="delete_selected", index="0", post="yes", _selected_action=[model.objects.first().pk])

    assert (single.status_code, model.objects.count()) == (403, before)


@pytest.mark.parametrize("page", ["users/apikey/add/", "users/auditevent/add/"])
def test_neither_keys_nor_acts_are_made_here(admin, page):
    assert admin.get(page).status_code == 403


def test_an_act_stays_as_it_is(admin, ana):
    deactivate(user=ana, by=ROOT)
    event = AuditEvent.objects.get()

    assert admin.post(of(event), actor="somebody").status_code == 403
    assert AuditEvent.objects.get().actor == event.actor


def test_the_history_of_a_row_is_its_audit_trail(admin, ana):
    answer = admin.get(f"users/user/{quote(ana.pk)}/history/")

    assert answer["Location"] == f"/admin/users/auditevent/?q={ana.id}"
