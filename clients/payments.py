"""Payments, as the services that call it see it."""

from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar, get_args, get_origin

from chassis.calls import Answer, BrokenContract, Neighbour

SCOPE = "payments:write"


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What is to be paid. `order_id` and `attempt` name the payment: asked again, it is the same one."""

    order_id: str
    attempt: int
    amount: int
    currency: str
    customer_id: str | None = None
    provider: str = "sandbox"


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as payments knows it. `payer_token` opens it to whoever pays it, and comes with `create` only.

    So does `client_secret`, with which the payer's browser pays at the provider; empty where there is none.
    `next_action` is what the payer has to do next, if anything.
    """

    id: str
    order_id: str
    attempt: int
    provider: str
    status: str
    amount: int
    currency: str
    amount_captured: int
    amount_refunded: int
    amount_refundable: int
    outcome_unknown: bool
    payer_token: str = ""
    client_secret: str = ""
    amount_authorized: int = 0
    next_action: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What is to be given back. `refund_request_id` names the refund: asked again, it is the same one."""

    refund_request_id: str
    amount: int
    reason: str


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as payments knows it; `status` is requested, submitted, pending, succeeded, failed or cancelled."""

    id: str
    payment_id: str
    order_id: str
    refund_request_id: str
    amount: int
    currency: str
    status: str


Shape = TypeVar("Shape", Payment, Refund)


class Payments:
    """Payments, as `caller` reaches it. Every method raises CallFailed in one of its four kinds."""

    def __init__(self, caller: str) -> None:
        self._neighbour = Neighbour(caller, "payments", SCOPE)

    def create(self, request: PaymentRequest, *, idempotency_key: str) -> Payment:
        """Open the payment, or get the one that is there. Refused (`payment_mismatch`) if that has other values."""
        payment = _read(Payment, self._neighbour.post("/v1/payments", asdict(request), idempotency_key=idempotency_key))
        if not payment.payer_token:
            raise BrokenContract("payments", "a payment was created without its payer_token")
        return payment

    def get(self, payment_id: str) -> Payment:
        return _read(Payment, self._neighbour.get(f"/v1/payments/{payment_id}"))

    def cancel(self, payment_id: str, *, idempotency_key: str) -> Payment:
        """Cancel unless it is too late: `status` is then `cancelled`, or `succeeded` if the payer was quicker."""
        path = f"/v1/payments/{payment_id}/cancel"
        return _read(Payment, self._neighbour.post(path, {}, idempotency_key=idempotency_key))

    def capture(self, payment_id: str, amount: int, *, idempotency_key: str) -> Payment:
        """Take what was authorized, or some of it, and let the rest go. Refused unless the payment is `authorized`."""
        path = f"/v1/payments/{payment_id}/capture"
        return _read(Payment, self._neighbour.post(path, {"amount": amount}, idempotency_key=idempotency_key))

    def sync(self, payment_id: str) -> Payment:
        """Have the provider asked how the payment stands, for those who have not heard of it for long."""
        key = f"{payment_id}:sync"
        return _read(Payment, self._neighbour.post(f"/v1/payments/{payment_id}/sync", {}, idempotency_key=key))

    def refunds(self, payment_id: str) -> list[Refund]:
        """The newest hundred refunds of a payment."""
        answer = self._neighbour.get(f"/v1/payments/{payment_id}/refunds", limit="100")
        if not isinstance(answer.json, dict) or not isinstance(answer.json.get("data"), list):
            raise BrokenContract("payments", "a list of refunds that is none")
        return [_shaped(Refund, one) for one in answer.json["data"]]

    def refund(self, payment_id: str, order: RefundOrder, *, idempotency_key: str) -> Refund:
        """Give money back, or get the refund that is there. Refused (`refund_exceeds_captured`) if less is left."""
        path = f"/v1/payments/{payment_id}/refunds"
        return _read(Refund, self._neighbour.post(path, asdict(order), idempotency_key=idempotency_key))


def _read(shape: type[Shape], answer: Answer) -> Shape:
    return _shaped(shape, answer.json)


def _shaped(shape: type[Shape], body: Any) -> Shape:
    """The members that callers rely on; others may come and are not looked at."""
    if not isinstance(body, dict):
        raise BrokenContract("payments", f"a {shape.__name__} that is no object")
    given = {field.name: body[field.name] for field in fields(shape) if field.name in body}
    wrong = [field.name for field in fields(shape) if field.name in given and not _fits(given[field.name], field.type)]
    try:
        found = shape(**given)
    except TypeError as exc:
        raise BrokenContract("payments", f"a {shape.__name__} without all its members") from exc
    if wrong:
        raise BrokenContract("payments", f"a {shape.__name__} with a wrong {', '.join(wrong)}")
    return found


def _fits(value: Any, kind: Any) -> bool:
    """Whether a member is of its type. To Python a boolean is a number; to us it is not."""
    kinds = get_args(kind) or (kind,)
    return type(value) in {get_origin(each) or each for each in kinds}
