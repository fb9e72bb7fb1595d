"""The addresses of version 1."""

from django.urls import path

from apps.payments.api.v1 import incoming, sandbox, views
from chassis.backlogs import announcement_routes
from chassis.trails import audit_routes
from chassis.webhook_routes import webhook_routes

urlpatterns = [
    path("payments", views.PaymentList.as_view(), name="payment-list"),
    path("payments/<payment_id>", views.PaymentDetail.as_view(), name="payment-detail"),
    path("payments/<payment_id>/capture", views.PaymentCapture.as_view(), name="payment-capture"),
    path("payments/<payment_id>/cancel", views.PaymentCancel.as_view(), name="payment-cancel"),
    path("payments/<payment_id>/sync", views.PaymentSync.as_view(), name="payment-sync"),
    path("payments/<payment_id>/refunds", views.PaymentRefundList.as_view(), name="payment-refund-list"),
    path("refunds", views.RefundList.as_view(), name="refund-list"),
    path("refunds/<refund_id>", views.RefundDetail.as_view(), name="refund-detail"),
    path("refunds/<refund_id>/cancel", views.RefundCancel.as_view(), name="refund-cancel"),
    path("providers", views.ProviderList.as_view(), name="provider-list"),
    path("provider-events", incoming.ProviderEventList.as_view(), name="provider-event-list"),
    path("provider-events/<event_id>/replay", incoming.ProviderEventReplay.as_view(), name="provider-event-replay"),
    path("webhooks/stripe", incoming.StripeWebhook.as_view(), name="stripe-webhook"),
    path("webhooks/sandbox", incoming.SandboxWebhook.as_view(), name="sandbox-webhook"),
    path("sandbox/payments/<payment_id>/confirm", sandbox.SandboxConfirm.as_view(), name="sandbox-confirm"),
    path("sandbox/payments/<payment_id>/complete", sandbox.SandboxComplete.as_view(), name="sandbox-complete"),
    path("sandbox/clock", sandbox.SandboxClockView.as_view(), name="sandbox-clock"),
    *audit_routes("payments"),
    *webhook_routes("payments"),
    *announcement_routes("payments"),
]
