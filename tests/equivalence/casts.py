"""Who acts in the script, and the shop they act in."""

import time
from dataclasses import dataclass, field
from typing import Any

from tests.equivalence.recording import Answer, Recorder
from tests.topologies.templates import ADMIN

# How often each process looks for what was revoked, and a little more.
LOOK_SECONDS = 1.1
PASSWORD = "korrekt-Pferd-Batterie ✓"
ADDRESS = {
    "recipient": "Zoë Öztürk-Łukasz",
    "line1": "Straße des 17. Juni 135",
    "city": "Köln",
    "postal_code": "50667",
    "country": "DE",
}


class Visitor:
    """Somebody who asks, with whatever proves who they are. The first argument says what they are doing."""

    def __init__(self, recorder: Recorder, **headers: str) -> None:
        self._recorder, self.headers = recorder, headers

    @classmethod
    def with_token(cls, recorder: Recorder, token: str) -> "Visitor":
        return cls(recorder, Authorization=f"Bearer {token}")

    def get(self, step: str, path: str, **headers: str) -> Answer:
        return self.ask(step, "GET", path, **headers)

    def post(self, step: str, path: str, body: Any = None, *, key: str = "", **headers: str) -> Answer:
        """A command; `key` is its Idempotency-Key."""
        keyed = {"Idempotency-Key": key} if key else {}
        return self.ask(step, "POST", path, body, **keyed, **headers)

    def ask(self, step: str, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = {} if body is None else {"json": body}
        return self._recorder.ask(step, method, path, headers={**self.headers, **named}, **request)


@dataclass
class Cast:
    """`products` are ids by a name of our own."""

    recorder: Recorder
    nobody: Visitor
    admin: Visitor
    anna: Visitor
    boris: Visitor
    products: dict[str, str] = field(default_factory=dict)

    def basket(self, **quantities: int) -> dict[str, Any]:
        """`basket(cup=2)` is the body of an order of two cups."""
        lines = [{"product_id": self.products[name], "quantity": quantity} for name, quantity in quantities.items()]
        return {"currency": "GBP", "lines": lines, "shipping_address": ADDRESS}

    def placed(self, buyer: Visitor, key: str, **quantities: int) -> str:
        """The id of a new order."""
        step = f"an order for what comes next ({key})"
        return str(buyer.post(step, "/v1/orders", self.basket(**quantities), key=key).body["id"])

    def paid(self, buyer: Visitor, key: str, **quantities: int) -> tuple[str, str]:
        """The ids of a new order and its payment, paid and confirmed."""
        order = self.placed(buyer, key, **quantities)
        payment = buyer.post(f"it is about to be paid ({key})", f"/v1/orders/{order}/pay", {}, key=f"{key}-pay").body[
            "payment"
        ]
        self.confirm(buyer, payment["id"])
        self.recorder.settle()
        return order, payment["id"]

    def confirm(self, payer: Visitor, payment: str, method: str = "sbx_ok") -> Answer:
        path = f"/v1/sandbox/payments/{payment}/confirm"
        return payer.post(f"the payer chooses {method}", path, {"payment_method": method})


def gather(recorder: Recorder) -> Cast:
    """Accounts for everybody, and a catalogue: what every theme begins with."""
    recorder.begin("beginning")
    nobody = Visitor(recorder)
    admin = sign_in(recorder, nobody, *ADMIN)
    anna = _join(recorder, nobody, "anna@example.com", "Anna Ångström")
    boris = _join(recorder, nobody, "boris+shop@example.com", "Борис 李")
    cast = Cast(recorder, nobody, admin, anna, boris)
    for label, facts in CATALOGUE.items():
        _stock(cast, label, **facts)
    return cast


def let_revocations_be_heard(cast: Cast) -> None:
    """By every process."""
    cast.recorder.settle()
    time.sleep(LOOK_SECONDS)


def sign_in(recorder: Recorder, nobody: Visitor, email: str, password: str) -> Visitor:
    grant = nobody.post(f"{email} signs in", "/v1/tokens", {"email": email, "password": password}).body
    return Visitor.with_token(recorder, grant["access_token"])


CATALOGUE: dict[str, dict[str, Any]] = {
    "cup": {"name": "Cup ☕ für Zoë", "price": 1999, "received": 1000},
    "plate": {"name": "Plate", "price": 350, "received": 500},
    "scarce": {"name": "Scarce thing", "price": 12_345, "received": 5},
    "limited": {"name": "Limited edition", "price": 5000, "received": 50, "max_per_order": 2},
    "gift": {"name": "Gift", "price": 0, "received": 20},
    "gone": {"name": "Sold out", "price": 1, "received": 0},
    "draft": {"name": "Not yet", "price": 100, "received": 5, "status": "draft"},
}


def _join(recorder: Recorder, nobody: Visitor, email: str, full_name: str) -> Visitor:
    body = {"email": email, "password": PASSWORD, "full_name": full_name}
    nobody.post(f"{email} registers", "/v1/users", body)
    return sign_in(recorder, nobody, email, PASSWORD)


def _stock(cast: Cast, label: str, *, price: int, received: int, **facts: Any) -> None:
    body = {"sku": f"SKU-{label}", "prices": [{"currency": "GBP", "amount": price}], **facts}
    product = cast.admin.post(f"{label} joins the catalogue", "/v1/products", body).body["id"]
    cast.products[label] = product
    if received:
        movement = {"delta": received, "reason": "receipt", "note": "Lieferschein № 7"}
        path = f"/v1/products/{product}/stock-movements"
        cast.admin.post(f"{received} of {label} arrive", path, movement, key=f"receipt-{label}")
