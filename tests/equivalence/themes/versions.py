"""Two versions of one shop in every format, and what clients follow until it is done."""

from tests.equivalence.casts import Cast, Visitor

FORMATS = (
    *("application/json", "application/msgpack", "application/xml", "text/csv", "text/plain"),
    *("text/csv;q=0.2, application/xml;q=0.9", "application/json;q=0, */*;q=0.1"),
)
TABLE = b"sku,name,currency,amount,max_per_order\r\nT-1,Lantern,GBP,255,\r\nT-2,Lamp,GBP,1999,5\r\n,,pounds,x,\r\n"


def versions(cast: Cast) -> None:
    """The same order in both versions, asked for in three ways and every format."""
    order = cast.placed(cast.anna, "order-in-versions", cup=2, plate=1)
    paths = {"an order": f"/orders/{order}", "orders": "/orders?limit=2", "products": "/products?limit=2&ordering=name"}
    for name, path in paths.items():
        for version in ("1", "2"):
            _ask_in_three_ways(cast.anna, f"{name} in version {version}", path, version)
    for path in ("/orders", "/v1/orders?version=2", "/orders?version=9", "/users", "/v2/users/me"):
        cast.anna.get(f"a version that is not there at {path}", path)
    cast.anna.get("two versions at once", "/v1/orders", Accept="application/json; version=2")
    cast.anna.post("a quote with its money", "/v2/quotes", _without_address(cast.basket(cup=3)))
    cast.anna.post("an order of the newest version", "/v2/orders", cast.basket(plate=2), key="order-by-newest")
    cast.anna.post("and again by header", "/orders?version=2", cast.basket(plate=2), key="order-by-newest")


def long_work(cast: Cast) -> None:
    """Exports and imports: begun, followed, read, cancelled too late, and not there for others."""
    cast.placed(cast.anna, "order-to-export", cup=1)
    exported = cast.anna.post("anna exports her orders", "/v2/orders/exports", {}, Prefer="respond-async")
    chosen = cast.admin.post("staff export some", "/v1/orders/exports", {"status": "cancelled"})
    table = {**cast.admin.headers, "Content-Type": "text/csv", "Idempotency-Key": "import-0123456789abcdef"}
    imported = cast.recorder.ask("staff import", "POST", "/v2/products/imports", data=TABLE, headers=table)
    cast.recorder.settle()
    cast.recorder.ask("staff import again", "POST", "/v2/products/imports", data=TABLE, headers=table)
    for visitor, operation in ((cast.anna, exported.body), (cast.admin, chosen.body), (cast.admin, imported.body)):
        _follow(cast, visitor, operation["id"])
    cast.admin.post("an export of nonsense", "/v2/orders/exports", {"status": "lost", "colour": "red"})
    cast.nobody.post("an export for nobody", "/v2/orders/exports", {})
    cast.recorder.ask("a table without columns", "POST", "/v2/products/imports", data=b"sku\r\n", headers=table)


def _ask_in_three_ways(visitor: Visitor, what: str, path: str, version: str) -> None:
    sign = "&" if "?" in path else "?"
    for accept in FORMATS:
        step = f"{what} as {accept}"
        with_version = ", ".join(f"{one}; version={version}" for one in accept.split(", "))
        visitor.get(f"{step}, by path", f"/v{version}{path}", Accept=accept)
        visitor.get(f"{step}, by header", path, Accept=with_version)
        visitor.get(f"{step}, by query", f"{path}{sign}version={version}", Accept=accept)


def _follow(cast: Cast, visitor: Visitor, operation: str) -> None:
    where = f"/v2/services/orders/operations/{operation}"
    visitor.get("the operation at its end", where)
    visitor.get("its result", f"{where}/result", Accept="*/*")
    visitor.post("it is too late to cancel", f"{where}/cancel", {})
    cast.boris.get("it is not there for others", where)
    visitor.get("one's own operations", "/v2/services/orders/operations?limit=5")


def _without_address(basket: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in basket.items() if name != "shipping_address"}
