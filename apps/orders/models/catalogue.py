"""Products, what they cost, and their stock."""

from collections.abc import Iterable
from typing import Any, Self

from django.db import connections, models
from django.db.models import F, Q

from apps.orders.problems import InsufficientStock, StockBelowReserved
from chassis.callers import Caller
from chassis.identifiers import IdField
from chassis.versions import Versioned

RESERVE = "UPDATE orders_product SET reserved = %s WHERE id = %s"


def availability_of(available: int) -> str:
    return "in_stock" if available > 0 else "out_of_stock"


class ProductQuerySet(models.QuerySet["Product"]):
    def seen_by(self, caller: Caller) -> Self:
        """Everybody sees what is for sale; whoever keeps the stock sees the rest too."""
        return self if caller.may("stock:read") else self.filter(status=Product.Status.ACTIVE)

    def in_stock(self) -> Self:
        return self.filter(on_hand__gt=F("reserved"))

    def for_sale(self, wanted: Iterable[str]) -> dict[str, "Product"]:
        """The active products of these ids, with their prices."""
        found = self.filter(pk__in=set(wanted), status=Product.Status.ACTIVE).prefetch_related("prices")
        return {product.id: product for product in found}

    def locked(self, wanted: Iterable[str]) -> list["Product"]:
        """The products of these ids, locked in the order of their ids, so that no two orders wait for each other."""
        return list(self.filter(pk__in=set(wanted)).order_by("pk").select_for_update())

    def hold(self, quantities: dict[str, int]) -> None:
        """Hold stock, all or nothing. Raises InsufficientStock; the table's own constraint stands behind that."""
        self.hold_of(self.locked(quantities), quantities)

    def hold_of(self, locked: list["Product"], quantities: dict[str, int]) -> None:
        """The same for whoever has the products already, locked in the open transaction."""
        if short := [product.id for product in locked if product.available < quantities[product.id]]:
            raise InsufficientStock(f"Too little of {', '.join(short)}")
        self._reserve(locked, quantities)

    def release(self, quantities: dict[str, int]) -> None:
        self._reserve(self.locked(quantities), {product_id: -quantity for product_id, quantity in quantities.items()})

    def ship(self, quantities: dict[str, int]) -> list["Product"]:
        """Take what was held out of the warehouse; returns the products, locked."""
        products = self.locked(quantities)
        for product in products:
            product.on_hand -= quantities[product.id]
            product.reserved -= quantities[product.id]
        Product.objects.bulk_update(products, ["on_hand", "reserved"], batch_size=100)
        return products

    def take_in(self, quantities: dict[str, int]) -> list["Product"]:
        """Put back what was sent before; returns the products, locked."""
        products = self.locked(quantities)
        for product in products:
            product.on_hand += quantities[product.id]
        Product.objects.bulk_update(products, ["on_hand"], batch_size=100)
        return products

    def _reserve(self, products: list["Product"], quantities: dict[str, int]) -> None:
        """A statement for each: the one for all of them takes Django longer to compose than the rest of an order."""
        for product in products:
            product.reserved += quantities[product.id]
        with connections[self.db].cursor() as cursor:
            cursor.executemany(RESERVE, [(product.reserved, product.id) for product in products])


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
    def is_for_sale(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def availability(self) -> str:
        return availability_of(self.available)

    @property
    def price_in(self) -> dict[str, int]:
        """The unit price in minor units, by currency."""
        return {price.currency: price.amount for price in self.prices.all()}

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


class StockMovementQuerySet(models.QuerySet["StockMovement"]):
    def book(self, products: Iterable[Product], quantities: dict[str, int], **why: Any) -> None:
        """Note what was added to each of these products, which count it already."""
        moved = ((product, quantities[product.id]) for product in products)
        StockMovement.objects.bulk_create(
            StockMovement(product=product, delta=delta, on_hand_after=product.on_hand, **why)
            for product, delta in moved
        )


class StockMovement(models.Model):
    """Why the stock changed, and when. Never changed itself."""

    class Reason(models.TextChoices):
        RECEIPT = "receipt"
        CORRECTION = "correction"
        DAMAGE = "damage"
        RETURN = "return"
        SALE = "sale"

    id = IdField("mov")
    product = models.ForeignKey(Product, models.PROTECT, related_name="movements")
    delta = models.BigIntegerField()
    on_hand_after = models.BigIntegerField()
    reason = models.CharField(max_length=10, choices=Reason)
    reference = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = StockMovementQuerySet.as_manager()
