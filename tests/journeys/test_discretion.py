"""What people tell the shop in confidence is in no log, and in no table but those that are for it."""

import pytest

from tests.journeys.visitors import ADDRESS, admin, ask, order_of, stocked
from tests.topologies.letters import letters_to, token_in
from tests.topologies.running import running
from tests.topologies.shapes import THREE_PROCESSES

pytestmark = pytest.mark.timeout(120)
PASSWORD, NEXT, WRONG = "hush-this-is-Zelda's", "hush-and-the-next-one", "hush-what-is-wrong"
EMAIL, GUEST, NAME, STREET = "zelda@example.com", "quiet@example.com", "Zelda Quietly", "7 Whisper Lane"
# Where people's names and addresses belong.
THEIR_PLACES = {"users_user", "users_address", "orders_order"}


@pytest.fixture(scope="module")
def visit():
    """A shop after a visit, its rows, and all that was secret in it."""
    with running(THREE_PROCESSES, gateway=True) as shop:
        secrets = [*secrets_of_zelda(shop), *secrets_of_a_guest(shop), *secrets_of_a_program(shop)]
        shop.settle()
        rows = {
            (service, table): shop.store.select(service, f'SELECT * FROM "{table}"')
            for service in shop.store.urls
            for table in shop.store.tables(service)
        }
        logs = {file.name: file.read_text() for file in shop.folder.rglob("*.log") if file.parent.name != "letters"}
    return rows, logs, secrets


def secrets_of_zelda(shop):
    account = {"email": EMAIL, "password": PASSWORD}
    ask(shop, "POST", "/v1/users", json={**account, "full_name": NAME}).raise_for_status()
    ask(shop, "POST", "/v1/tokens", json={**account, "password": WRONG})
    grant = ask(shop, "POST", "/v1/tokens", json=account).json()
    hers = {"Authorization": f"Bearer {grant['access_token']}"}
    address = {**ADDRESS, "recipient": NAME, "line1": STREET}
    ask(shop, "POST", "/v1/users/me/addresses", json=address, headers=hers).raise_for_status()
    scopes = {"name": "Hers", "scopes": ["own:read"]}
    key = ask(shop, "POST", "/v1/users/me/api-keys", json=scopes, headers=hers).json()["key"]
    ask(shop, "GET", "/v1/orders", headers={"Authorization": f"Api-Key {key}"}).raise_for_status()
    wanted = {**order_of(stocked(shop, "HERS", 1)), "shipping_address": address}
    del wanted["email"]
    bought = {**hers, "Idempotency-Key": "her-order"}
    order = ask(shop, "POST", "/v2/orders", json=wanted, headers=bought).json()["id"]
    ask(shop, "GET", f"/v2/orders/{order}/customer", headers=admin(shop)).raise_for_status()
    ask(shop, "POST", "/v1/users/forgot-password", json={"email": EMAIL}).raise_for_status()
    shop.settle()
    token = token_in(letters_to(shop.folder, EMAIL)[-1])
    ask(shop, "POST", "/v1/users/reset-password", json={"token": token, "password": NEXT}).raise_for_status()
    return [PASSWORD, NEXT, WRONG, grant["access_token"], grant["refresh_token"], key, token]


def secrets_of_a_guest(shop):
    wanted = order_of(stocked(shop, "SHH", 10), email=GUEST)
    wanted["shipping_address"] = {**ADDRESS, "recipient": NAME, "line1": STREET}
    key = "a-key-that-opens-the-stored-answer"
    placed = ask(shop, "POST", "/v2/orders", json=wanted, headers={"Idempotency-Key": key}).json()
    hers = {"X-Order-Token": placed["guest_token"], "Idempotency-Key": "and-another-of-so-many-letters"}
    opened = ask(shop, "POST", f"/v2/orders/{placed['id']}/pay", json={}, headers=hers).json()["payment"]
    payer = {"Authorization": f"Bearer {opened['payer_token']}"}
    confirm = f"/v1/sandbox/payments/{opened['id']}/confirm"
    ask(shop, "POST", confirm, json={"payment_method": "sbx_ok"}, headers=payer).raise_for_status()
    return [placed["guest_token"], opened["payer_token"]]


def secrets_of_a_program(shop):
    wanted = {"name": "Books", "grant": "client_credentials", "scopes": ["orders:read"]}
    client = ask(shop, "POST", "/v1/clients", json=wanted, headers=admin(shop)).json()
    form = {"grant_type": "client_credentials"}
    grant = ask(shop, "POST", "/oauth/token", data=form, auth=(client["id"], client["client_secret"])).json()
    return [client["client_secret"], grant["access_token"]]


def text_of(row):
    values = (
        bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else value for value in row.values()
    )
    return " ".join(map(str, values))


def holding(rows, words):
    """The tables in which one of the words stands."""
    return {
        f"{service} {table}"
        for (service, table), found in rows.items()
        for row in found
        if any(word in text_of(row) for word in words)
    }


def test_no_secret_is_in_a_log_or_a_row(visit):
    rows, logs, secrets = visit

    assert all(len(secret) > 15 for secret in secrets)
    assert holding(rows, secrets) == set()
    assert [name for name, log in logs.items() if any(secret in log for secret in secrets)] == []


def test_names_and_addresses_are_in_their_places_alone_and_in_no_log(visit):
    rows, logs, _ = visit
    personal = (EMAIL, GUEST, NAME, STREET)

    assert {place.split()[1] for place in holding(rows, personal)} == THEIR_PLACES
    assert len(logs) >= 4
    assert [name for name, log in logs.items() if any(word in log for word in personal)] == []
