"""Orders, what was agreed in them, and the stock that they hold."""

from datetime import datetime, timedelta
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
from chassis.mails import NOWHERE
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

    # Where nobody has paid enough, and nobody has promised to.
    UNCOVERED = ("unpaid", "requires_action", "processing", "partially_paid")
    PAYMENT_STATUSES = (
        *UNCOVERED,
        *("authorized", "paid", "overpaid", "refund_pending", "partially_refunded", "refunded"),
    )
    FULFILLMENT_STATUSES = ("unfulfilled", "partially_fulfilled", "fulfilled", "partially_returned", "returned")
    ENDED_UNSENT = (Status.CANCELLED, Status.EXPIRED)
    ACTIONS: ClassVar[dict[str, tuple[str, ...]]] = {
        Status.PENDING_PAYMENT: ("pay", "cancel"),
        Status.CONFIRMED: ("cancel", "refund"),
        Status.COMPLETED: ("refund",),
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
    amount_authorized = models.BigIntegerField(default=0, db_default=0)
    amount_paid = models.BigIntegerField(default=0)
    amount_refunded = models.BigIntegerField(default=0)
    amount_refund_pending = models.BigIntegerField(default=0)
    payment_progress = models.CharField(max_length=20, blank=True, default="", db_default="")
    shipping_address = models.JSONField()
    customer_note = models.CharField(max_length=500, blank=True)
    placed_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, db_index=True)
    expiring_since = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    completed_at = models.DateTimeField(null=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = (
            # What is given back elsewhere may be what we are asking for.
            models.CheckConstraint(
                condition=Q(
                    amount_refunded__gte=0, amount_refund_pending__gte=0, amount_paid__gte=F("amount_refunded")
                ),
                name="order_refunds_within_paid",
            ),
        )

    @property
    def allowed_actions(self) -> list[str]:
        is_expiring = self.expiring_since is not None
        return self.actions_in(self.status, is_expiring=is_expiring, is_sent=self.is_sent)

    @classmethod
    def actions_in(cls, status: str, *, is_expiring: bool, is_sent: bool) -> list[str]:
        """What may be asked for in this state.

        An order that is about to expire can no longer be paid, one of which something was sent no longer cancelled.
        """
        hindered = {"pay": is_expiring, "cancel": is_sent}
        return [action for action in cls.ACTIONS.get(status, ()) if not hindered.get(action)]

    @property
    def is_sent(self) -> bool:
        """Whether anything of it has left the warehouse."""
        return self.fulfillment_status != "unfulfilled"

    @property
    def is_covered(self) -> bool:
        """Whether all of it is paid, or somebody has promised to; what was given back of that does not count."""
        return self.refundable + self.amount_authorized >= self.total

    @property
    def has_its_money(self) -> bool:
        """Whether what it costs has come, whatever was given back of that, and is more than promised."""
        return self.payment_status not in {*self.UNCOVERED, "authorized"}

    @property
    def amount_due(self) -> int:
        return self.due_in(self.status, self.total, self.refundable)

    @classmethod
    def due_in(cls, status: str, total: int, kept: int) -> int:
        """What is still to be paid beyond what is kept: nothing, once nothing is waited for."""
        return max(0, total - kept) if status == cls.Status.PENDING_PAYMENT else 0

    @property
    def waits_until(self) -> datetime:
        """When its stock is let go of even though nobody has said that no money can come any more."""
        patience = min(4 * settings.ORDER_TTL_SECONDS, settings.ORDER_HARD_CAP_SECONDS)
        return self.placed_at + timedelta(seconds=max(settings.ORDER_TTL_SECONDS, patience))

    @property
    def refundable(self) -> int:
        """What may still be given back: refunds under way count as given."""
        return self.kept_of(self.amount_paid, self.amount_refunded, self.amount_refund_pending)

    @staticmethod
    def kept_of(paid: int, refunded: int, pending: int) -> int:
        """What is neither given back nor about to be; more than there is may be about to be, until payments refuses."""
        return max(0, paid - refunded - pending)

    @property
    def is_nobodys(self) -> bool:
        """Whether its customer was erased, so that nothing can be sent to anybody."""
        return self.email.endswith(NOWHERE)

    @property
    def for_letters(self) -> dict[str, str]:
        """To whom letters about it go, and what all of them tell."""
        total = as_text(self.total, self.currency)
        return {"to": self.email, "order_id": self.id, "number": self.number, "total": total}

    def confirm(self) -> None:
        self._leave(self.Status.PENDING_PAYMENT, self.Status.EXPIRED, requested="confirm")
        self.status, self.confirmed_at, self.expires_at = self.Status.CONFIRMED, timezone.now(), None
        self.settle()

    def cancel(self, reason: str) -> None:
        """Raises InvalidState once anything of it was sent."""
        self._leave(self.Status.PENDING_PAYMENT, self.Status.CONFIRMED, requested="cancel", unless=self.is_sent)
        self.status, self.cancelled_at, self.cancel_reason = self.Status.CANCELLED, timezone.now(), reason
        self.expires_at = None
        self.settle()

    def expire(self) -> None:
        self._leave(self.Status.PENDING_PAYMENT, requested="expire")
        self.status = self.Status.EXPIRED
        self.settle()

    def complete(self) -> None:
        """Raises InvalidState unless it is confirmed and paid for."""
        self._leave(self.Status.CONFIRMED, requested="complete", unless=not self.has_its_money)
        self.status, self.completed_at = self.Status.COMPLETED, timezone.now()

    def require_fulfillable(self) -> None:
        """Raises InvalidState unless it is confirmed, and paid or authorized."""
        if self.status != self.Status.CONFIRMED or self.payment_status in self.UNCOVERED:
            raise self.refusal("fulfil")

    def wait_for_money(self, until: datetime) -> None:
        """Expire no sooner than that, and no later than it may at all."""
        if self.expires_at:
            self.expires_at = min(max(self.expires_at, until), self.waits_until)

    def require_payable(self) -> None:
        """Raises OrderNotPayable unless it waits for its payment and is not about to expire."""
        if "pay" not in self.allowed_actions:
            raise OrderNotPayable(current_status=self.status, allowed_actions=self.allowed_actions)

    def settle(self) -> None:
        """Let `payment_status` follow from the amounts, and where there are none yet, from how far the payer is."""
        self.payment_status = self._refund_status() or self._paid_status()

    def _refund_status(self) -> str:
        """How far money goes back, where it does; what ended unsent keeps none."""
        kept = self.refundable
        if self.amount_refund_pending:
            return "refund_pending"
        if kept > (0 if self.status in self.ENDED_UNSENT else self.total):
            return "overpaid"
        if self.amount_refunded and kept < self.total and self.status != self.Status.PENDING_PAYMENT:
            return "partially_refunded" if kept else "refunded"
        return ""

    def _paid_status(self) -> str:
        if self.refundable >= self.total:
            return "paid"
        if self.amount_authorized:
            return "authorized"
        return "partially_paid" if self.refundable else self.payment_progress or "unpaid"

    def follow_shipments(self) -> None:
        """Let `fulfillment_status` follow from what was sent, came back, and is still held."""
        sent = self.lines.aggregate(out=Sum("quantity_fulfilled"), back=Sum("quantity_returned"))
        if sent["back"]:
            self.fulfillment_status = "returned" if sent["back"] >= sent["out"] else "partially_returned"
        elif sent["out"]:
            self.fulfillment_status = "partially_fulfilled" if self.hold_quantities() else "fulfilled"

    def hold_quantities(self) -> dict[str, int]:
        """How much of each product this order holds now."""
        held = Reservation.objects.filter(line__order=self).holding().values_list("product_id")
        return dict(held.annotate(held=Sum(HELD)))

    def refusal(self, requested: str) -> InvalidState:
        """Why this cannot be done in its state."""
        return InvalidState(current_status=self.status, requested=requested, allowed_actions=self.allowed_actions)

    def _leave(self, *states: str, requested: str, unless: bool = False) -> None:
        if self.status not in states or unless:
            raise self.refusal(requested)


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
    quantity_returned = models.PositiveBigIntegerField(default=0, db_default=0)
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

    def bring_back(self, quantity: int) -> int:
        """Count units that were sent as returned, as many as are not yet; returns how many those are."""
        back = min(quantity, self.quantity_fulfilled - self.quantity_returned)
        self.quantity_returned += back
        return back

    def _share(self, quantity: int) -> int:
        return (2 * self.total * quantity + self.quantity) // (2 * self.quantity)


# What a reservation holds of its product.
HELD = F("quantity") - F("quantity_released") - F("quantity_consumed")


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
    quantity_consumed = models.PositiveBigIntegerField(default=0, db_default=0)
    status = models.CharField(max_length=10, choices=Status, default=Status.HELD)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(quantity__gte=F("quantity_released") + F("quantity_consumed")),
                name="reservation_released_once",
            ),
        )

    @property
    def quantity_held(self) -> int:
        """The units that are neither sent nor let go of."""
        return self.quantity - self.quantity_released - self.quantity_consumed

    def release(self, quantity: int) -> int:
        """Let go of units that were not sent, as many as there are; returns how many those are."""
        freed = min(quantity, self.quantity_held)
        self.quantity_released += freed
        self._end_with_its_last_unit()
        return freed

    def consume(self, quantity: int) -> None:
        """Count units as sent."""
        self.quantity_consumed += quantity
        self._end_with_its_last_unit()

    def _end_with_its_last_unit(self) -> None:
        if not self.quantity_held:
            self.status = self.Status.CONSUMED if self.quantity_consumed else self.Status.RELEASED
