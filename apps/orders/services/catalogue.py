"""Keeping the catalogue and the stock."""

from typing import Any

from django.db import IntegrityError
from django.db.transaction import atomic

from apps.orders.events import ProductArchived, ProductCreated, ProductUpdated
from apps.orders.models import Price, Product, StockMovement
from apps.orders.problems import SkuTaken
from apps.orders.services import ORDERS
from chassis.audits import differences, record
from chassis.outbox import announce
from chassis.problems import InvalidRequest, VersionMismatch

MAX_ON_HAND = 10**12


def create_product(*, sku: str, prices: list[dict[str, Any]], **facts: Any) -> Product:
    """A new product with its prices. Raises SkuTaken."""
    try:
        with atomic(using=ORDERS):
            product = Product.objects.create(sku=sku, **facts)
            _set_prices(product, prices)
            announce(ProductCreated(product_id=product.id))
            record(ORDERS, "product.created", product.id, sku=(None, sku), prices=(None, prices))
    except IntegrityError as exc:
        raise SkuTaken(f"{sku} is the SKU of another product") from exc
    return product


def change_product(*, product: Product, **changes: Any) -> Product:
    """Raises SkuTaken, or VersionMismatch if somebody else was quicker."""
    try:
        with atomic(using=ORDERS):
            product = _unchanged(product)
            before = {name: getattr(product, name) for name in changes}
            for name, value in changes.items():
                setattr(product, name, value)
            product.save_change()
            announce(ProductUpdated(product_id=product.id))
            record(ORDERS, "product.changed", product.id, **differences(before, changes))
    except IntegrityError as exc:
        raise SkuTaken(f"{changes['sku']} is the SKU of another product") from exc
    return product


def archive_product(*, product: Product) -> Product:
    """Take it off sale for good; what was sold keeps its own copy. Archiving twice is archiving once."""
    with atomic(using=ORDERS):
        product = Product.objects.select_for_update().get(pk=product.pk)
        if product.status != Product.Status.ARCHIVED:
            record(ORDERS, "product.archived", product.id, status=(product.status, Product.Status.ARCHIVED))
            product.status = Product.Status.ARCHIVED
            product.save_change()
            announce(ProductArchived(product_id=product.id))
    return product


def replace_prices(*, product: Product, prices: list[dict[str, Any]]) -> Product:
    """Raises VersionMismatch if somebody else was quicker."""
    with atomic(using=ORDERS):
        product = _unchanged(product)
        before = list(product.prices.order_by("currency").values("currency", "amount"))
        record(ORDERS, "product.prices_replaced", product.id, prices=(before, prices))
        _set_prices(product, prices)
        product.save_change()
        announce(ProductUpdated(product_id=product.id))
    return product


def move_stock(*, product_id: str, delta: int, reason: str, note: str, actor: str) -> StockMovement:
    """Book what came in or went out. Raises StockBelowReserved, or InvalidRequest where no warehouse has the room."""
    with atomic(using=ORDERS):
        product = Product.objects.select_for_update().get(pk=product_id)
        _require_room(product, delta)
        before = product.on_hand
        product.move(delta)
        record(ORDERS, "stock.moved", product.id, on_hand=(before, product.on_hand))
        return StockMovement.objects.create(
            product=product, delta=delta, on_hand_after=product.on_hand, reason=reason, reference=note, actor=actor
        )


def _require_room(product: Product, delta: int) -> None:
    """So little room, compared with the column's, that no sum of stock ever leaves it."""
    if product.on_hand + delta > MAX_ON_HAND:
        error = {"pointer": "/delta", "code": "max_value", "message": f"At most {MAX_ON_HAND} can be on hand"}
        raise InvalidRequest(errors=[error])


def _unchanged(product: Product) -> Product:
    """The product, locked, if it is still as the caller has read it: orders change its stock all the time."""
    locked = Product.objects.select_for_update().get(pk=product.pk)
    if locked.version != product.version:
        raise VersionMismatch("Read it again and repeat your change", current_version=locked.version)
    return locked


def _set_prices(product: Product, prices: list[dict[str, Any]]) -> None:
    product.prices.all().delete()
    Price.objects.bulk_create([Price(product=product, **price) for price in prices])
