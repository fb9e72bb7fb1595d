"""What orders does when another service announces something, inside the transaction that marks it as done."""

from apps.orders.services.erasing import forget
from apps.orders.services.paying import hear_announced
from apps.orders.services.refunding import record_refund
from chassis.announcements import Announcement, Reaction
from chassis.known_answers import outdate
from chassis.revocations import heed


def follow_the_payment(announcement: Announcement) -> None:
    hear_announced(announcement.data)


def count_the_refund(announcement: Announcement) -> None:
    fact = announcement.data
    record_refund(
        order_id=fact["order_id"],
        request_id=fact["refund_request_id"],
        refund_id=fact["refund_id"],
        payment_id=fact["payment_id"],
        amount=fact["refund_amount"],
        succeeded=announcement.type != "refund.failed",
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
    "payment.requires_action": follow_the_payment,
    "payment.processing": follow_the_payment,
    "payment.declined": follow_the_payment,
    "payment.authorized": follow_the_payment,
    "payment.succeeded": follow_the_payment,
    "payment.cancelled": follow_the_payment,
    "payment.failed": follow_the_payment,
    "refund.external": count_the_refund,
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
