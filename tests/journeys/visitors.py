"""People who come to a running shop with plain HTTP and nothing of ours."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, local

import requests

from tests.topologies.templates import ADMIN

ADDRESS = {"recipient": "R", "line1": "1 Street", "city": "Leeds", "postal_code": "LS1 1AA", "country": "GB"}
_threads = local()


def ask(shop, method, path, **options):
    """One request over a connection of this thread's own."""
    if not hasattr(_threads, "session"):
        _threads.session = requests.Session()
        _threads.session.trust_env = False
    trust = getattr(shop, "authority", True)
    return _threads.session.request(method, shop.url + path, timeout=30, allow_redirects=False, verify=trust, **options)


def admin(shop):
    """The headers of the admin that every shop begins with."""
    email, password = ADMIN
    grant = ask(shop, "POST", "/v1/tokens", json={"email": email, "password": password}).json()
    return {"Authorization": f"Bearer {grant['access_token']}"}


def stocked(shop, sku, quantity, amount=1000):
    """The id of a new product, of which so many are there."""
    staff = admin(shop)
    body = {"sku": sku, "name": sku, "prices": [{"currency": "GBP", "amount": amount}]}
    product = ask(shop, "POST", "/v1/products", json=body, headers=staff).json()["id"]
    receipt = {"delta": quantity, "reason": "receipt"}
    keyed = {**staff, "Idempotency-Key": f"receipt-{sku}"}
    ask(shop, "POST", f"/v1/products/{product}/stock-movements", json=receipt, headers=keyed).raise_for_status()
    return product


def order_of(product, quantity=1, email="guest@example.com"):
    lines = [{"product_id": product, "quantity": quantity}]
    return {"currency": "GBP", "lines": lines, "shipping_address": ADDRESS, "email": email}


def all_at_once(commands):
    """Run them in threads that start together; their results in the same order."""
    gate = Barrier(len(commands))

    def run(command):
        gate.wait()
        return command()

    with ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(run, commands))
