"""What must hold between the services: their facts about the same things, compared. Pure functions; nobody is asked."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from chassis.invariants import Violation
from config.facts import (
    AnnouncementFact,
    CustomerFact,
    HeardFact,
    OrderFact,
    PaymentFact,
    RefundFact,
    Request,
    UserFact,
)

NAMES = {
    "I1": "no order is paid twice",
    "I2": "an order has one live payment at most",
    "I3": "nothing is sold twice",
    "I4": "the stock counter is what orders hold",
    "I5": "the stock is what its movements say",
    "I6": "captured money has an order or is given back",
    "I7": "a confirmed order is covered",
    "I8": "no more is given back than was captured",
    "I9": "each refund request is one refund",
    "I10": "amounts agree",
    "I11": "totals are sums",
    "I12": "dead orders hold nothing",
    "I13": "the ledger is balanced",
    "I14": "nothing is stuck or lost",
    "I15": "providers say the same",
    "I16": "histories are possible",
    "I17": "every change has an actor",
    "I18": "keys are unique",
    "I19": "references lead somewhere",
    "I20": "erased means erased",
    "I21": "what was confirmed is kept in stock",
    "I22": "no secret is kept in clear",
}
ALIVE = ("confirmed", "completed")
DEAD = ("cancelled", "expired")
UNPAID = ("created", "requires_payment_method", "requires_action", "processing", "authorized")
# How a refund is called at payments, by what its request is called at orders.
SAME = {
    "requested": ("requested", "submitted", "pending"),
    "pending": ("requested", "submitted", "pending"),
    "succeeded": ("succeeded",),
    "failed": ("failed", "cancelled"),
}
NOT_GIVEN = ("failed", "cancelled")


def of_order(order: OrderFact | None, key: str, payments: Sequence[PaymentFact]) -> Iterator[Violation]:
    """What orders and payments say of one order. What is still under way there is compared when it is settled."""
    are_settled = all(payment.is_settled for payment in payments)
    if order is None:
        if are_settled:
            yield from _of_no_order(key, payments)
        return
    yield from _amounts(order, payments)
    if are_settled and order.is_settled:
        yield from _paid_twice(order, payments)
        yield from _lives(order, payments)
        yield from _money(order, payments)
        yield from _refunds(order, payments)


def of_customers(customers: Sequence[CustomerFact], users: Mapping[str, UserFact]) -> Iterator[Violation]:
    """Everybody who ordered is known to users, and where they were forgotten orders has forgotten them, too."""
    for customer in customers:
        user = users.get(customer.key)
        if user is None and customer.is_settled:
            yield Violation("I19", customer.key, "has ordered, and users knows nobody by this id")
        if user and user.is_erased and customer.personal:
            yield Violation("I20", customer.key, f"was erased, and {customer.personal} tells who it was")


def of_announcements(
    source: str, subscriber: str, announcements: Sequence[AnnouncementFact], heard: Sequence[HeardFact]
) -> Iterator[Violation]:
    """Everything that was delivered was heard, and everything that was heard had been announced."""
    ids = {fact.key: fact for fact in heard if fact.source == source}
    for announcement in announcements:
        if subscriber in announcement.delivered_to and announcement.key not in ids:
            yield Violation("I14", announcement.key, f"{source} delivered it to {subscriber}, which has not heard it")
    yield from _never_announced(source, subscriber, {fact.key for fact in announcements}, ids)


def _never_announced(
    source: str, subscriber: str, announced: AbstractSet[str], heard: Mapping[str, HeardFact]
) -> Iterator[Violation]:
    for key, fact in heard.items():
        if key not in announced and fact.is_settled:
            yield Violation("I19", key, f"{subscriber} heard it of {source}, which has not announced it")


def _of_no_order(key: str, payments: Sequence[PaymentFact]) -> Iterator[Violation]:
    for payment in payments:
        yield Violation("I19", payment.id, f"is of the order {key}, which is not there")
        if payment.kept:
            yield Violation("I6", payment.id, f"{payment.kept} {payment.currency} are kept for no order")


def _paid_twice(order: OrderFact, payments: Sequence[PaymentFact]) -> Iterator[Violation]:
    kept = sum(payment.kept for payment in payments)
    if kept > order.total:
        yield Violation("I1", order.key, f"it costs {order.total} {order.currency}, {kept} are kept for it")


def _amounts(order: OrderFact, payments: Sequence[PaymentFact]) -> Iterator[Violation]:
    attempts = {attempt.number: attempt for attempt in order.attempts}
    for payment in payments:
        attempt = attempts.get(payment.attempt)
        if attempt and (attempt.amount, attempt.currency) != (payment.amount, payment.currency):
            asked, got = f"{attempt.amount} {attempt.currency}", f"{payment.amount} {payment.currency}"
            yield Violation("I10", payment.id, f"attempt {attempt.number} of {order.key} asks for {asked}, it is {got}")
        if attempt and attempt.payment_id not in ("", payment.id):
            yield Violation("I10", payment.id, f"attempt {attempt.number} of {order.key} names {attempt.payment_id}")


def _lives(order: OrderFact, payments: Sequence[PaymentFact]) -> Iterator[Violation]:
    """How far the order is, and how far its payments are."""
    live = [payment.id for payment in payments if payment.status in UNPAID or payment.kept]
    if len(live) > 1:
        yield Violation("I2", order.key, f"{len(live)} payments are live: {', '.join(live)}")
    for payment in payments:
        if order.status not in ALIVE and payment.kept:
            kept = f"{payment.kept} {payment.currency}"
            yield Violation("I6", payment.id, f"{kept} are kept, and {order.key} is {order.status}")
        # What is processing cannot be cancelled; when it has come it goes back.
        if order.status in DEAD and payment.status in UNPAID and payment.status != "processing":
            yield Violation("I12", payment.id, f"it is {payment.status}, and {order.key} is {order.status}")
    known = {payment.id for payment in payments}
    for attempt in order.attempts:
        if attempt.payment_id and attempt.payment_id not in known:
            yield Violation(
                "I19", order.key, f"attempt {attempt.number} names {attempt.payment_id}, which is not there"
            )


def _money(order: OrderFact, payments: Sequence[PaymentFact]) -> Iterator[Violation]:
    """What orders believes to have come, and what came."""
    covered = sum(_covers(payment) for payment in payments)
    if order.status in ALIVE and covered < order.total:
        yield Violation("I7", order.key, f"it is {order.status}, costs {order.total}, and {covered} cover it")
    # Money in another currency than was asked for is counted by nobody: a person looks after it.
    asked = {attempt.number: attempt for attempt in order.attempts if attempt.status != "mismatched"}
    ours = [payment for payment in payments if payment.attempt in asked]
    for name in ("captured", "refunded"):
        believed = order.amount_paid if name == "captured" else order.amount_refunded
        told = sum(getattr(payment, f"amount_{name}") for payment in ours)
        if believed != told:
            yield Violation("I10", order.key, f"orders counts {believed} as {name}, payments {told}")
    for payment in ours:
        attempt = asked[payment.attempt]
        if payment.status == "succeeded" and attempt.status != "succeeded":
            yield Violation("I10", order.key, f"attempt {attempt.number} is {attempt.status}, {payment.id} succeeded")


def _covers(payment: PaymentFact) -> int:
    return payment.amount_authorized if payment.status == "authorized" else payment.amount_captured


def _refunds(order: OrderFact, payments: Sequence[PaymentFact]) -> Iterator[Violation]:
    """Each request has its refund, and each refund that gave something back a request."""
    refunds = {refund.id: (refund, payment) for payment in payments for refund in payment.refunds}
    by_request = {refund.refund_request_id: refund.id for refund, _ in refunds.values() if refund.refund_request_id}
    matched = set()
    for request in order.refund_requests:
        refund_id = request.refund_id or by_request.get(request.id, "")
        if refund_id in refunds:
            matched.add(refund_id)
            yield from _different(request, *refunds[refund_id])
        elif request.status != "failed":
            yield Violation("I9", request.id, f"{request.amount} of {order.key} are {request.status}, no refund has it")
    for refund_id, (refund, _) in refunds.items():
        if refund_id not in matched and _is_ours(refund):
            yield Violation("I9", refund_id, f"{refund.amount} of {order.key} are {refund.status}, nobody asked")


def _is_ours(refund: RefundFact) -> bool:
    """Whether orders has to have a request for it: of what somebody else asks for it hears when it is given back."""
    is_requested = (refund.refund_request_id or "").startswith("rfr_")
    return refund.status == "succeeded" or (is_requested and refund.status not in NOT_GIVEN)


def _different(request: Request, refund: RefundFact, payment: PaymentFact) -> Iterator[Violation]:
    asked = (request.payment_id, request.amount, request.currency)
    given = (payment.id, refund.amount, payment.currency)
    if asked != given:
        yield Violation("I9", request.id, f"asked for {asked}, {refund.id} gives {given}")
    if refund.status not in SAME.get(request.status, ()):
        yield Violation("I9", request.id, f"it is {request.status}, {refund.id} is {refund.status}")
