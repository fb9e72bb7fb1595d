"""Signing keys are replaced while five customers buy and read without a pause, and not one request fails."""

import secrets
import subprocess
import threading
import time
from contextlib import contextmanager

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from deploy.processes import BASE, PYTHON, wait_until
from tests.journeys.visitors import all_at_once, ask, order_of, stocked
from tests.topologies.running import production, running
from tests.topologies.shapes import THREE_PROCESSES
from tests.topologies.templates import ADMIN

pytestmark = [pytest.mark.prove, pytest.mark.timeout(300)]

SIZE = 5
# A service uses a token again for half a minute (chassis/tokens.py).
UNTIL_NEXT_TOKEN_SECONDS = 60


class Customer:
    """Somebody who renews a token, reads of every service with it, buys as a guest, and tries nothing twice."""

    def __init__(self, shop, product):
        self.shop, self.product, self.requests, self.surprises, self.kids = shop, product, 0, [], []
        email, password = ADMIN
        self._grant = self.ask("POST", "/v1/tokens", json={"email": email, "password": password})

    def go_on(self, stopping):
        while not stopping.is_set():
            self._renew()
            for path in ("/v1/users/me", "/v2/orders", "/v1/payments"):
                self.ask("GET", path, token=self._grant["access_token"])
            self._buy()

    def ask(self, method, path, *, token="", headers=None, **options):
        given = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        answer = ask(self.shop, method, path, headers=given, **options)
        self.requests += 1
        if answer.status_code >= 300:
            self.surprises.append(f"{method} {path} {answer.status_code} {answer.text}")
        return answer.json()

    def _renew(self):
        self._grant = self.ask("POST", "/v1/tokens/refresh", json={"refresh_token": self._grant["refresh_token"]})
        self.kids.append(jwt.get_unverified_header(self._grant["access_token"])["kid"])

    def _buy(self):
        placed = self.ask("POST", "/v2/orders", json=order_of(self.product), headers=key())
        opened_by = {"X-Order-Token": placed["guest_token"]}
        paying = self.ask("POST", f"/v2/orders/{placed['id']}/pay", json={}, headers={**opened_by, **key()})
        if payment := paying.get("payment"):
            confirmed = f"/v1/sandbox/payments/{payment['id']}/confirm"
            self.ask("POST", confirmed, token=payment["payer_token"], json={"payment_method": "sbx_ok"})


class Forger:
    """Somebody whose tokens make every service ask for a key that there is not, as often as it may."""

    def __init__(self, shop):
        self.shop, self.answers = shop, set()
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def go_on(self, stopping):
        while not stopping.wait(0.5):
            headers = {"kid": secrets.token_hex(16), "typ": "at+jwt"}
            for issuer in (self.shop.url, f"{self.shop.url}/services/orders"):
                token = jwt.encode({"iss": issuer, "sub": "usr_1"}, self._private, "RS256", headers=headers)
                for path in ("/v2/orders", "/v1/payments"):
                    answer = ask(self.shop, "GET", path, headers={"Authorization": f"Bearer {token}"})
                    self.answers.add(answer.status_code)


@contextmanager
def going_on(people):
    """Everybody at the same time, for as long as the block lasts."""
    stopping = threading.Event()
    threads = [threading.Thread(target=one.go_on, args=[stopping]) for one in people]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def key():
    return {"Idempotency-Key": secrets.token_urlsafe(24)}


def published(shop, service):
    return [one["kid"] for one in ask(shop, "GET", f"/services/{service}/jwks.json").json()["keys"]]


def known(shop, service, issuer):
    """The names of the keys that a service has seen of another."""
    (row,) = shop.store.select(service, f"SELECT key_set FROM {service}_knownkeys WHERE issuer = '{issuer}'")
    return str(row["key_set"])


def rotate(shop, service):
    command = [PYTHON, "manage.py", "rotate_signing_key", service]
    here = shop.environment((service,))
    return subprocess.run(command, cwd=BASE, env=here, capture_output=True, text=True, timeout=120, check=False)


def test_no_request_fails_while_the_keys_of_users_and_of_orders_are_replaced():
    with running(THREE_PROCESSES, serve=production) as shop:
        customers, forger = [Customer(shop, stocked(shop, f"sku-{n}", 100_000)) for n in range(SIZE)], Forger(shop)
        before = {service: published(shop, service) for service in ("users", "orders")}

        with going_on([*customers, forger]):
            time.sleep(2)
            runs = all_at_once([lambda service=service: rotate(shop, service) for service in before])
            after = {service: published(shop, service) for service in before}
            wait_until(
                lambda: after["orders"][0] in known(shop, "payments", "orders"), seconds=UNTIL_NEXT_TOKEN_SECONDS
            )
            done = [len(customer.kids) for customer in customers]
            wait_until(lambda: all(len(one.kids) > count + 1 for one, count in zip(customers, done, strict=True)))

        assert [run.stderr for run in runs] == ["", ""]
        assert [surprise for customer in customers for surprise in customer.surprises] == []
        assert forger.answers == {401}
        for service, (old,) in before.items():
            assert after[service][1:] == [old] != after[service][:1]
        for customer in customers:
            assert (customer.kids[0], customer.kids[-1]) == (before["users"][0], after["users"][0])
