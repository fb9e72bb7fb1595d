"""Payments, as Django and the workers know it."""

from chassis.announcements import Reaction
from chassis.callers import KnownKey
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
        """See to it that every payment and every refund comes to an end, and heed what providers tell."""
        from apps.payments import services

        return [
            Job("provider events", services.handle_provider_events),
            Job("resume payments", services.resume_payments),
            Job("resume refunds", services.resume_refunds),
            *self._sandbox_jobs(),
        ]

    def _sandbox_jobs(self) -> list[Job]:
        """Only where the sandbox collects."""
        from apps.payments import providers, services

        if not providers.is_enabled("sandbox"):
            return []
        return [
            Job("settle the sandbox", services.settle_sandbox),
            Job("sandbox webhooks", services.send_sandbox_webhooks),
        ]
