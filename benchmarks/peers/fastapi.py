"""FastAPI with SQLAlchemy's ORM as their tutorials teach: a session per request, `response_model`, selectinload."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, Response
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from benchmarks.peers.baskets import Refused, place_once
from benchmarks.peers.callers import Caller, WrongToken, caller_of
from benchmarks.peers.tables import Order, engine

app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl="token")


class Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Money(Shown):
    amount: int
    currency: str


class Link(Shown):
    href: str
    method: str


class AnyLine(Shown):
    id: str
    product_id: str
    sku: str
    name: str
    quantity: int
    quantity_fulfilled: int
    quantity_refunded: int
    tax_rate: Decimal


class LineOut(AnyLine):
    unit_price: int
    discount: int
    tax: int
    total: int


class AnyOrder(Shown):
    id: str
    number: str
    status: str
    payment_status: str
    fulfillment_status: str
    currency: str
    email: str
    customer_id: str | None
    shipping_address: dict[str, Any]
    customer_note: str
    placed_at: datetime
    expires_at: datetime | None
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str
    created_at: datetime
    updated_at: datetime
    version: int


class OrderOut(AnyOrder):
    lines: list[LineOut]
    subtotal: int
    discount_total: int
    tax_total: int
    shipping_total: int
    total: int
    amount_paid: int
    amount_refunded: int
    amount_due: int
    allowed_actions: list[str]


class LineWithMoney(AnyLine):
    unit_price: Money = Field(validation_alias="unit_price_money")
    discount: Money = Field(validation_alias="discount_money")
    net: Money = Field(validation_alias="net_money")
    tax: Money = Field(validation_alias="tax_money")
    total: Money = Field(validation_alias="total_money")


class OrderWithMoney(AnyOrder):
    lines: list[LineWithMoney]
    subtotal: Money = Field(validation_alias="subtotal_money")
    discount_total: Money = Field(validation_alias="discount_total_money")
    tax_total: Money = Field(validation_alias="tax_total_money")
    shipping_total: Money = Field(validation_alias="shipping_total_money")
    total: Money = Field(validation_alias="total_money")
    amount_paid: Money = Field(validation_alias="amount_paid_money")
    amount_refunded: Money = Field(validation_alias="amount_refunded_money")
    amount_due: Money = Field(validation_alias="amount_due_money")
    completed_at: datetime | None
    links: dict[str, Link]


class LineIn(BaseModel):
    product_id: Annotated[str, Field(max_length=30)]
    quantity: Annotated[int, Field(ge=1, le=10**6)]


class AddressIn(BaseModel):
    recipient: Annotated[str, Field(min_length=1, max_length=200)]
    company: Annotated[str, Field(max_length=200)] = ""
    line1: Annotated[str, Field(min_length=1, max_length=200)]
    line2: Annotated[str, Field(max_length=200)] = ""
    city: Annotated[str, Field(min_length=1, max_length=100)]
    region: Annotated[str, Field(max_length=100)] = ""
    postal_code: Annotated[str, Field(max_length=20)] = ""
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    phone: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{1,14}$")] | None = None


class OrderIn(BaseModel):
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=2000)]
    shipping_address: AddressIn
    customer_note: Annotated[str, Field(max_length=500)] = ""


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


async def get_caller(token: Annotated[str, Depends(bearer)]) -> Caller:
    try:
        return caller_of(token)
    except WrongToken as exc:
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"}) from exc


InSession = Annotated[Session, Depends(get_session)]
Asking = Annotated[Caller, Depends(get_caller)]


def operations(version: str, shape: type[AnyOrder]) -> APIRouter:
    """The same operations in each version."""
    router = APIRouter(prefix=f"/{version}")

    @router.get("/orders", response_model=list[shape])
    def list_orders(
        session: InSession, caller: Asking, offset: int = 0, limit: Annotated[int, Query(le=100)] = 100
    ) -> Any:
        newest = _orders(caller).order_by(Order.created_at.desc())
        return session.scalars(newest.offset(offset).limit(limit)).all()

    @router.get("/orders/{order_id}", response_model=shape)
    def get_order(order_id: str, session: InSession, caller: Asking) -> Any:
        order = session.scalar(_orders(caller).where(Order.id == order_id))
        if order is None:
            raise HTTPException(404)
        return order

    @router.post("/orders", response_model=shape, status_code=201)
    def create_order(
        wanted: OrderIn, session: InSession, caller: Asking, idempotency_key: Annotated[str, Header()]
    ) -> Response:
        def show(order: Order) -> bytes:
            return shape.model_validate(order).model_dump_json().encode()

        try:
            answer = place_once(session, caller, idempotency_key, wanted.model_dump(), show)
        except Refused as exc:
            raise HTTPException(422, str(exc)) from exc
        return Response(answer, 201, media_type="application/json")

    return router


def _orders(caller: Caller) -> Select[tuple[Order]]:
    orders = select(Order).options(selectinload(Order.lines))
    return orders if caller.is_staff else orders.where(Order.customer_id == caller.id)


app.include_router(operations("v1", OrderOut))
app.include_router(operations("v2", OrderWithMoney))
