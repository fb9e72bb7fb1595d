"""Payments, as Django and the workers know it."""

from chassis.service import Job, ServiceConfig


class PaymentsConfig(ServiceConfig):
    name = "apps.payments"
    label = "payments"

    def own_jobs(self) -> list[Job]:
        """See to it that every payment and every refund comes to an end."""
        from apps.payments.services import resume_payments, resume_refunds

        return [Job("resume payments", resume_payments), Job("resume refunds", resume_refunds)]
