"""Orders, what was agreed in them, and the stock that they hold."""

from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone

from apps.orders.models.catalogue import Product
from apps.orders.problems import OrderNotPayable, RefundExceedsPaid
from chassis.callers import Caller
from chassis.identifiers import IdField, new_number
from chassis.money import as_text
from chassis.problems import InvalidState
from chassis.signing import digest
from chassis.versions import Versioned


class OrderQuerySet(models.QuerySet["Order"]):
    def seen_by(self, caller: Caller, guest_token: str = "") -> Self:
        """Staff see all orders, people their own, a guest the one of the token. Nothing else is there for them."""
        if caller.may("orders:read"):
            return self
        if caller.kind == "user":
            return self.filter(customer_id=caller.id)
        return self.filter(guest_digest=digest(guest_token)) if guest_token else self.none()

    def locked(self, order_id: str) -> "Order":
        return self.select_for_update().get(pk=order_id)

    def overdue(self) -> Self:
        return self.filter(status=Order.Status.PENDING_PAYMENT, expires_at__lt=timezone.now())


class Order(Versioned):
    """What was agreed with a customer. `status` is its life; the other two follow from amounts and shipments."""

    class Status(models.TextChoices):
        PENDING_PAYMENT = "pending_payment"
        CONFIRMED = "confirmed"
        COMPLETED = "completed"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    PAYMENT_STATUSES = ("unpaid", "paid", "refund_pending", "partially_refunded", "refunded")
    FULFILLMENT_STATUSES = ("unfulfilled", "partially_fulfilled", "fulfilled")
    ACTIONS: ClassVar[dict[str, tuple[str, ...]]] = {
        Status.PENDING_PAYMENT: ("pay", "cancel"),
        Status.CONFIRMED: ("cancel", "refund"),
    }

    id = IdField("ord")
    number = models.CharField(max_length=9, unique=True, default=new_number)
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING_PAYMENT)
    payment_status = models.CharField(max_length=20, default="unpaid")
    fulfillment_status = models.CharField(max_length=20, default="unfulfilled")
    customer_id = models.CharField(max_length=30, null=True, db_index=True)
    guest_digest = models.CharField(max_length=64, blank=True, db_index=True)
    email = models.EmailField()
    currency = models.CharField(max_length=3)
    subtotal = models.BigIntegerField()
    discount_total = models.BigIntegerField(default=0)
    tax_total = models.BigIntegerField()
    shipping_total = models.BigIntegerField(default=0)
    total = models.BigIntegerField(db_index=True)
    amount_paid = models.BigIntegerField(default=0)
    amount_refunded = models.BigIntegerField(default=0)
    amount_refund_pending = models.BigIntegerField(default=0)
    shipping_address = models.JSONField()
    customer_note = models.CharField(max_length=500, blank=True)
    placed_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, db_index=True)
    expiring_since = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=200, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(amount_refunded__gte=0, amount_refund_pending__gte=0)
                & Q(amount_paid__gte=F("amount_refunded") + F("amount_refund_pending")),
                name="order_refunds_within_paid",
            ),
        )

    @property
    def allowed_actions(self) -> list[str]:
        return self.actions_in(self.status, is_expiring=self.expiring_since is not None)

    @classmethod
    def actions_in(cls, status: str, *, is_expiring: bool) -> list[str]:
        """What may be asked for in this state; an order that is about to expire can no longer be paid."""
        return [action for action in cls.ACTIONS.get(status, ()) if action != "pay" or not is_expiring]

    @property
    def amount_due(self) -> int:
        return self.due_in(self.status, self.total, self.amount_paid)

    @classmethod
    def due_in(cls, status: str, total: int, paid: int) -> int:
        """What is still to be paid: nothing, once nothing is waited for."""
        return max(0, total - paid) if status == cls.Status.PENDING_PAYMENT else 0

    @property
    def refundable(self) -> int:
        """What may still be given back: refunds under way count as given."""
        return self.amount_paid - self.amount_refunded - self.amount_refund_pending

    @property
    def for_letters(self) -> dict[str, str]:
        """To whom letters about it go, and what all of them tell."""
        total = as_text(self.total, self.currency)
        return {"to": self.email, "order_id": self.id, "number": self.number, "total": total}

    def confirm(self) -> None:
        self._leave(self.Status.PENDING_PAYMENT, self.Status.EXPIRED, requested="confirm")
        self.status, self.confirmed_at, self.expires_at = self.Status.CONFIRMED, timezone.now(), None

    def cancel(self, reason: str) -> None:
        self._leave(self.Status.PENDING_PAYMENT, self.Status.CONFIRMED, requested="cancel")
        self.status, self.cancelled_at, self.cancel_reason = self.Status.CANCELLED, timezone.now(), reason
        self.expires_at = None

    def expire(self) -> None:
        self._leave(self.Status.PENDING_PAYMENT, requested="expire")
        self.status = self.Status.EXPIRED

    def require_payable(self) -> None:
        """Raises OrderNotPayable unless it waits for its payment and is not about to expire."""
        if "pay" not in self.allowed_actions:
            raise OrderNotPayable(current_status=self.status, allowed_actions=self.allowed_actions)

    def settle(self) -> None:
        """Let `payment_status` follow from the amounts."""
        if self.amount_refund_pending:
            self.payment_status = "refund_pending"
        elif self.amount_refunded:
            self.payment_status = "refunded" if self.amount_refunded >= self.amount_paid else "partially_refunded"
        else:
            self.payment_status = "paid" if self.amount_paid >= self.total else "unpaid"

    def hold_quantities(self) -> dict[str, int]:
        """How much of each product this order holds now."""
        held = Reservation.objects.filter(line__order=self).holding().values_list("product_id")
        return dict(held.annotate(held=Sum(F("quantity") - F("quantity_released"))))

    def _leave(self, *states: str, requested: str) -> None:
        if self.status not in states:
            raise InvalidState(current_status=self.status, requested=requested, allowed_actions=self.allowed_actions)


