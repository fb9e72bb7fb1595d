"""What orders does when another service announces something, inside the transaction that marks it as done."""

from apps.orders.services.erasing import forget
from apps.orders.services.paying import record_cancelled_payment, record_payment
from apps.orders.services.refunding import record_refund
from chassis.announcements import Announcement, Reaction
from chassis.known_answers import outdate
from chassis.revocations import heed


def confirm_what_is_paid(announcement: Announcement) -> None:
    fact = announcement.data
    record_payment(
        order_id=fact["order_id"],
        number=fact["attempt"],
        payment_id=fact["payment_id"],
        amount=fact["amount_captured"],
        currency=fact["currency"],
    )


def close_the_attempt(announcement: Announcement) -> None:
    fact = announcement.data
    record_cancelled_payment(order_id=fact["order_id"], number=fact["attempt"], payment_id=fact["payment_id"])


def count_the_refund(announcement: Announcement) -> None:
    fact = announcement.data
    record_refund(
        order_id=fact["order_id"],
        request_id=fact["refund_request_id"],
        refund_id=fact["refund_id"],
        payment_id=fact["payment_id"],
        amount=fact["refund_amount"],
        succeeded=announcement.type == "refund.succeeded",
    )


def ask_anew(announcement: Announcement) -> None:
    """What is known of somebody is not what users would say now."""
    outdate("orders", announcement.subject)


def forget_them(announcement: Announcement) -> None:
    """Also what came in while they were erased, should anything have."""
    forget(announcement.subject)


def shut_out(announcement: Announcement) -> None:
    heed("orders")(announcement)
    ask_anew(announcement)


REACTIONS: dict[str, Reaction] = {
    "payment.succeeded": confirm_what_is_paid,
    "payment.cancelled": close_the_attempt,
    "payment.failed": close_the_attempt,
    "refund.succeeded": count_the_refund,
    "refund.failed": count_the_refund,
    "user.updated": ask_anew,
    "user.activated": ask_anew,
    "user.deactivated": shut_out,
    "user.erased": forget_them,
    "user.signed_out": heed("orders"),
    "client.deactivated": heed("orders"),
    "authorization.ended": heed("orders"),
    "token.revoked": heed("orders"),
    "api_key.revoked": heed("orders"),
}
