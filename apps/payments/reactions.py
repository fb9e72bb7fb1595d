"""What payments does when another service announces something, inside the transaction that marks it as done."""

from apps.payments.services.erasing import forget_of_order
from chassis.announcements import Announcement, Reaction
from chassis.revocations import heed


def forget_the_payer(announcement: Announcement) -> None:
    """Of an order that was paid by a guest who is known, and erased, elsewhere."""
    forget_of_order(announcement.subject)


REACTIONS: dict[str, Reaction] = {
    "order.forgotten": forget_the_payer,
    "user.signed_out": heed("payments"),
    "user.deactivated": heed("payments"),
    "client.deactivated": heed("payments"),
    "authorization.ended": heed("payments"),
    "token.revoked": heed("payments"),
    "api_key.revoked": heed("payments"),
}
