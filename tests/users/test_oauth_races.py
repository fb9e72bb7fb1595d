"""What programs do at the same moment."""

import pytest
from oauth2_provider.models import RefreshToken
from rest_framework.test import APIClient

from apps.users.models import ApiKey, AuditEvent, OutboxEvent
from apps.users.problems import ApiKeyLimit
from apps.users.services import api_keys
from apps.users.services.clients import deactivate_client
from tests.users.conftest import PASSWORD
from tests.users.oauth import App, app, signed_in_by_page
from tests.users.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop():
    return App(None, app("own:read"))


@pytest.fixture
def code(shop, browser, ana):
    return shop.allowed_by(signed_in_by_page(browser, ana.email, PASSWORD))


def at_once_by(shop, times, command):
    """The statuses of what a program is answered, each time over a connection of its own."""

    def ask():
        return command(App(APIClient(), shop.client, shop.verifier)).status_code

    return at_once(times, ask)


def test_a_code_that_is_shown_by_many_at_once_opens_nothing_for_long(shop, code):
    statuses = at_once_by(shop, 8, lambda mine: mine.redeem(code))

    assert statuses.count(200) == 1
    assert statuses.count(400) == 7
    assert not RefreshToken.objects.filter(revoked=None).exists()
    assert OutboxEvent.objects.filter(type="authorization.ended").count() == 1


def test_a_refresh_token_that_is_shown_by_many_at_once_ends_its_family_once(shop, code):
    shop.api = APIClient()
    token = shop.redeem(code).json()["refresh_token"]

    statuses = at_once_by(shop, 8, lambda mine: mine.refresh(token))

    assert statuses.count(200) == 1
    assert statuses.count(400) == 7
    assert not RefreshToken.objects.filter(revoked=None).exists()
    assert OutboxEvent.objects.filter(type="authorization.ended").count() == 1


def test_a_program_that_is_closed_by_many_at_once_is_closed_once(shop):
    at_once(8, lambda: deactivate_client(client=shop.client))

    assert AuditEvent.objects.filter(action="client.deactivated").count() == 1


def test_of_many_keys_made_at_once_no_more_are_good_than_an_account_can_have(ana, monkeypatch):
    monkeypatch.setattr(api_keys, "MOST", 3)

    outcomes = at_once(8, lambda: api_keys.create_api_key(user_id=ana.id, name="x", scopes=["own:read"])[0])

    assert outcomes.count(ApiKeyLimit.code()) == 5
    assert ApiKey.objects.count() == 3


def test_a_key_that_is_revoked_by_many_at_once_is_revoked_once(ana):
    key, _ = api_keys.create_api_key(user_id=ana.id, name="x", scopes=["own:read"])

    at_once(8, lambda: api_keys.revoke_api_key(api_key=key))

    assert OutboxEvent.objects.filter(type="api_key.revoked").count() == 1
