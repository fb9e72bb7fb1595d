"""Customers who go on buying whatever happens: each command has a key, and is sent until it is answered for good."""

import secrets
import threading
import time
from dataclasses import dataclass, field

from tests.journeys.visitors import ask, order_of

PATIENCE_SECONDS = 30
ENDS = ("paid", "cancelled", "left alone")


@dataclass
class Trader:
    """One guest after another. `orders` are those that were accepted, by id, and how each was meant to end."""

    shop: object
    product: str
    stopping: threading.Event
    orders: dict[str, str] = field(default_factory=dict)
    surprises: list[str] = field(default_factory=list)
    pauses: int = 0

    def trade(self):
        while not self.stopping.is_set():
            try:
                self._buy(ENDS[len(self.orders) % len(ENDS)])
            except AssertionError as surprise:
                self.surprises.append(str(surprise))

    def _buy(self, end):
        order = self._command("/v1/orders", order_of(self.product), expected={201})
        self.orders[order["id"]] = end
        path, opened_by = f"/v1/orders/{order['id']}", {"X-Order-Token": order["guest_token"]}
        if end == "cancelled":
            self._command(f"{path}/cancel", {}, opened_by, expected={200})
        if end == "paid":
            payment = self._payment(path, opened_by)
            payer = {"Authorization": f"Bearer {payment['payer_token']}"}
            confirmed = f"/v1/sandbox/payments/{payment['id']}/confirm"
            self._command(confirmed, {"payment_method": "sbx_ok"}, payer, expected={200})

    def _payment(self, path, opened_by):
        """202 says that payments had no time to answer: whoever asks once more gets that same payment."""
        while not (answer := self._command(f"{path}/pay", {}, opened_by, expected={200, 201, 202})).get("payment"):
            time.sleep(0.1)
        return answer["payment"]

    def _command(self, path, body, headers=None, *, expected):
        """The same request with the same key, for as long as it is told to come again."""
        keyed = {**(headers or {}), "Idempotency-Key": secrets.token_urlsafe(24)}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = ask(self.shop, "POST", path, json=body, headers=keyed)
            if not _is_to_come_again(answer) or time.monotonic() > deadline:
                break
            self.pauses += answer.json()["code"] == "service_paused"
            time.sleep(int(answer.headers["Retry-After"]) / 4)
        assert answer.status_code in expected, f"{path} {answer.status_code} {answer.text}"
        return answer.json()


def _is_to_come_again(answer):
    return answer.status_code in {409, 503} and "Retry-After" in answer.headers


class Market:
    """Several traders at the same time, for as long as the block lasts."""

    def __init__(self, shop, product, size=5):
        self._stopping = threading.Event()
        self.traders = [Trader(shop, product, self._stopping) for _ in range(size)]
        self._threads = [threading.Thread(target=trader.trade) for trader in self.traders]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    @property
    def orders(self):
        return {order: end for trader in self.traders for order, end in trader.orders.items()}

    @property
    def surprises(self):
        return [surprise for trader in self.traders for surprise in trader.surprises]

    @property
    def pauses(self):
        return sum(trader.pauses for trader in self.traders)
