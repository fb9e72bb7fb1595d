"""What the recorded client does in its day: all of orders v1, and what of its neighbours it takes to buy something."""

from urllib.parse import urlsplit

from tests.equivalence.casts import Cast, gather
from tests.equivalence.recording import Recorder, steps_of
from tests.equivalence.themes import Theme
from tests.equivalence.themes.buying import guests, ordering, quotes, refused_orders
from tests.equivalence.themes.catalogues import catalogue, pages, stock
from tests.equivalence.themes.money import cancelling, paying, refunding


def walking(cast: Cast) -> None:
    """Through lists of orders and movements, there and back."""
    anna, admin = cast.anna, cast.admin
    page = anna.get("her orders, two at a time", "/v1/orders?limit=2&ordering=created_at")
    second = anna.get("the next two", _path(page.body["next"]))
    anna.get("and back", _path(second.body["previous"]))
    anna.get("with a cursor of another order", _path(page.body["next"]).replace("=created_at", "=total"))
    for query in ("status=confirmed", "payment_status=refunded", "ordering=total&limit=1", "number=NONE-0000"):
        anna.get(f"her orders with {query}", f"/v1/orders?{query}")
    for query in ("status=lost", "ordering=id", "limit=1000", "page=2", "cursor=rubbish"):
        anna.get(f"what cannot be asked: {query}", f"/v1/orders?{query}")
    movements = f"/v1/products/{cast.products['plate']}/stock-movements"
    first = admin.get("one movement", f"{movements}?limit=1")
    admin.get("the one before", _path(first.body["next"]))


def mistakes(cast: Cast) -> None:
    """What the client got wrong when it was written."""
    anna, admin = cast.anna, cast.admin
    order = cast.placed(anna, "for-mistakes", plate=1)
    stray = {"colour": "blå"}
    for path in ("/v1/orders", f"/v1/orders/{order}/pay", f"/v1/orders/{order}/cancel", "/v1/quotes"):
        anna.post("a member nobody knows", path, stray, key="stray-member")
    admin.post("a refund of nothing that is known", f"/v1/orders/{order}/refunds", stray, key="stray-refund")
    product = f"/v1/products/{cast.products['plate']}"
    admin.ask("a change of what cannot be changed", "PATCH", product, {"id": "prd_x"}, If_Match="*")
    admin.ask("a merge patch", "PATCH", product, {"max_per_order": 9}, If_Match="*", Content_Type=MERGE_PATCH)
    admin.ask("null takes it away", "PATCH", product, {"max_per_order": None}, If_Match="*", Content_Type=MERGE_PATCH)
    admin.ask("new prices without If-Match", "PUT", f"{product}/prices", {"prices": []})
    admin.ask("no prices at all", "PUT", f"{product}/prices", {"prices": []}, If_Match="*")
    for text in ("{", "[]", '{"currency": "GBP", "currency": "EUR"}'):
        keyed = {**anna.headers, "Content-Type": "application/json", "Idempotency-Key": "mistaken"}
        cast.recorder.ask(f"a body that is {text}", "POST", "/v1/orders", data=text, headers=keyed)
    cast.nobody.get("a token that is none", "/v1/orders", Authorization="Bearer rubbish")
    anna.ask("orders are not deleted", "DELETE", f"/v1/orders/{order}")
    anna.get("an order that never was", "/v1/orders/ord_00000000000000000000000000")
    anna.get("and its refunds", "/v1/orders/ord_00000000000000000000000000/refunds")


MERGE_PATCH = "application/merge-patch+json"
DAY: tuple[Theme, ...] = (
    *(catalogue, stock, pages, quotes, ordering, refused_orders, guests),
    *(paying, refunding, cancelling, walking, mistakes),
)


def spend(recorder: Recorder) -> None:
    """The whole day."""
    cast = gather(recorder)
    for part in DAY:
        recorder.begin(steps_of(part))
        part(cast)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"
