"""What orders knows: products and their stock, orders and what was agreed in them, and the money it asked for."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apps.orders.problems import (
    CurrencyNotSupported,
    InsufficientStock,
    OrderNotPayable,
    ProductUnavailable,
    QuantityLimit,
    RefundExceedsPaid,
    StockBelowReserved,
)
from chassis import idempotency, inbox, keys, leases, outbox
from chassis.callers import Caller
from chassis.identifiers import IdField, new_number
from chassis.problems import InvalidState
from chassis.signing import digest
from chassis.versions import Versioned


class ProductQuerySet(models.QuerySet["Product"]):
    def seen_by(self, caller: Caller) -> Self:
        """Everybody sees what is for sale; whoever keeps the stock sees the rest too."""
        return self if caller.may("stock:read") else self.filter(status=Product.Status.ACTIVE)

    def in_stock(self) -> Self:
        return self.filter(on_hand__gt=F("reserved"))

    def for_sale(self, wanted: Iterable[str]) -> dict[str, "Product"]:
        """The products of these ids, locked in the order of their ids. Raises ProductUnavailable that names the others."""
        ids = set(wanted)
        found = self.filter(pk__in=ids, status=Product.Status.ACTIVE).order_by("pk").prefetch_related("prices")
        products = {product.id: product for product in found.select_for_update(of=("self",))}
        if missing := sorted(ids - set(products)):
            raise ProductUnavailable(f"Not for sale: {', '.join(missing)}", products=missing)
        return products

    def hold(self, quantities: dict[str, int]) -> None:
        """Hold stock for an order, all or nothing. One conditional update each, always in the order of ids: no deadlock,
        and no more than there is even where rows are not locked. Raises InsufficientStock that says what there is.
        """
        for product_id, quantity in sorted(quantities.items()):
            enough = self.filter(pk=product_id, on_hand__gte=F("reserved") + quantity)
            if not enough.update(reserved=F("reserved") + quantity):
                left = self.get(pk=product_id).available
                errors = [
                    {"pointer": "/lines", "code": "insufficient_stock", "message": f"{product_id}: {left} available"}
                ]
                raise InsufficientStock(errors=errors)

    def release(self, quantities: dict[str, int]) -> None:
        for product_id, quantity in sorted(quantities.items()):
            self.filter(pk=product_id).update(reserved=F("reserved") - quantity)


class Product(Versioned):
    """Something that is sold. `on_hand` is what lies in the warehouse, `reserved` what orders hold of it."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        ACTIVE = "active"
        ARCHIVED = "archived"

    id = IdField("prd")
    sku = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200, db_index=True)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    max_per_order = models.PositiveIntegerField(null=True)
    on_hand = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="product_on_hand"),
            models.CheckConstraint(condition=Q(reserved__gte=0, reserved__lte=F("on_hand")), name="product_reserved"),
        )

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved

    @property
    def availability(self) -> str:
        return "in_stock" if self.available > 0 else "out_of_stock"

    def price_in(self, currency: str) -> int:
        """The unit price in minor units. Raises CurrencyNotSupported."""
        for price in self.prices.all():
            if price.currency == currency:
                return price.amount
        raise CurrencyNotSupported(f"{self.sku} has no price in {currency}")

    def allow(self, quantity: int) -> None:
        """Raises QuantityLimit if one order may not have so many."""
        if self.max_per_order is not None and quantity > self.max_per_order:
            raise QuantityLimit(f"At most {self.max_per_order} of {self.sku}", max_per_order=self.max_per_order)

    def move(self, delta: int) -> None:
        """Change what lies in the warehouse. Raises StockBelowReserved."""
        if self.on_hand + delta < self.reserved:
            raise StockBelowReserved(f"{self.on_hand} are there, {self.reserved} of them are held")
        self.on_hand += delta
        self.save(update_fields=["on_hand", "updated_at"])


class Price(models.Model):
    product = models.ForeignKey(Product, models.CASCADE, related_name="prices")
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()

    class Meta:
        ordering = ("currency",)
        constraints = (models.UniqueConstraint("product", "currency", name="price_per_currency"),)


class StockMovement(models.Model):
    """Why the stock changed, and when. Never changed itself."""

    class Reason(models.TextChoices):
        RECEIPT = "receipt"
        CORRECTION = "correction"
        DAMAGE = "damage"
        RETURN = "return"

    id = IdField("mov")
    product = models.ForeignKey(Product, models.PROTECT, related_name="movements")
    delta = models.BigIntegerField()
    on_hand_after = models.BigIntegerField()
    reason = models.CharField(max_length=10, choices=Reason)
    reference = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)


class OrderQuerySet(models.QuerySet["Order"]):
    def seen_by(self, caller: Caller, guest_token: str = "") -> Self:
        """Staff see all orders, people their own, a guest the one that the token opens. Nothing else exists for them."""
        if caller.may("orders:read"):
            return self
        if caller.kind == "user":
            return self.filter(customer_id=caller.id)
        return self.filter(guest_digest=digest(guest_token)) if guest_token else self.none()

    def locked(self, order_id: str) -> "Order":
        return self.select_for_update().get(pk=order_id)

    def overdue(self) -> Self:
        return self.filter(status=Order.Status.PENDING_PAYMENT, expires_at__lt=timezone.now())


