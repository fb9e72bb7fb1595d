"""What has to be kept of a customer who was erased, as long as a law wants it."""

from django.db import models

from apps.orders.models.orders import Order


class RetainedContact(models.Model):
    """Whom the invoice of an order was for. The order itself says it no longer, so nothing finds or lists it there."""

    order = models.OneToOneField(Order, models.CASCADE, primary_key=True, related_name="retained_contact")
    email = models.EmailField()
    shipping_address = models.JSONField()
    until = models.DateTimeField(db_index=True)
