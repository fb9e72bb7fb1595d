"""What payments does when another service announces something, inside the transaction that marks it as done."""

from chassis.announcements import Reaction
from chassis.revocations import heed

REACTIONS: dict[str, Reaction] = {
    "user.signed_out": heed("payments"),
    "user.deactivated": heed("payments"),
    "client.deactivated": heed("payments"),
    "authorization.ended": heed("payments"),
    "token.revoked": heed("payments"),
    "api_key.revoked": heed("payments"),
}
