"""What is personal in the tables of orders, and what becomes of it when somebody is erased."""

from apps.orders.models import (
    Erasure,
    Fulfillment,
    Order,
    OrderLine,
    PaymentAttempt,
    Price,
    Product,
    RefundRequest,
    RetainedContact,
    StockMovement,
)
from chassis.personal import Blanked, Kept, Map, Rows, Whose, chassis_map, tombstone

# An address still, as those who read orders expect one, in a country that is none (ISO 3166-1 leaves ZZ to its users).
NOBODYS = {
    **dict.fromkeys(("recipient", "line1", "city"), "erased"),
    **dict.fromkeys(("company", "line2", "region", "postal_code"), ""),
    "country": "ZZ",
    "phone": None,
}
_GOODS, _ID = Kept("of goods"), Kept("an id")

PERSONAL: Map = {
    **chassis_map("orders"),
    Order: Whose(
        "customer_id",
        email=Blanked(tombstone),
        shipping_address=Blanked(NOBODYS),
        customer_note=Blanked(""),
        cancel_reason=Blanked(""),
        guest_digest=Blanked(""),
        number=Kept("names the order, and nobody"),
        customer_id=Kept("the id of a tombstone"),
        payment_status=Kept("a word of ours"),
        payment_progress=Kept("a word of ours"),
        fulfillment_status=Kept("a word of ours"),
        currency=Kept("of money"),
    ),
    RetainedContact: Rows(
        email=Kept("as long as a law wants it; then the row goes"),
        shipping_address=Kept("as long as a law wants it; then the row goes"),
    ),
    # Where a parcel goes can be asked of whoever carries it.
    Fulfillment: Whose(
        "order__customer_id",
        tracking_number=Blanked(""),
        tracking_url=Blanked(""),
        carrier=Kept("whoever carries parcels"),
    ),
    OrderLine: Rows(sku=_GOODS, name=_GOODS),
    PaymentAttempt: Rows(
        customer_id=_ID, key=_ID, provider=Kept("a word of ours"), currency=Kept("of money"), payment_id=_ID
    ),
    RefundRequest: Rows(
        payment_id=_ID,
        refund_id=_ID,
        currency=Kept("of money"),
        reason=Kept("a word of ours"),
        lines=Kept("ids of lines, and how many of each"),
        created_by=_ID,
        command_key=Kept("a digest"),
    ),
    Product: Rows(sku=_GOODS, name=_GOODS, description=_GOODS),
    Price: Rows(currency=Kept("of money")),
    StockMovement: Rows(reference=Kept("what staff note of goods"), actor=_ID),
    Erasure: Rows(key=_ID, subject=_ID),
}