def _expiry() -> Any:
    return timezone.now() + timedelta(seconds=settings.ORDER_TTL_SECONDS)


class Order(Versioned):
    """What was agreed with a customer: prices and names as they were when it was placed.

    `status` is its life; `payment_status` and `fulfillment_status` follow from amounts and shipments and are set by nobody.
    """

    class Status(models.TextChoices):
        PENDING_PAYMENT = "pending_payment"
        CONFIRMED = "confirmed"
        COMPLETED = "completed"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    ACTIONS = {Status.PENDING_PAYMENT: ["pay", "cancel"], Status.CONFIRMED: ["cancel", "refund"]}

    id = IdField("ord")
    number = models.CharField(max_length=9, unique=True, default=new_number)
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING_PAYMENT)
    payment_status = models.CharField(max_length=20, default="unpaid")
    fulfillment_status = models.CharField(max_length=20, default="unfulfilled")
    customer_id = models.CharField(max_length=30, null=True, db_index=True)  # noqa: DJ001  null is "a guest's", as in the API
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
    expires_at = models.DateTimeField(default=_expiry, null=True, db_index=True)
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
        return self.ACTIONS.get(self.Status(self.status), [])

    @property
    def amount_due(self) -> int:
        return max(0, self.total - self.amount_paid) if self.status == self.Status.PENDING_PAYMENT else 0

    @property
    def refundable(self) -> int:
        """What may still be given back: refunds under way count as given."""
        return self.amount_paid - self.amount_refunded - self.amount_refund_pending

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
        if self.status != self.Status.PENDING_PAYMENT or self.expiring_since:
            raise OrderNotPayable(current_status=self.status, allowed_actions=self.allowed_actions)

    def settle(self) -> None:
        """Let `payment_status` follow from the amounts."""
        if not self.amount_paid:
            self.payment_status = "unpaid"
        elif self.amount_refund_pending:
            self.payment_status = "refund_pending"
        elif self.amount_refunded:
            self.payment_status = "refunded" if self.amount_refunded >= self.amount_paid else "partially_refunded"
        else:
            self.payment_status = "paid" if self.amount_paid >= self.total else "partially_paid"

    def hold_quantities(self) -> dict[str, int]:
        """How much of each product this order holds now."""
        quantities: Counter[str] = Counter()
        for reservation in Reservation.objects.filter(line__order=self).holding():
            quantities[reservation.product_id] += reservation.quantity - reservation.quantity_released
        return dict(quantities)

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

    @classmethod
    def of(cls, product: Product, quantity: int, currency: str, position: int = 0) -> Self:
        """A line at today's price; the price includes the tax, which is rounded half up to the minor unit."""
        price, rate = product.price_in(currency), settings.TAX_RATE
        total = price * quantity
        tax = int((total * rate / (1 + rate)).quantize(Decimal(1), ROUND_HALF_UP))
        amounts = {"unit_price": price, "quantity": quantity, "tax_rate": rate, "tax": tax, "total": total}
        return cls(product=product, position=position, sku=product.sku, name=product.name, **amounts)

    def refund_of(self, quantity: int) -> int:
        """What `quantity` more units give back. Cumulative, so that unit by unit adds up to the whole line exactly."""
        refunded = self.quantity_refunded + quantity
        if refunded > self.quantity:
            raise RefundExceedsPaid(
                f"{self.quantity - self.quantity_refunded} of {self.sku} can be refunded", line_id=self.id
            )
        return self._share(refunded) - self._share(self.quantity_refunded)

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


class PaymentAttempt(leases.Leased):
    """The intent to be paid, committed before payments is asked. `key` makes every repetition the same command."""

    class Status(models.TextChoices):
        OPENING = "opening"
        OPEN = "open"
        CANCELLING = "cancelling"
        SUCCEEDED = "succeeded"
        ABANDONED = "abandoned"

    LIVE = (Status.OPENING, Status.OPEN)

    id = IdField("att")
    order = models.ForeignKey(Order, models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPENING)
    provider = models.CharField(max_length=20)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    payment_id = models.CharField(max_length=30, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("order", "number", name="attempt_number"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status__in=("opening", "open")), name="one_live_attempt"
            ),
        )


class RefundRequest(leases.Leased):
    """The intent to give money back, committed before payments is asked. It counts as given from this instant."""

    class Status(models.TextChoices):
        REQUESTED = "requested"
        PENDING = "pending"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    id = IdField("rfr")
    order = models.ForeignKey(Order, models.PROTECT, related_name="refund_requests")
    payment_id = models.CharField(max_length=30)
    refund_id = models.CharField(max_length=30, null=True)  # noqa: DJ001  null is "none yet", as in the API
    status = models.CharField(max_length=10, choices=Status, default=Status.REQUESTED)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=30)
    lines = models.JSONField(default=list)
    created_by = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)


class OutboxEvent(outbox.OutboxEvent):
    """The facts of orders."""


class Delivery(outbox.Delivery):
    event = models.ForeignKey(OutboxEvent, models.CASCADE)


class InboxEvent(inbox.InboxEvent):
    """What payments has told."""


class IdempotencyRecord(idempotency.IdempotencyRecord):
    """Answers kept for whoever repeats a command."""


class KnownKeys(keys.KnownKeys):
    """The public keys of users and payments."""
