"""What docs/cutting-out-a-service.md tells people to type works as it stands there, while the shop is open."""

import re
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from config.accounts import ADMIN, CUSTOMER
from deploy.processes import BASE, PYTHON, Child, free_ports, wait_for, wait_until
from tests.journeys.visitors import ADDRESS, ask
from tests.topologies.environments import environment

pytestmark = [
    pytest.mark.prove,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not shutil.which("curl"), reason="the page waits with curl"),
]

BLOCKS = re.findall(
    r"<!-- cut -->\n```sh\n(.*?)```", (BASE / "docs" / "cutting-out-a-service.md").read_text(), re.DOTALL
)
PORTS = ("8000", "8001", "8002", "8005")
PAUSE = "touch {folder}/typed-{step}\nuntil test -e {folder}/go-{step}; do sleep 0.1; done\n"


class Reader:
    """Somebody who types one block after the other into one shell, with free ports in the place of the page's."""

    def __init__(self, folder):
        self.folder, self.typed = folder, 0
        self.ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
        self.shop = SimpleNamespace(url=f"http://127.0.0.1:{self.ports['8000']}")
        pauses = [PAUSE.format(folder=folder, step=step) for step in range(len(BLOCKS))]
        text = "".join(block + pause for block, pause in zip(BLOCKS, pauses, strict=True))
        for one, free in self.ports.items():
            text = re.sub(rf"\b{one}\b", free, text)
        here = environment(DEBUG="true", DEMO="0", VAR_DIR=str(folder))
        text = f"set -eu\n{text}".replace(".venv/bin/python", PYTHON)
        self.shell = Child(["bash", "-c", text], here, folder / "terminal.log")

    def type_next(self):
        """The next block; returns when the shell is done with it."""
        if self.typed:
            (self.folder / f"go-{self.typed - 1}").touch()
        done = self.folder / f"typed-{self.typed}"
        wait_until(lambda: done.exists() or self.shell.has_ended, seconds=90, what=f"block {self.typed}")
        assert done.exists(), self.shell.last_words()
        self.typed += 1

    def wait_for_services(self):
        for service in ("users", "orders", "payments"):
            wait_for(f"{self.shop.url}/services/{service}/readyz", [self.shell])


@pytest.fixture
def reader():
    folder = Path(tempfile.mkdtemp(prefix="tearline-cut-"))
    folder.chmod(0o711)
    reader = Reader(folder)
    yield reader
    reader.shell.end()
    shutil.rmtree(folder, ignore_errors=True)


def test_orders_is_cut_out_while_the_shop_is_open(reader):
    shop = reader.shop
    reader.type_next()  # one process behind the gateway
    reader.wait_for_services()
    staff, anna = signed_in(shop, ADMIN), signed_in(shop, CUSTOMER)
    lanterns = [product(shop, staff, f"LANTERN-{number}") for number in range(3)]
    order = buy(shop, anna, lanterns[0])
    cursor = ask(shop, "GET", "/v1/products?limit=2").json()["next"].removeprefix(shop.url)

    reader.type_next()  # a PostgreSQL
    reader.type_next()  # the move
    moved = reader.shell.log.read_text()
    again = buy(shop, anna, lanterns[0])
    reader.type_next()  # orders on its own
    reader.type_next()  # the gateway's routes
    reader.type_next()  # the others without orders
    reader.wait_for_services()
    rest = wait_until(lambda: (page := ask(shop, "GET", cursor)).ok and page.json(), what="orders on its own")
    confirmed = pay(shop, anna, order)

    assert reader.typed == len(BLOCKS)
    assert re.search(r"writes were refused for [0-9.]+ s", moved), moved
    assert again == order
    assert [one["id"] for one in rest["data"]] == lanterns[:1]
    assert confirmed["status"] == "confirmed"


def signed_in(shop, account):
    grant = ask(shop, "POST", "/v1/tokens", json={"email": account.email, "password": account.password}).json()
    return {"Authorization": f"Bearer {grant['access_token']}"}


def product(shop, staff, sku):
    body = {"sku": sku, "name": sku, "prices": [{"currency": "GBP", "amount": 255}]}
    made = ask(shop, "POST", "/v1/products", json=body, headers=staff).json()["id"]
    keyed = {**staff, "Idempotency-Key": f"receipt-{sku}"}
    receipt = {"delta": 5, "reason": "receipt"}
    ask(shop, "POST", f"/v1/products/{made}/stock-movements", json=receipt, headers=keyed).raise_for_status()
    return made


def buy(shop, customer, product_id):
    body = {
        "currency": "GBP",
        "lines": [{"product_id": product_id, "quantity": 1}],
        "shipping_address": ADDRESS,
    }
    placed = ask(shop, "POST", "/v1/orders", json=body, headers={**customer, "Idempotency-Key": "before-the-move"})
    assert placed.status_code == 201, placed.text
    return placed.json()["id"]


def pay(shop, customer, order):
    """Pay it, and wait until it says so."""
    keyed = {**customer, "Idempotency-Key": "after-the-cut"}
    payment = ask(shop, "POST", f"/v1/orders/{order}/pay", json={}, headers=keyed).json()["payment"]["id"]
    confirm = {"payment_method": "sbx_ok"}
    ask(shop, "POST", f"/v1/sandbox/payments/{payment}/confirm", json=confirm, headers=customer).raise_for_status()
    return wait_until(
        lambda: (
            (seen := ask(shop, "GET", f"/v1/orders/{order}", headers=customer).json())["status"] == "confirmed" and seen
        ),
        what="the confirmation",
    )
