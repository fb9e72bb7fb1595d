"""Zelda orders, pays, has all that is kept of her, and is forgotten: then no row and no log names her."""

import json
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet

from deploy.processes import wait_until
from tests.journeys.test_discretion import text_of
from tests.journeys.visitors import ADDRESS, admin, ask, order_of, stocked
from tests.permissions.belongings import PASSWORD, Customer
from tests.topologies.running import running
from tests.topologies.shapes import ONE_PROCESS, THREE_PROCESSES

pytestmark = pytest.mark.timeout(180)
EMAIL, NAME, NOTE, REASON = "zelda.quietly@example.com", "Zelda Quietly", "Ring at Zeldas door", "Zelda moves away"
HERS = {**ADDRESS, "recipient": NAME, "line1": "7 Whisper Lane", "city": "Zeldaham", "phone": "+447700900123"}
WORDS = (EMAIL, NAME, NOTE, REASON, "7 Whisper Lane", "Zeldaham", "+447700900123", "Zeldas laptop")
# Where her words are before: in clear, or sealed.
WRITTEN_IN = (
    *("users users_user", "users users_address", "users users_apikey", "users users_operationpart"),
    *("users users_idempotencyrecord", "orders orders_order", "orders orders_outboxevent"),
    *("orders orders_idempotencyrecord", "orders orders_operationpart", "orders orders_knownanswer"),
)
SETTINGS = {"ERASURE_SETTLE_SECONDS": "1"}


ONE, THREE = pytest.param(ONE_PROCESS, id="one"), pytest.param(THREE_PROCESSES, id="three")


def to_prove(shape):
    return pytest.param(*shape.values, id=shape.id, marks=pytest.mark.prove)


@pytest.fixture
def shop(request):
    with running(request.param, settings=SETTINGS) as shop:
        yield shop


def within(*shapes):
    return pytest.mark.parametrize("shop", shapes, indirect=True)


class Zelda(Customer):
    """A customer who writes something into every field that there is."""

    def __init__(self, shop):
        super().__init__(shop, EMAIL)
        version = ask(shop, "GET", "/v1/users/me", headers=self._signed_in).headers["ETag"]
        named = {**self._signed_in, "If-Match": version}
        ask(shop, "PATCH", "/v1/users/me", json={"full_name": NAME}, headers=named).raise_for_status()

    def lives(self, product):
        """Two orders: one paid and given back, one called off. Neither is open at the end."""
        self.made("/v1/users/me/addresses", **HERS)
        self.made("/v1/users/me/api-keys", name="Zeldas laptop", scopes=["own:read"])
        self._shop.settle()
        basket = {**order_of(product), "shipping_address": HERS, "customer_note": NOTE}
        del basket["email"]
        bought, unpaid = (self.made("/v2/orders", **basket)["id"] for _ in range(2))
        self.pay(bought)
        for order in (bought, unpaid):
            assert self.ask("POST", f"/v2/orders/{order}/cancel", reason=REASON).status_code == 200
        self._shop.settle()
        return bought

    def follow(self, begun, headers):
        return ask(self._shop, "GET", begun.headers["Location"].removeprefix(self._shop.url), headers=headers)


def looked_at_by_staff(shop, order):
    """What staff do with her order leaves traces of its own."""
    staff = admin(shop)
    ask(shop, "GET", f"/v2/orders/{order}/customer", headers=staff).raise_for_status()
    ask(shop, "GET", f"/v1/users?email={EMAIL}", headers=staff).raise_for_status()
    keyed = {**staff, "Idempotency-Key": uuid4().hex}
    ask(shop, "POST", f"/v2/orders/{order}/cancel", json={}, headers=keyed).raise_for_status()
    ask(shop, "POST", "/v2/orders/exports", json={}, headers=staff).raise_for_status()
    ask(shop, "POST", "/v1/users/forgot-password", json={"email": EMAIL}).raise_for_status()
    ask(shop, "POST", "/v1/tokens", json={"email": EMAIL, "password": "a wrong one"})
    shop.settle()


def everything(shop):
    """Every row of every table as text, what is sealed in it too, and every log, by where it stands."""
    rows = {
        f"{service} {table}": "\n".join(
            text_of(opened(shop, service, row)) for row in shop.store.select(service, f'SELECT * FROM "{table}"')
        )
        for service in shop.store.urls
        for table in shop.store.tables(service)
    }
    logs = {file.name: file.read_text() for file in shop.folder.rglob("*.log") if file.parent.name != "letters"}
    return rows | logs


def opened(shop, service, row):
    """The row with what the service could read in it."""
    secret = (shop.folder / "keys" / f"{service}.secret").read_text()
    box = Fernet(urlsafe_b64encode(sha256(f"{service}:seal:{secret}".encode()).digest()))
    sealed = {name: bytes(value) for name, value in row.items() if isinstance(value, bytes | memoryview) and value}
    return row | {name: box.decrypt(value).decode() for name, value in sealed.items()}


