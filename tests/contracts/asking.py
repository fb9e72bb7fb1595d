"""Every method of every client, asked once for each way in which it can be asked."""

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass, replace
from importlib import import_module
from typing import Any

import clients
from clients.payments import PaymentRequest, Payments, RefundOrder
from clients.subjects import Subjects
from clients.users import Users

ORDER, PAYMENT, CUSTOMER, REFUND = (f"{prefix}_06f2a7c0xq4n9t1s8w5e3r2y7k" for prefix in ("ord", "pay", "usr", "rfr"))
OF_A_GUEST = PaymentRequest(order_id=ORDER, attempt=1, amount=1500, currency="EUR")
OF_A_CUSTOMER = replace(OF_A_GUEST, customer_id=CUSTOMER)

Asking = Callable[[], Any]

ASKINGS: dict[str, tuple[Asking, ...]] = {
    "Payments.create": (
        lambda: Payments("orders").create(OF_A_GUEST, idempotency_key="key"),
        lambda: Payments("orders").create(OF_A_CUSTOMER, idempotency_key="key"),
    ),
    "Payments.get": (lambda: Payments("orders").get(PAYMENT),),
    "Payments.cancel": (lambda: Payments("orders").cancel(PAYMENT, idempotency_key="key"),),
    "Payments.capture": (lambda: Payments("orders").capture(PAYMENT, 1000, idempotency_key="key"),),
    "Payments.sync": (lambda: Payments("orders").sync(PAYMENT),),
    "Payments.refunds": (lambda: Payments("orders").refunds(PAYMENT),),
    "Payments.refund": (
        lambda: Payments("orders").refund(PAYMENT, RefundOrder(REFUND, 500, "requested"), idempotency_key="key"),
    ),
    "Subjects.part": (
        lambda: Subjects("users", "orders").part(CUSTOMER),
        lambda: Subjects("users", "orders").part(CUSTOMER, after=ORDER),
        lambda: Subjects("users", "payments").part(CUSTOMER, after=PAYMENT),
    ),
    "Subjects.outlook": (lambda: Subjects("users", "orders").outlook(CUSTOMER),),
    "Subjects.erase": (
        lambda: Subjects("users", "orders").erase(CUSTOMER, key="key"),
        lambda: Subjects("users", "payments").erase(CUSTOMER, key="key"),
    ),
    "Users.profile": (lambda: Users("orders").profile(CUSTOMER),),
    "Users.known_key": (lambda: Users("orders").known_key("0" * 64),),
}


def methods() -> dict[str, list[str]]:
    """The public methods of all clients, `Payments.create`, by the module in `clients/` that they stand in."""
    names = [module.name for module in pkgutil.iter_modules(clients.__path__)]
    return {name: [*_methods_in(import_module(f"clients.{name}"))] for name in names}


def _methods_in(module: Any) -> Iterator[str]:
    """Classes that hold values only are no clients."""
    for name, kind in inspect.getmembers(module, inspect.isclass):
        if kind.__module__ == module.__name__ and not is_dataclass(kind):
            yield from (
                f"{name}.{method}" for method, _ in inspect.getmembers(kind, inspect.isfunction) if method[0] != "_"
            )
