"""Orders as a service."""

from chassis.announcements import Reaction
from chassis.service import Job, ServiceConfig


class OrdersConfig(ServiceConfig):
    name = "apps.orders"
    label = "orders"

    def reactions(self) -> dict[str, Reaction]:
        from apps.orders.reactions import REACTIONS

        return REACTIONS

    def own_jobs(self) -> list[Job]:
        from apps.orders.services import ending, paying, refunding

        return [
            Job("attempts", paying.resume_attempts),
            Job("refunds", refunding.resume_refunds),
            Job("expiry", ending.expire_orders),
        ]
