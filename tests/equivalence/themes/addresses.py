"""What is at which address, in which form, and what is not."""

import re

from tests.equivalence.casts import PASSWORD, Cast

JSON = {"Content-Type": "application/json"}
SERVICES = ("users", "orders", "payments")


def documents(cast: Cast) -> None:
    """What any process answers, and the documents of each service."""
    for path in (
        "/",
        "/livez",
        "/docs",
        "/docs/orders",
        "/docs/nothing",
        "/problems",
        "/problems/not-found",
        "/problems/nothing",
    ):
        cast.nobody.get(f"at {path}", path, Accept="*/*")
    for service in SERVICES:
        cast.nobody.get(f"the API of {service}", f"/openapi/{service}/v1.json", Accept="*/*")
        cast.nobody.get(f"{service} is ready", f"/services/{service}/readyz")
    cast.nobody.get("the keys of users", "/.well-known/jwks.json")
    cast.nobody.get("an API as YAML", "/openapi/payments/v1.yaml", Accept="*/*")


def formats(cast: Cast) -> None:
    """Bodies that are not read, and answers that are not written."""
    ask, admin = cast.recorder.ask, {**cast.admin.headers, "Idempotency-Key": "formats-0123456789abcdef"}
    bodies = {
        "no JSON": b"{",
        "no object": b"[1, 2]",
        "nothing": b"",
        "a name twice": b'{"currency": "GBP", "currency": "EUR"}',
        "not a number": b'{"amount": NaN}',
        "not UTF-8": b'{"name": "\xff"}',
        "deep": b"[" * 5000 + b"]" * 5000,
        "a megabyte": b'{"note": "' + b"x" * 2**20 + b'"}',
    }
    for step, content in bodies.items():
        for path in ("/v1/orders", "/v1/tokens", "/v1/payments"):
            ask(f"{step} for {path}", "POST", path, data=content, headers={**admin, **JSON})
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    ask("a form", "POST", "/v1/tokens", data=b"a=b", headers={**admin, **form})
    ask("a page that is no page", "GET", "/v1/products", headers={"Accept": "image/png"})
    ask("a page for a browser", "GET", f"/v1/products/{cast.products['plate']}", headers={"Accept": "text/html"})
    ask("a problem for a browser", "GET", "/v1/orders/nothing", headers={"Accept": "text/html"})


def methods(cast: Cast) -> None:
    """Addresses that are none, and methods that are not theirs."""
    nobody = cast.nobody
    missing = (
        "/v1",
        "/v1/orders/",
        "/v2/orders",
        "/orders",
        "/v1/nothing",
        "/v1/orders/x/y/z",
        "/caf%C3%A9",
        "/%FF",
        "/v1/users/%00",
    )
    for path in missing:
        nobody.get(f"nothing at {path}", path)
    wrong = {"DELETE": "/v1/orders", "PUT": "/v1/tokens", "PATCH": "/v1/payments", "BREW": "/v1/products", "POST": "/"}
    for method, path in wrong.items():
        nobody.ask(f"{method} at {path}", method, path)
        cast.admin.ask(f"{method} at {path}, by staff", method, path)
    for path in ("/v1/products", "/v1/tokens", "/v1/refunds"):
        cast.admin.ask(f"what can be done at {path}", "OPTIONS", path)
    nobody.get("a host that is not ours", "/v1/products", Host="elsewhere.example")
    nobody.get("an id of the client's own", "/v1/nothing", X_Request_ID="client-id-1")
    nobody.get("an id that is no id", "/v1/nothing", X_Request_ID="a b")


def sessions(cast: Cast) -> None:
    """A browser: cookies instead of headers, and forms that prove where they come from."""
    ask, html = cast.recorder.ask, {"Accept": "text/html"}
    page = ask("the form", "GET", "/session?next=/v1/orders", headers=html)
    csrf, field = page.headers["Set-Cookie"].partition("csrftoken=")[2].partition(";")[0], _csrf_field(page.body)
    form = {"email": "anna@example.com", "password": PASSWORD, "next": "/v1/orders", "csrfmiddlewaretoken": field}
    cookie = {"Cookie": f"csrftoken={csrf}", "Origin": cast.recorder.shop.url, **html}
    ask(
        "a form from elsewhere",
        "POST",
        "/session",
        data=form,
        headers={**cookie, "Origin": "https://elsewhere.example"},
    )
    ask("a form without its cookie", "POST", "/session", data=form, headers=html)
    ask("a wrong password", "POST", "/session", data={**form, "password": "wrong"}, headers=cookie)
    signed_in = ask("anna signs in", "POST", "/session", data=form, headers=cookie)
    access = signed_in.headers["Set-Cookie"].partition("access_token=")[2].partition(";")[0]
    signed = {**cookie, "Cookie": f"access_token={access}"}
    ask("her orders in a browser", "GET", "/v1/orders?limit=1", headers=signed)
    ask("her account by cookie", "GET", "/v1/users/me", headers={"Cookie": f"access_token={access}"})
    ask("a write without the form's proof", "POST", "/v1/tokens/revoke", json={"all": True}, headers=signed)
    ask("a cookie that is none", "GET", "/v1/users/me", headers={"Cookie": "access_token=rubbish"})
    ask("she signs out", "POST", "/session", data={**form, "action": "sign-out"}, headers=cookie)


def _csrf_field(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    return found.group(1) if found else ""
