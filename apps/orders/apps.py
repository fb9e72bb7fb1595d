"""Orders as a service."""

from chassis.announcements import Reaction
from chassis.callers import KnownKey
from chassis.service import Job, ServiceConfig, Work


class OrdersConfig(ServiceConfig):
    name = "apps.orders"
    label = "orders"

    def reactions(self) -> dict[str, Reaction]:
        from apps.orders.reactions import REACTIONS

        return REACTIONS

    def known_key(self, digest: str) -> KnownKey | None:
        from clients.users import Users

        return Users("orders").known_key(digest)

    def operations(self) -> dict[str, Work]:
        from apps.orders.api.long_work import ImportedProduct
        from apps.orders.services import exporting, importing
        from chassis.methods import built

        read = built(ImportedProduct).run_validation
        return {exporting.KIND: exporting.export_some, importing.KIND: importing.importer(read)}

    def own_jobs(self) -> list[Job]:
        from apps.orders.services import ending, erasing, paying, refunding

        return [
            Job("attempts", paying.resume_attempts),
            Job("refunds", refunding.resume_refunds),
            Job("expiry", ending.expire_orders),
            Job("retention", erasing.end_retention),
        ]