def places_of(words, found):
    return sorted(place for place, text in found.items() if any(word in text for word in words))


def stop_payments(shop):
    """In one process it is only not reached: stopping it would stop everybody."""
    if shop.shape.is_one_process:
        shop.plan_faults(down=["payments"])
    else:
        shop.stop("payments")


def start_payments(shop):
    if shop.shape.is_one_process:
        shop.plan_faults()
    else:
        shop.start("payments")


def erase(shop, zelda):
    return zelda.ask("POST", "/v1/users/me/erasure", password=PASSWORD)


@within(ONE, to_prove(THREE))
def test_whoever_asks_has_all_that_is_kept_of_them(shop):
    zelda = Zelda(shop)
    order = zelda.lives(stocked(shop, "CUP", 10))

    begun = zelda.ask("POST", "/v1/users/me/exports")
    shop.settle()
    where = begun.headers["Location"].removeprefix(shop.url)
    bundle = zelda.ask("GET", f"{where}/result").json()

    assert begun.status_code == 202, begun.text
    assert [word for word in WORDS if word not in json.dumps(bundle)] == []
    assert order in [one["id"] for one in bundle["orders"]]
    assert [one["amount_captured"] for one in bundle["payments"]] == [1000]
    assert len(bundle["payments"][0]["refunds"]) == 1
    assert zelda.ask("POST", "/v1/users/me/exports").status_code == 429


@within(to_prove(ONE), THREE)
def test_who_is_forgotten_is_forgotten_everywhere_though_payments_was_stopped(shop):
    zelda = Zelda(shop)
    order = zelda.lives(stocked(shop, "CUP", 10))
    looked_at_by_staff(shop, order)
    zelda.ask("POST", "/v1/users/me/exports")
    shop.settle()
    before = places_of(WORDS, everything(shop))

    stop_payments(shop)
    begun = erase(shop, zelda)
    token = {"X-Operation-Token": begun.json()["operation_token"]}
    wait_until(lambda: zelda.follow(begun, token).json()["progress"]["done"] == 1, what="orders to forget")
    shop.wait_for_failure()
    while_stopped = zelda.follow(begun, token).json()["status"]
    start_payments(shop)
    wait_until(lambda: zelda.follow(begun, token).json()["ended_at"], seconds=60, what="the end of it")
    shop.settle()

    assert (begun.status_code, while_stopped) == (202, "running")
    assert {*WRITTEN_IN} <= {*before}
    assert zelda.follow(begun, token).json()["status"] == "succeeded"
    assert places_of(WORDS, everything(shop)) == []
    assert kept_of(shop, order) == (f"erased+{zelda.id}@invalid", 1000)
    assert entering(shop) == 401


def kept_of(shop, order):
    shown = ask(shop, "GET", f"/v2/orders/{order}", headers=admin(shop)).json()
    return shown["email"], shown["total"]["amount"]


def entering(shop):
    return ask(shop, "POST", "/v1/tokens", json={"email": EMAIL, "password": PASSWORD}).status_code


@within(to_prove(ONE), to_prove(THREE))
def test_an_open_order_is_in_the_way(shop):
    zelda = Zelda(shop)
    basket = {**order_of(stocked(shop, "CUP", 10)), "shipping_address": HERS}
    del basket["email"]
    order = zelda.made("/v2/orders", **basket)["id"]

    refused = erase(shop, zelda)
    zelda.ask("POST", f"/v2/orders/{order}/cancel", reason="")
    begun = erase(shop, zelda)

    assert (refused.status_code, refused.json()["code"]) == (409, "open_orders")
    assert begun.status_code == 202


@within(to_prove(ONE), to_prove(THREE))
def test_a_token_that_is_still_good_places_no_order_once_it_has_begun(shop):
    zelda, product = Zelda(shop), stocked(shop, "CUP", 1000)
    basket = {**order_of(product), "shipping_address": HERS}
    del basket["email"]

    begun = erase(shop, zelda)
    answers, until = [], time.monotonic() + 20
    while not answers or (answers[-1].status_code != 401 and time.monotonic() < until):
        answers.append(zelda.ask("POST", "/v2/orders", **basket))
    token = {"X-Operation-Token": begun.json()["operation_token"]}
    wait_until(lambda: zelda.follow(begun, token).json()["ended_at"], seconds=60, what="the end of it")
    shop.settle()

    ended = zelda.follow(begun, token).json()
    assert answers[-1].status_code == 401
    survived = places_of((EMAIL, NAME, "Zeldaham"), everything(shop))
    if ended["status"] == "succeeded":
        assert survived == []
    else:  # one had come in before the door was closed: nothing was erased, and she can call it off
        assert ended["problem"]["code"] == "open_orders"
        assert entering(shop) == 200
