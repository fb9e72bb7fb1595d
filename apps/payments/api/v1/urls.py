"""The addresses of version 1."""

from django.urls import path

from apps.payments.api.v1 import views
from chassis.backlogs import announcement_routes
from chassis.trails import audit_routes
from chassis.webhook_routes import webhook_routes

urlpatterns = [
    path("payments", views.PaymentList.as_view(), name="payment-list"),
    path("payments/<payment_id>", views.PaymentDetail.as_view(), name="payment-detail"),
    path("payments/<payment_id>/cancel", views.PaymentCancel.as_view(), name="payment-cancel"),
    path("payments/<payment_id>/sync", views.PaymentSync.as_view(), name="payment-sync"),
    path("payments/<payment_id>/refunds", views.PaymentRefundList.as_view(), name="payment-refund-list"),
    path("refunds", views.RefundList.as_view(), name="refund-list"),
    path("refunds/<refund_id>", views.RefundDetail.as_view(), name="refund-detail"),
    path("providers", views.ProviderList.as_view(), name="provider-list"),
    path("sandbox/payments/<payment_id>/confirm", views.SandboxConfirm.as_view(), name="sandbox-confirm"),
    *audit_routes("payments"),
    *webhook_routes("payments"),
    *announcement_routes("payments"),
]
