"""The tables of Tearline's orders, mapped with SQLAlchemy's ORM as its tutorial does."""

import os
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, Numeric, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from benchmarks.peers.links import links_of
from chassis.identifiers import new_id, new_number

ADDRESS = os.environ["PEER_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")
IS_SQLITE = ADDRESS.startswith("sqlite")

engine = create_engine(ADDRESS, connect_args={"check_same_thread": False, "timeout": 20} if IS_SQLITE else {})

if IS_SQLITE:

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous=NORMAL")


def now() -> datetime:
    return datetime.now(UTC)


def money(name: str) -> Any:
    """The amount `name`, with its currency."""
    return property(lambda thing: {"amount": getattr(thing, name), "currency": thing.currency})


class Base(DeclarativeBase):
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        Decimal: Numeric(6, 5),
        dict[str, Any]: JSON().with_variant(JSONB(), "postgresql"),
    }


class Product(Base):
    __tablename__ = "orders_product"

    id: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str]
    name: Mapped[str]
    status: Mapped[str]
    max_per_order: Mapped[int | None]
    on_hand: Mapped[int]
    reserved: Mapped[int]
    prices: Mapped[list["Price"]] = relationship()


class Price(Base):
    __tablename__ = "orders_price"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("orders_product.id"))
    currency: Mapped[str]
    amount: Mapped[int]


class Order(Base):
    __tablename__ = "orders_order"

    id: Mapped[str] = mapped_column(primary_key=True, default=partial(new_id, "ord"))
    number: Mapped[str] = mapped_column(default=new_number)
    status: Mapped[str] = mapped_column(default="pending_payment")
    payment_status: Mapped[str] = mapped_column(default="unpaid")
    fulfillment_status: Mapped[str] = mapped_column(default="unfulfilled")
    customer_id: Mapped[str | None]
    guest_digest: Mapped[str] = mapped_column(default="")
    email: Mapped[str]
    currency: Mapped[str]
    subtotal: Mapped[int]
    discount_total: Mapped[int] = mapped_column(default=0)
    tax_total: Mapped[int]
    shipping_total: Mapped[int] = mapped_column(default=0)
    total: Mapped[int]
    amount_paid: Mapped[int] = mapped_column(default=0)
    amount_refunded: Mapped[int] = mapped_column(default=0)
    amount_refund_pending: Mapped[int] = mapped_column(default=0)
    shipping_address: Mapped[dict[str, Any]]
    customer_note: Mapped[str] = mapped_column(default="")
    placed_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    expiring_since: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(default="")
    completed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)
    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.position", back_populates="order")

    subtotal_money, total_money, amount_due_money = money("subtotal"), money("total"), money("amount_due")
    discount_total_money, tax_total_money = money("discount_total"), money("tax_total")
    shipping_total_money, amount_paid_money = money("shipping_total"), money("amount_paid")
    amount_refunded_money = money("amount_refunded")

    @property
    def amount_due(self) -> int:
        return max(0, self.total - self.amount_paid) if self.status == "pending_payment" else 0

    @property
    def allowed_actions(self) -> list[str]:
        if self.status == "pending_payment":
            return ["cancel"] if self.expiring_since else ["pay", "cancel"]
        return ["cancel", "refund"] if self.status == "confirmed" else []

    @property
    def links(self) -> dict[str, dict[str, str]]:
        return links_of(self.id, self.allowed_actions)


class OrderLine(Base):
    __tablename__ = "orders_orderline"

    id: Mapped[str] = mapped_column(primary_key=True, default=partial(new_id, "oli"))
    order_id: Mapped[str] = mapped_column(ForeignKey("orders_order.id"))
    position: Mapped[int]
    product_id: Mapped[str] = mapped_column(ForeignKey("orders_product.id"))
    sku: Mapped[str]
    name: Mapped[str]
    unit_price: Mapped[int]
    quantity: Mapped[int]
    quantity_fulfilled: Mapped[int] = mapped_column(default=0)
    quantity_refunded: Mapped[int] = mapped_column(default=0)
    discount: Mapped[int] = mapped_column(default=0)
    tax_rate: Mapped[Decimal]
    tax: Mapped[int]
    total: Mapped[int]
    order: Mapped[Order] = relationship(back_populates="lines")
    reservation: Mapped["Reservation"] = relationship()

    unit_price_money, discount_money, net_money = money("unit_price"), money("discount"), money("net")
    tax_money, total_money = money("tax"), money("total")

    @property
    def currency(self) -> str:
        return self.order.currency

    @property
    def net(self) -> int:
        return self.total - self.tax


class Reservation(Base):
    __tablename__ = "orders_reservation"

    id: Mapped[str] = mapped_column(primary_key=True, default=partial(new_id, "res"))
    line_id: Mapped[str] = mapped_column(ForeignKey("orders_orderline.id"))
    product_id: Mapped[str] = mapped_column(ForeignKey("orders_product.id"))
    quantity: Mapped[int]
    quantity_released: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(default="held")


class OutboxEvent(Base):
    __tablename__ = "orders_outboxevent"

    id: Mapped[str] = mapped_column(primary_key=True, default=partial(new_id, "evt"))
    stream: Mapped[str]
    number: Mapped[int]
    type: Mapped[str]
    data: Mapped[dict[str, Any]]
    request_id: Mapped[str] = mapped_column(default="")
    occurred_at: Mapped[datetime] = mapped_column(default=now)


class Mail(Base):
    __tablename__ = "orders_mail"

    id: Mapped[str] = mapped_column(primary_key=True, default=partial(new_id, "mai"))
    kind: Mapped[str]
    sealed: Mapped[bytes]
    request_id: Mapped[str] = mapped_column(default="")
    due_at: Mapped[datetime] = mapped_column(default=now)
    leased_by: Mapped[str] = mapped_column(default="")
    failures: Mapped[int] = mapped_column(default=0)
    last_failure: Mapped[str] = mapped_column(default="")


class IdempotencyRecord(Base):
    __tablename__ = "orders_idempotencyrecord"

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str]
    key: Mapped[str]
    fingerprint: Mapped[str]
    leased_until: Mapped[datetime]
    answer: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
