"""Products: who sees what, who changes what, and walking through lists."""

from urllib.parse import quote, urlsplit

from tests.equivalence.casts import Cast


def catalogue(cast: Cast) -> None:
    """Reading and changing products."""
    admin, nobody, path = cast.admin, cast.nobody, f"/v1/products/{cast.products['cup']}"
    body = {"sku": "SKU-new", "name": "New", "prices": [{"currency": "GBP", "amount": 5}]}
    nobody.post("nobody adds no product", "/v1/products", body)
    cast.anna.post("customers add no product", "/v1/products", body)
    admin.post("a SKU is taken", "/v1/products", {**body, "sku": "SKU-cup"})
    admin.post("a price below nothing", "/v1/products", {**body, "prices": [{"currency": "GBP", "amount": -1}]})
    admin.post("a price that is no integer", "/v1/products", {**body, "prices": [{"currency": "GBP", "amount": 1.5}]})
    admin.post("a member nobody knows", "/v1/products", {**body, "colour": "blå"})
    made = admin.post("a product with a key", "/v1/products", body, key="product-new-0000000001")
    admin.post("the same again", "/v1/products", body, key="product-new-0000000001")
    admin.post("the key for another product", "/v1/products", {**body, "sku": "S2"}, key="product-new-0000000001")
    seen = nobody.get("everybody sees a product", path)
    nobody.get("it has not changed", path, If_None_Match=seen.etag)
    nobody.ask("only its head", "HEAD", path)
    admin.get("staff see the stock too", path)
    nobody.get("a draft is not there", f"/v1/products/{cast.products['draft']}")
    admin.ask("a change without If-Match", "PATCH", path, {"name": "x"})
    admin.ask("a change of another version", "PATCH", path, {"name": "x"}, If_Match='"99-0000000000000000"')
    admin.ask("a new name", "PATCH", path, {"name": "Tasse ☕"}, If_Match=seen.etag)
    prices = {"prices": [{"currency": "GBP", "amount": 2099}, {"currency": "EUR", "amount": 2399}]}
    admin.ask("prices in two currencies", "PUT", f"{path}/prices", prices, If_Match="*")
    twice = {"prices": [{"currency": "GBP", "amount": 1}, {"currency": "GBP", "amount": 2}]}
    admin.ask("a currency twice", "PUT", f"{path}/prices", twice, If_Match="*")
    address = urlsplit(made.headers["Location"]).path
    cast.anna.ask("customers archive nothing", "DELETE", address)
    admin.ask("a product is archived", "DELETE", address)
    nobody.get("archived is gone", address)
    admin.get("but not for staff", address)


def stock(cast: Cast) -> None:
    """What comes in and goes out."""
    admin, path = cast.admin, f"/v1/products/{cast.products['plate']}/stock-movements"
    admin.post("a movement needs a key", path, {"delta": 1, "reason": "receipt"})
    admin.post("a movement moves something", path, {"delta": 0, "reason": "receipt"}, key="nothing")
    admin.post("more than there is", path, {"delta": -501, "reason": "damage"}, key="too-much")
    admin.post("a correction", path, {"delta": -3, "reason": "correction", "note": "gezählt ✓"}, key="three-less")
    admin.post(
        "the same correction", path, {"delta": -3, "reason": "correction", "note": "gezählt ✓"}, key="three-less"
    )
    admin.post(
        "a key is the same in quotes",
        path,
        {"delta": -3, "reason": "correction", "note": "gezählt ✓"},
        key='"three-less"',
    )
    admin.get("the movements", path)
    cast.anna.get("customers see no movements", path)


def pages(cast: Cast) -> None:
    """Walking through a list, and asking it strange things."""
    nobody = cast.nobody
    page = nobody.get("the first page", "/v1/products?limit=2&ordering=name")
    second = nobody.get("the next page", _path(page.body["next"]))
    nobody.get("and the next", _path(second.body["next"]))
    nobody.get("and back", _path(second.body["previous"]))
    cursor = _path(page.body["next"]).partition("cursor=")[2].partition("&")[0]
    nobody.get("a cursor of another order", f"/v1/products?ordering=-name&cursor={cursor}")
    nobody.get("a forged cursor", f"/v1/products?ordering=name&cursor=x{cursor}")
    for query in ("limit=0", "limit=101", "limit=ten", "ordering=price", "colour=red", "in_stock=true&in_stock=false"):
        nobody.get(f"asked for {query}", f"/v1/products?{query}")
    nobody.get("what is in stock", "/v1/products?in_stock=true&ordering=name")
    nobody.get("a word that is not ASCII", f"/v1/products?q={quote('für')}")
    nobody.get("nothing is found", "/v1/products?sku=SKU-none")
    cast.admin.get("drafts, for staff", "/v1/products?status=draft")


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"
