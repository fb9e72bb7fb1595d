"""What is sent of an order, in how many parcels."""

from typing import Any

from django.db import models
from django.utils import timezone

from apps.orders.models.orders import Order, OrderLine
from chassis.identifiers import IdField
from chassis.problems import InvalidState
from chassis.versions import Versioned


class Fulfillment(Versioned):
    """Some units of an order on their way: put aside, then sent, then delivered; or given up before they were sent."""

    class Status(models.TextChoices):
        PENDING = "pending"
        SHIPPED = "shipped"
        DELIVERED = "delivered"
        CANCELLED = "cancelled"

    id = IdField("ful")
    order = models.ForeignKey(Order, models.PROTECT, related_name="fulfillments")
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    carrier = models.CharField(max_length=100, blank=True)
    tracking_number = models.CharField(max_length=100, blank=True)
    tracking_url = models.CharField(max_length=500, blank=True)
    shipped_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    def ship(self, **parcel: Any) -> None:
        """Raises InvalidState unless it is pending."""
        self._leave(self.Status.PENDING, requested="ship")
        self.status, self.shipped_at = self.Status.SHIPPED, timezone.now()
        for name, value in parcel.items():
            setattr(self, name, value)

    def deliver(self) -> None:
        """Raises InvalidState unless it is shipped."""
        self._leave(self.Status.SHIPPED, requested="deliver")
        self.status, self.delivered_at = self.Status.DELIVERED, timezone.now()

    def cancel(self) -> None:
        """Raises InvalidState once it was shipped."""
        self._leave(self.Status.PENDING, requested="cancel")
        self.status = self.Status.CANCELLED

    def _leave(self, state: str, *, requested: str) -> None:
        if self.status != state:
            raise InvalidState(current_status=self.status, requested=requested)


class FulfillmentLine(models.Model):
    """So many units of a line of the order."""

    fulfillment = models.ForeignKey(Fulfillment, models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="+")
    quantity = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("fulfillment_id", "line_id")
        constraints = (models.UniqueConstraint("fulfillment", "line", name="line_once_per_fulfillment"),)
