"""Payments, as Django and the workers know it."""

from chassis.announcements import Reaction
from chassis.callers import KnownKey
from chassis.invariants import Invariants
from chassis.service import Job, ServiceConfig


class PaymentsConfig(ServiceConfig):
    name = "apps.payments"
    label = "payments"

    def reactions(self) -> dict[str, Reaction]:
        from apps.payments.reactions import REACTIONS

        return REACTIONS

    def known_key(self, digest: str) -> KnownKey | None:
        from clients.users import Users

        return Users("payments").known_key(digest)

    def own_jobs(self) -> list[Job]:
        """See to it that every payment and every refund comes to an end."""
        from apps.payments.services import resume_payments, resume_refunds

        return [Job("resume payments", resume_payments), Job("resume refunds", resume_refunds)]

    def invariants(self) -> Invariants:
        from apps.payments.invariants import INVARIANTS

        return INVARIANTS