class OrderLine(models.Model):
    """One line as it was agreed: a copy, so that later prices and names change nothing."""

    id = IdField("oli")
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    unit_price = models.BigIntegerField()
    quantity = models.PositiveBigIntegerField()
    quantity_fulfilled = models.PositiveBigIntegerField(default=0)
    quantity_refunded = models.PositiveBigIntegerField(default=0)
    discount = models.BigIntegerField(default=0)
    tax_rate = models.DecimalField(max_digits=6, decimal_places=5)
    tax = models.BigIntegerField()
    total = models.BigIntegerField()

    class Meta:
        ordering = ("order", "position")

    @property
    def net(self) -> int:
        """What the line costs without its tax."""
        return self.total - self.tax

    @classmethod
    def of(cls, product: Product, quantity: int, currency: str, position: int = 0) -> Self:
        """A line at today's price; the price includes the tax, which is rounded half up to the minor unit."""
        price, rate = product.price_in[currency], settings.TAX_RATE
        total = price * quantity
        tax = int((total * rate / (1 + rate)).quantize(Decimal(1), ROUND_HALF_UP))
        amounts = {"unit_price": price, "quantity": quantity, "tax_rate": rate, "tax": tax, "total": total}
        return cls(product=product, position=position, sku=product.sku, name=product.name, **amounts)

    def take_back(self, quantity: int) -> int:
        """Count units as refunded; returns what they give back. Unit by unit, that adds up to exactly the line."""
        refunded = self.quantity_refunded + quantity
        if refunded > self.quantity:
            left = self.quantity - self.quantity_refunded
            raise RefundExceedsPaid(f"{left} of {self.sku} can be refunded", line_id=self.id)
        amount = self._share(refunded) - self._share(self.quantity_refunded)
        self.quantity_refunded = refunded
        return amount

    def _share(self, quantity: int) -> int:
        return (2 * self.total * quantity + self.quantity) // (2 * self.quantity)


class ReservationQuerySet(models.QuerySet["Reservation"]):
    def holding(self) -> Self:
        return self.filter(status__in=(Reservation.Status.HELD, Reservation.Status.COMMITTED))


class Reservation(models.Model):
    """The stock that one line holds. Its counter moves only when its status does, so nothing is released twice."""

    class Status(models.TextChoices):
        HELD = "held"
        COMMITTED = "committed"
        CONSUMED = "consumed"
        RELEASED = "released"

    id = IdField("res")
    line = models.OneToOneField(OrderLine, models.CASCADE, related_name="reservation")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    quantity = models.PositiveBigIntegerField()
    quantity_released = models.PositiveBigIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status, default=Status.HELD)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(quantity_released__lte=F("quantity")), name="reservation_released_once"),
        )

    def release(self, *, up_to: int) -> int:
        """Let go of units until `up_to` are free; returns how many more that is."""
        more = max(0, up_to - self.quantity_released)
        self.quantity_released += more
        if self.quantity_released == self.quantity:
            self.status = self.Status.RELEASED
        return more
